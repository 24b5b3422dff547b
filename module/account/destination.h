/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * destination: how many ports are used from one source address to one
 * destination address and port. A local port can be used once towards each, so
 * a program that talks to one server runs out of these first. The file
 * /proc/net/portquota/destinations has one line per destination.
 *
 * Kept by counting: a connection of the ledger refers to its destination and
 * is one of its users. Unused ones go with the next gc, but for the one
 * that a program has used last: it is looked at first when the program
 * connects again. A namespace has at most PQ_DESTINATIONS_MAX; connections to
 * others are counted together, in one that stands for all that did not fit.
 *
 * Any context but hard interrupts.
 */
#ifndef _PORTQUOTA_DESTINATION_H
#define _PORTQUOTA_DESTINATION_H

#include <linux/rhashtable-types.h>

#include "lib/dead.h"
#include "lib/flow.h"
#include "lib/line.h"
#include "lib/range.h"
#include "lib/ref.h"
#include "lib/threshold.h"
#include "rule/rule.h"

#define PQ_DESTINATIONS_MAX	16384

struct net;
struct pq_destinations;
struct pq_subject;
struct sock;

struct pq_destination_key {
	struct pq_destinations *all;	/* those of its namespace */
	struct pq_flow flow;
	struct pq_ports range;	/* a cgroup's own, that the ports are from; or zeros */
};

/**
 * struct pq_destination - a destination and its users
 * @key: where from, where to
 * @trip: at so many connections, a threshold is crossed upwards, if none can be taken
 *	  over that cannot now
 * @untrip: at so many, one is crossed downwards
 * @users: connections, TIME_WAIT too, and programs that used it last
 * @recent: of those: programs, and walks that pause there
 * @loose: so many of the connections, and of those that are TIME_WAIT, may be none, but
 *	   lie in stocks: see stocks.h
 * @timewait: of the connections: TIME_WAIT
 * @apart: of the connections: those that keep no port from a connect() of a socket
 *	   that is bound to no VRF, or one that no connect() can share; @outside too
 * @away: of the connections, where @key has a range: those that keep no port from a
 *	  connect() that chooses from the namespace's, with those that are not in it
 * @outside: of the connections: their ports are not in the range, which has moved since
 * @outside_timewait: of these: TIME_WAIT
 * @kept: of @timewait: those that connect() does not take over, whatever the sysctl says,
 *	  but for what stocks have counted up or down
 * @watched: of its numbers one may cross a threshold though no connection begins or
 *	     ends: the tick looks
 * @thresholds: half, three quarters and nine tenths of the ports; protected, as
 *		are changes of @trip and @untrip, by the namespace's
 *		destinations.lock
 * @culprit: whom the warnings of thresholds that are crossed have named; culprit.c's
 * @hash_node: by @key
 * @link: in the namespace's list
 * @dead: looked up under RCU
 *
 * Each connection compares with what is before @users, and writes to that and @timewait.
 */
struct pq_destination {
	struct pq_destination_key key;
	long trip;
	long untrip;
	struct pq_ref users ____cacheline_aligned;
	atomic_t recent;
	atomic_t loose;
	atomic_t timewait;
	atomic_t apart;
	atomic_t away;
	atomic_t outside;
	atomic_t outside_timewait;
	atomic_t kept;
	bool watched;
	struct pq_thresholds thresholds;
	struct pq_subject *culprit[PQ_THRESHOLDS];
	struct rhash_head hash_node;
	struct list_head link;
	struct pq_dead dead;
} ____cacheline_aligned;

static_assert(SMP_CACHE_BYTES != 64 || sizeof(struct pq_destination) <= 256);
static_assert(PQ_LINE_BEHIND(struct pq_destination, untrip) <=
	      PQ_LINE(struct pq_destination, users));

/**
 * struct pq_destinations - those of a namespace
 * @net: the namespace; NULL when it is removed
 * @range: the range of the namespace
 * @lock: protects @list and the thresholds; taken with softirqs off, above an
 *	  event stream's
 * @list: all of them; walked under pq_nets_mutex, which keeps them from being
 *	  removed
 * @count: how many
 * @usable: the namespace's usable ports when the thresholds were set; the tick's
 * @watched: how many are
 * @other: stands for those that did not fit
 */
struct pq_destinations {
	struct net *net;
	const struct pq_range *range;
	spinlock_t lock; /* see above */
	struct list_head list;
	atomic_t count;
	unsigned int usable;
	unsigned int watched;
	struct pq_destination other;
};

/**
 * pq_destination_used() - how many ports are used
 * @to: the destination
 *
 * Return: the number of connections.
 */
static inline int pq_destination_used(const struct pq_destination *to)
{
	return pq_ref_users(&to->users) - atomic_read(&to->recent);
}

extern bool pq_destinations_on;

int pq_destination_reusable(const struct pq_destination *to);
bool pq_destinations_may_reuse(const struct pq_destinations *all);

/**
 * pq_destination_keep() - keep a destination without a connection to it
 * @to: the destination; it has a user, or nothing can kill it during the call
 *
 * Context: any. To be undone by pq_destination_forget().
 */
static inline void pq_destination_keep(struct pq_destination *to)
{
	atomic_inc(&to->recent);
	pq_ref_hold(&to->users);
}

/**
 * pq_destination_forget() - let go of a destination that was kept
 * @to: the destination; or NULL
 *
 * Context: any.
 */
static inline void pq_destination_forget(struct pq_destination *to)
{
	if (to) {
		pq_ref_put(&to->users);
		atomic_dec(&to->recent);
	}
}

/**
 * pq_destination_tripped() - has the number of connections crossed a threshold
 *			      upwards?
 * @to: the destination
 *
 * Return: true if so.
 */
static inline bool pq_destination_tripped(const struct pq_destination *to)
{
	return pq_destination_used(to) >= READ_ONCE(to->trip);
}

/**
 * pq_destination_untrips() - does it cross one downwards with one connection
 *			      less?
 * @to: the destination
 *
 * Return: true if so.
 */
static inline bool pq_destination_untrips(const struct pq_destination *to)
{
	long used, untrip = READ_ONCE(to->untrip);
	int loose = 0;

	/* As pq_usage_left(): a stock may be closed, or opened, while the number is read. */
	if (unlikely(untrip >= 0))
		loose = atomic_read_acquire(&to->loose);
	used = pq_destination_used(to) - 1;
	if (unlikely(untrip >= 0)) {
		smp_rmb();	/* pairs with slot_open() and slot_close() */
		used -= max(loose, atomic_read(&to->loose));
	}
	return used <= untrip;
}

/**
 * pq_destination_lost() - how many ports of the range are used, but for TIME_WAITs that
 *			   connect() may take over: what the thresholds are about
 * @to: the destination
 *
 * Return: the number. Several that are not read at once: never below 0.
 */
static inline long pq_destination_lost(const struct pq_destination *to)
{
	return max(pq_destination_used(to) - atomic_read(&to->outside) -
		   pq_destination_reusable(to), 0);
}

void pq_destination_set_trips(struct pq_destination *to);

/**
 * pq_destination_is() - is that where a connection goes to?
 * @to: the destination; or NULL
 * @sk: the connection, or its TIME_WAIT
 * @range: the cgroup's own range, or zeros
 *
 * Return: true if so.
 */
static __always_inline bool pq_destination_is(const struct pq_destination *to,
					      const struct sock *sk, struct pq_ports range)
{
	return likely(to && pq_flow_is(&to->key.flow, sk) &&
		      pq_ports_same(to->key.range, range));
}

/**
 * pq_destination_get_recent() - count a connection, if its program has
 *				 connected there the last time too
 * @to: where it has connected to the last time; NULL for nowhere
 * @sk: the connection, or its TIME_WAIT
 * @range: the cgroup's own range, or zeros
 *
 * Context: under RCU, or with softirqs off, which is as good.
 * Return: @to, to be given back; or NULL.
 */
static __always_inline struct pq_destination *
pq_destination_get_recent(struct pq_destination *to, const struct sock *sk, struct pq_ports range)
{
	return likely(pq_destination_is(to, sk, range) && pq_ref_get(&to->users)) ? to : NULL;
}

struct pq_destination *pq_destination_find(struct pq_destinations *all,
					   struct pq_destination **recent,
					   const struct sock *sk, struct pq_ports range);
struct pq_destination *pq_destination_with(const struct pq_destination *to, struct pq_ports range);
void pq_destination_set_levels(struct pq_destination *to);
unsigned int pq_destination_usable(const struct pq_destination_key *key);

int pq_destinations_init(void);
void pq_destinations_exit(void);
void pq_destinations_init_net(struct pq_destinations *all, struct net *net,
			      const struct pq_range *range);
void pq_destinations_exit_net(struct pq_destinations *all);
void pq_destinations_gc_net(struct pq_destinations *all, unsigned int elapsed_ms,
			    void (*look)(struct pq_destination *to), void (*pause)(void));

#endif
