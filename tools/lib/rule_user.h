/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What module/rule/rule.h and rule.c need of the kernel, for userspace: with -I to this folder they
 * build as they are. So the tool and the fuzzer read rules with the very parser of the module.
 */
#ifndef PORTQUOTA_RULE_USER_H
#define PORTQUOTA_RULE_USER_H

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define U32_MAX		UINT32_MAX

#define EXPORT_SYMBOL_IF_KUNIT(symbol)	_Static_assert(1, #symbol)

/*
 * The kernel's compares bytes. This compares characters of the locale, and of an unfinished [ or
 * a ^ in it makes something of its own: good enough to show, not to decide by.
 */
static inline bool glob_match(const char *pattern, const char *text)
{
	return !fnmatch(pattern, text, 0);
}

#endif
