// SPDX-License-Identifier: GPL-2.0-only
/* entry: see entry.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>
#include <net/sock.h>

#include "destination.h"
#include "entry.h"
#include "holder.h"
#include "lifetime.h"
#include "netns.h"
#include "portquota_trace.h"
#include "range.h"
#include "watch.h"

atomic_long_t pq_missed;

/*
 * Ports that some entry of the ledger had, ever. Most servers' ports are not
 * among them, and what closes there is known at a glance to hold nothing.
 */
DECLARE_BITMAP(pq_ports_ever_held, 65536);

static enum pq_resource entry_resource(const struct pq_entry *entry)
{
	return entry->flags & PQ_ENTRY_UDP ? PQ_UDP : PQ_TCP;
}

static struct pq_usage *entry_usage(const struct pq_entry *entry)
{
	return &entry->holder->account->usage;
}

#define PORT_GAUGES	(PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND)
#define TIMEWAIT_GAUGES	(PQ_ENTRY_RESERVATION | PQ_ENTRY_FIN_WAIT2)

static struct pq_portmap *entry_portmap(const struct pq_entry *entry, enum pq_resource res)
{
	return &pq_entry_account(entry)->key.net->ports[res];
}

/*
 * The ports of the namespace's range are counted by port too; those that a
 * cgroup has of its own, outside of that range, are not.
 */
static __always_inline bool entry_hold_port(struct pq_entry *entry, enum pq_resource res)
{
	struct pq_account *acct = pq_entry_account(entry);

	if (unlikely(pq_account_range(acct, res).low) &&
	    !pq_range_has(acct->key.net->net, entry->port)) {
		entry->flags |= PQ_ENTRY_OUTSIDE;
		return false;
	}
	return pq_portmap_hold(entry_portmap(entry, res), entry->port);
}

static __always_inline bool entry_release_port(struct pq_entry *entry, enum pq_resource res)
{
	if (unlikely(entry->flags & PQ_ENTRY_OUTSIDE))
		return false;
	return pq_portmap_release(entry_portmap(entry, res), entry->port);
}

/**
 * pq_entry_commit_port() - count an entry whose port is there now
 * @entry: the entry; one of its resource is held already
 */
void pq_entry_commit_port(struct pq_entry *entry)
{
	unsigned int gauges = entry->flags & PORT_GAUGES;
	bool tripped;

	if (!test_bit(entry->port, pq_ports_ever_held))
		set_bit(entry->port, pq_ports_ever_held);
	if (unlikely(entry->flags & PQ_ENTRY_UDP)) {
		tripped = pq_usage_commit(entry_usage(entry), PQ_UDP, gauges);
		tripped |= entry_hold_port(entry, PQ_UDP);
	} else {
		tripped = pq_usage_commit(entry_usage(entry), PQ_TCP, gauges);
		tripped |= entry_hold_port(entry, PQ_TCP);
	}
	trace_portquota_charge(entry);
	if (unlikely(tripped))
		pq_watch_charged(pq_entry_account(entry));
}

/**
 * pq_entry_charge_port() - count an entry's port whatever the limits
 * @entry: the entry
 */
void pq_entry_charge_port(struct pq_entry *entry)
{
	pq_usage_hold(entry_usage(entry), entry_resource(entry));
	pq_entry_commit_port(entry);
}

/**
 * pq_entry_charge_timewait() - count an entry that has become TIME_WAIT
 * @entry: the entry; its port, if it holds one, is counted already
 */
void pq_entry_charge_timewait(struct pq_entry *entry)
{
	bool tripped = pq_usage_charge(entry_usage(entry), PQ_TIMEWAIT,
				       entry->flags & TIMEWAIT_GAUGES);

	entry->since = jiffies;
	if (entry->destination)
		atomic_inc(&entry->destination->timewait);
	trace_portquota_timewait_begin(entry);
	if (unlikely(tripped))
		pq_watch_charged(pq_entry_account(entry));
}

/**
 * pq_entry_forget() - let go of what an entry refers to, without counting
 * @entry: the entry; its owner frees it
 */
void pq_entry_forget(struct pq_entry *entry)
{
	if (entry->destination)
		atomic_dec(&entry->destination->users);
	pq_holder_put(entry->holder);
}

/* @tripped: somebody wants to look at the account */
static __always_inline void entry_end(struct pq_entry *entry, bool timewait, bool tripped)
{
	struct pq_holder *holder = entry->holder;

	if (entry->destination)
		pq_destination_put(entry->destination, holder->account, timewait);
	if (unlikely(tripped))
		pq_watch_charged(holder->account);
	pq_holder_put(holder);
	__pq_entry_free(entry);
}

/**
 * pq_entry_end_port() - take back what an entry counts, and free it
 * @entry: the entry, out of the ledger; no TIME_WAIT
 *
 * Context: softirqs off.
 */
void pq_entry_end_port(struct pq_entry *entry)
{
	struct pq_usage *usage = entry_usage(entry);
	bool tripped;

	trace_portquota_uncharge(entry);
	if (entry->flags & PQ_ENTRY_UDP) {
		tripped = pq_usage_uncharge(usage, PQ_UDP, 0);
		tripped |= entry_release_port(entry, PQ_UDP);
	} else {
		tripped = pq_usage_uncharge(usage, PQ_TCP, entry->flags & PORT_GAUGES);
		tripped |= entry_release_port(entry, PQ_TCP);
	}
	entry_end(entry, false, tripped);
}

/**
 * pq_entry_end_timewait() - the same of one that is TIME_WAIT
 * @entry: the entry, out of the ledger
 * @reason: PQ_TW_EXPIRED, _REUSED, _RECYCLED or _KILLED
 *
 * Context: softirqs off.
 */
void pq_entry_end_timewait(struct pq_entry *entry, enum pq_tally reason)
{
	struct pq_account *acct = pq_entry_account(entry);
	unsigned int flags = entry->flags;
	bool tripped;

	atomic_long_inc(&acct->key.net->lifetimes[pq_lifetime_class((u32)jiffies - entry->since)]);
	trace_portquota_timewait_end(entry);
	if (flags & PQ_ENTRY_RESERVATION) {
		trace_portquota_uncharge(entry);
		tripped = pq_usage_uncharge_timewait(&acct->usage, flags & (PORT_GAUGES |
									    TIMEWAIT_GAUGES),
						     reason);
		tripped |= entry_release_port(entry, PQ_TCP);
	} else {
		pq_usage_add(&acct->usage, reason, 1);
		tripped = pq_usage_uncharge(&acct->usage, PQ_TIMEWAIT, flags & TIMEWAIT_GAUGES);
	}
	entry_end(entry, true, tripped);
}

/**
 * pq_entry_end_stale() - the same, of one that was under a new one's address
 * @stale: the entry, out of the ledger
 *
 * It is of a socket whose end we never saw; or the survey found the socket a
 * moment ago, and then the hook knows better who took the port.
 *
 * Context: softirqs off.
 */
void pq_entry_end_stale(struct pq_entry *stale)
{
	if (!(stale->flags & PQ_ENTRY_FOUND))
		atomic_long_inc(&pq_missed);
	if (stale->flags & PQ_ENTRY_TIMEWAIT)
		pq_entry_end_timewait(stale, PQ_TW_KILLED);
	else
		pq_entry_end_port(stale);
}

/**
 * pq_sock_account() - the account that is to pay for a socket
 * @sk: the socket
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, with a reference for the caller; NULL without memory,
 * or when the namespace is being removed.
 */
struct pq_account *pq_sock_account(const struct sock *sk)
{
	struct pq_net *pn = pq_net_of(sock_net(sk));

	return pn ? pq_account_get(pn, pq_sock_cgroup(sk)) : NULL;
}

/**
 * pq_count_untracked() - something went uncounted for want of memory
 * @pn: the namespace
 */
void pq_count_untracked(struct pq_net *pn)
{
	pq_usage_add(&pn->root->usage, PQ_UNTRACKED, 1);
}

/**
 * pq_entry_make() - an entry for a socket or TIME_WAIT of a namespace
 * @net: the namespace
 * @sk: the socket or TIME_WAIT
 * @cgrp: who pays; NULL: before load
 * @port: the local port
 * @flags: PQ_ENTRY_*
 *
 * Context: under RCU.
 * Return: the entry, not in the ledger yet and not charged; NULL without
 * memory, or when the namespace is being removed.
 */
struct pq_entry *pq_entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
			       u16 port, u16 flags)
{
	struct pq_net *pn = pq_net_of(net);
	struct pq_holder_key key = { .account = { .net = pn, .cgrp = cgrp } };
	struct pq_entry *entry;

	if (unlikely(!pn))
		return NULL;	/* being removed, with its accounts */
	entry = pq_entry_alloc();
	if (unlikely(!entry))
		goto untracked;
	entry->holder = pq_holder_get(&key);
	if (unlikely(!entry->holder)) {
		pq_entry_free(entry);
		goto untracked;
	}
	entry->key = sk;
	entry->destination = NULL;
	entry->born = ktime_get_seconds();
	entry->port = port;
	entry->flags = flags;
	return entry;

untracked:
	pq_count_untracked(pn);
	return NULL;
}

/**
 * pq_entry_set_bound() - an entry's socket has neither connection nor listener
 * @entry: the entry, on whose bucket the lock is held
 *
 * Return: where it is connected to no more, to be given back when the bucket
 * is unlocked; or NULL.
 */
struct pq_destination *pq_entry_set_bound(struct pq_entry *entry)
{
	struct pq_destination *to = NULL;

	if (entry->flags & PQ_ENTRY_BOUND)
		return NULL;
	entry->flags |= PQ_ENTRY_BOUND;
	swap(entry->destination, to);
	pq_usage_add(entry_usage(entry), PQ_TCP_BOUND, 1);
	return to;
}

/**
 * pq_entry_set_busy() - an entry's socket has a connection or listener
 * @entry: the entry, on whose bucket the lock is held, or out of the ledger
 */
void pq_entry_set_busy(struct pq_entry *entry)
{
	if (!(entry->flags & PQ_ENTRY_BOUND))
		return;
	entry->flags &= ~PQ_ENTRY_BOUND;
	pq_usage_add(entry_usage(entry), PQ_TCP_BOUND, -1);
}
