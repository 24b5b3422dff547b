/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BITMAP_H
#define _UNIT_LINUX_BITMAP_H

#include <linux/bitops.h>

static inline void bitmap_set(unsigned long *map, unsigned int from, unsigned int count)
{
	for (; count; from++, count--)
		map[from / BITS_PER_LONG] |= BIT(from % BITS_PER_LONG);
}

#endif
