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

#include "account/limits.h"
#include "account/netns.h"
#include "wait.h"

struct pq_entry;

struct pq_entry *pq_taking_try(struct sock *sk, u16 kind, bool connecting);
void pq_taking_commit(struct sock *sk, struct pq_entry *entry);
void pq_taking_cancel(struct pq_entry *entry);
int pq_taking_at_once(struct sock *sk);

/**
 * pq_taking_ruled() - may there be a rule about the port that a connect() is to take?
 * @sk: the socket, locked
 *
 * If not, nothing need be asked before the port is taken. Nor may the socket be one of which
 * another connect() waits, which a rule that is gone by now may have had it do.
 *
 * Context: process.
 * Return: true if so, and pq_taking_try() has to be asked.
 */
static __always_inline bool pq_taking_ruled(const struct sock *sk)
{
	const struct pq_net *pn;
	bool ruled;

	/* As good as RCU */
	preempt_disable();
	pn = pq_net_of(sock_net(sk));
	ruled = unlikely(!pn) || pq_limits_may_exist(pn) || unlikely(pq_wait_any());
	preempt_enable();
	return ruled;
}

#endif
