// SPDX-License-Identifier: GPL-2.0-only
/* policy: see policy.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "account.h"
#include "netns.h"
#include "policy.h"
#include "range.h"
#include "rulebook.h"
#include "watch.h"

/* Where no rule says when to warn */
#define WARN_OF_MAX	80	/* percent of any max */
#define WARN_OF_RANGE	75	/* percent of the namespace's range, and then */
#define WARN_OF_RANGE_2	90

static long percent_of(long whole, unsigned int percent)
{
	return pq_limit_resolve((struct pq_limit){ PQ_LIMIT_PERCENT, percent }, whole);
}

static long warn_of(struct pq_limit warn, struct pq_limit limit, long max, long usable)
{
	if (warn.kind == PQ_LIMIT_UNSET)
		return limit.kind == PQ_LIMIT_UNSET ? LONG_MAX : percent_of(max, WARN_OF_MAX);
	return pq_limit_resolve(warn, max == LONG_MAX ? usable : max);
}

/* The stricter of the namespace's and the host's rule holds. */
static void resolve_resource(struct pq_account *acct, enum pq_resource res, long usable)
{
	const struct pq_rule *rule = &acct->rule, *host = &acct->host_rule;
	long max, host_max, warn, limit;

	max = pq_limit_resolve(rule->max[res], usable);
	host_max = pq_limit_resolve(host->max[res], usable);
	warn = min(warn_of(rule->warn[res], rule->max[res], max, usable),
		   warn_of(host->warn[res], host->max[res], host_max, usable));
	limit = min(max, host_max);
	pq_usage_set_max(&acct->usage, res, limit);
	/* What is watched without a limit is full when the range is. */
	pq_alarm_set(&acct->alarm[res], limit == LONG_MAX && warn != LONG_MAX ? usable : limit,
		     warn, LONG_MAX);
}

static void resolve_ports(struct pq_account *acct, enum pq_meter meter, long usable)
{
	pq_alarm_set(&acct->alarm[meter], usable, percent_of(usable, WARN_OF_RANGE),
		     percent_of(usable, WARN_OF_RANGE_2));
}

static unsigned int resolve_wait(const struct pq_account *acct)
{
	if (acct->host_rule.over == PQ_OVER_DENY || acct->rule.over == PQ_OVER_DENY)
		return 0;
	if (acct->rule.over == PQ_OVER_WAIT)
		return acct->rule.wait_ms;
	return acct->host_rule.over == PQ_OVER_WAIT ? acct->host_rule.wait_ms : 0;
}

static void resolve(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	long usable = READ_ONCE(pn->usable);
	int res;

	lockdep_assert_held(&acct->lock);
	for (res = 0; res < PQ_NR_RESOURCES; res++)
		resolve_resource(acct, res, usable);
	if (!acct->parent) {
		resolve_ports(acct, PQ_METER_TCP_PORTS, usable);
		resolve_ports(acct, PQ_METER_UDP_PORTS, usable);
	}
	WRITE_ONCE(acct->wait_ms, resolve_wait(acct));
	pq_watch_changed(acct);
}

static void find_rule(struct pq_rulebook *book, const char *path, struct pq_rule *rule)
{
	const struct pq_rule *found = pq_rulebook_find(book, path);

	if (found)
		*rule = *found;
	else
		memset(rule, 0, sizeof(*rule));
}

/**
 * pq_policy_bind() - bind an account to the rules of its path
 * @acct: the account
 *
 * Without memory for the path, the account keeps the rules it has.
 *
 * Context: any but hard interrupts, under RCU.
 */
void pq_policy_bind(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	char *path = NULL;

	if (acct->key.cgrp && (pn->rules.count || pq_host_rules.count)) {
		path = kmalloc(PATH_MAX, GFP_ATOMIC | __GFP_NOWARN);
		if (!path || cgroup_path(acct->key.cgrp, path, PATH_MAX) < 0)
			goto free;
	}
	spin_lock_bh(&acct->lock);
	if (path) {
		find_rule(&pn->rules, path, &acct->rule);
		find_rule(&pq_host_rules, path, &acct->host_rule);
	} else {
		memset(&acct->rule, 0, sizeof(acct->rule));
		memset(&acct->host_rule, 0, sizeof(acct->host_rule));
	}
	resolve(acct);
	spin_unlock_bh(&acct->lock);
free:
	kfree(path);
}

/**
 * pq_policy_bind_all() - rules have changed
 * @pn: the namespace
 *
 * Context: process, pq_nets_mutex held.
 */
void pq_policy_bind_all(struct pq_net *pn)
{
	struct pq_account *acct;

	lockdep_assert_held(&pq_nets_mutex);
	list_for_each_entry(acct, &pn->accounts, link) {
		rcu_read_lock();
		pq_policy_bind(acct);
		rcu_read_unlock();
		cond_resched();
	}
}

/**
 * pq_policy_follow_range() - see whether the range has changed
 * @pn: the namespace
 * @net: the same
 *
 * Context: any but hard interrupts.
 */
void pq_policy_follow_range(struct pq_net *pn, struct net *net)
{
	struct pq_account *acct;
	unsigned int usable;
	int low, high;

	usable = pq_range_usable(net, &low, &high);
	WRITE_ONCE(pn->low, low);
	WRITE_ONCE(pn->high, high);
	if (xchg(&pn->usable, usable) == usable)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(acct, &pn->accounts, link) {
		spin_lock_bh(&acct->lock);
		resolve(acct);
		spin_unlock_bh(&acct->lock);
	}
	rcu_read_unlock();
}
