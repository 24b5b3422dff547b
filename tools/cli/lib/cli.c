// SPDX-License-Identifier: GPL-2.0-only
/*
 * Complaints and memory. Every complaint goes to stderr as "portquota: ...". Running out of memory
 * ends the program with exit 1: a reader of counters has nothing to save.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"

struct cli cli;

static FILE *listener;

/**
 * say_into - from now on collect complaints, one a line without the program's name
 * @f: where; NULL for stderr again
 */
void say_into(FILE *f)
{
	listener = f;
}

/**
 * say_error - tell the user what went wrong, on stderr
 * @fmt: printf format, without a newline
 */
void say_error(const char *fmt, ...)
{
	FILE *f = listener ? listener : stderr;
	va_list ap;

	if (!listener) {
		fflush(stdout);
		fputs("portquota: ", f);
	}
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fputc('\n', f);
}

static void *have(void *memory)
{
	if (!memory) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
	return memory;
}

/**
 * need_realloc - reallocarray() that does not fail
 * @old: what to grow, or NULL
 * @count: how many
 * @size: of what size
 */
void *need_realloc(void *old, size_t count, size_t size)
{
	return have(reallocarray(old, count ? count : 1, size));
}

/**
 * need_strdup - strdup() that does not fail
 * @text: what to copy
 */
char *need_strdup(const char *text)
{
	return have(strdup(text));
}

/**
 * need_printf - a string made to measure
 * @fmt: printf format
 */
char *need_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return have(text);
}
