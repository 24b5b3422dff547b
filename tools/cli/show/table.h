/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one printer of rows: an aligned table, or with -j a list of JSON objects, from the same
 * records.
 *
 * A command says which keys are columns; JSON has all keys of the record. Usage: table_begin(), one
 * table_row() per record, table_end().
 */
#ifndef PORTQUOTA_TABLE_H
#define PORTQUOTA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/record.h"
#include "show/cell.h"
#include "show/json.h"

#define TABLE_COLUMNS	20	/* more than these do not fit any terminal */
#define TABLE_SAMPLE	1000	/* for a table too long to be held */
#define TABLE_HOLD	((size_t)-1)

/**
 * struct table - a table being printed; all of it is table.c's own
 * @columns: what is printed
 * @count: how many columns
 * @sample: rows to look at before the widths are settled
 * @cells: the rows held until then
 * @rows: how many those are
 * @room: how many fit
 * @width: width of each column
 * @hidden: columns left out
 * @shortened: columns whose texts are shortened
 * @settled: widths are final, rows are printed as they come
 * @list: state of the JSON list
 * @steady: which columns are hidden on a narrow terminal depends on no value; may be set after
 *	table_begin()
 * @out: where text goes: standard output, unless the caller sets another after table_begin()
 */
struct table {
	const struct column *columns;
	size_t count;
	size_t sample;
	struct cell *cells;
	size_t rows;
	size_t room;
	int width[TABLE_COLUMNS];
	bool hidden[TABLE_COLUMNS];
	bool shortened[TABLE_COLUMNS];
	bool settled;
	struct json_list list;
	bool steady;
	FILE *out;
};

void table_begin(struct table *t, const struct column *columns, size_t count, size_t sample);
void table_row(struct table *t, const struct record *rec);
void table_end(struct table *t, int err);

#endif
