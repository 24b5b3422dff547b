// SPDX-License-Identifier: GPL-2.0-only
/* trip: see trip.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/string.h>

#include "account.h"
#include "awake.h"
#include "destination.h"
#include "lib/export.h"
#include "lib/params.h"
#include "netns.h"
#include "runs.h"
#include "stocks_off.h"
#include "tell.h"
#include "trip.h"
#include "walk.h"

#define EARLY_QUIET	(10 * HZ)	/* without an early end, the run is over */

/* Where there is no limit, it is the range that may be full. */
static bool is_of_range(const struct pq_account *acct, enum pq_metric metric)
{
	return metric != PQ_METRIC_TIMEWAIT &&
	       (metric >= PQ_METRIC_TCP_PORTS || acct->usage.max[metric] == LONG_MAX);
}

/*
 * What the counter that trips has beside what is held: ports that connect() takes over, or
 * that are outside of the range.
 */
static long metric_beside(const struct pq_account *acct, enum pq_metric metric)
{
	if (metric == PQ_METRIC_TCP_PORTS)
		return READ_ONCE(acct->key.net->reusable);
	if (metric == PQ_METRIC_UDP_PORTS || !is_of_range(acct, metric))
		return 0;
	return pq_usage_held(&acct->usage, (enum pq_resource)metric) -
	       pq_account_in_range(acct, (enum pq_resource)metric);
}

static long metric_held(const struct pq_account *acct, enum pq_metric metric)
{
	if (metric == PQ_METRIC_TCP_PORTS)
		return max((long)pq_portcount_ports(&acct->key.net->ports[PQ_TCP]) -
			   metric_beside(acct, metric), 0L);
	if (metric == PQ_METRIC_UDP_PORTS)
		return pq_portcount_ports(&acct->key.net->ports[PQ_UDP]);
	if (is_of_range(acct, metric))
		return pq_account_in_range(acct, (enum pq_resource)metric);
	return pq_usage_held(&acct->usage, (enum pq_resource)metric);
}

static void tell(struct pq_account *acct, enum pq_event_kind kind, enum pq_metric metric, long held,
		 const struct pq_edge *edge)
{
	const struct pq_thresholds *thresholds = &acct->thresholds[metric];
	struct pq_event event = {
		.kind = kind,
		.metric = metric,
		.held = held,
		.threshold = edge ? edge->threshold : thresholds->limit,
		.step = edge ? edge->step : 0,
		.of = kind == PQ_EVENT_CLEAR ? edge->of : PQ_EVENT_NONE,
		.limit = thresholds->limit,
		.rate = thresholds->rate,
		.left = kind == PQ_EVENT_CLEAR ? -1 : pq_thresholds_left(thresholds, held),
	};

	pq_account_tell(acct, &event);
}

/*
 * While a connect() waits for room, every release has to trip, to wake it. What rests
 * trips when it has moved, whatever the thresholds.
 */
static void set_trips(struct pq_account *acct, enum pq_metric metric)
{
	const struct pq_thresholds *thresholds = &acct->thresholds[metric];
	long trip = pq_thresholds_trip(thresholds), untrip = pq_thresholds_untrip(thresholds);
	struct pq_portcount *count;
	long beside;

	if (!acct->awake) {
		trip = min(trip, pq_thresholds_rest_trip(thresholds));
		untrip = max(untrip, pq_thresholds_rest_untrip(thresholds));
	}
	beside = metric_beside(acct, metric);
	trip = trip == LONG_MAX ? trip : trip + beside;
	untrip = untrip < 0 ? untrip : untrip + beside;
	if (metric < PQ_METRIC_TCP_PORTS) {
		WRITE_ONCE(acct->usage.trips[metric].trip, trip);
		WRITE_ONCE(acct->usage.trips[metric].untrip, acct->queued ? LONG_MAX : untrip);
	} else {
		count = &acct->key.net->ports[metric - PQ_METRIC_TCP_PORTS];
		WRITE_ONCE(count->trip, trip);
		WRITE_ONCE(count->untrip, untrip);
	}
}

static bool may_reuse(const struct pq_account *root)
{
	return pq_usage_reserving(&root->usage) &&
	       pq_destinations_may_reuse(&root->key.net->destinations);
}

/*
 * How many of its ports connect() takes over has to be counted over all destinations, which
 * is the tick's: it looks. Until then no port trips.
 */
static bool is_for_tick(struct pq_account *acct, enum pq_metric metric)
{
	struct pq_net *pn = acct->key.net;

	if (metric != PQ_METRIC_TCP_PORTS || !may_reuse(acct))
		return false;
	pq_account_awaken(acct);
	WRITE_ONCE(pn->ports[PQ_TCP].trip, LONG_MAX);
	WRITE_ONCE(pn->ports[PQ_TCP].untrip, -1);
	return true;
}

/*
 * The limits may be of a range that has just been changed, and what is held not without
 * that which is outside of it. The tick comes when it is.
 */
static bool is_unsettled(struct pq_account *acct, enum pq_metric metric)
{
	if (likely(!pq_net_moving(acct->key.net)) || !is_of_range(acct, metric))
		return false;
	pq_account_awaken(acct);
	return true;
}

/* Returns whether there was something to tell. */
static bool look(struct pq_account *acct, enum pq_metric metric)
{
	struct pq_thresholds *thresholds = &acct->thresholds[metric];
	bool denying = thresholds->denying;
	enum pq_event_kind kind;
	struct pq_edge edge;
	bool told = false;
	long held;

	lockdep_assert_held(&acct->lock);
	if (is_unsettled(acct, metric)) {
		set_trips(acct, metric);
		return false;
	}
	held = metric_held(acct, metric);
	if (pq_thresholds_moved(thresholds, held))
		pq_account_awaken(acct);
	while (READ_ONCE(pq_mode) != PQ_MODE_OFF &&
	       (kind = pq_thresholds_look(thresholds, held, &edge)) != PQ_EVENT_NONE) {
		if (denying && !thresholds->denying)
			pq_runs_cleared(acct, metric);
		denying = thresholds->denying;
		tell(acct, kind, metric, held, &edge);
		told = true;
	}
	set_trips(acct, metric);
	return told;
}

static unsigned int metrics_of(const struct pq_account *acct)
{
	return pq_account_metrics(acct->parent);
}

/* Returns whether there was something to tell. */
static bool look_at_all(struct pq_account *acct)
{
	bool told = false;
	unsigned int metric;

	for (metric = 0; metric < metrics_of(acct); metric++)
		told |= !is_for_tick(acct, metric) && look(acct, metric);
	return told;
}

/* What one charge has looked at, told of, and made of names */
struct looked {
	unsigned int accounts;
	unsigned int told;
	unsigned int subjects;
	size_t characters;
};

/* Is there room for one more to be looked at, and to be told of by name? */
static bool has_room(const struct looked *looked, const struct pq_account *acct)
{
	const struct cgroup *cgrp = acct->key.cgrp;

	if (looked->accounts >= PQ_LOOKS_AT_ONCE || looked->told >= PQ_TOLD_AT_ONCE)
		return false;
	/* (before load) has no path, and all others have its length once they have a subject. */
	return !cgrp || READ_ONCE(acct->subject) ||
	       (cgrp->level <= PQ_NAMED_LEVELS && looked->subjects < PQ_SUBJECTS_AT_ONCE &&
		looked->characters < PQ_NAMED_AT_ONCE);
}

static void look_charged(struct pq_account *acct, struct looked *looked)
{
	bool named = READ_ONCE(acct->subject);
	const struct pq_subject *subject;

	looked->accounts++;
	if (!look_at_all(acct))
		return;
	looked->told++;
	/* There may have been no memory for one. */
	subject = READ_ONCE(acct->subject);
	if (named || !subject || !subject->path)
		return;
	looked->subjects++;
	looked->characters += strnlen(subject->path, PQ_NAMED_AT_ONCE);
}

static bool counter_is_due(const struct pq_usage *usage, enum pq_resource res)
{
	long held = pq_usage_held(usage, res);

	return held >= READ_ONCE(usage->trips[res].trip) ||
	       held <= READ_ONCE(usage->trips[res].untrip);
}

static bool ports_are_due(const struct pq_portcount *count)
{
	long ports = pq_portcount_ports(count);

	return ports >= READ_ONCE(count->trip) || ports <= READ_ONCE(count->untrip);
}

/**
 * pq_trip_due() - has a number of an account tripped, and nobody has looked yet?
 * @acct: the account; its memory stays
 *
 * Context: any; takes no lock.
 * Return: true if so.
 */
bool pq_trip_due(const struct pq_account *acct)
{
	const struct pq_net *pn = acct->key.net;
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++)
		if (counter_is_due(&acct->usage, res))
			return true;
	return !acct->parent && (ports_are_due(&pn->ports[PQ_TCP]) ||
				 ports_are_due(&pn->ports[PQ_UDP]));
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_due);

/**
 * pq_trip_changed() - an account's limits have changed, or the number of
 *		       connect()s that wait for it
 * @acct: the account, locked
 */
void pq_trip_changed(struct pq_account *acct)
{
	lockdep_assert_held(&acct->lock);
	pq_stocks_hold_off(acct->key.net, 0);
	if (acct->queued)
		pq_account_awaken(acct);
	look_at_all(acct);
	if (acct->queued)
		wake_up_interruptible(&acct->queue);
	pq_stocks_let_on(acct->key.net);
}

/* There may be more than there ever was: where there are stocks, who charges cannot tell. */
static void raise_peaks(struct pq_usage *usage)
{
	for (; usage; usage = usage->parent) {
		pq_usage_raise_peak(usage, PQ_TCP);
		pq_usage_raise_peak(usage, PQ_TIMEWAIT);
	}
}

/**
 * pq_trip_charged() - a number of an account or of an ancestor has tripped
 * @acct: the account that was charged or uncharged, kept by the caller
 *
 * Any user may have thousands of cgroups one below the other, and all of them may trip
 * at the same charge. Where it is too much for once, the tick goes on, half a second later.
 *
 * Context: any but hard interrupts.
 */
void pq_trip_charged(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	struct looked looked = {};
	bool overdue = false;

	pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
	raise_peaks(&acct->usage);
	for (; acct; acct = acct->parent) {
		if (!pq_trip_due(acct))
			continue;
		if (!has_room(&looked, acct)) {
			overdue = true;
			continue;
		}
		spin_lock_bh(&acct->lock);
		look_charged(acct, &looked);
		if (acct->queued)
			wake_up_interruptible(&acct->queue);
		spin_unlock_bh(&acct->lock);
	}
	if (unlikely(overdue)) {
		WRITE_ONCE(pn->overdue, true);
		pq_net_awaken(pn);
	}
	pq_stocks_let_on(pn);
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_charged);

/**
 * pq_trip_denied() - a reservation was refused
 * @acct: the account whose limit is reached, kept by the caller
 * @metric: the limit's resource
 * @audit: it was let through all the same
 *
 * A warning that is due comes before the refusal.
 *
 * Context: any but hard interrupts.
 */
void pq_trip_denied(struct pq_account *acct, enum pq_metric metric, bool audit)
{
	struct pq_thresholds *thresholds = &acct->thresholds[metric];
	bool first;

	/* Said already: a storm of refusals costs no more than this. */
	if (pq_thresholds_denies(thresholds, audit) && pq_runs_refused_again(acct, metric))
		return;
	pq_stocks_hold_off(acct->key.net, PQ_SLOT_PAUSE);
	spin_lock_bh(&acct->lock);
	look(acct, metric);
	first = pq_thresholds_deny(thresholds, audit) != PQ_EVENT_NONE;
	pq_runs_refused(acct, metric, audit, first);
	set_trips(acct, metric);
	spin_unlock_bh(&acct->lock);
	pq_stocks_let_on(acct->key.net);
}

static void tell_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due)
{
	const struct pq_thresholds *thresholds = &acct->thresholds[PQ_METRIC_TIMEWAIT];
	struct pq_event event = {
		.kind = PQ_EVENT_EARLY,
		.metric = PQ_METRIC_TIMEWAIT,
		.threshold = due,
		.limit = thresholds->limit,
		.rate = thresholds->rate,
		.left = -1,
		.reason = reason,
		.lasted = lasted,
	};

	lockdep_assert_held(&acct->lock);
	pq_stocks_hold_off(acct->key.net, PQ_SLOT_PAUSE);
	event.held = pq_usage_held(&acct->usage, PQ_TIMEWAIT);
	pq_stocks_let_on(acct->key.net);
	pq_account_tell(acct, &event);
}

/**
 * pq_trip_early() - a TIME_WAIT has ended before its time, or was never made
 * @acct: the account
 * @reason: PQ_TW_EXPIRED, _RECYCLED or _OVERFLOW
 * @lasted: how long it has lasted, seconds
 * @due: how long it should have
 *
 * The first of a run is told.
 *
 * Context: any but hard interrupts.
 */
void pq_trip_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due)
{
	if (READ_ONCE(pq_mode) == PQ_MODE_OFF)
		return;
	WRITE_ONCE(acct->early_last, jiffies);
	if (READ_ONCE(acct->early))
		return;	/* told already: a storm of them costs no more than this */
	spin_lock_bh(&acct->lock);
	if (!acct->early) {
		WRITE_ONCE(acct->early, true);
		pq_account_awaken(acct);	/* until the run is over */
		tell_early(acct, reason, lasted, due);
	}
	spin_unlock_bh(&acct->lock);
}

/*
 * No tick looks at it until it has moved. If it does so right here, before the trips
 * are set, the next charge or uncharge trips.
 */
static void rest(struct pq_account *acct)
{
	unsigned int metric;

	lockdep_assert_held(&acct->lock);
	WRITE_ONCE(acct->awake, false);
	acct->rests_since = jiffies;
	for (metric = 0; metric < metrics_of(acct); metric++) {
		pq_thresholds_rest(&acct->thresholds[metric]);
		set_trips(acct, metric);
	}
}

static void add_reusable(struct pq_destination *to, void *arg)
{
	long *reusable = arg, more = pq_destination_reusable(to);
	const struct pq_net *pn = container_of(to->key.all, struct pq_net, destinations);

	/* More of these are no more ports; and those of a range of a cgroup's own do not count. */
	if (!to->key.range.low && *reusable + more <= pq_portcount_ports(&pn->ports[PQ_TCP]))
		*reusable += more;
}

/**
 * pq_trip_count_reusable() - count the ports that TIME_WAITs have which connect() takes over
 * @pn: the namespace
 *
 * They are no part of what the range is short of: events and check are to agree.
 *
 * Context: as pq_walk_destinations(). The tick's, before it looks at accounts.
 * Return: true if that may change with no call that trips.
 */
bool pq_trip_count_reusable(struct pq_net *pn)
{
	struct pq_account *root = pn->root;
	long reusable = 0;

	if (may_reuse(root))
		pq_walk_destinations(pn, add_reusable, &reusable);
	if (pn->dead)
		return false;
	if (reusable != pn->reusable) {
		spin_lock_bh(&root->lock);
		WRITE_ONCE(pn->reusable, reusable);
		pq_account_awaken(root);
		spin_unlock_bh(&root->lock);
	}
	return reusable && pq_portcount_ports(&pn->ports[PQ_TCP]) >=
			   READ_ONCE(root->thresholds[PQ_METRIC_TCP_PORTS].level[0]);
}

/**
 * pq_trip_tick() - some time has passed: look at rates
 * @acct: the account
 * @elapsed_ms: how much time since the last tick
 * @all: look also if the account rests
 *
 * Context: process.
 */
void pq_trip_tick(struct pq_account *acct, unsigned int elapsed_ms, bool all)
{
	struct pq_thresholds *thresholds;
	bool steady = true, moved;
	unsigned int metric;
	long held;

	if (!all && !READ_ONCE(acct->awake))
		return;
	spin_lock_bh(&acct->lock);
	pq_account_awaken(acct);
	moved = acct->moves_seen != READ_ONCE(acct->key.net->moves_seen);
	acct->moves_seen = READ_ONCE(acct->key.net->moves_seen);
	for (metric = 0; metric < metrics_of(acct); metric++) {
		thresholds = &acct->thresholds[metric];
		if (moved && is_of_range(acct, metric))
			pq_thresholds_forget(thresholds);
		/* The threshold may be crossed already: what tripped comes first. */
		look(acct, metric);
		if (is_unsettled(acct, metric)) {
			steady = false;
			continue;
		}
		held = metric_held(acct, metric);
		if (pq_thresholds_tick(thresholds, held, elapsed_ms) != PQ_EVENT_NONE &&
		    READ_ONCE(pq_mode) != PQ_MODE_OFF)
			tell(acct, PQ_EVENT_FORECAST, metric, held, NULL);
		/* What is outside may end, and as much begin: the counter stays the same. */
		steady &= pq_thresholds_steady(thresholds) &&
			  (metric >= PQ_METRIC_TCP_PORTS || !metric_beside(acct, metric) ||
			   pq_thresholds_trip(thresholds) == LONG_MAX);
	}
	if (acct->early && time_after(jiffies, READ_ONCE(acct->early_last) + EARLY_QUIET))
		WRITE_ONCE(acct->early, false);
	steady &= !acct->early;
	steady &= !pq_runs_tick(acct);
	/*
	 * attempt_charge() of a waiting connect() may have failed here because
	 * another task held one for a moment, until it failed at an ancestor. That
	 * one was let go of without a trip, so wake the queue now and then.
	 */
	if (acct->queued)
		wake_up_interruptible(&acct->queue);
	if (steady && !acct->queued)
		rest(acct);
	else
		pq_net_awaken(acct->key.net);
	spin_unlock_bh(&acct->lock);
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_tick);
