/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * charge: counts a port or a TIME_WAIT where the files show it, and takes the
 * count back when it is over: tcp.current, udp.current, timewait.current and
 * what goes with them, of the account and all its ancestors; tcp.ports of the
 * namespace; used= of the destination; owner.held of the program.
 *
 * An entry is charged before it is put into the ledger, and uncharged after it
 * was taken out. So the CPU that uncharges it sees the charge, and no number is
 * ever negative where no stocks are open: see stocks.h.
 *
 * Context: any but hard interrupts, under the kernel's socket and bind hash
 * locks. The uncharge functions are called with softirqs off.
 */
#ifndef _PORTQUOTA_CHARGE_H
#define _PORTQUOTA_CHARGE_H

#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/types.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "charge_trace.h"
#include "destination.h"
#include "ledger.h"
#include "lib/counter.h"
#include "lib/lifetime.h"
#include "lib/range.h"
#include "netns.h"
#include "owner.h"
#include "spares.h"
#include "stocks.h"
#include "tree.h"
#include "trip.h"
#include "trip_destination.h"

/**
 * pq_entry_account() - the account that pays for an entry
 * @entry: the entry
 *
 * Return: the account; it stays for as long as the entry.
 */
static inline struct pq_account *pq_entry_account(const struct pq_entry *entry)
{
	return entry->owner->account;
}

extern unsigned long pq_ports_ever_held[];

/**
 * pq_port_ever_held() - may a socket with this port be in the ledger?
 * @port: the port, host order
 *
 * Return: false if certainly not.
 */
static inline bool pq_port_ever_held(u16 port)
{
	return test_bit(port, pq_ports_ever_held);
}

/**
 * pq_port_set_ever_held() - a socket with this port is about to be in the ledger
 * @port: the port, host order
 *
 * Writes to a line that all CPUs read only if that is news.
 */
static __always_inline void pq_port_set_ever_held(u16 port)
{
	if (!test_bit(port, pq_ports_ever_held))
		set_bit(port, pq_ports_ever_held);
}

void pq_count_untracked(struct pq_net *pn);

struct pq_entry *pq_entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
			       u16 port, u16 flags);
void pq_entry_charge_port(struct pq_entry *entry);
struct pq_destination * __must_check pq_entry_set_bound(struct pq_entry *entry);
void pq_entry_set_busy(struct pq_entry *entry);
void pq_entry_uncharge_port(struct pq_entry *entry);
void pq_entry_uncharge_stale(struct pq_entry *stale);
bool pq_entry_charge_unusual(struct pq_entry *entry);
bool pq_entry_commit_unusual(struct pq_entry *entry);
bool pq_entry_uncharge_unusual(struct pq_entry *entry, enum pq_tally reason);
void pq_entry_set_spoiled(struct pq_entry *entry, bool spoiled);
void pq_entry_set_second(struct pq_entry *entry);
u16 pq_entry_elsewhere(const struct pq_entry *entry);
bool pq_entry_set_elsewhere(struct pq_entry *entry, u16 elsewhere);
void pq_entry_place_found(struct pq_entry *entry);
bool pq_entry_misplaced(const struct pq_entry *entry);
struct pq_destination * __must_check pq_entry_connect(struct pq_entry *entry,
						      struct pq_destination *to);
void pq_entry_forget(struct pq_entry *entry);

extern atomic_long_t pq_missed;

/*
 * The functions from here on run for every connection. They are inline because
 * a call costs as many instructions as their work does.
 */

static inline struct pq_usage *pq_entry_usage(const struct pq_entry *entry)
{
	return &entry->owner->account->usage;
}

/**
 * pq_charge_destination() - count a connection at its destination
 * @owner: the program that pays for it
 * @sk: the connection, or its TIME_WAIT
 *
 * Context: under RCU, or with softirqs off, which is as good.
 * Return: its destination, to be given to pq_uncharge_destination(); NULL if
 * there is to be none.
 */
static __always_inline struct pq_destination *pq_charge_destination(struct pq_owner *owner,
								    const struct sock *sk)
{
	struct pq_account *acct = owner->account;
	struct pq_ports range = pq_account_range(acct, PQ_TCP);
	struct pq_destination *to;

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "destinations are looked up under RCU");
	if (unlikely(!READ_ONCE(pq_destinations_on)))
		return NULL;

	to = pq_destination_get_recent(READ_ONCE(owner->recent), sk, range);
	if (unlikely(!to))
		to = pq_destination_find(&acct->key.net->destinations, &owner->recent, sk, range);
	if (unlikely(pq_destination_tripped(to)))
		pq_trip_destination(to, acct);
	return to;
}

/**
 * pq_uncharge_destination() - a connection has ended
 * @to: from pq_charge_destination()
 * @acct: the account that paid for it
 * @timewait: whether it was counted as TIME_WAIT
 */
static __always_inline void pq_uncharge_destination(struct pq_destination *to,
						    struct pq_account *acct, bool timewait)
{
	/* The connection is still a user, so the gc does not free @to. */
	if (timewait)
		atomic_dec(&to->timewait);
	if (unlikely(pq_destination_untrips(to)))
		pq_trip_destination_put(to, acct);
	else
		pq_ref_put(&to->users);
}

#define PQ_PORT_GAUGES	(PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND)

/*
 * What keeps connect() from taking a TIME_WAIT over, whatever net.ipv4.tcp_tw_reuse
 * says (net/ipv4/tcp_ipv4.c, tcp_twsk_unique()); FIN_WAIT2 in some kernels only. And
 * that its port is outside of the range, which is_outside() tells.
 */
#define PQ_KEEPS_TIMEWAIT \
	(PQ_ENTRY_FIN_WAIT2 | PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_UNSHARED | PQ_ENTRY_UNSTAMPED | \
	 PQ_ENTRY_VRF)

/*
 * What makes a connection count as one apart: its port is not to be had by anybody, or,
 * in a VRF, by everybody outside of it: that is another network. And where it is not in
 * the range: is_outside().
 */
#define PQ_APART	(PQ_ENTRY_UNSHARED | PQ_ENTRY_VRF)

/**
 * pq_sock_in_vrf() - is a socket in another network than those without a device?
 * @sk: the socket, or a TIME_WAIT
 *
 * The kernel's buckets are of a port in one VRF, and a destination is not told by that.
 * Connections from the same address through different devices of one network get in each
 * other's way at the other end, whatever the kernel says here.
 *
 * Context: any.
 * Return: true if so.
 */
static __always_inline bool pq_sock_in_vrf(const struct sock *sk)
{
	return unlikely(READ_ONCE(sk->sk_bound_dev_if)) && inet_sk_bound_l3mdev(sk);
}

/*
 * What is true of few: of these more is to be counted, out of line, so that the
 * others are asked once and the compiler knows what is to be counted of them.
 */
#define PQ_UNUSUAL_PORT	(PQ_PORT_GAUGES | PQ_ENTRY_UDP | PQ_APART)
#define PQ_UNUSUAL_TIMEWAIT \
	(PQ_PORT_GAUGES | PQ_KEEPS_TIMEWAIT | PQ_ENTRY_ELSEWHERE | PQ_ENTRY_UNCOUNTED)

static inline struct pq_portcount *pq_entry_portcount(const struct pq_entry *entry,
						      enum pq_resource res)
{
	return &pq_entry_account(entry)->key.net->ports[res];
}

/*
 * Nobody takes a port outside of the namespace's range but who has a range of his own;
 * what is outside because a range was moved is found later: see stray.h.
 */
static __always_inline void pq_entry_has_port(struct pq_entry *entry, enum pq_resource res,
					      int tripped)
{
	if (unlikely(pq_account_range(pq_entry_account(entry), res).low))
		pq_entry_set_elsewhere(entry, pq_entry_elsewhere(entry));
	if (unlikely(tripped < 0))
		entry->flags |= PQ_ENTRY_UNCOUNTED;
}

static __always_inline bool pq_entry_hold_port(struct pq_entry *entry, enum pq_resource res)
{
	int tripped = pq_portcount_hold(pq_entry_portcount(entry, res), entry->port);

	pq_entry_has_port(entry, res, tripped);
	return tripped > 0;
}

static __always_inline bool pq_entry_release_port(struct pq_entry *entry, enum pq_resource res)
{
	if (unlikely(entry->flags & PQ_ENTRY_UNCOUNTED))
		return false;
	return pq_portcount_release(pq_entry_portcount(entry, res), entry->port);
}

/**
 * pq_entry_commit_port() - count the port of an entry
 * @entry: the entry; its resource has been taken hold of already
 */
static __always_inline void pq_entry_commit_port(struct pq_entry *entry)
{
	bool tripped;

	pq_port_set_ever_held(entry->port);
	if (likely(!(entry->flags & PQ_UNUSUAL_PORT))) {
		tripped = pq_usage_commit(pq_entry_usage(entry), PQ_TCP, 0);
		tripped |= pq_entry_hold_port(entry, PQ_TCP);
	} else {
		tripped = pq_entry_commit_unusual(entry);
	}
	trace_portquota_charge(entry);
	if (unlikely(tripped))
		pq_trip_charged(pq_entry_account(entry));
}

/**
 * pq_entry_commit_stocked() - the same of one that was taken from a stock
 * @entry: the entry; its owner and destination have been taken with it
 *
 * Context: softirqs off.
 */
static __always_inline void pq_entry_commit_stocked(struct pq_entry *entry)
{
	struct pq_portcount *count = pq_entry_portcount(entry, PQ_TCP);
	struct pq_slot *slot;
	int tripped;

	pq_port_set_ever_held(entry->port);
	tripped = pq_portcount_hold_only(count, entry->port);
	slot = pq_slot_lock(entry->owner, entry->destination);
	tripped = pq_slot_count_port(slot, count, tripped);
	if (likely(slot)) {
		slot->stock.begun++;
		pq_slot_unlock(slot);
	} else {
		pq_usage_add_begun(pq_entry_usage(entry), PQ_TCP);
	}
	pq_entry_has_port(entry, PQ_TCP, tripped);
	trace_portquota_charge(entry);
	if (unlikely(tripped > 0))
		pq_trip_charged(pq_entry_account(entry));
}

/*
 * From a stock, if there is one. Softirqs off. Of one that is still in FIN_WAIT2, that is
 * counted there too, with what it keeps: pq_entry_set_second() takes it off.
 */
static __always_inline bool pq_entry_take_timewait(struct pq_entry *entry)
{
	bool done = false, first = entry->flags & PQ_ENTRY_FIN_WAIT2;
	struct pq_slot *slot;

	if (unlikely(!entry->destination || entry->flags & PQ_ENTRY_FOUND))
		return false;
	slot = pq_slot_lock(entry->owner, entry->destination);
	if (likely(slot)) {
		done = pq_stock_take(&slot->stock, PQ_TIMEWAIT);
		if (first && likely(done))
			slot->stock.fin_wait2++;
		pq_slot_unlock(slot);
	}
	if (likely(done))
		return true;
	done = pq_slot_is_due(entry->owner, entry->destination, false) &&
	       pq_stocks_take(entry->owner, entry->destination, PQ_TIMEWAIT);
	if (first && done) {
		atomic_inc(&entry->destination->kept);
		pq_usage_add(pq_entry_usage(entry), PQ_TW_FIN_WAIT2, 1);
	}
	return done;
}

/* Into a stock, with the port that it held and what @entry refers to. Softirqs off. */
static __always_inline bool pq_entry_give_timewait(struct pq_entry *entry, enum pq_tally reason,
						   unsigned int lifetime)
{
	struct pq_slot *slot;
	bool done = false;

	if (unlikely(!entry->destination))
		return false;
	slot = pq_slot_lock(entry->owner, entry->destination);
	if (likely(slot)) {
		done = pq_slot_give(slot, entry->port, reason, lifetime);
		pq_slot_unlock(slot);
	}
	return likely(done) || (pq_slot_is_due(entry->owner, entry->destination, true) &&
				pq_stocks_give(entry->owner, entry->destination, entry->port,
					       reason, lifetime));
}

/**
 * pq_entry_charge_timewait() - count an entry that has become TIME_WAIT
 * @entry: the entry; its port, if it holds one, is counted already
 */
static __always_inline void pq_entry_charge_timewait(struct pq_entry *entry)
{
	bool tripped;

	entry->since = jiffies;
	if (likely((entry->flags & (PQ_ENTRY_RESERVATION |
				    (PQ_UNUSUAL_TIMEWAIT & ~PQ_ENTRY_FIN_WAIT2))) ==
		   PQ_ENTRY_RESERVATION) && likely(pq_entry_take_timewait(entry))) {
		trace_portquota_timewait_begin(entry);
		return;
	}
	if (likely((entry->flags & (PQ_ENTRY_RESERVATION | PQ_UNUSUAL_TIMEWAIT)) ==
		   PQ_ENTRY_RESERVATION))
		tripped = pq_usage_charge(pq_entry_usage(entry), PQ_TIMEWAIT, 0);
	else
		tripped = pq_entry_charge_unusual(entry);
	if (entry->destination)
		atomic_inc(&entry->destination->timewait);
	trace_portquota_timewait_begin(entry);
	if (unlikely(tripped))
		pq_trip_charged(pq_entry_account(entry));
}

/* @tripped: a number of the account or of an ancestor has tripped */
static __always_inline void pq_entry_finish(struct pq_entry *entry, bool timewait, bool tripped)
{
	struct pq_owner *owner = entry->owner;

	if (entry->destination)
		pq_uncharge_destination(entry->destination, owner->account, timewait);
	if (unlikely(tripped))
		pq_trip_charged(owner->account);
	pq_owner_put(owner);
	__pq_entry_free(entry);
}

/**
 * pq_entry_uncharge_timewait() - the same of one that is TIME_WAIT
 * @entry: the entry, out of the ledger
 * @reason: PQ_TW_EXPIRED, _REUSED, _RECYCLED or _KILLED
 *
 * Context: softirqs off.
 */
static __always_inline void pq_entry_uncharge_timewait(struct pq_entry *entry,
						       enum pq_tally reason)
{
	unsigned int lifetime = pq_lifetime_class((u32)jiffies - entry->since);
	struct pq_account *acct = pq_entry_account(entry);
	bool tripped;

	pq_assert_softirqs_off();
	trace_portquota_timewait_end(entry);
	if (likely((entry->flags & (PQ_ENTRY_RESERVATION | PQ_UNUSUAL_TIMEWAIT)) ==
		   PQ_ENTRY_RESERVATION)) {
		trace_portquota_uncharge(entry);
		if (likely(pq_entry_give_timewait(entry, reason, lifetime))) {
			__pq_entry_free(entry);
			return;
		}
		tripped = pq_usage_uncharge_timewait(&acct->usage, 0, reason);
		tripped |= pq_portcount_release(pq_entry_portcount(entry, PQ_TCP), entry->port);
	} else {
		tripped = pq_entry_uncharge_unusual(entry, reason);
	}
	atomic_long_inc(&acct->key.net->lifetimes[lifetime]);
	pq_entry_finish(entry, true, tripped);
}

#endif
