// SPDX-License-Identifier: GPL-2.0-only
/* failure: see failure.h for what it promises. */
#include <net/sock.h>

#include "account/account.h"
#include "account/charge_trace.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/runs.h"
#include "account/tree.h"
#include "choice.h"
#include "failure.h"
#include "lib/flow.h"
#include "lib/portcount.h"
#include "lib/range.h"

/* Under RCU. Counts it, and tells it if it begins a run. */
static void failed(struct sock *sk, const struct pq_failure *what, enum pq_tally tally)
{
	struct pq_account *acct = pq_sock_account(sk);

	if (!acct)
		return;
	pq_usage_add(&acct->usage, tally, 1);
	if (what->kind == PQ_EVENT_TAKEN)
		trace_portquota_taken(acct, what);
	else
		trace_portquota_exhausted(acct, what);
	pq_runs_failed(acct, what);
}

/**
 * pq_exhausted() - the kernel found no free port
 * @sk: the socket that wanted one
 * @res: PQ_TCP or PQ_UDP
 * @connecting: whether that was a connect() of TCP, so that it is known where to
 */
void pq_exhausted(struct sock *sk, enum pq_resource res, bool connecting)
{
	struct pq_failure what = { .kind = PQ_EVENT_EXHAUSTED, .metric = (enum pq_metric)res };
	struct net *net = sock_net(sk);
	struct pq_net *pn;

	if (connecting)
		pq_flow_of(sk, &what.flow);
	rcu_read_lock();
	pn = pq_net_of(net);
	/* It may just have been narrowed, and what is told is how much of it is held. */
	if (pn)
		pq_limits_look(pn, net);
	failed(sk, &what, res == PQ_UDP ? PQ_UDP_EXHAUSTED : PQ_TCP_EXHAUSTED);
	rcu_read_unlock();
}

/*
 * Outside of the range only another bind() can have a port, and ss -l shows who has;
 * inside, any connection of anybody can. A port that is reserved today, or that
 * lies outside of a range that was narrowed, may be held since before that.
 */
static bool is_ours(const struct sock *sk, const struct pq_net *pn, enum pq_resource res, u16 port)
{
	struct pq_ports own;

	if (pq_range_spans(sock_net(sk), port) || pq_portcount_holders(&pn->ports[res], port))
		return true;
	own = pq_choice_range(sk, res);
	return own.low <= port && port <= own.high;
}

/**
 * pq_taken() - the kernel has refused a socket the port that it named
 * @sk: the socket
 * @res: PQ_TCP or PQ_UDP
 * @port: the port, host order; one outside of the range is not counted, unless
 *	  a reservation is known to hold it
 * @connecting: whether that was a connect(), so that it is known where to
 *
 * Context: process, the socket locked.
 */
void pq_taken(struct sock *sk, enum pq_resource res, u16 port, bool connecting)
{
	struct pq_failure what = {
		.kind = PQ_EVENT_TAKEN, .metric = (enum pq_metric)res, .port = port,
	};
	const struct pq_net *pn;

	if (connecting)
		pq_flow_of(sk, &what.flow);
	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	if (pn && is_ours(sk, pn, res, port))
		failed(sk, &what, res == PQ_UDP ? PQ_UDP_TAKEN : PQ_TCP_TAKEN);
	rcu_read_unlock();
}
