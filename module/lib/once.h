/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * once: memory that is made when it is first needed, and then kept.
 *
 * Lockless; any context.
 */
#ifndef _PORTQUOTA_ONCE_H
#define _PORTQUOTA_ONCE_H

#include <linux/atomic.h>
#include <linux/slab.h>

/**
 * pq_make_once() - make the memory that a pointer is to have
 * @slot: the address of the pointer, which is NULL or has its memory by now. It is
 *	  read by READ_ONCE(), which pairs with the cmpxchg() here: zeroed, then seen.
 * @size: how much, in bytes
 *
 * Return: what the pointer has now, which another CPU may have made; NULL without
 * memory.
 */
#define pq_make_once(slot, size)						\
({										\
	typeof(*(slot)) made, kept;						\
										\
	made = kzalloc(size, GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);	\
	kept = made ? cmpxchg(slot, NULL, made) ?: made : NULL;			\
	if (kept != made)							\
		kfree(made);							\
	kept;									\
})

#endif
