// SPDX-License-Identifier: GPL-2.0-only
/* runs: see runs.h for what it promises. */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"
#include "awake.h"
#include "lib/export.h"
#include "lib/params.h"
#include "lib/portcount.h"
#include "lib/range.h"
#include "netns.h"
#include "runs.h"
#include "stocks_off.h"
#include "tell.h"

#define NR_RUNS	(sizeof(struct pq_runs) / sizeof(struct pq_failures))

static_assert(sizeof(struct pq_runs) == NR_RUNS * sizeof(struct pq_failures));

/* One of all that there are */
static struct pq_failures *runs_at(struct pq_runs *runs, unsigned int i)
{
	return (struct pq_failures *)runs + i;
}

static enum pq_resource resource_of(const struct pq_failure *what)
{
	return (enum pq_resource)what->metric;
}

/* Under the account's lock. Returns NULL without memory. */
static struct pq_runs *runs_of(struct pq_account *acct)
{
	struct pq_runs *runs = acct->runs;

	lockdep_assert_held(&acct->lock);
	if (runs)
		return runs;
	runs = kzalloc(sizeof(*runs), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	/* Pairs with the READ_ONCE() in pq_runs_refused_again(): zeroed, then seen. */
	smp_store_release(&acct->runs, runs);
	return runs;
}

/*
 * The ports that a call of the account could choose from: how many are held, and of
 * how many. A call that fails has its namespace; at the end it may be gone, and
 * else the tick has just looked at its range.
 */
static void level_of_range(struct pq_account *acct, enum pq_resource res, struct pq_event *event)
{
	struct pq_ports own = pq_account_range(acct, res);
	struct pq_net *pn = acct->key.net;
	int low, high;

	if (!own.low) {
		pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
		event->held = pq_portcount_ports(&pn->ports[res]);
		pq_stocks_let_on(pn);
		event->limit = event->kind == PQ_EVENT_END ?
			       READ_ONCE(pn->range.usable) :
			       pq_range_usable(pn->net, &low, &high);
		/* What is held of a range that has just been changed is not known yet. */
		if (pq_net_moving(pn))
			event->held = min(event->held, event->limit);
		return;
	}
	/* A range of its own is shared by all below the cgroup that it was given to. */
	while (acct->parent && pq_ports_same(own, pq_account_range(acct->parent, res)))
		acct = acct->parent;
	event->held = pq_account_in_range(acct, res);
	event->limit = READ_ONCE(acct->usable[res]);
}

static void level_of_limit(struct pq_account *acct, enum pq_metric metric, struct pq_event *event)
{
	const struct pq_thresholds *thresholds = &acct->thresholds[metric];

	lockdep_assert_held(&acct->lock);
	event->held = pq_usage_held(&acct->usage, (enum pq_resource)metric);
	event->limit = thresholds->limit;
	event->rate = thresholds->rate;
	if (event->kind == PQ_EVENT_DENY)
		event->left = pq_thresholds_left(thresholds, event->held);
}

static void tell(struct pq_account *acct, const struct pq_failure *what,
		 const struct pq_run_end *end, unsigned long elsewhere)
{
	struct pq_event event = {
		.kind = end ? PQ_EVENT_END : what->kind,
		.of = end ? what->kind : PQ_EVENT_NONE,
		.metric = what->metric,
		.left = -1,
		.audit = what->audit,
		.port = what->port,
		.flow = what->flow,
		.elsewhere = elsewhere,
	};

	if (READ_ONCE(pq_mode) == PQ_MODE_OFF)
		return;
	if (what->kind == PQ_EVENT_DENY) {
		level_of_limit(acct, what->metric, &event);
	} else if (what->kind == PQ_EVENT_EXHAUSTED) {
		level_of_range(acct, resource_of(what), &event);
	} else {
		event.held = pq_portcount_holders(&acct->key.net->ports[resource_of(what)],
						  what->port);
		event.limit = 1;
	}
	event.threshold = event.limit;
	if (end) {
		event.count = end->count;
		event.seconds = end->seconds;
		event.ago_ms = jiffies_to_msecs(end->ago);
	}
	pq_account_tell(acct, &event);
}

static void run_end(struct pq_account *acct, struct pq_failures *failures)
{
	struct pq_run_end end = pq_run_end(&failures->run, jiffies);

	tell(acct, &failures->what, &end, failures->elsewhere);
	failures->elsewhere = 0;
	pq_account_put(acct);
}

/* A run that is on is a user of the account. */
static void run_add(struct pq_account *acct, struct pq_failures *failures)
{
	if (!pq_run_add(&failures->run, jiffies))
		return;
	pq_ref_hold(&acct->users);
	pq_account_awaken(acct);	/* the tick sees its end */
	tell(acct, &failures->what, NULL, 0);
}

/**
 * pq_runs_refused_again() - a refusal, if it is not the first of its run
 * @acct: the account whose limit is reached, kept by the caller
 * @metric: the limit's resource
 *
 * Context: any but hard interrupts; takes no lock.
 * Return: true if there is nothing to be told.
 */
bool pq_runs_refused_again(struct pq_account *acct, enum pq_metric metric)
{
	struct pq_runs *runs = READ_ONCE(acct->runs);

	return !runs || pq_run_more(&runs->deny[metric].run, jiffies);
}

/**
 * pq_runs_refused() - a call was refused at a limit of an account
 * @acct: the account, locked
 * @metric: the limit's resource
 * @audit: it was let through all the same
 * @first: nothing has been refused since it was last clear
 */
void pq_runs_refused(struct pq_account *acct, enum pq_metric metric, bool audit, bool first)
{
	struct pq_failure what = { .kind = PQ_EVENT_DENY, .metric = metric, .audit = audit };
	struct pq_runs *runs = runs_of(acct);
	struct pq_failures *failures;

	if (!runs) {
		if (first)
			tell(acct, &what, NULL, 0);
		return;
	}
	failures = &runs->deny[metric];
	if (failures->run.on && failures->what.audit != audit)
		run_end(acct, failures);
	failures->what = what;
	run_add(acct, failures);
}

/**
 * pq_runs_cleared() - what an account holds is below its limit again
 * @acct: the account, locked
 * @metric: the limit's resource
 */
void pq_runs_cleared(struct pq_account *acct, enum pq_metric metric)
{
	struct pq_runs *runs = acct->runs;

	lockdep_assert_held(&acct->lock);
	if (runs && runs->deny[metric].run.on)
		run_end(acct, &runs->deny[metric]);
}

static bool is_same(const struct pq_failure *a, const struct pq_failure *b)
{
	return a->kind == b->kind && a->metric == b->metric && a->port == b->port &&
	       !memcmp(&a->flow, &b->flow, sizeof(a->flow));
}

/* Which of @n failures @what belongs to, on or not; else one that is not on; else the oldest */
static struct pq_failures *choose(struct pq_failures *failures, unsigned int n,
				  const struct pq_failure *what)
{
	struct pq_failures *at, *chosen = failures;

	for (at = failures; at < failures + n; at++) {
		if (is_same(&at->what, what))
			return at;
		if (at->run.on == chosen->run.on ? time_before(at->run.first, chosen->run.first) :
						   chosen->run.on)
			chosen = at;
	}
	return chosen;
}

static struct pq_failures *failures_of(struct pq_runs *runs, const struct pq_failure *what)
{
	if (what->kind == PQ_EVENT_TAKEN)
		return choose(runs->taken[resource_of(what)], PQ_RUNS_EACH, what);
	if (what->metric == PQ_METRIC_UDP)
		return &runs->exhausted_udp;
	return choose(runs->exhausted, PQ_RUNS_EACH, what);
}

/**
 * pq_runs_failed() - the kernel has given a call no port
 * @acct: the account of its socket
 * @what: what it has failed to get: PQ_EVENT_EXHAUSTED or _TAKEN
 *
 * Context: any but hard interrupts, under RCU.
 */
void pq_runs_failed(struct pq_account *acct, const struct pq_failure *what)
{
	struct pq_failures *failures;
	struct pq_runs *runs;

	/* The gc may have killed the account by now; then there is nothing to be told of it. */
	if (READ_ONCE(pq_mode) == PQ_MODE_OFF || !pq_ref_get(&acct->users))
		return;
	spin_lock_bh(&acct->lock);
	runs = runs_of(acct);
	if (runs) {
		failures = failures_of(runs, what);
		if (!is_same(&failures->what, what)) {
			if (failures->run.on)
				failures->elsewhere++;
			else
				*failures = (struct pq_failures){ .what = *what };
		}
		run_add(acct, failures);
	}
	spin_unlock_bh(&acct->lock);
	pq_account_put(acct);
}

/**
 * pq_runs_tick() - some time has passed: some runs may be over
 * @acct: the account, locked
 *
 * Return: true if some are on.
 */
bool pq_runs_tick(struct pq_account *acct)
{
	struct pq_failures *failures;
	bool deleted, on = false;
	unsigned int i;

	lockdep_assert_held(&acct->lock);
	deleted = pq_account_deleted(acct);
	for (i = 0; acct->runs && i < NR_RUNS; i++) {
		failures = runs_at(acct->runs, i);
		/* A run that is on keeps the account, and that a removed cgroup. */
		if (deleted)
			pq_run_hurry(&failures->run);
		if (pq_run_over(&failures->run, jiffies))
			run_end(acct, failures);
		on |= failures->run.on;
	}
	return on;
}

static void end_all(struct pq_account *acct)
{
	struct pq_failures *failures;
	unsigned int i;

	spin_lock_bh(&acct->lock);
	for (i = 0; acct->runs && i < NR_RUNS; i++) {
		failures = runs_at(acct->runs, i);
		if (failures->run.on)
			run_end(acct, failures);
	}
	spin_unlock_bh(&acct->lock);
}

/**
 * pq_runs_exit_net() - end all runs of a namespace that has been removed
 * @pn: the namespace, which no hook finds any more
 *
 * Context: process, pq_nets_mutex held.
 */
void pq_runs_exit_net(struct pq_net *pn)
{
	struct pq_account *acct;

	pq_net_assert_kept(pn);
	pq_for_each_account(acct, pn) {
		if (READ_ONCE(acct->runs))
			end_all(acct);
		cond_resched();
	}
}
