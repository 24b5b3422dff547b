/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifetime: how long TIME_WAITs last: classes of what they have lasted, and
 * steps towards when they are to end. Pure arithmetic.
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

/**
 * pq_lifetime_step() - for how long to arm a timer that is to end exactly
 * @left: until the end, jiffies
 *
 * The timer wheel is late by up to 8/63 of what it is armed for, 16 s of 300
 * (kernel/time/timer.c, LVL_GRAN). So a long time is gone in steps that are
 * short enough not to be too late, and the last, below 8 s, is late by less
 * than one second.
 *
 * Return: jiffies, @left for the last step.
 */
static inline long pq_lifetime_step(long left)
{
	return left <= 8 * HZ ? left : left - left / 8;
}

#endif
