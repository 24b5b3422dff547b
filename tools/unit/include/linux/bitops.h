/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_BITOPS_H
#define _UNIT_LINUX_BITOPS_H

#include <stdbool.h>

#define BITS_PER_LONG		(8 * (int)sizeof(long))
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BIT(n)			(1UL << (n))
#define BIT_WORD(n)		((n) / BITS_PER_LONG)

/* The number of the highest bit set, counted from 1; 0 if there is none */
static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

/* The number of the first bit set from @from on; @size if there is none below it */
static inline unsigned long find_next_bit(const unsigned long *map, unsigned long size,
					  unsigned long from)
{
	for (; from < size; from++)
		if (map[from / BITS_PER_LONG] & BIT(from % BITS_PER_LONG))
			return from;
	return size;
}

static inline unsigned int hweight_long(unsigned long x)
{
	return (unsigned int)__builtin_popcountl(x);
}

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return __atomic_load_n(&map[bit / BITS_PER_LONG], __ATOMIC_RELAXED) &
	       BIT(bit % BITS_PER_LONG);
}

/* Atomic, and ordered as a full barrier, as they return something */
static inline bool test_and_set_bit(unsigned int bit, unsigned long *map)
{
	return __atomic_fetch_or(&map[bit / BITS_PER_LONG], BIT(bit % BITS_PER_LONG),
				 __ATOMIC_SEQ_CST) & BIT(bit % BITS_PER_LONG);
}

static inline bool test_and_clear_bit(unsigned int bit, unsigned long *map)
{
	return __atomic_fetch_and(&map[bit / BITS_PER_LONG], ~BIT(bit % BITS_PER_LONG),
				  __ATOMIC_SEQ_CST) & BIT(bit % BITS_PER_LONG);
}

#define for_each_set_bit(bit, map, size)			\
	for ((bit) = find_next_bit(map, size, 0); (bit) < (size);	\
	     (bit) = find_next_bit(map, size, (bit) + 1))

#endif
