/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netns: what is kept for one network namespace.
 *
 * A struct pq_net lives longer than its namespace: the kernel purges a
 * namespace's TIME_WAIT sockets after the module's pernet exit has run, and
 * they give their ports back then. It goes with its last account.
 */
#ifndef _PORTQUOTA_NETNS_H
#define _PORTQUOTA_NETNS_H

#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "destination.h"
#include "lib/counter.h"
#include "lib/lifetime.h"
#include "lib/portcount.h"
#include "lib/range.h"
#include "lib/wakeup.h"
#include "rule/rulebook.h"
#include "unshared.h"
#include "warn/event.h"

struct pq_account;

/**
 * struct pq_net - a network namespace
 * @net: the namespace; there until @dead is set, and as long as a file is open
 * @inum: the namespace's inode number
 * @foreign: it does not belong to the host's user namespace
 * @leaving: the namespace is being removed; if a task sees under RCU that it is
 *	     not, @net stays until the end of that RCU section
 * @dead: the namespace has been removed; pq_nets_mutex
 * @ports: distinct ports of @range that are held, PQ_TCP and PQ_UDP
 * @reusable: of the TCP ports: those that TIME_WAITs have which connect() takes over; the
 *	      tick's
 * @unshared: the TCP ports that connect() cannot share
 * @root: the account of the root cgroup: the namespace's totals
 * @before_load: the account `(before load)`, of TIME_WAITs whose cgroup is not known
 * @link: in pq_nets; pq_nets_mutex
 * @serial: grows along pq_nets: where a reader goes on when some have gone
 * @destinations: where connections go to
 * @rules: the namespace's rules
 * @events: the namespace's warnings
 * @range: the ports it hands out
 * @reserved: a fingerprint of its reserved ports, if @ranged
 * @range_generation: grows when @range or @reserved has changed: the limits of each
 *		      account are made anew when somebody wants them, at the next
 *		      tick at the latest
 * @moves: grows when @range, @reserved or the range of an account has changed
 * @moves_seen: what it was when the walk began that has found what is outside of them;
 *		stray.c's, as are the following
 * @moves_begun: the same of the walk that is under way
 * @walked: the walk is about this namespace too
 * @strayed: the last walk has found some
 * @ranged: some account has, or had, a range of its own
 * @awake: some account is awake, or stale: there is something to do for the tick
 * @overdue: numbers of accounts, also of some that rest, have tripped that nobody has
 *	     looked at
 * @recounted: the usable ports of such a range are others than at the last tick, or what
 *	       is outside of one
 * @stocks_open: how many stocks are
 * @stocks_held_off: how many tasks keep others from being opened: see stocks.h
 * @accounts_lock: protects additions to and removals from @accounts
 * @accounts_made: how many there ever were
 * @accounts: all accounts, parents first; walked under RCU, or under
 *	      pq_nets_mutex, which keeps them from being removed
 * @lifetimes: TIME_WAITs that have ended, by how long they had lasted; apart from what
 *	       each connection reads
 */
struct pq_net {
	struct net *net;
	unsigned int inum;
	bool foreign;
	bool leaving;
	bool dead;
	struct pq_portcount ports[PQ_TIMEWAIT];
	long reusable;
	struct pq_unshared unshared;
	struct pq_account *root;
	struct pq_account *before_load;
	struct list_head link;
	loff_t serial;
	struct pq_destinations destinations;
	struct pq_rulebook rules;
	struct pq_events events;
	struct pq_range range;
	u64 reserved;
	atomic_t range_generation;
	atomic_t moves;
	int moves_seen;
	int moves_begun;
	bool walked;
	bool strayed;
	bool ranged;
	bool awake;
	bool overdue;
	bool recounted;
	atomic_t stocks_open;
	atomic_t stocks_held_off;
	spinlock_t accounts_lock; /* see above */
	loff_t accounts_made;
	struct list_head accounts;
	atomic_long_t lifetimes[PQ_LIFETIME_CLASSES] ____cacheline_aligned;
} ____cacheline_aligned;

/* Six are in 32 KiB: see pq_nets_memory_init(). As for accounts, locks are larger elsewhere. */
static_assert(IS_ENABLED(CONFIG_DEBUG_SPINLOCK) || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	      IS_ENABLED(CONFIG_PREEMPT_RT) ||
	      sizeof(struct pq_net) <= SZ_32K / 6);

/* Protects pq_nets, and keeps the gc from freeing accounts and destinations */
extern struct mutex pq_nets_mutex;
extern struct list_head pq_nets;
extern unsigned int pq_net_id;

/**
 * pq_for_each_account() - walk over the accounts of a namespace, parents first
 * @acct: the cursor
 * @pn: the namespace
 *
 * Under pq_nets_mutex, which keeps them from being removed. Hooks add to the end
 * meanwhile, so it is a walk as under RCU.
 */
#define pq_for_each_account(acct, pn)						\
	list_for_each_entry_rcu(acct, &(pn)->accounts, link,			\
				lockdep_is_held(&pq_nets_mutex))

/**
 * pq_net_assert_kept() - assert that nothing is removed from a namespace's
 *			  lists of accounts and destinations
 * @pn: the namespace
 *
 * The gc removes under pq_nets_mutex. One that is not in pq_nets yet is known
 * to its maker alone.
 */
static inline void pq_net_assert_kept(const struct pq_net *pn)
{
	lockdep_assert(!pn->serial || lockdep_is_held(&pq_nets_mutex));
}

/**
 * pq_net_awaken() - there is something to do for the tick
 * @pn: the namespace
 *
 * Context: any but hard interrupts, not below a bucket of the ledger.
 */
static inline void pq_net_awaken(struct pq_net *pn)
{
	WRITE_ONCE(pn->awake, true);
	pq_wakeup(PQ_WAKEUP_TICK);
}

/**
 * pq_net_move() - a range is about to change, or has changed
 * @pn: the namespace
 *
 * To be called before that, so that nobody compares what is held with the new range until
 * somebody has found what is outside; and after it, so that who was at it does so again.
 *
 * Context: as pq_net_awaken().
 */
static inline void pq_net_move(struct pq_net *pn)
{
	/* What was written before is seen by who sees this, and this by who sees what comes. */
	atomic_inc_return(&pn->moves);
	pq_net_awaken(pn);
}

/**
 * pq_net_moving() - has some range been changed, and what is outside of it is not known yet?
 * @pn: the namespace
 *
 * Then tcp.ports, tcp.in_range and what destinations use are not what the limits of the
 * present range are to be compared with.
 *
 * Context: any.
 * Return: true if so; then the tick sees to it, half a second later.
 */
static inline bool pq_net_moving(const struct pq_net *pn)
{
	/* Pairs with end_net(): what has been found, then that it was. */
	return smp_load_acquire(&pn->moves_seen) != atomic_read(&pn->moves);
}

/**
 * pq_net_of() - our part of a namespace
 * @net: the namespace
 *
 * Context: under RCU, or with the namespace kept from removal.
 * Return: the struct, or NULL when the namespace is being made or removed.
 */
static inline struct pq_net *pq_net_of(const struct net *net)
{
	/* net_generic() without its RCU section, which the caller is in. */
	const struct net_generic *gen = rcu_dereference_raw(net->gen);
	struct pq_net **slot;

	/* One that was allocated before pq_net_id was given out has no room for it yet. */
	if (unlikely(gen->s.len <= pq_net_id))
		return NULL;
	slot = gen->ptr[pq_net_id];
	/* In one being made, the kernel's own sockets come before our part. */
	return likely(slot) ? READ_ONCE(*slot) : NULL;
}

#endif
