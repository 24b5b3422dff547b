/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * taking: a socket takes a port, which is charged to its cgroup's account: tried before
 * the kernel looks for one, and then committed or cancelled; or, for a connect() of which
 * no rule says anything, in one step afterwards. Memory that cannot be had fails a
 * connection only where a limit has to be kept; elsewhere it is counted as untracked. What
 * becomes of the reservation afterwards is in reservation.h.
 */
#ifndef _PORTQUOTA_TAKING_H
#define _PORTQUOTA_TAKING_H

#include <linux/preempt.h>
#include <linux/types.h>
#include <net/sock.h>

#include "account/match.h"
#include "account/netns.h"
#include "account/tree.h"
#include "wait.h"

struct pq_entry;

struct pq_entry *pq_taking_try(struct sock *sk, u16 kind, bool connecting);
void pq_taking_commit(struct sock *sk, struct pq_entry *entry);
void pq_taking_cancel(struct pq_entry *entry);
int pq_taking_at_once(struct sock *sk);

/**
 * pq_taking_asks() - has a connect() to ask before the kernel looks for its port?
 * @sk: the socket, locked
 *
 * Where there may be a rule about it, and where a connect() waits that may be of the same
 * socket: a rule that is gone by now may have had it do so. And where accounts may have to
 * be made with pauses, because then the port would be held for so long and not be known.
 *
 * Context: process.
 * Return: true if pq_taking_try() has to be called, false if pq_taking_at_once() afterwards.
 */
static __always_inline bool pq_taking_asks(const struct sock *sk)
{
	const struct pq_net *pn;
	bool asks;

	/* As good as RCU */
	preempt_disable();
	pn = pq_net_of(sock_net(sk));
	asks = unlikely(!pn) || pq_match_any(pn) || unlikely(pq_wait_any());
	preempt_enable();
	return asks || unlikely(pq_sock_cgroup(sk)->level > PQ_ACCOUNTS_AT_ONCE);
}

#endif
