// SPDX-License-Identifier: GPL-2.0-only
/* choice: see choice.h for what it promises. */
#include <net/sock.h>

#include "account/account.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/tree.h"
#include "choice.h"
#include "lib/compat.h"
#include "lib/params.h"
#include "rule/rulebook.h"

/*
 * Does any cgroup of the namespace have a range of its own? The rules are asked
 * too, because a cgroup may have no account yet.
 */
static bool may_be_ranged(const struct pq_net *pn)
{
	return READ_ONCE(pn->ranged) || READ_ONCE(pn->rules.ranged) ||
	       READ_ONCE(pq_host_rules.ranged);
}

/**
 * pq_choice_range() - the ports that a socket's cgroup is given
 * @sk: the socket
 * @res: PQ_TCP or PQ_UDP
 *
 * Context: any but hard interrupts.
 * Return: the range; zeros for the namespace's own.
 */
struct pq_ports pq_choice_range(const struct sock *sk, enum pq_resource res)
{
	struct pq_ports range = {};
	struct pq_account *acct;
	struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	if (pn && may_be_ranged(pn)) {
		acct = pq_sock_account(sk);
		if (likely(acct))
			range = pq_account_range(acct, res);
		else	/* Without memory for an account, the rules hold all the same. */
			range = pq_limits_range(pn, pq_sock_cgroup(sk), res);
	}
	rcu_read_unlock();
	return range;
}

/**
 * pq_choice_narrow() - give a socket the ports of its cgroup to choose from
 * @sk: the socket
 * @low: the first port that the kernel would have it choose; changed
 * @high: the last one; changed
 *
 * IP_LOCAL_PORT_RANGE narrows a cgroup's range as it does the namespace's:
 * net/ipv4/inet_connection_sock.c, inet_sk_get_local_port_range().
 *
 * Context: any but hard interrupts.
 * Return: true if the cgroup has a range of its own that holds now.
 */
bool pq_choice_narrow(const struct sock *sk, int *low, int *high)
{
	int sk_low, sk_high;
	struct pq_ports own;

	if (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_UDP)
		return false;
	/*
	 * When all ports of its own range are taken, connect() fails: that is a
	 * refusal, and in mode audit and off there are none.
	 */
	if (READ_ONCE(pq_mode) != PQ_MODE_ENFORCE)
		return false;
	own = pq_choice_range(sk, sk->sk_protocol == IPPROTO_UDP ? PQ_UDP : PQ_TCP);
	if (!own.low)
		return false;
	pq_compat_sock_range(sk, &sk_low, &sk_high);
	*low = own.low <= sk_low && sk_low <= own.high ? sk_low : own.low;
	*high = own.low <= sk_high && sk_high <= own.high ? sk_high : own.high;
	return true;
}
