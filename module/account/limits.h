/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limits: what the rules mean for an account, in numbers: tcp.max, tcp.warn,
 * tcp.range, timewait.delay and their like, as the file accounts shows them.
 *
 * An account is bound to the rules of its path when it is made and when rules
 * change. Percentages are turned into numbers then, and again when the range that
 * they are a part of has changed: not all at once, because there may be thousands,
 * but those of an account when it is charged or printed, and the rest at the next
 * tick. The numbers are protected by the lock of the account.
 */
#ifndef _PORTQUOTA_LIMITS_H
#define _PORTQUOTA_LIMITS_H

#include <net/ip.h>

#include "account.h"
#include "lib/counter.h"
#include "netns.h"
#include "rule/rule.h"

struct cgroup;
struct net;

bool pq_limits_bind(struct pq_account *acct);
bool pq_limits_refresh(struct pq_account *acct);
void pq_limits_inherit(struct pq_account *acct);
bool pq_limits_exist(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res);
struct pq_ports pq_limits_range(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res);
void pq_limits_follow_range(struct pq_net *pn, struct net *net);
void pq_limits_catch_up(struct pq_account *acct, bool may_sleep);

/**
 * pq_limits_know_range() - is the range of a namespace what it was when last looked at?
 * @pn: the namespace
 * @net: the same
 *
 * Of its reserved ports nothing is said: the tick looks for others.
 *
 * Context: any.
 * Return: true if so; else pq_limits_follow_range() is to be called, see pq_limits_look().
 */
static __always_inline bool pq_limits_know_range(const struct pq_net *pn, struct net *net)
{
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	return likely(low == READ_ONCE(pn->range.low) && high == READ_ONCE(pn->range.high));
}

/**
 * pq_limits_look() - has the range of a namespace changed? Then follow it.
 * @pn: the namespace
 * @net: the same
 *
 * Context: as pq_limits_follow_range().
 */
static __always_inline void pq_limits_look(struct pq_net *pn, struct net *net)
{
	if (unlikely(!pq_limits_know_range(pn, net)))
		pq_limits_follow_range(pn, net);
}

/**
 * pq_limits_stale() - has the range changed since an account's limits were made?
 * @acct: the account
 *
 * Where an account's are not stale, those of its ancestors are not either.
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool pq_limits_stale(const struct pq_account *acct)
{
	return READ_ONCE(acct->range_seen) != atomic_read(&acct->key.net->range_generation);
}

#endif
