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
static size_t complaints;

/**
 * say_into - collect complaints from now on, one per line and without the program's name
 * @f: where; NULL for stderr again
 *
 * Return: where they went before.
 */
FILE *say_into(FILE *f)
{
	FILE *before = listener;

	listener = f;
	return before;
}

/**
 * say_error - tell the user what went wrong, on stderr
 * @fmt: printf format, without a newline
 */
void say_error(const char *fmt, ...)
{
	FILE *f = listener ? listener : stderr;
	va_list ap;

	complaints++;
	if (!listener) {
		fflush(stdout);
		fputs("portquota: ", f);
	}
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fputc('\n', f);
}

/**
 * say_complaints - how often that was called
 */
size_t say_complaints(void)
{
	return complaints;
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
 * xrealloc - reallocarray() that does not fail
 * @old: what to grow, or NULL
 * @count: how many
 * @size: of what size
 */
void *xrealloc(void *old, size_t count, size_t size)
{
	return have(reallocarray(old, count ? count : 1, size));
}

/**
 * xgrow - make room for one more in a list
 * @list: the list, or NULL
 * @count: how many are in it
 * @room: how many fit; written
 * @size: of what size
 *
 * The room doubles, so that a list that grows one by one is moved seldom.
 *
 * Return: the list, which may have moved.
 */
void *xgrow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room ? 2 * *room : 32;
	return xrealloc(list, *room, size);
}

/**
 * xstrdup - strdup() that does not fail
 * @text: what to copy
 */
char *xstrdup(const char *text)
{
	return have(strdup(text));
}

/**
 * xasprintf - asprintf() that does not fail
 * @fmt: printf format
 */
char *xasprintf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return have(text);
}
