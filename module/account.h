/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account: the counters of one cgroup in one network namespace.
 *
 * Made at the first charge, together with those of the cgroup's ancestors.
 * While anything refers to it an account stays, also when its cgroup or its
 * namespace are gone; when nothing does and one of those is gone, the next
 * sweep frees it. An account whose cgroup lives is kept, for its peaks.
 */
#ifndef _PORTQUOTA_ACCOUNT_H
#define _PORTQUOTA_ACCOUNT_H

#include <linux/cgroup.h>
#include <linux/rhashtable-types.h>

#include "alarm.h"
#include "event.h"
#include "rule.h"
#include "usage.h"

struct pq_net;

struct pq_account_key {
	struct pq_net *net;
	struct cgroup *cgrp;	/* NULL: (before load) */
};

/**
 * struct pq_account - the counters of one cgroup in one network namespace
 * @usage: the counters; their parent is that of @parent
 * @key: the account has a reference on the cgroup; the namespace's struct
 *	 stays for as long as it has accounts
 * @parent: the account of the parent cgroup, which has a reference; or NULL
 * @users: child accounts, holders, lookups; below 0 when it is being freed
 * @hash_node: by @key
 * @link: in the namespace's list
 * @lock: protects @rule, @host_rule, @alarm, @queued and the limits and trip
 *	  points in @usage; taken with softirqs off, above an event stream's
 * @rule: what the namespace's rules say about the path
 * @host_rule: what the host's rules say about it
 * @wait_ms: how long a connect() may wait when this account is at its limit
 * @alarm: by enum pq_meter; the ports are watched in the root account alone
 * @queue: connect()s that wait for room, in the order they came
 * @queued: how many
 * @logged: jiffies of the last log line of each kind
 * @rcu: looked up under RCU
 */
struct pq_account {
	struct pq_usage usage;
	struct pq_account_key key;
	struct pq_account *parent;
	atomic_t users;
	struct rhash_head hash_node;
	struct list_head link;
	spinlock_t lock; /* see above */
	struct pq_rule rule;
	struct pq_rule host_rule;
	unsigned int wait_ms;
	struct pq_alarm alarm[PQ_NR_METERS];
	wait_queue_head_t queue;
	unsigned int queued;
	unsigned long logged[PQ_NR_EDGES];
	struct rcu_head rcu;
};

struct pq_account *pq_account_get(struct pq_net *pn, struct cgroup *cgrp);
struct pq_account *pq_account_find(struct pq_net *pn, struct cgroup *cgrp);

/**
 * pq_account_put() - give back what pq_account_get() returned
 * @acct: the account
 *
 * Context: any.
 */
static inline void pq_account_put(struct pq_account *acct)
{
	atomic_dec(&acct->users);
}

bool pq_account_deleted(const struct pq_account *acct);

int pq_accounts_init(void);
void pq_accounts_exit(void);
int pq_accounts_init_net(struct pq_net *pn);
void pq_accounts_exit_net(struct pq_net *pn);
void pq_accounts_sweep_net(struct pq_net *pn, bool all);

#endif
