/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORES_LINUX_BIT_SPINLOCK_H
#define _CORES_LINUX_BIT_SPINLOCK_H

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/preempt.h>

#include <asm/barrier.h>

static __always_inline void bit_spin_lock(int bit, unsigned long *word)
{
	while (unlikely(__atomic_fetch_or(word, BIT(bit), __ATOMIC_ACQUIRE) & BIT(bit)))
		while (__atomic_load_n(word, __ATOMIC_RELAXED) & BIT(bit))
			__builtin_ia32_pause();
}

static __always_inline bool bit_spin_trylock(int bit, unsigned long *word)
{
	return !(__atomic_fetch_or(word, BIT(bit), __ATOMIC_ACQUIRE) & BIT(bit));
}

static __always_inline void __bit_spin_unlock(int bit, unsigned long *word)
{
	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) & ~BIT(bit),
			 __ATOMIC_RELEASE);
}

static inline bool bit_spin_is_locked(int bit, const unsigned long *word)
{
	return test_bit(bit, word);
}

#endif
