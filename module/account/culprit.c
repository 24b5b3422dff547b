// SPDX-License-Identifier: GPL-2.0-only
/* culprit: see culprit.h for what it promises. */
#include <linux/sched.h>
#include <net/sock.h>

#include "account.h"
#include "culprit.h"
#include "destination.h"
#include "ledger.h"
#include "lib/compat.h"
#include "lib/portcount.h"
#include "netns.h"
#include "owner.h"
#include "walk.h"
#include "warn/subject.h"

static unsigned int last_round;

/* The connection, or TIME_WAIT, that a port has there; a reference for the caller. Under RCU. */
static struct sock *connection_of(struct net *net, const struct pq_flow *flow, u16 port)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (flow->family == AF_INET6)
		return pq_compat_lookup6(net, &flow->address, htons(flow->port), &flow->source,
					 port);
#endif
	return pq_compat_lookup(net, flow->address.s6_addr32[0], htons(flow->port),
				flow->source.s6_addr32[0], port);
}

/* Counts a connection at the account that pays for it. */
static void count_connection(const struct sock *sk, const struct pq_destination *to,
			     unsigned int round)
{
	struct pq_entry *entry = pq_ledger_lock(sk);
	struct pq_account *acct;

	if (entry && entry->destination == to) {
		acct = entry->owner->account;
		acct->counted = acct->round == round ? acct->counted + 1 : 1;
		acct->round = round;
	}
	pq_ledger_unlock(sk);
}

static void count_port(struct net *net, const struct pq_destination *to, u16 port,
		       unsigned int round)
{
	struct sock *sk;

	rcu_read_lock();
	sk = connection_of(net, &to->key.flow, port);
	if (sk) {
		count_connection(sk, to, round);
		sock_gen_put(sk);
	}
	rcu_read_unlock();
}

static void count_ports(struct pq_net *pn, struct net *net, const struct pq_destination *to,
			unsigned int round)
{
	bool own = to->key.range.low;
	int low = to->key.range.low, high = to->key.range.high, port;

	if (!own)
		inet_get_local_port_range(net, &low, &high);
	for (port = low; port <= high; port++) {
		/* Ports of a cgroup's own are not counted one by one. */
		if (own || pq_portcount_holders(&pn->ports[PQ_TCP], port))
			count_port(net, to, port, round);
		cond_resched();
	}
}

/* Which account has most of what was counted in a round; a reference on it, or NULL */
struct most {
	struct pq_account *acct;
	unsigned int round;
};

static void compare(struct pq_account *acct, void *arg)
{
	struct most *most = arg;

	if (acct->round != most->round ||
	    (most->acct && acct->counted <= most->acct->counted) || !pq_ref_get(&acct->users))
		return;
	if (most->acct)
		pq_account_put(most->acct);
	most->acct = acct;
}

/* Its subject, for the caller to put; or NULL. */
static struct pq_subject *most_of(struct pq_net *pn, unsigned int round)
{
	struct most most = { .round = round };
	struct pq_subject *subject;

	mutex_lock(&pq_nets_mutex);
	pq_walk_accounts(pn, compare, &most);
	mutex_unlock(&pq_nets_mutex);
	if (!most.acct)
		return NULL;
	subject = pq_account_subject(most.acct);
	if (subject && !pq_subject_get(subject))
		subject = NULL;
	pq_account_put(most.acct);
	return subject;
}

static struct net *net_get(struct pq_net *pn)
{
	struct net *net = NULL;

	mutex_lock(&pq_nets_mutex);
	if (!pn->dead)
		net = maybe_get_net(pn->net);
	mutex_unlock(&pq_nets_mutex);
	return net;
}

/**
 * pq_culprit_of() - who holds most of a destination?
 * @pn: its namespace; stays in pq_nets
 * @to: the destination, kept by the caller
 *
 * Connections that are bound to a device are not found.
 *
 * Context: process, sleeps; one call at a time.
 * Return: the subject of the account, for the caller to put; NULL if none is found.
 */
struct pq_subject *pq_culprit_of(struct pq_net *pn, const struct pq_destination *to)
{
	struct net *net = net_get(pn);
	struct pq_subject *subject;

	if (!net)
		return NULL;	/* being removed */
	last_round = last_round + 1 ?: 1;	/* 0 is of an account that was never counted */
	count_ports(pn, net, to, last_round);
	subject = most_of(pn, last_round);
	put_net(net);
	return subject;
}
