/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The language of the kernel's lib/glob.c. libc's fnmatch() will not do: it compares characters of
 * the locale, takes [^a] for [!a], and knows names of classes.
 */
#ifndef _UNIT_LINUX_GLOB_H
#define _UNIT_LINUX_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether *@pattern, which begins with [, means @c. A [ without an end means itself. */
static inline bool unit_glob_class(const char **pattern, unsigned char c)
{
	const unsigned char *at = (const unsigned char *)*pattern + 1;
	bool inverted = *at == '!', found = false;
	unsigned char low, high;

	at += inverted;
	do {
		low = *at++;
		high = low;
		if (at[-1] && at[0] == '-' && at[1] != ']') {
			high = at[1];
			at += 2;
		}
		if (!low || !high) {
			++*pattern;
			return c == '[';
		}
		found |= low <= c && c <= high;
	} while (*at != ']');
	*pattern = (const char *)at + 1;
	return found != inverted;
}

/* Whether *@pattern begins with something that means @c, which is stepped over. */
static inline bool unit_glob_one(const char **pattern, char c)
{
	switch (**pattern) {
	case '?':
		++*pattern;
		return true;
	case '[':
		return unit_glob_class(pattern, c);
	case '\\':
		++*pattern;
		break;
	}
	return c == *(*pattern)++;
}

static inline bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text || *pattern) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
		} else if (*text && *pattern && unit_glob_one(&pattern, *text)) {
			text++;
		} else if (*text && star) {
			/* The star means one character more. */
			pattern = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	return true;
}

#endif
