// SPDX-License-Identifier: GPL-2.0-only
/* threshold: see threshold.h for what it promises. */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "compat.h"
#include "threshold.h"

/* A threshold of 0 is crossed by the first one: nothing held is never an thresholds. */
static long threshold_of(const struct pq_thresholds *thresholds, unsigned int i)
{
	return i < PQ_THRESHOLDS ? max(thresholds->level[i], 1L) : LONG_MAX;
}

static long clear_of(long threshold)
{
	return threshold - 1 - (threshold - 1) / 10;
}

/**
 * pq_thresholds_set() - set limit and thresholds; what is raised stays so
 * @thresholds: the thresholds
 * @limit: where it is full; LONG_MAX for nowhere
 * @level0: the first threshold; LONG_MAX for none
 * @level1: the second, not lower; LONG_MAX for none
 * @level2: the third, not lower; LONG_MAX for none
 */
void pq_thresholds_set(struct pq_thresholds *thresholds, long limit, long level0, long level1, long level2)
{
	if (limit != thresholds->limit)
		thresholds->forecast = false;	/* that was about another limit */
	thresholds->limit = limit;
	thresholds->level[0] = level0;
	thresholds->level[1] = level1;
	thresholds->level[2] = level2;
	/* A threshold that is no more has nothing to be cleared. */
	while (thresholds->raised && threshold_of(thresholds, thresholds->raised - 1) == LONG_MAX)
		thresholds->raised--;
	if (limit == LONG_MAX)
		thresholds->denying = false;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_set);

/**
 * pq_thresholds_trip() - from where on it is worth looking again, upwards
 * @thresholds: the thresholds
 *
 * Return: the number; LONG_MAX for nowhere.
 */
long pq_thresholds_trip(const struct pq_thresholds *thresholds)
{
	return threshold_of(thresholds, thresholds->raised);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_trip);

/**
 * pq_thresholds_untrip() - from where on it is worth looking again, downwards
 * @thresholds: the thresholds
 *
 * Return: the number; -1 for nowhere.
 */
long pq_thresholds_untrip(const struct pq_thresholds *thresholds)
{
	if (thresholds->raised)
		return clear_of(threshold_of(thresholds, thresholds->raised - 1));
	/* Below a limit of 0 there is no room to be clear in. */
	return thresholds->denying && thresholds->limit > 0 ? clear_of(thresholds->limit) : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_untrip);

/**
 * pq_thresholds_look() - which kind has been crossed?
 * @thresholds: the thresholds
 * @held: how much is held now
 * @threshold: set to the threshold that was crossed
 *
 * To be called again until it says none: a jump may cross several.
 *
 * Return: PQ_EVENT_WARN, PQ_EVENT_CLEAR or PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_look(struct pq_thresholds *thresholds, long held, long *threshold)
{
	if (held >= pq_thresholds_trip(thresholds)) {
		*threshold = threshold_of(thresholds, thresholds->raised++);
		return PQ_EVENT_WARN;
	}
	if (held > pq_thresholds_untrip(thresholds) || pq_thresholds_untrip(thresholds) < 0)
		return PQ_EVENT_NONE;
	if (thresholds->raised) {
		*threshold = threshold_of(thresholds, --thresholds->raised);
		if (!thresholds->raised)
			thresholds->denying = false;
		return PQ_EVENT_CLEAR;
	}
	/* Nothing was raised, but there were refusals: they are over. */
	thresholds->denying = false;
	*threshold = thresholds->limit;
	return PQ_EVENT_CLEAR;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_look);

/**
 * pq_thresholds_deny() - something was refused
 * @thresholds: the thresholds
 * @audit: it was let through all the same
 *
 * A run of refusals ends when they begin to be carried out, or cease to be.
 *
 * Return: PQ_EVENT_DENY for the first of a run, else PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_deny(struct pq_thresholds *thresholds, bool audit)
{
	if (pq_thresholds_denies(thresholds, audit))
		return PQ_EVENT_NONE;
	thresholds->denying = true;
	thresholds->audit = audit;
	return PQ_EVENT_DENY;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_deny);

/**
 * pq_thresholds_left() - how long until it is full, as it grows now
 * @thresholds: the thresholds
 * @held: how much is held now
 *
 * Return: seconds; -1 when it does not grow, or is never full.
 */
long pq_thresholds_left(const struct pq_thresholds *thresholds, long held)
{
	if (thresholds->limit == LONG_MAX)
		return -1;
	if (held >= thresholds->limit)
		return 0;
	return thresholds->rate > 0 ? (thresholds->limit - held) / thresholds->rate : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_left);

/**
 * pq_thresholds_tick() - some time has passed
 * @thresholds: the thresholds
 * @held: how much is held now
 * @elapsed_ms: how much time since the last tick
 *
 * The first tick of all only takes the number down: what was there before is
 * no growth.
 *
 * Return: PQ_EVENT_FORECAST when it will be full soon and was not going to be;
 * else PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_tick(struct pq_thresholds *thresholds, long held, unsigned int elapsed_ms)
{
	long rate = div_s64((s64)(held - thresholds->last) * 1000, max(elapsed_ms, 1U));
	bool soon, again;
	long left;

	/* Half of what it was, half of what it is: two ticks see a change. */
	if (thresholds->primed)
		thresholds->rate = (thresholds->rate + rate) / 2;
	thresholds->primed = true;
	thresholds->last = held;

	left = pq_thresholds_left(thresholds, held);
	if (left >= 0 && left <= 2 * PQ_FORECAST_HORIZON)
		thresholds->calm_ms = 0;
	else if (check_add_overflow(thresholds->calm_ms, elapsed_ms, &thresholds->calm_ms) ||
		 thresholds->calm_ms >= PQ_FORECAST_HORIZON * MSEC_PER_SEC)
		thresholds->forecast = false;
	/* A number that comes and goes about the same looks like growth at every other tick. */
	soon = left >= 0 && left <= PQ_FORECAST_HORIZON && held < thresholds->limit;
	again = thresholds->soon;
	thresholds->soon = soon;
	if (thresholds->forecast || !soon || !again)
		return PQ_EVENT_NONE;
	thresholds->forecast = true;
	return PQ_EVENT_FORECAST;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_tick);
