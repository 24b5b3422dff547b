// SPDX-License-Identifier: GPL-2.0-only
/* trip: see trip.h for what it promises. */
#include "account.h"
#include "awake.h"
#include "lib/export.h"
#include "lib/params.h"
#include "netns.h"
#include "runs.h"
#include "tell.h"
#include "trip.h"

#define EARLY_QUIET	(10 * HZ)	/* without an early end, the run is over */

static long metric_held(const struct pq_account *acct, enum pq_metric metric)
{
	if (metric == PQ_METRIC_TCP_PORTS)
		return pq_portcount_ports(&acct->key.net->ports[PQ_TCP]);
	if (metric == PQ_METRIC_UDP_PORTS)
		return pq_portcount_ports(&acct->key.net->ports[PQ_UDP]);
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

	if (!acct->awake) {
		trip = min(trip, pq_thresholds_rest_trip(thresholds));
		untrip = max(untrip, pq_thresholds_rest_untrip(thresholds));
	}
	if (metric < PQ_METRIC_TCP_PORTS) {
		WRITE_ONCE(acct->usage.trips[metric].trip, trip);
		WRITE_ONCE(acct->usage.trips[metric].untrip, acct->queued ? LONG_MAX : untrip);
	} else {
		count = &acct->key.net->ports[metric - PQ_METRIC_TCP_PORTS];
		WRITE_ONCE(count->trip, trip);
		WRITE_ONCE(count->untrip, untrip);
	}
}

/* Returns whether there was something to tell. */
static bool look(struct pq_account *acct, enum pq_metric metric)
{
	struct pq_thresholds *thresholds = &acct->thresholds[metric];
	bool denying = thresholds->denying;
	long held = metric_held(acct, metric);
	enum pq_event_kind kind;
	struct pq_edge edge;
	bool told = false;

	lockdep_assert_held(&acct->lock);
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
		told |= look(acct, metric);
	return told;
}

/* What one charge has made of names */
struct named {
	unsigned int subjects;
	size_t characters;
};

/* Looks, unless that would make more of a name than is to be made at once. */
static void look_charged(struct pq_account *acct, struct named *named)
{
	const struct pq_subject *subject = READ_ONCE(acct->subject);

	if (subject) {
		look_at_all(acct);
		return;
	}
	if (named->subjects >= PQ_SUBJECTS_AT_ONCE || named->characters >= PQ_NAMED_AT_ONCE) {
		pq_account_awaken(acct);
		return;
	}
	if (!look_at_all(acct))
		return;
	named->subjects++;
	/* (before load) has no path, and there may have been no memory for one. */
	subject = READ_ONCE(acct->subject);
	if (subject && subject->path)
		named->characters += strnlen(subject->path, PQ_NAMED_AT_ONCE);
}

/**
 * pq_trip_changed() - an account's limits have changed, or the number of
 *		       connect()s that wait for it
 * @acct: the account, locked
 */
void pq_trip_changed(struct pq_account *acct)
{
	lockdep_assert_held(&acct->lock);
	if (acct->queued)
		pq_account_awaken(acct);
	look_at_all(acct);
	if (acct->queued)
		wake_up_interruptible(&acct->queue);
}

/**
 * pq_trip_charged() - a number of an account or of an ancestor has tripped
 * @acct: the account that was charged or uncharged, kept by the caller
 *
 * Where several have something to tell for the first time, the tick looks at the
 * uppermost ones, half a second later.
 *
 * Context: any but hard interrupts.
 */
void pq_trip_charged(struct pq_account *acct)
{
	struct named named = {};

	for (; acct; acct = acct->parent) {
		spin_lock_bh(&acct->lock);
		look_charged(acct, &named);
		if (acct->queued)
			wake_up_interruptible(&acct->queue);
		spin_unlock_bh(&acct->lock);
	}
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
	spin_lock_bh(&acct->lock);
	look(acct, metric);
	first = pq_thresholds_deny(thresholds, audit) != PQ_EVENT_NONE;
	pq_runs_refused(acct, metric, audit, first);
	set_trips(acct, metric);
	spin_unlock_bh(&acct->lock);
}

static void tell_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due)
{
	const struct pq_thresholds *thresholds = &acct->thresholds[PQ_METRIC_TIMEWAIT];
	struct pq_event event = {
		.kind = PQ_EVENT_EARLY,
		.metric = PQ_METRIC_TIMEWAIT,
		.held = pq_usage_held(&acct->usage, PQ_TIMEWAIT),
		.threshold = due,
		.limit = thresholds->limit,
		.rate = thresholds->rate,
		.left = -1,
		.reason = reason,
		.lasted = lasted,
	};

	lockdep_assert_held(&acct->lock);
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
	bool steady = true;
	unsigned int metric;
	long held;

	if (!all && !READ_ONCE(acct->awake))
		return;
	spin_lock_bh(&acct->lock);
	pq_account_awaken(acct);
	for (metric = 0; metric < metrics_of(acct); metric++) {
		thresholds = &acct->thresholds[metric];
		/* The threshold may be crossed already: what tripped comes first. */
		look(acct, metric);
		held = metric_held(acct, metric);
		if (pq_thresholds_tick(thresholds, held, elapsed_ms) != PQ_EVENT_NONE &&
		    READ_ONCE(pq_mode) != PQ_MODE_OFF)
			tell(acct, PQ_EVENT_FORECAST, metric, held, NULL);
		steady &= pq_thresholds_steady(thresholds);
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
