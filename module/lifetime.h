/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifetime: classes of how long TIME_WAITs have lasted, by powers of two of
 * seconds. Pure arithmetic.
 */
#ifndef _PORTQUOTA_LIFETIME_H
#define _PORTQUOTA_LIFETIME_H

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>

/* Below 1 s, below 2 s, below 4 s, ... below 512 s, and the rest */
#define PQ_LIFETIME_CLASSES	11

/**
 * pq_lifetime_class() - the class of a lifetime
 * @lasted: jiffies
 *
 * Return: the class; class i is below 2^i seconds, but for the last, which has
 * no end.
 */
static inline unsigned int pq_lifetime_class(u32 lasted)
{
	return min_t(unsigned int, fls(lasted / HZ), PQ_LIFETIME_CLASSES - 1);
}

#endif
