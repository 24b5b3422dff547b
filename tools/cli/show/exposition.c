// SPDX-License-Identifier: GPL-2.0-only
/* The text formats of Prometheus: see exposition.h. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/term.h"
#include "show/exposition.h"
#include "show/json.h"

/* What is being printed: the metric whose head was printed last, and what stands before a label. */
static struct {
	bool openmetrics;
	const struct metric *metric;
	const char *separator;
	locale_t utf8;
} now;

/**
 * exposition_begin - begin to print
 * @openmetrics: in OpenMetrics; else in 0.0.4
 */
void exposition_begin(bool openmetrics)
{
	now.openmetrics = openmetrics;
	now.metric = NULL;
	if (!now.utf8)
		now.utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* In 0.0.4 a counter is called as its samples are; in OpenMetrics these have the ending alone. */
static void put_head(const struct metric *metric)
{
	const char *ending = metric->type == COUNTER && !now.openmetrics ? "_total" : "";
	const char *type = metric->type == COUNTER ? "counter" : "gauge";

	printf("# TYPE %s%s %s\n", metric->name, ending, type);
	if (metric->unit && now.openmetrics)
		printf("# UNIT %s %s\n", metric->name, metric->unit);
	printf("# HELP %s%s %s\n", metric->name, ending, metric->help);
}

/**
 * exposition_sample - begin a sample
 * @metric: its metric; all samples of one come one after the other
 *
 * The labels follow, and then the value. A metric without samples is not printed at all.
 */
void exposition_sample(const struct metric *metric)
{
	if (metric != now.metric)
		put_head(metric);
	now.metric = metric;
	now.separator = "{";
	printf("%s%s", metric->name, metric->type == COUNTER ? "_total" : "");
}

static bool is_octal(const char *text)
{
	return *text >= '0' && *text <= '3' && strspn(text, "01234567") >= 3;
}

/*
 * What looks like an odd byte that is written as \ooo is written so itself: no two names may look
 * the same, or a reader would throw all of the output away.
 */
static char *escape_escapes(const char *text)
{
	char *escaped = xrealloc(NULL, 4 * strlen(text) + 1, 1), *to = escaped;

	for (; *text; text++) {
		if (*text == '\\' && is_octal(text + 1))
			to += sprintf(to, "\\134");
		else
			*to++ = *text;
	}
	*to = '\0';
	return escaped;
}

/* What does not print as one visible character is written as \ooo, byte by byte. */
static void put_text(const char *at)
{
	size_t len;

	for (; *at; at += len ?: 1) {
		len = term_visible(at);
		if (*at == '\n')
			fputs("\\n", stdout);
		else if (*at == '\\' || *at == '"')
			printf("\\%c", *at);
		else if (len)
			fwrite(at, 1, len, stdout);
		else
			printf("\\\\%03o", (unsigned char)*at);
	}
}

/**
 * exposition_label - print a label of the sample
 * @name: its name; "" for none
 * @text: its value, any bytes; NULL for a sample that does not have that label
 */
void exposition_label(const char *name, const char *text)
{
	json_t *string;
	locale_t before;
	char *escaped;

	if (!text || !*name)
		return;
	escaped = escape_escapes(text);
	string = json_text(escaped);
	free(escaped);
	printf("%s%s=\"", now.separator, name);
	/* A timer has another locale than a shell, and both are to print the same series. */
	before = now.utf8 ? uselocale(now.utf8) : (locale_t)0;
	put_text(json_string_value(string));
	if (before)
		uselocale(before);
	putchar('"');
	now.separator = ",";
	json_decref(string);
}

static const char *closing(void)
{
	return *now.separator == ',' ? "}" : "";
}

/**
 * exposition_value - end a sample
 * @value: its value
 */
void exposition_value(uint64_t value)
{
	printf("%s %ju\n", closing(), (uintmax_t)value);
}

/**
 * exposition_seconds - end a sample that is a time
 * @seconds: its value
 */
void exposition_seconds(double seconds)
{
	printf("%s %.3f\n", closing(), seconds);
}

/**
 * exposition_end - end what was begun
 */
void exposition_end(void)
{
	if (now.openmetrics)
		puts("# EOF");
}
