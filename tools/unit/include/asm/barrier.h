/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_ASM_BARRIER_H
#define _UNIT_ASM_BARRIER_H

#define smp_load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, value)	__atomic_store_n((p), (value), __ATOMIC_RELEASE)

/* ThreadSanitizer knows no fences, but that what reads, writes and orders one word is one. */
static inline void smp_mb(void)
{
	static int fence;

	__atomic_fetch_add(&fence, 0, __ATOMIC_SEQ_CST);
}

#endif
