// SPDX-License-Identifier: GPL-2.0-only
/* limits: see limits.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include "account.h"
#include "lib/export.h"
#include "lib/params.h"
#include "lib/range.h"
#include "limits.h"
#include "match.h"
#include "netns.h"
#include "rule/rulebook.h"
#include "trip.h"

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

/* Has it a range that its parent has not? */
static bool begins_range(const struct pq_account *acct, enum pq_resource res)
{
	struct pq_ports own = acct->range[res];

	return own.low && !(acct->parent &&
			    pq_ports_same(own, READ_ONCE(acct->parent->range[res])));
}

/*
 * The stricter of the namespace's and the host's rule holds. Where a range of
 * its own begins, an account is watched like the namespace is.
 */
static void resolve_resource(struct pq_account *acct, enum pq_resource res)
{
	const struct pq_rule *rule = &acct->rule, *host = &acct->host_rule;
	long usable = acct->usable[res == PQ_UDP];
	long max, host_max, warn, limit;

	max = pq_limit_resolve(rule->max[res], usable);
	host_max = pq_limit_resolve(host->max[res], usable);
	warn = min(warn_of(rule->warn[res], rule->max[res], max, usable),
		   warn_of(host->warn[res], host->max[res], host_max, usable));
	limit = min(max, host_max);
	pq_usage_set_max(&acct->usage, res, limit);
	if (limit == LONG_MAX && warn == LONG_MAX && res < PQ_RULE_RANGES &&
	    begins_range(acct, res))
		pq_thresholds_set(&acct->thresholds[res], usable, percent_of(usable, WARN_OF_RANGE),
				  percent_of(usable, WARN_OF_RANGE_2), LONG_MAX);
	else	/* What is watched without a limit is full when the range is. */
		pq_thresholds_set(&acct->thresholds[res],
				  limit == LONG_MAX && warn != LONG_MAX ? usable : limit,
				  warn, LONG_MAX, LONG_MAX);
}

static void resolve_ports(struct pq_account *acct, enum pq_metric metric, long usable)
{
	pq_thresholds_set(&acct->thresholds[metric], usable, percent_of(usable, WARN_OF_RANGE),
			  percent_of(usable, WARN_OF_RANGE_2), LONG_MAX);
}

static bool is_limit(struct pq_limit max)
{
	return max.kind == PQ_LIMIT_NUMBER || max.kind == PQ_LIMIT_PERCENT;
}

/* TCP is refused at the limit of TIME_WAIT too. */
static bool has_limit(const struct pq_rule *rule, enum pq_resource res)
{
	return is_limit(rule->max[res]) || (res == PQ_TCP && is_limit(rule->max[PQ_TIMEWAIT]));
}

/* How long a connect() may wait, by a rule that has anything to say about it; else UINT_MAX */
static unsigned int wait_of(const struct pq_rule *rule)
{
	if (rule->over.action == PQ_OVER_WAIT)
		return rule->over.wait_ms;
	if (rule->over.action == PQ_OVER_DENY || has_limit(rule, PQ_TCP))
		return 0;
	return UINT_MAX;
}

/* To refuse at once is the strictest. */
static unsigned int resolve_wait(const struct pq_account *acct)
{
	unsigned int wait_ms = min(wait_of(&acct->rule), wait_of(&acct->host_rule));

	return wait_ms == UINT_MAX ? 0 : wait_ms;
}

/* What a rule says, or else what holds for the parent: a word at a time, so no lock. */
static bool scope_set(struct pq_scope *scope, const struct pq_rule *rule,
		      const struct pq_scope *parent)
{
	struct pq_scope old = *scope;
	int i;

	for (i = 0; i < PQ_RULE_RANGES; i++) {
		struct pq_ports range = rule->range[i];

		if (!range.low && parent)
			range = READ_ONCE(parent->range[i]);
		WRITE_ONCE(scope->range[i], range);
	}
	WRITE_ONCE(scope->delay, rule->delay ?: parent ? READ_ONCE(parent->delay) : 0);
	return memcmp(&old, scope, sizeof(old));
}

static unsigned int count_usable(const struct pq_account *acct, int i)
{
	struct pq_ports own = acct->range[i], above = {};

	if (!own.low)
		return READ_ONCE(acct->key.net->range.usable);
	if (acct->parent && !pq_limits_stale(acct->parent))
		above = READ_ONCE(acct->parent->range[i]);
	if (pq_ports_same(own, above))
		return READ_ONCE(acct->parent->usable[i]);
	return pq_range_count(acct->key.net->net->ipv4.sysctl_local_reserved_ports, own.low,
			      own.high);
}

static void recount(struct pq_account *acct)
{
	unsigned int usable;
	int i;

	for (i = 0; i < PQ_RULE_RANGES; i++) {
		usable = count_usable(acct, i);
		if (usable == acct->usable[i])
			continue;
		WRITE_ONCE(acct->usable[i], usable);
		if (acct->range[i].low)
			WRITE_ONCE(acct->key.net->recounted, true);
	}
}

/* Returns true if what holds for those below has changed. */
static bool resolve_scope(struct pq_account *acct)
{
	const struct pq_account *parent = acct->parent;
	struct pq_net *pn = acct->key.net;
	bool changed, moved;
	int i;

	changed = scope_set(&acct->scope, &acct->rule, parent ? &parent->scope : NULL);
	changed |= scope_set(&acct->host_scope, &acct->host_rule,
			     parent ? &parent->host_scope : NULL);
	for (i = 0; i < PQ_RULE_RANGES; i++) {
		struct pq_ports range = pq_ports_common(acct->scope.range[i],
							acct->host_scope.range[i]);

		moved = !pq_ports_same(range, acct->range[i]) && pq_usage_held(&acct->usage, i);
		if (moved)
			pq_net_move(pn);
		WRITE_ONCE(acct->range[i], range);
		if (moved)
			pq_net_move(pn);
		if (range.low)
			WRITE_ONCE(pn->ranged, true);
	}
	/* A short one is what is dangerous: the longer is the stricter. */
	WRITE_ONCE(acct->delay, max(acct->scope.delay, acct->host_scope.delay));
	recount(acct);
	return changed;
}

static bool resolve(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	int generation = atomic_read_acquire(&pn->range_generation);	/* before the range */
	long usable = READ_ONCE(pn->range.usable);
	bool changed;
	int res;

	lockdep_assert_held(&acct->lock);
	changed = resolve_scope(acct);
	for (res = 0; res < PQ_NR_RESOURCES; res++)
		resolve_resource(acct, res);
	if (!acct->parent) {
		resolve_ports(acct, PQ_METRIC_TCP_PORTS, usable);
		resolve_ports(acct, PQ_METRIC_UDP_PORTS, usable);
	}
	WRITE_ONCE(acct->wait_ms, resolve_wait(acct));
	pq_trip_changed(acct);
	WRITE_ONCE(acct->range_seen, generation);
	return changed;
}

/* Have its rules been looked for after, or as well as, when the generation was @generation? */
static bool bound_since(const struct pq_account *acct, int generation, bool all)
{
	int newer = acct->generation - generation;

	return newer > 0 || (!newer && acct->bound && !all);
}

/**
 * pq_limits_bind() - bind an account to the rules of its path
 * @acct: the account. With softirqs off, @acct->bound may be false afterwards:
 *	  then it has to be called again with softirqs on.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: true if those below inherit something that has changed.
 */
bool pq_limits_bind(struct pq_account *acct)
{
	int generation = atomic_read_acquire(&pq_rules_generation);	/* before the rules */
	struct pq_rule rule, host_rule;
	bool changed = false, all;

	/* Before taking the lock, because matching many globs takes long. */
	all = pq_match_rules(acct->key.net, acct->key.cgrp, false, &rule, &host_rule);
	spin_lock_bh(&acct->lock);
	/*
	 * Rules may have changed since. The task that changed them binds the account
	 * after that, or has done so: what it has found is not to be replaced.
	 */
	if (!bound_since(acct, generation, all)) {
		acct->rule = rule;
		acct->host_rule = host_rule;
		acct->generation = generation;
		WRITE_ONCE(acct->bound, all);
		changed = resolve(acct);
	}
	spin_unlock_bh(&acct->lock);
	return changed;
}
EXPORT_SYMBOL_IF_KUNIT(pq_limits_bind);

/**
 * pq_limits_refresh() - what an account inherits may have changed
 * @acct: the account
 *
 * Context: any but hard interrupts.
 * Return: true if those below inherit something that has changed.
 */
bool pq_limits_refresh(struct pq_account *acct)
{
	bool changed;

	spin_lock_bh(&acct->lock);
	changed = resolve(acct);
	spin_unlock_bh(&acct->lock);
	return changed;
}

/**
 * pq_limits_exist() - can a cgroup that has no account be refused a resource?
 * @pn: the namespace
 * @cgrp: the cgroup
 * @res: the resource. TCP is refused at the limit of TIME_WAIT too.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: true if it or an ancestor has a rule that sets a limit.
 */
bool pq_limits_exist(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res)
{
	struct pq_rule rule, host_rule;

	for (; cgrp; cgrp = cgroup_parent(cgrp)) {
		pq_match_rules(pn, cgrp, true, &rule, &host_rule);
		if (has_limit(&rule, res) || has_limit(&host_rule, res))
			return true;
	}
	return false;
}

/**
 * pq_limits_range() - the ports that a cgroup that has no account is given
 * @pn: the namespace
 * @cgrp: the cgroup
 * @res: PQ_TCP or PQ_UDP
 *
 * Needs no memory: that is what it is for.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: what pq_account_range() of its account would be.
 */
struct pq_ports pq_limits_range(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res)
{
	struct pq_ports range = {}, host_range = {};
	struct pq_rule rule, host_rule;

	if (READ_ONCE(pq_mode) != PQ_MODE_ENFORCE)
		return range;
	/* As in scope_set(): the nearest rule that has a range. */
	for (; cgrp; cgrp = cgroup_parent(cgrp)) {
		pq_match_rules(pn, cgrp, true, &rule, &host_rule);
		if (!range.low)
			range = rule.range[res];
		if (!host_range.low)
			host_range = host_rule.range[res];
	}
	return pq_ports_common(range, host_range);
}
EXPORT_SYMBOL_IF_KUNIT(pq_limits_range);

/**
 * pq_limits_inherit() - what an account hands down has changed
 * @acct: the account, in its namespace's list
 *
 * Those that inherit stand behind it there. This is for an account that was just
 * made, behind which there are not many; where there may be, see pq_apply_path().
 *
 * Context: any but hard interrupts, under RCU.
 */
void pq_limits_inherit(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;

	list_for_each_entry_continue_rcu(acct, &pn->accounts, link)
		pq_limits_refresh(acct);
}

/**
 * pq_limits_follow_range() - see whether the range has changed
 * @pn: the namespace
 * @net: the same
 *
 * The cost does not grow with the number of accounts: see limits.h.
 *
 * Context: any but hard interrupts.
 */
void pq_limits_follow_range(struct pq_net *pn, struct net *net)
{
	struct pq_range range;
	u64 reserved = 0;

	range.usable = pq_range_usable(net, &range.low, &range.high);
	/* Where none of the range are, others matter to ranges of cgroups alone. */
	if (unlikely(READ_ONCE(pn->ranged)) || range.usable != range.high - range.low + 1)
		reserved = pq_range_reserved(net);
	if (likely(range.low == READ_ONCE(pn->range.low) &&
		   range.high == READ_ONCE(pn->range.high) &&
		   range.usable == READ_ONCE(pn->range.usable) &&
		   reserved == READ_ONCE(pn->reserved)))
		return;
	pq_net_move(pn);
	WRITE_ONCE(pn->range.low, range.low);
	WRITE_ONCE(pn->range.high, range.high);
	WRITE_ONCE(pn->range.usable, range.usable);
	WRITE_ONCE(pn->reserved, reserved);
	smp_mb__before_atomic();	/* the range before its generation: see resolve() */
	atomic_inc(&pn->range_generation);
	pq_net_move(pn);
	pq_net_awaken(pn);
}

/**
 * pq_limits_catch_up() - make an account's limits anew if the range has changed
 * @acct: the account, kept by the caller; it keeps its ancestors
 * @may_sleep: whether the caller may: each of up to 64 levels takes some 2,000 instructions
 *
 * The same for its ancestors, and for them first: see pq_limits_stale().
 *
 * Context: any but hard interrupts.
 */
void pq_limits_catch_up(struct pq_account *acct, bool may_sleep)
{
	struct pq_account *above;

	if (!pq_limits_stale(acct))
		return;
	for (above = acct->parent; above; above = above->parent) {
		if (!pq_limits_stale(above))
			continue;
		pq_limits_refresh(above);
		if (may_sleep)
			cond_resched();
	}
	pq_limits_refresh(acct);
}
EXPORT_SYMBOL_IF_KUNIT(pq_limits_catch_up);
