/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * softirq: asserts that none comes in between on this CPU.
 */
#ifndef _PORTQUOTA_SOFTIRQ_H
#define _PORTQUOTA_SOFTIRQ_H

#include <linux/lockdep.h>
#include <linux/preempt.h>

/* Softirqs take buckets' locks too, and change per-CPU lists. */
static __always_inline void pq_assert_softirqs_off(void)
{
	lockdep_assert(in_softirq() || irqs_disabled());
}

#endif
