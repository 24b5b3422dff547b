// SPDX-License-Identifier: GPL-2.0-only
/* attempt: see attempt.h for what it promises. */
#include <net/sock.h>

#include "account/account.h"
#include "account/charge_trace.h"
#include "account/owner.h"
#include "account/stocks_off.h"
#include "account/trip.h"
#include "attempt.h"
#include "lib/params.h"
#include "wait.h"

static struct pq_account *account_of(struct pq_usage *usage)
{
	return container_of(usage, struct pq_account, usage);
}

/* What is to be counted at the socket's account when @res is refused. */
static void count_denied(struct pq_owner *owner, enum pq_resource res, enum pq_resource why,
			 bool audit)
{
	struct pq_usage *usage = &owner->account->usage;

	if (res == PQ_UDP)
		pq_usage_add(usage, audit ? PQ_UDP_WOULD_DENY : PQ_UDP_DENIED, 1);
	else
		pq_usage_add(usage, audit ? PQ_TCP_WOULD_DENY : PQ_TCP_DENIED, 1);
	if (why == PQ_TIMEWAIT && !audit)
		pq_usage_add(usage, PQ_TW_DENIED, 1);
}

/* Returns 0 if it is to be let through all the same. */
static int refuse(struct pq_owner *owner, struct pq_account *full, enum pq_resource res,
		  enum pq_resource why)
{
	int mode = READ_ONCE(pq_mode);	/* the one that ends the waiting */
	bool audit = mode != PQ_MODE_ENFORCE;

	if (mode == PQ_MODE_OFF)
		return 0;
	pq_trip_denied(full, (enum pq_metric)why, audit);
	trace_portquota_deny(full, why, audit);
	count_denied(owner, res, why, audit);
	return audit ? 0 : -EADDRNOTAVAIL;
}

/* A charge that is tried, and by a connect() that waits for room tried again */
struct attempt {
	struct pq_owner *owner;
	struct pq_account *full;	/* the account at its limit; NULL when it is charged */
	enum pq_resource res;
	enum pq_resource why;
	bool waited;
};

/* What is full may be so by what lies in stocks, or lay there a moment ago. */
static bool may_be_stocks(const struct pq_usage *full, enum pq_resource why)
{
	return why != PQ_UDP && atomic_read(&full->opened) && !pq_usage_surely_full(full, why);
}

/* @turn: the account in whose queue the caller is the first; NULL if it has not waited */
static bool attempt_charge(struct attempt *attempt, const struct pq_usage *turn)
{
	struct pq_account *acct = attempt->owner->account;
	struct pq_usage *full;

	full = pq_usage_try_charge(&acct->usage, attempt->res, turn, &attempt->why);
	if (unlikely(full) && may_be_stocks(full, attempt->why)) {
		pq_stocks_hold_off(acct->key.net, PQ_SLOT_PAUSE);
		full = pq_usage_try_charge(&acct->usage, attempt->res, turn, &attempt->why);
		pq_stocks_let_on(acct->key.net);
	}
	attempt->full = full ? account_of(full) : NULL;
	return !full;
}

/*
 * While a node has a queue, every charge stops there. If its limit is gone by now,
 * the connect()s in the queue are about to leave, and hold up nobody.
 */
static bool attempt_pass_queues(struct attempt *attempt)
{
	while (attempt->full && !pq_usage_bounded(&attempt->full->usage, attempt->res))
		attempt_charge(attempt, &attempt->full->usage);
	return !attempt->full;
}

/*
 * Tries again for a connect() that is the first in the queue of @turn, the
 * account that was full. Called by pq_wait_for_room(); returns true when the
 * connect() leaves that queue.
 */
static bool attempt_turn(void *arg, struct pq_account *turn)
{
	struct attempt *attempt = arg;
	struct pq_usage *above;

	/* Still full: it keeps its place in this queue, whatever the ancestors say. */
	if (pq_usage_full(&turn->usage, attempt->res))
		return false;
	/*
	 * Connect()s wait at an ancestor. Holding one even for a moment could make
	 * their attempt fail, so do not try: wait in that queue next.
	 */
	above = pq_usage_queue_above(&turn->usage, attempt->res);
	if (above) {
		attempt->full = account_of(above);
		attempt->why = attempt->res;
		return true;
	}
	/* There is room here, but an ancestor may be full: then wait there. */
	return attempt_charge(attempt, &turn->usage) || attempt->full != turn;
}

static int attempt_wait(struct attempt *attempt, struct sock *sk)
{
	long timeout = min_t(long, msecs_to_jiffies(READ_ONCE(attempt->full->wait_ms)),
			     READ_ONCE(sk->sk_sndtimeo));
	int err;

	attempt->waited = true;
	do {
		err = pq_wait_for_room(sk, attempt->full, &timeout, attempt_turn, attempt);
	} while (!err && attempt->full && pq_wait_allowed(sk, attempt->full));
	if (err && err != -EADDRNOTAVAIL) {
		if (!attempt->full)
			pq_attempt_cancel(attempt->owner->account, attempt->res);
		return err;
	}
	/*
	 * The wait is over without a charge, because time is up or the limit was
	 * removed meanwhile: try once more, from behind the queue.
	 */
	if (attempt->full)
		attempt_charge(attempt, NULL);
	return attempt_pass_queues(attempt) ? 0 : -EADDRNOTAVAIL;
}

static int attempt_over(struct attempt *attempt, struct sock *sk, bool connecting)
{
	int err = -EADDRNOTAVAIL;

	if (may_be_stocks(&attempt->full->usage, attempt->why) && attempt_charge(attempt, NULL))
		return 0;
	if (attempt_pass_queues(attempt))
		return 0;
	if (connecting && pq_wait_allowed(sk, attempt->full))
		err = attempt_wait(attempt, sk);
	if (err != -EADDRNOTAVAIL)
		return err;

	err = refuse(attempt->owner, attempt->full, attempt->res, attempt->why);
	if (!err)
		pq_usage_hold(&attempt->owner->account->usage, attempt->res);
	return err;
}

/**
 * pq_attempt_cancel() - let go of what a try holds, as if it never was
 * @acct: the account that paid
 * @res: PQ_TCP or PQ_UDP
 *
 * Context: any but hard interrupts.
 */
void pq_attempt_cancel(struct pq_account *acct, enum pq_resource res)
{
	bool tripped = pq_usage_cancel(&acct->usage, res);

	/* A connect() may be waiting for it. */
	if (unlikely(tripped || pq_usage_queued(&acct->usage)))
		pq_trip_charged(acct);
}

/**
 * pq_attempt_above() - a TCP port is to be used that is charged already: refuse if more is
 *			charged than limits allow
 * @owner: the program that pays
 *
 * Context: process.
 * Return: 0; -EADDRNOTAVAIL when it is refused.
 */
int pq_attempt_above(struct pq_owner *owner)
{
	struct pq_account *acct;

	for (acct = owner->account; acct; acct = acct->parent)
		if (pq_usage_held(&acct->usage, PQ_TCP) >
		    READ_ONCE(acct->usage.max[PQ_TCP]))
			return refuse(owner, acct, PQ_TCP, PQ_TCP);
	return 0;
}

/**
 * pq_attempt_over() - a charge has met a limit: wait, refuse or let through
 * @owner: the program that is to pay, which keeps all the accounts that may
 *	   be at their limit
 * @res: what is wanted: PQ_TCP or PQ_UDP
 * @full: the node that has reached its limit or has a queue
 * @why: the resource whose limit that is
 * @sk: the socket, locked; if this is a connect(), unlocked while it waits
 * @connecting: whether this is a connect(), that may wait for room
 *
 * Context: process.
 * Return: 0 when it is charged after all; -EADDRNOTAVAIL when it is refused;
 * -ERESTARTSYS or -EINTR for a signal; -EALREADY if another connect() of the
 * socket waits; the errors of pq_wait_for_room().
 */
noinline int pq_attempt_over(struct pq_owner *owner, enum pq_resource res, struct pq_usage *full,
			     enum pq_resource why, struct sock *sk, bool connecting)
{
	struct attempt attempt = {
		.owner = owner, .full = account_of(full), .res = res, .why = why
	};
	int err;

	if (connecting && unlikely(pq_wait_holds(sk)))
		return -EALREADY;
	err = attempt_over(&attempt, sk, connecting);
	if (err && attempt.waited)
		pq_wait_failed(sk);
	return err;
}
