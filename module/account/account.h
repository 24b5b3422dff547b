/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account: the counters of one cgroup in one network namespace.
 *
 * It is one line of /proc/net/portquota/accounts. It is made at the first charge
 * (see tree.h). An account whose cgroup exists stays, for its peaks. When the
 * cgroup or the namespace has been removed, the account stays as long as
 * something refers to it, and is shown as (deleted); then the next gc frees it.
 *
 * References: an entry of the ledger -> its owner -> the account -> the account
 * of the parent cgroup. Events have none. Accounts are found under RCU;
 * @lock protects the limits and thresholds.
 */
#ifndef _PORTQUOTA_ACCOUNT_H
#define _PORTQUOTA_ACCOUNT_H

#include <linux/cgroup.h>
#include <linux/overflow.h>
#include <linux/rhashtable-types.h>

#include "lib/counter.h"
#include "lib/dead.h"
#include "lib/params.h"
#include "lib/ref.h"
#include "lib/threshold.h"
#include "rule/rule.h"
#include "warn/event.h"

struct pq_net;
struct pq_runs;

/* What holds for a cgroup and all below, where no rule further down says otherwise */
struct pq_scope {
	struct pq_ports range[PQ_RULE_RANGES];
	u32 delay;
};

struct pq_account_key {
	struct pq_net *net;
	struct cgroup *cgrp;	/* NULL: (before load) */
};

/**
 * struct pq_elsewhere - reservations whose port is not in a range: see stray.h
 * @outside: TCP, UDP: not in that of the namespace
 * @stray: TCP, UDP: not in that which the account that pays has of its own
 */
struct pq_elsewhere {
	atomic_t outside[PQ_RULE_RANGES];
	atomic_t stray[PQ_RULE_RANGES];
};

/**
 * struct pq_account - the counters of one cgroup in one network namespace
 * @usage: the counters; their parent is that of @parent
 * @key: the namespace's struct stays for as long as it has accounts, and the
 *	 cgroup because the account has a reference
 * @range: TCP, UDP: the ports it is given; zeros: the namespace's range
 * @usable: TCP, UDP: how many of those can be had
 * @delay: seconds that a TIME_WAIT lasts; 0: as the kernel has it
 * @generation: pq_rules_generation when these rules were looked for
 * @bound: and all of them were: see pq_limits_bind()
 * @awake: see awake.h
 * @early: a TIME_WAIT has ended before its time, and that has been told
 * @parent: the account of the parent cgroup, which has a reference; or NULL
 * @users: child accounts, owners, lookups and runs
 * @subject: what events about it refer to; NULL until there is one
 * @hash_node: by @key
 * @link: in the namespace's list
 * @serial: grows along that list: where a reader goes on when some have gone
 * @lock: protects what follows, but for @early_last and @queue, and @range to @early,
 *	  and the limits and trip points in @usage; taken with softirqs off, above an
 *	  event stream's
 * @rule: what the namespace's rules say about the path
 * @host_rule: what the host's rules say about it
 * @scope: what the namespace's rules say, here or in the nearest ancestor
 * @host_scope: what the host's rules say
 * @rests_since: jiffies when it was awake last, if it is not
 * @owners: programs that have paid by it; walked under RCU
 * @early_last: jiffies of the last such end
 * @wait_ms: how long a connect() may wait when this account is at its limit
 * @range_seen: the generation of the namespace's range that the numbers go by
 * @moves_seen: what that of the namespace was when the rates were last looked at
 * @runs: calls that have failed; NULL until there is one
 * @queued: how many connect()s wait for room
 * @elsewhere: of what it holds, descendants included
 * @elsewhere_local: of what it holds itself
 * @round: of culprit.c: when @counted was counted
 * @counted: how many of a destination's connections it pays for
 * @queue: the connect()s that wait, in the order they came
 * @dead: looked up under RCU
 * @thresholds: by enum pq_metric; the ports are watched in the root account alone,
 *		and others have no room for them: see pq_account_metrics()
 *
 * Each connection reads @key to @delay, and of the rest writes to @usage alone.
 */
struct pq_account {
	struct pq_usage usage;
	struct pq_account_key key;
	struct pq_ports range[PQ_RULE_RANGES];
	unsigned int usable[PQ_RULE_RANGES];
	u32 delay;
	int generation;
	bool bound;
	bool awake;
	bool early;
	struct pq_account *parent;
	struct pq_ref users;
	struct pq_subject *subject;
	struct rhash_head hash_node;
	struct list_head link;
	loff_t serial;
	spinlock_t lock; /* see above */
	struct pq_rule rule;
	struct pq_rule host_rule;
	struct pq_scope scope;
	struct pq_scope host_scope;
	struct list_head owners;
	unsigned long early_last;
	unsigned long rests_since;
	unsigned int wait_ms;
	int range_seen;
	int moves_seen;
	struct pq_runs *runs;
	unsigned int queued;
	struct pq_elsewhere elsewhere;
	struct pq_elsewhere elsewhere_local;
	unsigned int round;
	unsigned int counted;
	wait_queue_head_t queue;
	struct pq_dead dead;
	struct pq_thresholds thresholds[];
} ____cacheline_aligned;

/* Not struct_size(): the thresholds begin on the line that the struct does not fill. */
#define PQ_ACCOUNT_SIZE(metrics) \
	(offsetof(struct pq_account, thresholds) + (metrics) * sizeof(struct pq_thresholds))

/* There is one per cgroup. Locks are larger where they are watched, and on PREEMPT_RT. */
static_assert(IS_ENABLED(CONFIG_DEBUG_SPINLOCK) || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	      IS_ENABLED(CONFIG_PREEMPT_RT) ||
	      PQ_ACCOUNT_SIZE(PQ_NR_RESOURCES) <= 1024);
static_assert(PQ_LINE(struct pq_account, key) >= sizeof(struct pq_usage) / SMP_CACHE_BYTES);

/**
 * pq_account_metrics() - how many numbers of an account are watched
 * @parent: the account of the parent cgroup, or NULL
 *
 * Return: the number of thresholds: those of the root have the ports too.
 */
static inline unsigned int pq_account_metrics(const struct pq_account *parent)
{
	return parent ? PQ_METRIC_TCP_PORTS : PQ_NR_METRICS;
}

struct pq_account *pq_account_new(struct pq_net *pn, struct cgroup *cgrp,
				  struct pq_account *parent);
int pq_account_insert(struct pq_account *acct);
struct pq_account *pq_account_find(struct pq_net *pn, struct cgroup *cgrp);
struct pq_account *pq_account_peek(struct pq_net *pn, struct cgroup *cgrp);

/**
 * pq_account_put() - give back what pq_account_get() returned
 * @acct: the account
 *
 * Context: any.
 */
static inline void pq_account_put(struct pq_account *acct)
{
	pq_ref_put(&acct->users);
}

/**
 * pq_account_range() - the ports that an account is given
 * @acct: the account
 * @res: PQ_TCP or PQ_UDP
 *
 * Return: the range; zeros for the namespace's own. Rules about ranges hold in
 * mode enforce alone.
 */
static inline struct pq_ports pq_account_range(const struct pq_account *acct,
					       enum pq_resource res)
{
	struct pq_ports range = READ_ONCE(acct->range[res]);

	if (unlikely(range.low) && READ_ONCE(pq_mode) != PQ_MODE_ENFORCE)
		return (struct pq_ports){};
	return range;
}

/**
 * pq_account_in_range() - how many of an account's reservations are of its range?
 * @acct: the account
 * @res: PQ_TCP or PQ_UDP
 *
 * Without those that are outside: because that range was moved, or because a cgroup below
 * has one of its own.
 *
 * Return: the number. Two that are not read at once: never below 0.
 */
static inline long pq_account_in_range(const struct pq_account *acct, enum pq_resource res)
{
	const atomic_t *elsewhere = READ_ONCE(acct->range[res].low) ? &acct->elsewhere.stray[res] :
								      &acct->elsewhere.outside[res];

	return max(pq_usage_held(&acct->usage, res) - atomic_read(elsewhere), 0L);
}

/**
 * pq_account_in_range_local() - how many of those that an account holds itself are?
 * @acct: the account
 * @res: PQ_TCP or PQ_UDP
 *
 * Return: the number, as pq_account_in_range().
 */
static inline long pq_account_in_range_local(const struct pq_account *acct, enum pq_resource res)
{
	const struct pq_elsewhere *local = &acct->elsewhere_local;
	const atomic_t *elsewhere = READ_ONCE(acct->range[res].low) ? &local->stray[res] :
								      &local->outside[res];

	return max(pq_usage_local(&acct->usage, res) - atomic_read(elsewhere), 0L);
}

struct pq_subject *pq_account_subject(struct pq_account *acct);
bool pq_account_deleted(const struct pq_account *acct);

int pq_accounts_init(void);
void pq_accounts_exit(void);
void pq_accounts_gc_net(struct pq_net *pn, bool all);

#endif
