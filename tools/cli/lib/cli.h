/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every file of the program shares: the global options, the exit codes and how to complain.
 *
 * A function that returns int and can fail returns 0 (or 1 for "there is more") when it worked and
 * -1 after it has told the user why, naming the file or command. An error is reported only once.
 */
#ifndef PORTQUOTA_CLI_H
#define PORTQUOTA_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	__attribute__((format(printf, a, b)))

enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_UNKNOWN = 3,	/* used by check only */
	CLI_USAGE = 64,
};

enum cli_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/**
 * struct cli - the global options
 * @json: print JSON instead of text
 * @no_header: print no headings
 * @all: every network namespace of the host
 * @netns: the namespace asked for with -n, NULL for the caller's own
 * @color: when to colour
 *
 * Written by args.c while it parses, read-only afterwards.
 */
struct cli {
	bool json;
	bool no_header;
	bool all;
	const char *netns;
	enum cli_color color;
};

extern struct cli cli;

void __printf(1, 2) say_error(const char *fmt, ...);
FILE *say_into(FILE *f);
size_t say_complaints(void);
void *xrealloc(void *old, size_t count, size_t size);
void *xgrow(void *list, size_t count, size_t *room, size_t size);
char *xstrdup(const char *text);
char *__printf(1, 2) xasprintf(const char *fmt, ...);

#endif
