/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: hierarchical counters.
 *
 * A charge counts in one node and in each of its ancestors, like
 * kernel/cgroup/pids.c does it. Pure arithmetic on atomics: it knows nothing
 * of sockets, cgroups or namespaces, takes no lock, never sleeps, and may be
 * called from any context. Whoever calls keeps the nodes alive.
 *
 * The numbers of different nodes, and different numbers of one node, are not
 * read or changed together: at rest they agree, on the way they may be apart
 * by the charges in flight. No number is ever negative, because each charge is
 * made before anybody can see what would be uncharged.
 */
#ifndef _PORTQUOTA_USAGE_H
#define _PORTQUOTA_USAGE_H

#include <linux/atomic.h>

enum pq_resource {
	PQ_TCP,
	PQ_UDP,
	PQ_TIMEWAIT,
	PQ_NR_RESOURCES
};

/* Plain numbers. The first ones go up and down, the others only grow. */
enum pq_tally {
	PQ_TCP_EXCLUSIVE,
	PQ_TCP_BOUND,
	PQ_TW_RESERVING,
	PQ_TW_FIN_WAIT2,

	PQ_TCP_EXHAUSTED,
	PQ_UDP_EXHAUSTED,
	PQ_TW_EXPIRED,
	PQ_TW_REUSED,
	PQ_TW_RECYCLED,
	PQ_TW_KILLED,
	PQ_TW_OVERFLOW,
	PQ_UNTRACKED,
	PQ_NR_TALLIES
};

struct pq_counter {
	atomic_long_t held;	/* now */
	atomic_long_t peak;	/* the most there ever was */
	atomic_long_t begun;
	atomic_long_t ended;
};

/**
 * struct pq_usage - one node of the hierarchy
 * @parent: where everything that counts here counts too; NULL at the root
 * @counter: by resource, descendants included
 * @tally: by enum pq_tally, descendants included
 * @local: by resource, what was charged to this very node
 */
struct pq_usage {
	struct pq_usage *parent;
	struct pq_counter counter[PQ_NR_RESOURCES];
	atomic_long_t tally[PQ_NR_TALLIES];
	atomic_long_t local[PQ_NR_RESOURCES];
};

/**
 * pq_usage_charge() - one more of a resource, here and in all ancestors
 * @usage: the node that pays
 * @res: the resource
 */
static inline void pq_usage_charge(struct pq_usage *usage, enum pq_resource res)
{
	struct pq_counter *c;
	long held, peak;

	atomic_long_inc(&usage->local[res]);
	for (; usage; usage = usage->parent) {
		c = &usage->counter[res];
		atomic_long_inc(&c->begun);
		held = atomic_long_inc_return(&c->held);
		peak = atomic_long_read(&c->peak);
		while (unlikely(held > peak) &&
		       !atomic_long_try_cmpxchg(&c->peak, &peak, held))
			;
	}
}

/**
 * pq_usage_uncharge() - take back what pq_usage_charge() did
 * @usage: the node that paid
 * @res: the resource
 */
static inline void pq_usage_uncharge(struct pq_usage *usage, enum pq_resource res)
{
	atomic_long_dec(&usage->local[res]);
	for (; usage; usage = usage->parent) {
		atomic_long_dec(&usage->counter[res].held);
		atomic_long_inc(&usage->counter[res].ended);
	}
}

/**
 * pq_usage_add() - change a tally, here and in all ancestors
 * @usage: the node
 * @tally: which
 * @n: by how much; below zero only for the tallies that go down too
 */
static inline void pq_usage_add(struct pq_usage *usage, enum pq_tally tally, long n)
{
	for (; usage; usage = usage->parent)
		atomic_long_add(n, &usage->tally[tally]);
}

/**
 * pq_usage_held() - how much of a resource is held below a node
 * @usage: the node
 * @res: the resource
 *
 * Return: the number, itself and all descendants.
 */
static inline long pq_usage_held(const struct pq_usage *usage, enum pq_resource res)
{
	return atomic_long_read(&usage->counter[res].held);
}

/**
 * pq_usage_idle() - is nothing at all held below a node?
 * @usage: the node
 *
 * Return: true when every resource stands at zero.
 */
static inline bool pq_usage_idle(const struct pq_usage *usage)
{
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++)
		if (pq_usage_held(usage, res))
			return false;
	return true;
}

#endif
