// SPDX-License-Identifier: GPL-2.0-only
/* charge: see charge.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "charge.h"
#include "charge_trace.h"
#include "destination.h"
#include "lib/export.h"
#include "lib/lifetime.h"
#include "lib/range.h"
#include "netns.h"
#include "owner.h"
#include "trip.h"

atomic_long_t pq_missed;

/*
 * Ports that some entry of the ledger has ever had. A server's port is usually
 * not among them, so the close of an accepted connection stops at this bit.
 */
unsigned long pq_ports_ever_held[BITS_TO_LONGS(65536)];
EXPORT_SYMBOL_IF_KUNIT(pq_ports_ever_held);

static enum pq_resource entry_resource(const struct pq_entry *entry)
{
	return entry->flags & PQ_ENTRY_UDP ? PQ_UDP : PQ_TCP;
}

static struct pq_portset *unshared_set(const struct pq_entry *entry)
{
	struct pq_unshared *unshared = &pq_entry_account(entry)->key.net->unshared;

	return entry->flags & PQ_ENTRY_EXCLUSIVE ? &unshared->exclusive : &unshared->spoiled;
}

/* Has its destination a range of the cgroup's own, and not that of the namespace? */
static bool is_of_own(const struct pq_entry *entry)
{
	return entry->destination && entry->destination->key.range.low;
}

/* Is its port none of those that its destination is about? */
static bool is_outside(const struct pq_entry *entry)
{
	return entry->destination &&
	       entry->flags & (is_of_own(entry) ? PQ_ENTRY_STRAY : PQ_ENTRY_OUTSIDE);
}

/* Has the entry's destination a TIME_WAIT in it that connect() does not take over? */
static bool is_kept(const struct pq_entry *entry)
{
	return entry->destination && entry->flags & PQ_ENTRY_TIMEWAIT &&
	       (entry->flags & PQ_KEEPS_TIMEWAIT || is_outside(entry));
}

/* Is it one of its destination's connections that count apart? */
static bool is_apart(const struct pq_entry *entry)
{
	return entry->destination && (entry->flags & PQ_APART || is_outside(entry));
}

/* Is it of an own range, and keeps no port from who chooses from the namespace's? */
static bool is_away(const struct pq_entry *entry)
{
	return is_of_own(entry) && entry->flags & (PQ_APART | PQ_ENTRY_OUTSIDE);
}

/* What its destination counts of an entry that keeps no port from others: @n is 1 or -1. */
static void count_apart(const struct pq_entry *entry, int n)
{
	if (is_apart(entry))
		atomic_add(n, &entry->destination->apart);
	if (is_away(entry))
		atomic_add(n, &entry->destination->away);
}

/* An entry is charged: does it keep its port from being shared? */
static void hold_unshared(struct pq_entry *entry)
{
	if ((entry->flags & (PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_VRF)) == PQ_ENTRY_EXCLUSIVE)
		entry->flags |= PQ_ENTRY_UNSHARED;
	if (entry->flags & PQ_ENTRY_UNSHARED)
		pq_portset_hold(unshared_set(entry), entry->port);
	count_apart(entry, 1);
}

/* Others that the ledger does not know may still have the port. */
static void release_unshared(struct pq_entry *entry)
{
	count_apart(entry, -1);
	if (!(entry->flags & PQ_ENTRY_UNSHARED))
		return;
	if (pq_portset_release(unshared_set(entry), entry->port)) {
		pq_unshared_watch(&pq_entry_account(entry)->key.net->unshared, entry->port);
		pq_net_awaken(pq_entry_account(entry)->key.net);
	}
}

/**
 * pq_entry_commit_unusual() - count the port of a UDP socket, or of a TCP one that
 *			       is not just connected
 * @entry: the entry; its resource has been taken hold of already
 *
 * Return: true if a number has tripped.
 */
noinline bool pq_entry_commit_unusual(struct pq_entry *entry)
{
	struct pq_usage *usage = pq_entry_usage(entry);

	if (entry->flags & PQ_ENTRY_UDP)
		return pq_usage_commit(usage, PQ_UDP, 0) | pq_entry_hold_port(entry, PQ_UDP);
	hold_unshared(entry);
	return pq_usage_commit(usage, PQ_TCP, entry->flags & PQ_PORT_GAUGES) |
	       pq_entry_hold_port(entry, PQ_TCP);
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_commit_unusual);

/**
 * pq_entry_charge_port() - count an entry's port whatever the limits
 * @entry: the entry
 */
void pq_entry_charge_port(struct pq_entry *entry)
{
	pq_usage_hold(pq_entry_usage(entry), entry_resource(entry));
	pq_entry_commit_port(entry);
}

static unsigned int timewait_gauges(const struct pq_entry *entry)
{
	return (entry->flags & PQ_ENTRY_FIN_WAIT2) |
	       (entry->flags & PQ_ENTRY_RESERVATION ? 0 : PQ_GAUGE(PQ_TW_PORTLESS));
}

/**
 * pq_entry_charge_unusual() - count a TIME_WAIT that is not like most
 * @entry: the entry
 *
 * Return: true if a number of its account or of an ancestor has tripped.
 */
noinline bool pq_entry_charge_unusual(struct pq_entry *entry)
{
	if (is_kept(entry))
		atomic_inc(&entry->destination->kept);
	if (is_outside(entry))
		atomic_inc(&entry->destination->outside_timewait);
	return pq_usage_charge(pq_entry_usage(entry), PQ_TIMEWAIT, timewait_gauges(entry));
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_charge_unusual);

/**
 * pq_entry_uncharge_unusual() - take back a TIME_WAIT that is not like most
 * @entry: the entry, out of the ledger
 * @reason: why it ended
 *
 * Context: softirqs off.
 * Return: true if a number has tripped.
 */
noinline bool pq_entry_uncharge_unusual(struct pq_entry *entry, enum pq_tally reason)
{
	struct pq_usage *usage = pq_entry_usage(entry);
	unsigned int gauges = (entry->flags & PQ_PORT_GAUGES) | timewait_gauges(entry);
	bool tripped;

	if (!(entry->flags & PQ_ENTRY_RESERVATION)) {
		tripped = pq_usage_uncharge(usage, PQ_TIMEWAIT, gauges);
		pq_usage_add(usage, reason, 1);
		return tripped;
	}
	trace_portquota_uncharge(entry);
	pq_entry_set_elsewhere(entry, 0);
	if (is_kept(entry))
		atomic_dec(&entry->destination->kept);
	release_unshared(entry);
	return pq_usage_uncharge_timewait(usage, gauges, reason) |
	       pq_entry_release_port(entry, PQ_TCP);
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_uncharge_unusual);

/**
 * pq_entry_forget() - let go of what an entry refers to, without counting
 * @entry: the entry; its owner frees it
 */
void pq_entry_forget(struct pq_entry *entry)
{
	if (entry->destination)
		pq_ref_put(&entry->destination->users);
	pq_owner_put(entry->owner);
}

/**
 * pq_entry_uncharge_port() - take back what an entry counts, and free it
 * @entry: the entry, out of the ledger; no TIME_WAIT
 *
 * Context: softirqs off.
 */
void pq_entry_uncharge_port(struct pq_entry *entry)
{
	struct pq_usage *usage = pq_entry_usage(entry);
	bool tripped;

	pq_assert_softirqs_off();
	trace_portquota_uncharge(entry);
	if (unlikely(entry->flags & PQ_ENTRY_ELSEWHERE))
		pq_entry_set_elsewhere(entry, 0);
	if (entry->flags & PQ_ENTRY_UDP) {
		tripped = pq_usage_uncharge(usage, PQ_UDP, 0);
		tripped |= pq_entry_release_port(entry, PQ_UDP);
	} else {
		release_unshared(entry);
		tripped = pq_usage_uncharge(usage, PQ_TCP, entry->flags & PQ_PORT_GAUGES);
		tripped |= pq_entry_release_port(entry, PQ_TCP);
	}
	pq_entry_finish(entry, false, tripped);
}

/**
 * pq_entry_uncharge_stale() - the same, of one that was under a new one's address
 * @stale: the entry, out of the ledger
 *
 * Either no hook has seen the end of its socket, whose address another socket
 * has now, which is counted in hooks.missed; or the scan has entered the very
 * same socket a moment before the hook did, which knows the owner.
 *
 * Context: softirqs off.
 */
void pq_entry_uncharge_stale(struct pq_entry *stale)
{
	if (!(stale->flags & PQ_ENTRY_FOUND))
		atomic_long_inc(&pq_missed);
	if (stale->flags & PQ_ENTRY_TIMEWAIT)
		pq_entry_uncharge_timewait(stale, PQ_TW_KILLED);
	else
		pq_entry_uncharge_port(stale);
}

/**
 * pq_count_untracked() - something went uncounted, mostly for want of memory
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
 * @cgrp: the cgroup that pays; NULL for (before load)
 * @port: the local port
 * @flags: PQ_ENTRY_*
 *
 * Context: under RCU.
 * Return: the entry, not in the ledger yet and not charged; NULL without memory, where
 * pq_account_get() returns NULL, or when the namespace is being removed.
 */
struct pq_entry *pq_entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
			       u16 port, u16 flags)
{
	struct pq_net *pn = pq_net_of(net);
	struct pq_owner_key key = { .account = { .net = pn, .cgrp = cgrp } };
	struct pq_entry *entry;

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "namespaces are looked up under RCU");
	if (unlikely(!pn))
		return NULL;	/* being removed, with its accounts */
	entry = pq_entry_alloc();
	if (unlikely(!entry))
		goto untracked;
	entry->owner = pq_owner_get(&key);
	if (unlikely(!entry->owner)) {
		pq_entry_free(entry);
		goto untracked;
	}
	entry->key = sk;
	entry->destination = NULL;
	entry->born = ktime_get_seconds();
	entry->hash = ((const struct sock *)sk)->sk_hash;	/* tw_hash is at the same place */
	entry->port = port;
	entry->flags = flags;
	if (pq_sock_in_vrf(sk))
		entry->flags |= PQ_ENTRY_VRF;
	return entry;

untracked:
	pq_count_untracked(pn);
	return NULL;
}

/* An entry's flags have changed: so has what its destination counts of it. */
static void recount_kept(const struct pq_entry *entry, bool was_kept)
{
	int kept = is_kept(entry) - was_kept;

	if (kept)
		atomic_add(kept, &entry->destination->kept);
}

/**
 * pq_entry_set_spoiled() - say whether connect() can share the port of a connection
 * @entry: the entry, a reservation; its bucket is locked, and the caller holds the port
 *	   in the set of spoiled ones, so that it has its memory
 * @spoiled: it cannot, because a bind() was let onto the port; false: it can again
 */
void pq_entry_set_spoiled(struct pq_entry *entry, bool spoiled)
{
	bool was_kept = is_kept(entry);

	pq_entry_assert_locked(entry);
	if (entry->flags & PQ_ENTRY_EXCLUSIVE || (spoiled && entry->flags & PQ_ENTRY_VRF) ||
	    spoiled == !!(entry->flags & PQ_ENTRY_UNSHARED))
		return;
	count_apart(entry, -1);
	entry->flags ^= PQ_ENTRY_UNSHARED;
	count_apart(entry, 1);
	if (spoiled)
		pq_portset_hold(unshared_set(entry), entry->port);
	else
		pq_portset_release(unshared_set(entry), entry->port);
	recount_kept(entry, was_kept);
}

/**
 * pq_entry_elsewhere() - is a port outside of the ranges that are about it?
 * @entry: the entry, a reservation
 *
 * Context: any but hard interrupts; the namespace is not being removed.
 * Return: PQ_ENTRY_OUTSIDE and PQ_ENTRY_STRAY, as they apply now.
 */
u16 pq_entry_elsewhere(const struct pq_entry *entry)
{
	const struct pq_account *acct = pq_entry_account(entry);
	struct pq_ports own = pq_account_range(acct, entry_resource(entry));
	struct net *net = acct->key.net->net;
	u16 elsewhere = 0;

	if (!pq_range_has(net, entry->port))
		elsewhere |= PQ_ENTRY_OUTSIDE;
	if (own.low && (entry->port < own.low || entry->port > own.high ||
			inet_is_local_reserved_port(net, entry->port)))
		elsewhere |= PQ_ENTRY_STRAY;
	return elsewhere;
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_elsewhere);

/* What its destination counts of an entry whose port is outside: @n is 1 or -1. */
static void count_outside(const struct pq_entry *entry, int n)
{
	if (!is_outside(entry))
		return;
	atomic_add(n, &entry->destination->outside);
	if (entry->flags & PQ_ENTRY_TIMEWAIT)
		atomic_add(n, &entry->destination->outside_timewait);
}

/**
 * pq_entry_set_elsewhere() - say of which ranges a port is outside
 * @entry: the entry, a reservation that is charged; its bucket is locked, or it is not
 *	   in the ledger
 * @elsewhere: PQ_ENTRY_OUTSIDE, PQ_ENTRY_STRAY; 0 before it is uncharged
 *
 * Return: true if that is news.
 */
bool pq_entry_set_elsewhere(struct pq_entry *entry, u16 elsewhere)
{
	u16 news = (entry->flags ^ elsewhere) & PQ_ENTRY_ELSEWHERE;
	bool was_kept = is_kept(entry);
	struct pq_account *acct = pq_entry_account(entry), *above;
	enum pq_resource res = entry_resource(entry);
	int n;

	if (news & PQ_ENTRY_OUTSIDE) {
		n = elsewhere & PQ_ENTRY_OUTSIDE ? 1 : -1;
		for (above = acct; above; above = above->parent)
			atomic_add(n, &above->elsewhere.outside[res]);
		atomic_add(n, &acct->elsewhere_local.outside[res]);
	}
	if (news & PQ_ENTRY_STRAY) {
		n = elsewhere & PQ_ENTRY_STRAY ? 1 : -1;
		for (above = acct; above; above = above->parent)
			atomic_add(n, &above->elsewhere.stray[res]);
		atomic_add(n, &acct->elsewhere_local.stray[res]);
	}
	count_outside(entry, -1);
	count_apart(entry, -1);
	entry->flags ^= news;
	count_apart(entry, 1);
	count_outside(entry, 1);
	recount_kept(entry, was_kept);
	return news;
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_set_elsewhere);

/**
 * pq_entry_place_found() - say of which ranges the port of one is outside that was found
 * @entry: the entry, charged, not in the ledger yet
 *
 * The scan at load finds connections that were made before the range was moved.
 */
void pq_entry_place_found(struct pq_entry *entry)
{
	if (entry->flags & PQ_ENTRY_RESERVATION)
		pq_entry_set_elsewhere(entry, pq_entry_elsewhere(entry));
}

/*
 * One is in FIN_WAIT2 no more, and kept no more: into a stock, if there is one. A bucket of
 * the ledger is locked, below which nothing is waited for: a slot is only tried.
 */
static bool give_second(const struct pq_entry *entry)
{
	struct pq_slot *slot = pq_slot_lock(entry->owner, entry->destination);

	if (!slot)
		return false;
	slot->stock.fin_wait2--;
	pq_slot_unlock(slot);
	return true;
}

/**
 * pq_entry_set_second() - an entry's remainder goes from FIN_WAIT2 to TIME_WAIT
 * @entry: the entry; its bucket is locked
 */
void pq_entry_set_second(struct pq_entry *entry)
{
	bool was_kept = is_kept(entry);

	pq_entry_assert_locked(entry);
	entry->flags &= ~PQ_ENTRY_FIN_WAIT2;
	if (was_kept && !is_kept(entry) && give_second(entry))
		return;
	pq_usage_add(pq_entry_usage(entry), PQ_TW_FIN_WAIT2, -1);
	recount_kept(entry, was_kept);
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_set_second);

/**
 * pq_entry_misplaced() - is a connection counted at a destination of a former range?
 * @entry: the entry; its bucket is locked
 *
 * Of one that did not fit it is not known where it leads to: it stays where it is.
 *
 * Return: true if so, and pq_destination_with() has the right one.
 */
bool pq_entry_misplaced(const struct pq_entry *entry)
{
	const struct pq_destination *to = entry->destination;

	return to && to->key.flow.family &&
	       !pq_ports_same(to->key.range, pq_account_range(pq_entry_account(entry), PQ_TCP));
}

/* What its destination counts of an entry, but that it is a user: @n is 1 or -1. */
static void count_connection(const struct pq_entry *entry, int n)
{
	count_outside(entry, n);
	count_apart(entry, n);
	if (is_kept(entry))
		atomic_add(n, &entry->destination->kept);
	if (entry->destination && entry->flags & PQ_ENTRY_TIMEWAIT)
		atomic_add(n, &entry->destination->timewait);
}

/**
 * pq_entry_connect() - an entry's socket is connected elsewhere, or no more
 * @entry: the entry; its bucket is locked
 * @to: where to, with a user; NULL for nowhere
 *
 * Return: where it was connected to, to be given back when the bucket is unlocked;
 * or NULL.
 */
struct pq_destination *pq_entry_connect(struct pq_entry *entry, struct pq_destination *to)
{
	pq_entry_assert_locked(entry);
	count_connection(entry, -1);
	swap(entry->destination, to);
	count_connection(entry, 1);
	return to;
}

/**
 * pq_entry_set_bound() - an entry's socket has neither connection nor listener
 * @entry: the entry; its bucket is locked
 *
 * Return: where it is connected to no more, to be given back when the bucket
 * is unlocked; or NULL.
 */
struct pq_destination *pq_entry_set_bound(struct pq_entry *entry)
{
	pq_entry_assert_locked(entry);
	if (entry->flags & PQ_ENTRY_BOUND)
		return NULL;
	entry->flags |= PQ_ENTRY_BOUND;
	pq_usage_add(pq_entry_usage(entry), PQ_TCP_BOUND, 1);
	return pq_entry_connect(entry, NULL);
}

/**
 * pq_entry_set_busy() - an entry's socket has a connection or listener
 * @entry: the entry; its bucket is locked, or it is out of the ledger
 */
void pq_entry_set_busy(struct pq_entry *entry)
{
	pq_assert_softirqs_off();
	if (!(entry->flags & PQ_ENTRY_BOUND))
		return;
	entry->flags &= ~PQ_ENTRY_BOUND;
	pq_usage_add(pq_entry_usage(entry), PQ_TCP_BOUND, -1);
	/* A reset comes by no hook: see pq_reservations_find_resets(). */
	pq_ledger_watch(entry->key);
}
