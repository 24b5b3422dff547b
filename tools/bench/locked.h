/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locked: is an instruction of x86-64 one that no other CPU may come in between of?
 */
#ifndef LOCKED_H
#define LOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A prefix that locks the bus, or an xchg with memory, which always does */
static bool is_locked(const unsigned char *code, size_t size)
{
	static const char prefixes[] = "\x66\x67\xf2\xf3\x2e\x36\x3e\x26\x64\x65\xf0";
	size_t i;

	for (i = 0; i < size && code[i] && strchr(prefixes, code[i]); i++)
		if (code[i] == 0xf0)
			return true;
	if (i < size && (code[i] & 0xf0) == 0x40)
		i++;
	return i + 1 < size && (code[i] & 0xfe) == 0x86 && code[i + 1] < 0xc0;
}

#endif
