/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BITMAP_H
#define _UNIT_LINUX_BITMAP_H

#include <linux/bitops.h>

static inline void bitmap_set(unsigned long *map, unsigned int from, unsigned int count)
{
	for (; count; from++, count--)
		map[from / BITS_PER_LONG] |= BIT(from % BITS_PER_LONG);
}

static inline unsigned int bitmap_weight(const unsigned long *map, unsigned int bits)
{
	unsigned int i, weight = 0;

	for (i = 0; i < bits; i++)
		weight += !!(map[i / BITS_PER_LONG] & BIT(i % BITS_PER_LONG));
	return weight;
}

#endif
