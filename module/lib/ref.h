/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ref: the users of an object that stays when it has none, until it is killed.
 *
 * Accounts, owners and destinations are found in a table under RCU. One that
 * nobody uses is kept for who comes back, and the gc frees it later. The gc
 * kills it first, which works only while it has no user: from then on
 * pq_ref_get() fails for ever. Only then it leaves its table.
 *
 * A table's compare function must not match a dead object (pq_ref_dead()). So a
 * task that finds it dead does not wait until it has left the table, but puts
 * in a new one with the same key beside it; on PREEMPT_RT it could not wait,
 * since it may have preempted the gc just there.
 *
 * Any context. Nothing here frees memory.
 */
#ifndef _PORTQUOTA_REF_H
#define _PORTQUOTA_REF_H

#include <linux/atomic.h>
#include <linux/limits.h>
#include <linux/types.h>

/*
 * Far below zero: an attempt to get or put a dead object leaves it dead, however
 * many CPUs make one at the same time.
 */
#define PQ_REF_DEAD	(INT_MIN / 2)

/**
 * struct pq_ref - how many users an object has
 * @count: the number; below zero when the object is dead
 */
struct pq_ref {
	atomic_t count;
};

/**
 * pq_ref_init() - a new object
 * @ref: its users
 * @users: how many it begins with
 */
static inline void pq_ref_init(struct pq_ref *ref, int users)
{
	atomic_set(&ref->count, users);
}

/**
 * pq_ref_get() - become a user of an object that was found in a table
 * @ref: its users; the caller sees to it that its memory stays, by RCU
 *
 * Return: false if the object is dead.
 */
static __always_inline bool pq_ref_get(struct pq_ref *ref)
{
	return atomic_inc_unless_negative(&ref->count);
}

/**
 * pq_ref_hold() - add a user to an object that has one already
 * @ref: its users
 */
static __always_inline void pq_ref_hold(struct pq_ref *ref)
{
	atomic_inc(&ref->count);
}

/**
 * pq_ref_put() - a user less; the object stays
 * @ref: its users
 */
static __always_inline void pq_ref_put(struct pq_ref *ref)
{
	atomic_dec(&ref->count);
}

/**
 * pq_ref_add() - many users more, or less, of an object that keeps one at least
 * @ref: its users
 * @n: how many more
 *
 * Return: how many there are now, as pq_ref_users().
 */
static inline int pq_ref_add(struct pq_ref *ref, int n)
{
	return atomic_add_return(n, &ref->count);
}

/**
 * pq_ref_users() - how many users there are
 * @ref: the users
 *
 * Return: the number; below zero if the object is dead.
 */
static inline int pq_ref_users(const struct pq_ref *ref)
{
	return atomic_read(&ref->count);
}

/**
 * pq_ref_dead() - has the object been killed?
 * @ref: its users
 *
 * Return: true if so. An object that is not dead may die at any moment, but to
 * a caller for whom pq_ref_get() has failed, it is dead.
 */
static inline bool pq_ref_dead(const struct pq_ref *ref)
{
	return pq_ref_users(ref) < 0;
}

/**
 * pq_ref_kill() - kill an object that nobody uses
 * @ref: its users
 *
 * Return: true if it is dead now, and the caller the one to take it out of its
 * table and to free it after an RCU grace period; false if it has a user, or
 * was dead before.
 */
static inline bool pq_ref_kill(struct pq_ref *ref)
{
	return atomic_cmpxchg(&ref->count, 0, PQ_REF_DEAD) == 0;
}

#endif
