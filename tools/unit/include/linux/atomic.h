/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As in Documentation/atomic_t.txt: what returns a value is ordered as a full barrier, what
 * returns none is not ordered, nor is a compare-and-exchange that fails.
 */
#ifndef _UNIT_LINUX_ATOMIC_H
#define _UNIT_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

typedef struct {
	s64 counter;
} atomic64_t;

#define UNIT_ATOMIC(name, type)							\
static inline type name##_read(const name##_t *v)				\
{										\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);			\
}										\
										\
static inline type name##_read_acquire(const name##_t *v)			\
{										\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);			\
}										\
										\
static inline void name##_set(name##_t *v, type value)				\
{										\
	__atomic_store_n(&v->counter, value, __ATOMIC_RELAXED);			\
}										\
										\
static inline void name##_add(type n, name##_t *v)				\
{										\
	__atomic_fetch_add(&v->counter, n, __ATOMIC_RELAXED);			\
}										\
										\
static inline void name##_inc(name##_t *v)					\
{										\
	name##_add(1, v);							\
}										\
										\
static inline void name##_dec(name##_t *v)					\
{										\
	name##_add(-1, v);							\
}										\
										\
static inline void name##_sub(type n, name##_t *v)				\
{										\
	name##_add(-n, v);							\
}										\
										\
static inline type name##_add_return(type n, name##_t *v)			\
{										\
	return __atomic_add_fetch(&v->counter, n, __ATOMIC_SEQ_CST);		\
}										\
										\
static inline type name##_sub_return(type n, name##_t *v)			\
{										\
	return name##_add_return(-n, v);					\
}										\
										\
static inline type name##_inc_return(name##_t *v)				\
{										\
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);		\
}										\
										\
static inline type name##_dec_return(name##_t *v)				\
{										\
	return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);		\
}										\
										\
static inline bool name##_try_cmpxchg(name##_t *v, type *old, type value)	\
{										\
	return __atomic_compare_exchange_n(&v->counter, old, value, false,	\
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);	\
}										\
										\
static inline type name##_xchg(name##_t *v, type value)			\
{										\
	return __atomic_exchange_n(&v->counter, value, __ATOMIC_SEQ_CST);	\
}										\
										\
/* The value found, which is @old if it was exchanged */			\
static inline type name##_cmpxchg(name##_t *v, type old, type value)		\
{										\
	name##_try_cmpxchg(v, &old, value);					\
	return old;								\
}										\
										\
static inline bool name##_inc_unless_negative(name##_t *v)			\
{										\
	type value = name##_read(v);						\
										\
	do {									\
		if (value < 0)							\
			return false;						\
	} while (!name##_try_cmpxchg(v, &value, value + 1));			\
	return true;								\
}										\
										\
/* One less unless that is below zero, which is then only returned */		\
static inline type name##_dec_if_positive(name##_t *v)				\
{										\
	type value = name##_read(v);						\
										\
	do {									\
		if (value <= 0)							\
			break;							\
	} while (!name##_try_cmpxchg(v, &value, value - 1));			\
	return value - 1;							\
}

static inline int atomic_fetch_or(int bits, atomic_t *v)
{
	return __atomic_fetch_or(&v->counter, bits, __ATOMIC_SEQ_CST);
}

static inline int atomic_fetch_andnot(int bits, atomic_t *v)
{
	return __atomic_fetch_and(&v->counter, ~bits, __ATOMIC_SEQ_CST);
}

/* ThreadSanitizer of gcc takes no fences; on x86 the atomic that follows is one. */
#define smp_mb__before_atomic()	__atomic_signal_fence(__ATOMIC_SEQ_CST)

UNIT_ATOMIC(atomic, int)
UNIT_ATOMIC(atomic_long, long)
UNIT_ATOMIC(atomic64, s64)

#define cmpxchg(ptr, old, value)						\
({										\
	__typeof__(*(ptr)) _found = (old);					\
	__atomic_compare_exchange_n(ptr, &_found, value, false,			\
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);	\
	_found;									\
})

#endif
