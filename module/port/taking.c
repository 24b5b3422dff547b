// SPDX-License-Identifier: GPL-2.0-only
/* taking: see taking.h for what it promises. */
#include <linux/ktime.h>
#include <net/ip.h>

#include "account/charge.h"
#include "account/destination.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/owner.h"
#include "account/stocks.h"
#include "account/tree.h"
#include "account/trip.h"
#include "attempt.h"
#include "bindhash.h"
#include "lib/params.h"
#include "lib/range.h"
#include "taking.h"
#include "wait.h"

static enum pq_resource kind_resource(u16 kind)
{
	return kind & PQ_ENTRY_UDP ? PQ_UDP : PQ_TCP;
}

/* Without memory, a port goes uncounted; but not under a limit that is enforced. */
static struct pq_entry *no_memory(struct pq_net *pn, bool limited)
{
	if (limited && READ_ONCE(pq_mode) == PQ_MODE_ENFORCE)
		return ERR_PTR(-ENOMEM);
	pq_count_untracked(pn);
	return NULL;
}

/*
 * Percentages follow the range at once, not at the next tick: those of the account that is
 * to pay, and of its ancestors. Where there are no rules, it is looked at by who finds no
 * stock, and by who finds no port: pq_exhausted().
 */
static __always_inline void follow_range(struct pq_account *acct, struct net *net, bool may_sleep)
{
	pq_limits_look(acct->key.net, net);
	if (unlikely(pq_limits_stale(acct)))
		pq_limits_catch_up(acct, may_sleep);
}

/* Under RCU, as owner_of(); @make: the owner if there is none */
static struct pq_owner *running_owner(struct sock *sk, u16 kind, bool make)
{
	struct pq_net *pn = pq_net_of(sock_net(sk));
	struct cgroup *cgrp = pq_sock_cgroup(sk);
	struct pq_owner *owner;

	if (unlikely(!pn))
		return NULL;	/* being removed, with its accounts */
	owner = pq_owner_get_running(pn, cgrp, make);
	if (unlikely(!owner && make))
		owner = ERR_CAST(no_memory(pn, pq_limits_exist(pn, cgrp, kind_resource(kind))));
	return owner;
}

/* When there is none, returns what pq_taking_try() is to return. */
static noinline struct pq_owner *owner_of(struct sock *sk, u16 kind, bool connecting)
{
	struct pq_owner *owner;

	/* A bind() may not sleep here: bpf_bind() calls it under RCU. */
	rcu_read_lock();
	owner = running_owner(sk, kind, !connecting);
	rcu_read_unlock();
	if (unlikely(!owner && connecting)) {
		pq_accounts_prepare(sk);
		rcu_read_lock();
		owner = running_owner(sk, kind, true);
		rcu_read_unlock();
	}
	/* Not even uncounted: see pq_wait_holds(). */
	if (!owner && pq_wait_holds(sk))
		return ERR_PTR(-EALREADY);
	return owner;
}

/* Where a socket is about to connect to, if its program has done so last. */
static __always_inline struct pq_destination *stocked_destination(const struct pq_owner *owner,
								  const struct sock *sk)
{
	struct pq_destination *to = READ_ONCE(owner->recent);
	struct pq_ports range = pq_account_range(owner->account, PQ_TCP);

	/* Where there is a device, it may be that of a VRF: then more is to be counted. */
	return likely(READ_ONCE(pq_destinations_on) && !READ_ONCE(sk->sk_bound_dev_if) &&
		      pq_destination_is(to, sk, range)) ? to : NULL;
}

/* This CPU's stock of the running program and where it connects to; NULL if it has none. */
static __always_inline struct pq_slot *stock_of(const struct sock *sk, const struct pq_owner *owner)
{
	struct pq_slot *slot = pq_slot_of(owner, READ_ONCE(owner->recent));
	struct pq_destination *to;

	/* Most of those that have no stock need not be compared with anything else. */
	if (unlikely(READ_ONCE(slot->owner) != owner))
		return NULL;
	to = stocked_destination(owner, sk);
	return likely(to) ? pq_slot_lock_at(slot, owner, to) : NULL;
}

/* An entry that is paid for from @slot; NULL if it has none, or there is no memory at hand. */
static __always_inline struct pq_entry *take_from(struct pq_slot *slot, const struct sock *sk)
{
	struct pq_entry *entry = likely(slot->stock.tcp) ? pq_entry_spare() : NULL;

	if (unlikely(!entry))
		return NULL;
	slot->stock.tcp--;
	entry->key = sk;
	entry->owner = slot->owner;
	entry->destination = slot->destination;
	entry->flags = PQ_ENTRY_RESERVATION;
	return entry;
}

/*
 * In one go what the slow way does step by step: the port, the owner and the destination
 * are all taken from the CPU's stock. Returns NULL if it is to be the slow way.
 *
 * Interrupts are off. @owner is the last one of this CPU
 */
static __always_inline struct pq_entry *try_stock(const struct sock *sk, struct pq_owner *owner)
{
	const struct pq_net *pn = owner->key.account.net;
	struct pq_entry *entry;
	struct pq_slot *slot;

	/* There is a rule, or nobody would have asked: what it says may be of another range. */
	if (unlikely(!pq_limits_know_range(pn, sock_net(sk)) || pq_limits_stale(owner->account)))
		return NULL;
	slot = stock_of(sk, owner);
	if (unlikely(!slot))
		return NULL;
	entry = take_from(slot, sk);
	pq_slot_unlock(slot);
	return entry;
}

/*
 * The same where the stock may have to be made or filled. Returns the destination, of which
 * the caller is a user now, and of @owner once more; or NULL.
 */
static noinline struct pq_destination *take_stock(struct sock *sk, struct pq_owner *owner)
{
	struct pq_destination *to;

	local_bh_disable();
	to = stocked_destination(owner, sk);
	if (to && !pq_stocks_take(owner, to, PQ_TCP))
		to = NULL;
	local_bh_enable();
	return to;
}

/* What was taken from a stock goes back there, or is uncharged. */
static noinline void give_stock_back(struct pq_owner *owner, struct pq_destination *to)
{
	struct pq_account *acct = owner->account;

	if (pq_stocks_take_back(owner, to))
		return;
	pq_usage_add_local(&acct->usage, PQ_TCP, 0, -1);
	pq_attempt_cancel(acct, PQ_TCP);
	pq_uncharge_destination(to, acct, false);
	pq_owner_put(owner);
}

/* One is held, of the stock if there is @to, and there is no entry for it. */
static noinline struct pq_entry *try_without_memory(struct pq_owner *owner,
						    struct pq_destination *to, u16 kind)
{
	struct pq_account *acct = owner->account;
	enum pq_resource res = kind_resource(kind);

	if (to)
		give_stock_back(owner, to);
	else
		pq_attempt_cancel(acct, res);
	return no_memory(acct->key.net, pq_usage_limited(&acct->usage, res));
}

/* No limit has let @owner in. @taken: a connect() has its port, and does not wait any more */
static int try_over(struct sock *sk, struct pq_owner *owner, enum pq_resource res,
		    struct pq_usage *full, enum pq_resource why, bool connecting, bool taken)
{
	/* The limit, then whether there is a rule: it is counted before its limit is set. */
	smp_rmb();
	/*
	 * A rule that is gone, if not yet from all accounts, holds up nobody. And a socket that
	 * would keep its port if connect() failed is charged whatever the limits are, as by
	 * keep_port(): bhash2 may have had no memory for it once, and have taken its port, but
	 * not SOCK_BINDPORT_LOCK.
	 */
	if (taken && (pq_sock_bound_by_hand(sk) || !pq_taking_asks(sk))) {
		pq_usage_hold(&owner->account->usage, res);
		return 0;
	}
	return pq_attempt_over(owner, res, full, why, sk, connecting && !taken);
}

/* @owner: with a reference, or NULL; @taken: a connect() has its port already */
static noinline struct pq_entry *try_slowly(struct sock *sk, struct pq_owner *owner, u16 kind,
					    bool connecting, bool taken)
{
	struct pq_destination *to;
	struct pq_entry *entry;
	enum pq_resource why;
	struct pq_usage *full;
	int err;

	if (unlikely(!owner)) {
		owner = owner_of(sk, kind, connecting);
		if (IS_ERR_OR_NULL(owner))
			return ERR_CAST(owner);
	}
	/* Its thresholds may be of another range, and the tick at rest. */
	follow_range(owner->account, sock_net(sk), connecting);
	/* Only compared, and not followed, before it is kept by RCU. */
	to = connecting ? READ_ONCE(owner->recent) : NULL;
	if (to && pq_slot_is_due(owner, to, false)) {
		to = take_stock(sk, owner);
		if (to)
			goto charged;
	}
	to = NULL;

	/* Twice the same, each with its resource known to the compiler */
	if (likely(!(kind & PQ_ENTRY_UDP)))
		full = pq_usage_try_charge(&owner->account->usage, PQ_TCP, NULL, &why);
	else
		full = pq_usage_try_charge(&owner->account->usage, PQ_UDP, NULL, &why);
	if (unlikely(full)) {
		err = try_over(sk, owner, kind_resource(kind), full, why, connecting, taken);
		if (err) {
			entry = ERR_PTR(err);
			goto put;
		}
	}
charged:
	entry = pq_entry_alloc();
	if (unlikely(!entry)) {
		entry = try_without_memory(owner, to, kind);
		goto put;
	}
	entry->key = sk;
	entry->owner = owner;
	entry->destination = to;
	entry->flags = kind | PQ_ENTRY_RESERVATION;
	if (likely(!to))
		return entry;

put:
	pq_owner_put(owner);
	return entry;
}

/**
 * pq_taking_try() - may a socket take a port?
 * @sk: the socket, locked
 * @kind: PQ_ENTRY_UDP, _EXCLUSIVE, _BOUND as they apply
 * @connecting: whether this is a connect(), that may wait for room
 *
 * The socket's cgroup is to pay; the running program is remembered as the
 * owner.
 *
 * Context: process.
 * Return: what pq_taking_commit() or _cancel() is to be given, also NULL;
 * or an ERR_PTR(): -EADDRNOTAVAIL when a limit forbids it; -ENOMEM when there
 * is a limit, and no memory to see to it; the other errors of pq_attempt_over().
 */
struct pq_entry *pq_taking_try(struct sock *sk, u16 kind, bool connecting)
{
	struct pq_owner *owner;
	struct pq_entry *entry;

	/*
	 * As good as RCU, without its two calls: see pq_owner_peek_last(). For some fifty
	 * instructions, which costs less than to have softirqs off.
	 */
	lockdep_assert_irqs_enabled();
	local_irq_disable();
	owner = pq_owner_peek_last(pq_net_of(sock_net(sk)), pq_sock_cgroup(sk));
	entry = likely(owner && connecting) ? try_stock(sk, owner) : NULL;
	if (unlikely(!entry) && owner && !pq_ref_get(&owner->users))
		owner = NULL;
	local_irq_enable();
	if (likely(entry))
		return entry;
	return try_slowly(sk, owner, kind, connecting, false);
}

/**
 * pq_taking_commit() - the socket has taken the port
 * @sk: the socket; its port is in inet_num
 * @entry: from pq_taking_try()
 */
void pq_taking_commit(struct sock *sk, struct pq_entry *entry)
{
	struct pq_entry *stale;

	if (unlikely(!entry))
		return;
	entry->port = inet_sk(sk)->inet_num;
	entry->hash = sk->sk_hash;
	entry->born = ktime_get_seconds();
	if (pq_sock_in_vrf(sk))
		entry->flags |= PQ_ENTRY_VRF;	/* never from a stock */
	local_bh_disable();
	if (likely(entry->destination)) {
		pq_entry_commit_stocked(entry);
	} else {
		if (!(entry->flags & (PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_UDP)))
			entry->destination = pq_charge_destination(entry->owner, sk);
		pq_entry_commit_port(entry);
	}
	stale = pq_ledger_replace(entry);
	if (unlikely(stale))
		pq_entry_uncharge_stale(stale);
	local_bh_enable();
}

/* What pq_taking_at_once() does where all is at hand. Interrupts are off. */
static __always_inline bool take_whole(struct sock *sk, struct pq_owner *owner,
				       struct pq_entry **stale, int *tripped)
{
	struct pq_portcount *count = &owner->key.account.net->ports[PQ_TCP];
	u16 port = inet_sk(sk)->inet_num;
	atomic_t *chunk = pq_portcount_chunk(count, port);
	struct pq_slot *slot = likely(chunk) ? stock_of(sk, owner) : NULL;
	struct pq_entry *entry;

	if (unlikely(!slot))
		return false;
	entry = take_from(slot, sk);
	if (likely(entry)) {
		slot->stock.begun++;
		*tripped = pq_slot_count_port(slot, count, pq_portcount_hold_in(chunk, port));
	}
	pq_slot_unlock(slot);
	if (unlikely(!entry))
		return false;
	entry->port = port;
	entry->hash = sk->sk_hash;
	entry->born = ktime_get_seconds();
	pq_port_set_ever_held(port);
	trace_portquota_charge(entry);
	*stale = pq_ledger_replace(entry);
	return true;
}

static noinline void take_stale(struct pq_entry *stale)
{
	local_bh_disable();
	pq_entry_uncharge_stale(stale);
	local_bh_enable();
}

/**
 * pq_taking_at_once() - a connect() of which no rule said anything has taken its port
 * @sk: the socket, locked; its port is in inet_num
 *
 * In place of pq_taking_try() and _commit(). What lies in a stock is held, so it may be
 * taken whatever rule has come meanwhile. Who has none is charged, and may be refused by that:
 * then connect() is to fail, as it does when it finds no route after its port, and
 * tcp_v4_connect() or tcp_v6_connect() gives the port back. What it has left in the socket
 * by then is what that leaves: its address, and what it took over of a TIME_WAIT.
 *
 * Context: process.
 * Return: 0; or -EADDRNOTAVAIL or -ENOMEM, as pq_taking_try().
 */
int pq_taking_at_once(struct sock *sk)
{
	struct pq_entry *stale = NULL, *entry;
	struct pq_owner *owner;
	int tripped = 0;
	bool taken;

	/* As in pq_taking_try(), for some 150 instructions */
	lockdep_assert_irqs_enabled();
	local_irq_disable();
	owner = pq_owner_peek_last(pq_net_of(sock_net(sk)), pq_sock_cgroup(sk));
	taken = likely(owner) && take_whole(sk, owner, &stale, &tripped);
	if (unlikely(!taken) && owner && !pq_ref_get(&owner->users))
		owner = NULL;
	local_irq_enable();
	if (likely(taken)) {
		/* The socket is locked, so it keeps its entry, and that the owner. */
		if (unlikely(stale))
			take_stale(stale);
		if (unlikely(tripped > 0))
			pq_trip_charged(owner->account);
		return 0;
	}
	entry = try_slowly(sk, owner, 0, true, true);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	pq_taking_commit(sk, entry);
	return 0;
}

/**
 * pq_taking_cancel() - the kernel did not give the socket a port
 * @entry: from pq_taking_try()
 */
void pq_taking_cancel(struct pq_entry *entry)
{
	if (!entry)
		return;
	if (entry->destination) {
		give_stock_back(entry->owner, entry->destination);
	} else {
		pq_attempt_cancel(pq_entry_account(entry), kind_resource(entry->flags));
		pq_entry_forget(entry);
	}
	pq_entry_free(entry);
}
