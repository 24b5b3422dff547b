/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell of a table: the value that a record has in a column, as text. */
#ifndef PORTQUOTA_CELL_H
#define PORTQUOTA_CELL_H

#include <stdbool.h>

#include "lib/record.h"
#include "lib/term.h"

enum column_kind {
	COL_TEXT,	/* left-aligned */
	COL_NUMBER,	/* right-aligned, a zero faint */
	COL_LIMIT,	/* a number, "-" for the word max */
	COL_TROUBLE,	/* a number that should be zero, red and never left out where it is not */
	COL_SECONDS,	/* a time, as 42s, 3m07s, 5h12m or 12d03h */
	COL_SHORT,	/* left-aligned, cut to 24 columns on a terminal */
	COL_BAR,	/* bar and percentage: the number of key in the number of whole */
	COL_SHARE,	/* the same where it is neither good nor bad */
	COL_OWNER,	/* the program that holds most: command/pid */
	COL_ACCOUNT,	/* a cgroup's path, "(deleted)" behind it where that flag is set */
	COL_NETNS,	/* name, else a pid that lives in it, else net:[inode] */
};

/**
 * struct column - a column of a table
 * @head: its heading
 * @key: the key of its values
 * @whole: COL_BAR, COL_SHARE: key of the number that makes the bar full
 * @kind: how it looks
 * @drop: 0 to keep always; else the columns with the highest number go first on a narrow terminal,
 *	those with one below 0 only where nothing is left of the last column otherwise
 * @optional: left out where no row has a value
 * @least: its texts may be shortened to so many cells, their ends are kept; 0 for not at all
 * @shorten: when that is, in the order of @drop
 */
struct column {
	const char *head;
	const char *key;
	const char *whole;
	enum column_kind kind;
	int drop;
	bool optional;
	int least;
	int shorten;
};

struct cell {
	char *text;
	int cells;
	enum tone tone;
};

struct cell cell_make(const struct column *col, const struct record *rec);

#endif
