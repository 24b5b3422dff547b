/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread is pinned to its CPU, and nothing else of the program runs there. */
#ifndef _CORES_LINUX_PREEMPT_H
#define _CORES_LINUX_PREEMPT_H

#include <linux/types.h>

static inline void preempt_disable(void)
{
	__asm__ __volatile__("" : : : "memory");
}

static inline void preempt_enable(void)
{
	__asm__ __volatile__("" : : : "memory");
}

static inline bool in_softirq(void)
{
	return true;
}

static inline bool irqs_disabled(void)
{
	return false;
}

#endif
