// SPDX-License-Identifier: GPL-2.0-only
/*
 * Complaints and memory. Every complaint goes to stderr as "portquota: ...". Running out of memory
 * ends the program with exit 1: a reader of counters has nothing to save.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct cli cli;

/**
 * say_error - tell the user on stderr what went wrong
 * @fmt: printf format, without a newline
 */
void say_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("portquota: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
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
