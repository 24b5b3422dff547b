// SPDX-License-Identifier: GPL-2.0-only
/*
 * reservation: see reservation.h for what it promises.
 *
 * Order: a charge is made before the ledger shows the entry, and taken back
 * after the ledger has let go of it, so no number is ever below zero.
 */
#include <linux/bitmap.h>
#include <linux/bottom_half.h>
#include <linux/cgroup.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/tcp_states.h>

#include "holder.h"
#include "ledger.h"
#include "mode.h"
#include "netns.h"
#include "policy.h"
#include "portquota_trace.h"
#include "queue.h"
#include "reservation.h"
#include "rulebook.h"
#include "survey.h"
#include "watch.h"

atomic_long_t pq_missed;
bool pq_surveying __read_mostly = true;

/*
 * Ports that some entry of the ledger had, ever. Most servers' ports are not
 * among them, and what closes there is known at a glance to hold nothing.
 */
static DECLARE_BITMAP(ports_ever_held, 65536);

static enum pq_resource entry_resource(const struct pq_entry *entry)
{
	return entry->flags & PQ_ENTRY_UDP ? PQ_UDP : PQ_TCP;
}

static struct pq_usage *entry_usage(const struct pq_entry *entry)
{
	return &entry->holder->account->usage;
}

/**
 * pq_entry_account() - who pays for an entry
 * @entry: the entry
 *
 * Return: the account; it stays for as long as the entry.
 */
struct pq_account *pq_entry_account(const struct pq_entry *entry)
{
	return entry->holder->account;
}

#define PORT_GAUGES	(PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND)
#define TIMEWAIT_GAUGES	(PQ_ENTRY_RESERVATION | PQ_ENTRY_FIN_WAIT2)

static struct pq_portmap *entry_portmap(const struct pq_entry *entry, enum pq_resource res)
{
	return &pq_entry_account(entry)->key.net->ports[res];
}

/* Counts the port of an entry; one of its resource is held already. */
static void entry_commit_port(struct pq_entry *entry)
{
	unsigned int gauges = entry->flags & PORT_GAUGES;
	bool tripped;

	if (!test_bit(entry->port, ports_ever_held))
		set_bit(entry->port, ports_ever_held);
	if (unlikely(entry->flags & PQ_ENTRY_UDP)) {
		tripped = pq_usage_commit(entry_usage(entry), PQ_UDP, gauges);
		tripped |= pq_portmap_hold(entry_portmap(entry, PQ_UDP), entry->port);
	} else {
		tripped = pq_usage_commit(entry_usage(entry), PQ_TCP, gauges);
		tripped |= pq_portmap_hold(entry_portmap(entry, PQ_TCP), entry->port);
	}
	trace_portquota_charge(entry);
	if (unlikely(tripped))
		pq_watch_charged(pq_entry_account(entry));
}

/* Counts a port that is held whatever the limits. */
static void entry_charge_port(struct pq_entry *entry)
{
	pq_usage_hold(entry_usage(entry), entry_resource(entry));
	entry_commit_port(entry);
}

static void entry_charge_timewait(struct pq_entry *entry)
{
	bool tripped = pq_usage_charge(entry_usage(entry), PQ_TIMEWAIT,
				       entry->flags & TIMEWAIT_GAUGES);

	trace_portquota_timewait_begin(entry);
	if (unlikely(tripped))
		pq_watch_charged(pq_entry_account(entry));
}

static void entry_uncharge(struct pq_entry *entry)
{
	struct pq_usage *usage = entry_usage(entry);
	unsigned int flags = entry->flags;
	bool tripped;

	if (flags & PQ_ENTRY_TIMEWAIT)
		trace_portquota_timewait_end(entry);
	if (flags & PQ_ENTRY_RESERVATION)
		trace_portquota_uncharge(entry);

	if (flags & PQ_ENTRY_TIMEWAIT && flags & PQ_ENTRY_RESERVATION) {
		tripped = pq_usage_uncharge_timewait(usage, flags & (PORT_GAUGES |
								     TIMEWAIT_GAUGES));
		tripped |= pq_portmap_release(entry_portmap(entry, PQ_TCP), entry->port);
	} else if (flags & PQ_ENTRY_TIMEWAIT) {
		tripped = pq_usage_uncharge(usage, PQ_TIMEWAIT, flags & TIMEWAIT_GAUGES);
	} else if (flags & PQ_ENTRY_UDP) {
		tripped = pq_usage_uncharge(usage, PQ_UDP, 0);
		tripped |= pq_portmap_release(entry_portmap(entry, PQ_UDP), entry->port);
	} else {
		tripped = pq_usage_uncharge(usage, PQ_TCP, flags & PORT_GAUGES);
		tripped |= pq_portmap_release(entry_portmap(entry, PQ_TCP), entry->port);
	}
	if (unlikely(tripped))
		pq_watch_charged(pq_entry_account(entry));
}

/**
 * pq_entry_forget() - let go of what an entry refers to, without counting
 * @entry: the entry; its owner frees it
 */
void pq_entry_forget(struct pq_entry *entry)
{
	pq_holder_put(entry->holder);
}

/* Takes over an entry that is out of the ledger. */
static void entry_end(struct pq_entry *entry)
{
	entry_uncharge(entry);
	pq_entry_forget(entry);
	pq_entry_free(entry);
}

/*
 * What was already in the ledger under the address of a new entry is of a
 * socket whose end we never saw; or the survey found the socket a moment ago,
 * and then the hook knows better who took the port.
 */
static void entry_end_stale(struct pq_entry *stale)
{
	if (!(stale->flags & PQ_ENTRY_FOUND))
		atomic_long_inc(&pq_missed);
	if (stale->flags & PQ_ENTRY_TIMEWAIT)
		pq_usage_add(entry_usage(stale), PQ_TW_KILLED, 1);
	entry_end(stale);
}

/* Puts a charged entry into the ledger. */
static void entry_publish(struct pq_entry *entry)
{
	struct pq_entry *stale = pq_ledger_replace(entry);

	if (unlikely(stale))
		entry_end_stale(stale);
}

static struct cgroup *sock_cgroup(const struct sock *sk)
{
	struct cgroup *cgrp = NULL;

#ifdef CONFIG_SOCK_CGROUP_DATA
	cgrp = sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
#endif
	return cgrp ?: &cgrp_dfl_root.cgrp;
}

static void key_set_program(struct pq_holder_key *key)
{
	/* As ps and ss name it: the process, not the thread. */
	struct task_struct *leader = current->group_leader;

	key->pid = task_tgid(current);
	memcpy(key->comm, leader->comm, sizeof(key->comm));
	key->comm[sizeof(key->comm) - 1] = '\0';
}

/* Under RCU. Who pays for a socket of a live namespace; NULL without memory. */
static struct pq_holder *holder_of(struct pq_net *pn, struct cgroup *cgrp, bool program)
{
	struct pq_holder_key key = { .account = { .net = pn, .cgrp = cgrp } };

	if (program)
		key_set_program(&key);
	return pq_holder_get(&key);
}

static void count_untracked(struct pq_net *pn)
{
	pq_usage_add(&pn->root->usage, PQ_UNTRACKED, 1);
}

/*
 * Under RCU. An entry for a socket or TIME_WAIT of a namespace, that @cgrp
 * pays for (NULL: before load). Not in the ledger yet, and not charged.
 */
static struct pq_entry *entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
				   u16 port, u16 flags)
{
	struct pq_net *pn = pq_net_of(net);
	struct pq_entry *entry;

	if (unlikely(!pn))
		return NULL;	/* being removed, with its accounts */
	entry = pq_entry_alloc();
	if (unlikely(!entry))
		goto untracked;
	entry->holder = holder_of(pn, cgrp, false);
	if (unlikely(!entry->holder)) {
		pq_entry_free(entry);
		goto untracked;
	}
	entry->key = sk;
	entry->born = ktime_get_seconds();
	entry->port = port;
	entry->flags = flags;
	return entry;

untracked:
	count_untracked(pn);
	return NULL;
}

static struct pq_account *account_of(struct pq_usage *usage)
{
	return container_of(usage, struct pq_account, usage);
}

/* What is to be counted at the socket's account when @res is refused. */
static void count_denied(struct pq_holder *holder, enum pq_resource res, enum pq_resource why,
			 bool audit)
{
	struct pq_usage *usage = &holder->account->usage;

	if (res == PQ_UDP)
		pq_usage_add(usage, audit ? PQ_UDP_WOULD_DENY : PQ_UDP_DENIED, 1);
	else
		pq_usage_add(usage, audit ? PQ_TCP_WOULD_DENY : PQ_TCP_DENIED, 1);
	if (why == PQ_TIMEWAIT && !audit)
		pq_usage_add(usage, PQ_TW_DENIED, 1);
}

/* A charge that is tried, and tried again by those who wait for room */
struct attempt {
	struct pq_holder *holder;
	struct pq_account *full;	/* who is at the limit; NULL when it is charged */
	enum pq_resource res;
	enum pq_resource why;
};

static bool attempt_charge(struct attempt *attempt, const struct pq_usage *turn)
{
	struct pq_usage *usage = &attempt->holder->account->usage, *full;

	if (attempt->res == PQ_TCP)
		full = pq_usage_try_charge(usage, PQ_TCP, turn, &attempt->why);
	else
		full = pq_usage_try_charge(usage, PQ_UDP, turn, &attempt->why);
	attempt->full = full ? account_of(full) : NULL;
	return likely(!full);
}

static bool attempt_turn(void *arg, struct pq_account *turn)
{
	struct attempt *attempt = arg;

	/* Let in here, but an ancestor may be full: that queue is the next. */
	return attempt_charge(attempt, &turn->usage) || attempt->full != turn;
}

/*
 * At the limit. The holder keeps all the accounts that may be full.
 * Returns 0 when it is charged after all.
 */
static int attempt_over(struct attempt *attempt, struct sock *sk, bool connecting)
{
	int mode = READ_ONCE(pq_mode), err = -EADDRNOTAVAIL;
	bool audit = mode != PQ_MODE_ENFORCE;
	long timeout;

	if (mode != PQ_MODE_OFF) {
		pq_watch_denied(attempt->full, (enum pq_meter)attempt->why, audit);
		trace_portquota_deny(attempt->full, attempt->why, audit);
	}
	if (audit) {
		pq_usage_hold(&attempt->holder->account->usage, attempt->res);
		if (mode == PQ_MODE_AUDIT)
			count_denied(attempt->holder, attempt->res, attempt->why, true);
		return 0;
	}
	if (connecting && pq_queue_may_wait(sk, attempt->full)) {
		timeout = min_t(long, msecs_to_jiffies(READ_ONCE(attempt->full->wait_ms)),
				READ_ONCE(sk->sk_sndtimeo));
		do {
			err = pq_queue_wait(sk, attempt->full, &timeout, attempt_turn, attempt);
		} while (!err && attempt->full && pq_queue_may_wait(sk, attempt->full));
		if (!err && !attempt->full)
			return 0;
		err = err ?: -EADDRNOTAVAIL;
	}
	if (err == -EADDRNOTAVAIL)
		count_denied(attempt->holder, attempt->res, attempt->why, false);
	return err;
}

/* Percentages follow the range at once, where anybody cares. */
static void follow_range(struct pq_net *pn, struct net *net)
{
	int low, high;

	if (likely(!READ_ONCE(pn->rules.count) && !READ_ONCE(pq_host_rules.count)))
		return;
	inet_get_local_port_range(net, &low, &high);
	if (unlikely(low != READ_ONCE(pn->low) || high != READ_ONCE(pn->high)))
		pq_policy_follow_range(pn, net);
}

/**
 * pq_reservation_try() - may a socket take a port?
 * @sk: the socket, locked
 * @kind: PQ_ENTRY_UDP, _EXCLUSIVE, _BOUND as they apply
 * @connecting: whether this is a connect(), that may wait for room
 * @entry: set to what pq_reservation_commit() or _cancel() is to be given
 *
 * The socket's cgroup is to pay; the running program is remembered as the
 * owner.
 *
 * Context: process.
 * Return: 0; -EADDRNOTAVAIL when a limit forbids it; -ENOMEM when there is a
 * limit, and no memory to see to it; -ERESTARTSYS or -EINTR when a signal came
 * while it waited. Unless 0, there is nothing to commit or cancel.
 */
int pq_reservation_try(struct sock *sk, u16 kind, bool connecting, struct pq_entry **entry)
{
	struct attempt attempt = { .res = kind & PQ_ENTRY_UDP ? PQ_UDP : PQ_TCP };
	struct net *net = sock_net(sk);
	struct pq_net *pn;
	int err = 0;

	*entry = NULL;
	rcu_read_lock();
	pn = pq_net_of(net);
	if (unlikely(!pn)) {
		rcu_read_unlock();
		return 0;	/* being removed, with its accounts */
	}
	follow_range(pn, net);
	attempt.holder = holder_of(pn, sock_cgroup(sk), true);
	if (unlikely(!attempt.holder)) {
		if (pn->rules.count || pq_host_rules.count)
			err = -ENOMEM;
		else
			count_untracked(pn);
		rcu_read_unlock();
		return err;
	}
	rcu_read_unlock();

	if (unlikely(!attempt_charge(&attempt, NULL)))
		err = attempt_over(&attempt, sk, connecting);
	if (unlikely(err))
		goto put;

	*entry = pq_entry_alloc();
	if (likely(*entry)) {
		(*entry)->key = sk;
		(*entry)->holder = attempt.holder;
		(*entry)->flags = kind | PQ_ENTRY_RESERVATION;
		return 0;
	}
	pq_usage_cancel(&attempt.holder->account->usage, attempt.res);
	if (pq_usage_limited(&attempt.holder->account->usage, attempt.res))
		err = -ENOMEM;
	else
		count_untracked(attempt.holder->account->key.net);
put:
	pq_holder_put(attempt.holder);
	return err;
}

/**
 * pq_reservation_commit() - the socket has taken the port
 * @sk: the socket; its port is in inet_num
 * @entry: from pq_reservation_try()
 */
void pq_reservation_commit(struct sock *sk, struct pq_entry *entry)
{
	if (unlikely(!entry))
		return;
	entry->port = inet_sk(sk)->inet_num;
	entry->born = ktime_get_seconds();
	entry_commit_port(entry);
	entry_publish(entry);
}

/**
 * pq_reservation_cancel() - the kernel did not give the socket a port
 * @entry: from pq_reservation_try()
 */
void pq_reservation_cancel(struct pq_entry *entry)
{
	struct pq_account *acct;

	if (!entry)
		return;
	acct = pq_entry_account(entry);
	pq_usage_cancel(&acct->usage, entry_resource(entry));
	/* Somebody may wait for what was not needed. */
	if (unlikely(pq_usage_queued(&acct->usage)))
		pq_watch_charged(acct);
	pq_entry_forget(entry);
	pq_entry_free(entry);
}

/**
 * pq_reservation_found() - a socket holds a port since before the module
 * @sk: the socket; the lock of its bind hash bucket is held
 * @kind: as for pq_reservation_try()
 *
 * Does nothing when a hook has entered the socket in the meantime.
 *
 * Return: true if it was entered.
 */
bool pq_reservation_found(struct sock *sk, u16 kind)
{
	struct pq_entry *entry;
	bool entered = false;

	rcu_read_lock();
	entry = entry_make(sock_net(sk), sk, sock_cgroup(sk), inet_sk(sk)->inet_num,
			   kind | PQ_ENTRY_RESERVATION | PQ_ENTRY_FOUND);
	if (entry) {
		entry_charge_port(entry);
		entered = pq_ledger_insert(entry);
		if (!entered)
			entry_end(entry);
	}
	rcu_read_unlock();
	return entered;
}

/**
 * pq_entry_set_bound() - an entry's socket became BOUND, or is it no more
 * @entry: the entry, on whose bucket the lock is held
 * @bound: whether it has neither connection nor listener now
 */
void pq_entry_set_bound(struct pq_entry *entry, bool bound)
{
	if (!(entry->flags & PQ_ENTRY_BOUND) == !bound)
		return;
	entry->flags ^= PQ_ENTRY_BOUND;
	pq_usage_add(entry_usage(entry), PQ_TCP_BOUND, bound ? 1 : -1);
}

/**
 * pq_reservation_mark() - a socket that may hold a port changed its use of it
 * @sk: the TCP socket
 * @bound: whether it has neither connection nor listener now
 *
 * Return: true if the socket has a reservation.
 */
bool pq_reservation_mark(struct sock *sk, bool bound)
{
	struct pq_entry *entry = pq_ledger_lock(sk);

	if (entry)
		pq_entry_set_bound(entry, bound);
	pq_ledger_unlock(sk);
	return entry;
}

/**
 * pq_reservation_end() - a socket has given its port back
 * @sk: the socket; only its address is used
 * @port: the port it had
 *
 * Does nothing for sockets without a reservation: accepted ones, those that
 * have moved to TIME_WAIT, ports outside the range.
 */
void pq_reservation_end(const struct sock *sk, u16 port)
{
	struct pq_entry *entry;

	if (!test_bit(port, ports_ever_held))
		return;
	entry = pq_ledger_remove(sk);
	if (entry)
		entry_end(entry);
}

static u16 timewait_flags(const struct inet_timewait_sock *tw)
{
	return PQ_ENTRY_TIMEWAIT |
		(tw->tw_substate == TCP_FIN_WAIT2 ? PQ_ENTRY_FIN_WAIT2 : 0);
}

/**
 * pq_timewait_begin() - a connection becomes TIME_WAIT (or FIN_WAIT2 remainder)
 * @sk: the connection
 * @tw: what remains of it, that nobody else knows yet
 *
 * The connection's reservation moves to @tw.
 */
void pq_timewait_begin(struct sock *sk, struct inet_timewait_sock *tw)
{
	struct pq_entry *entry, *stale = NULL;
	u16 kind;

	local_bh_disable();
	entry = __pq_ledger_remove(sk);
	if (likely(entry)) {
		pq_entry_set_bound(entry, false);
		entry->key = tw;
		entry->flags |= timewait_flags(tw);
	} else {
		rcu_read_lock();
		kind = unlikely(READ_ONCE(pq_surveying)) ? pq_survey_kind(sk) : 0;
		entry = entry_make(sock_net(sk), tw, sock_cgroup(sk), tw->tw_num,
				   kind | timewait_flags(tw));
		rcu_read_unlock();
		if (entry && entry->flags & PQ_ENTRY_RESERVATION)
			entry_charge_port(entry);
	}
	if (likely(entry)) {
		entry_charge_timewait(entry);
		stale = __pq_ledger_replace(entry);
		if (unlikely(stale))
			entry_end_stale(stale);
	}
	local_bh_enable();
}

/**
 * pq_timewait_found() - a TIME_WAIT is there since before the module
 * @tw: the TIME_WAIT; the lock of its bind hash bucket is held
 * @kind: PQ_ENTRY_RESERVATION and _EXCLUSIVE as they apply
 *
 * It has no cgroup any more, so the account `(before load)` pays. Does nothing
 * when a hook has entered it in the meantime.
 *
 * Return: true if it was entered.
 */
bool pq_timewait_found(struct inet_timewait_sock *tw, u16 kind)
{
	struct pq_entry *entry;
	bool entered = false;

	rcu_read_lock();
	entry = entry_make(twsk_net(tw), tw, NULL, tw->tw_num,
			   kind | timewait_flags(tw) | PQ_ENTRY_FOUND);
	if (entry) {
		if (kind & PQ_ENTRY_RESERVATION)
			entry_charge_port(entry);
		entry_charge_timewait(entry);
		entered = pq_ledger_insert(entry);
		if (!entered) {
			/* entered - ended = current must hold for this one too */
			pq_usage_add(entry_usage(entry), PQ_TW_KILLED, 1);
			entry_end(entry);
		}
	}
	rcu_read_unlock();
	return entered;
}

/**
 * pq_timewait_second() - a remainder may have gone from FIN_WAIT2 to TIME_WAIT
 * @tw: the remainder
 */
void pq_timewait_second(struct inet_timewait_sock *tw)
{
	struct pq_entry *entry = pq_ledger_lock(tw);

	if (entry && entry->flags & PQ_ENTRY_FIN_WAIT2 && tw->tw_substate == TCP_TIME_WAIT) {
		entry->flags &= ~PQ_ENTRY_FIN_WAIT2;
		pq_usage_add(entry_usage(entry), PQ_TW_FIN_WAIT2, -1);
	}
	pq_ledger_unlock(tw);
}

/**
 * pq_timewait_end() - a TIME_WAIT has given its port back
 * @tw: the TIME_WAIT
 * @reason: PQ_TW_EXPIRED, _REUSED, _RECYCLED or _KILLED
 *
 * Context: softirqs off.
 */
void pq_timewait_end(struct inet_timewait_sock *tw, enum pq_tally reason)
{
	struct pq_entry *entry = __pq_ledger_remove(tw);

	if (unlikely(!entry))
		return;	/* untracked */
	pq_usage_add(entry_usage(entry), reason, 1);
	entry_end(entry);
}

/* Something happened to a socket that its account should show. */
static void account_tally(struct sock *sk, enum pq_tally tally)
{
	struct pq_account *acct;
	struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	if (pn) {
		acct = pq_account_get(pn, sock_cgroup(sk));
		pq_usage_add(acct ? &acct->usage : &pn->root->usage, tally, 1);
		if (acct)
			pq_account_put(acct);
	}
	rcu_read_unlock();
}

/**
 * pq_timewait_overflow() - a connection should have become TIME_WAIT, but the
 *			    kernel made none
 * @sk: the connection
 */
void pq_timewait_overflow(struct sock *sk)
{
	account_tally(sk, PQ_TW_OVERFLOW);
}

/**
 * pq_exhausted() - the kernel found no free port
 * @sk: the socket that wanted one
 * @res: PQ_TCP or PQ_UDP
 */
void pq_exhausted(struct sock *sk, enum pq_resource res)
{
	account_tally(sk, res == PQ_UDP ? PQ_UDP_EXHAUSTED : PQ_TCP_EXHAUSTED);
}
