/* SPDX-License-Identifier: GPL-2.0-only */
/* FNV-1a: no suite may depend on which hash it is. */
#ifndef _UNIT_LINUX_JHASH_H
#define _UNIT_LINUX_JHASH_H

#include <linux/types.h>

static inline u32 jhash(const void *key, u32 length, u32 seed)
{
	const u8 *byte = key;
	u32 hash = 2166136261U ^ seed;

	while (length--)
		hash = (hash ^ *byte++) * 16777619U;
	return hash;
}

#endif
