// SPDX-License-Identifier: GPL-2.0-only
/* failure: see failure.h for what it promises. */
#include <net/sock.h>

#include "account/account.h"
#include "account/netns.h"
#include "account/tree.h"
#include "choice.h"
#include "failure.h"
#include "lib/portcount.h"
#include "lib/range.h"

/**
 * pq_exhausted() - the kernel found no free port
 * @sk: the socket that wanted one
 * @res: PQ_TCP or PQ_UDP
 */
void pq_exhausted(struct sock *sk, enum pq_resource res)
{
	struct pq_account *acct;

	rcu_read_lock();
	acct = pq_sock_account(sk);
	if (acct)
		pq_usage_add(&acct->usage, res == PQ_UDP ? PQ_UDP_EXHAUSTED : PQ_TCP_EXHAUSTED, 1);
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
 *
 * Context: process, the socket locked.
 */
void pq_taken(struct sock *sk, enum pq_resource res, u16 port)
{
	struct pq_account *acct = NULL;
	const struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	if (pn && is_ours(sk, pn, res, port))
		acct = pq_sock_account(sk);
	if (acct)
		pq_usage_add(&acct->usage, res == PQ_UDP ? PQ_UDP_TAKEN : PQ_TCP_TAKEN, 1);
	rcu_read_unlock();
}
