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

/* A threshold of 0 is crossed by the first one: nothing held is never an alarm. */
static long threshold_of(const struct pq_alarm *alarm, unsigned int i)
{
	return i < PQ_ALARM_LEVELS ? max(alarm->level[i], 1L) : LONG_MAX;
}

static long clear_of(long threshold)
{
	return threshold - 1 - (threshold - 1) / 10;
}

/**
 * pq_alarm_set() - set limit and thresholds; what is raised stays so
 * @alarm: the alarm
 * @limit: where it is full; LONG_MAX for nowhere
 * @level0: the first threshold; LONG_MAX for none
 * @level1: the second, not lower; LONG_MAX for none
 * @level2: the third, not lower; LONG_MAX for none
 */
void pq_alarm_set(struct pq_alarm *alarm, long limit, long level0, long level1, long level2)
{
	if (limit != alarm->limit)
		alarm->forecast = false;	/* that was about another limit */
	alarm->limit = limit;
	alarm->level[0] = level0;
	alarm->level[1] = level1;
	alarm->level[2] = level2;
	/* A threshold that is no more has nothing to be cleared. */
	while (alarm->raised && threshold_of(alarm, alarm->raised - 1) == LONG_MAX)
		alarm->raised--;
	if (limit == LONG_MAX)
		alarm->denying = false;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_set);

/**
 * pq_alarm_trip() - from where on it is worth looking again, upwards
 * @alarm: the alarm
 *
 * Return: the number; LONG_MAX for nowhere.
 */
long pq_alarm_trip(const struct pq_alarm *alarm)
{
	return threshold_of(alarm, alarm->raised);
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_trip);

/**
 * pq_alarm_untrip() - from where on it is worth looking again, downwards
 * @alarm: the alarm
 *
 * Return: the number; -1 for nowhere.
 */
long pq_alarm_untrip(const struct pq_alarm *alarm)
{
	if (alarm->raised)
		return clear_of(threshold_of(alarm, alarm->raised - 1));
	/* Below a limit of 0 there is no room to be clear in. */
	return alarm->denying && alarm->limit > 0 ? clear_of(alarm->limit) : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_untrip);

/**
 * pq_alarm_look() - which edge has been crossed?
 * @alarm: the alarm
 * @held: how much is held now
 * @threshold: set to the threshold that was crossed
 *
 * To be called again until it says none: a jump may cross several.
 *
 * Return: PQ_EDGE_WARN, PQ_EDGE_CLEAR or PQ_EDGE_NONE.
 */
enum pq_edge pq_alarm_look(struct pq_alarm *alarm, long held, long *threshold)
{
	if (held >= pq_alarm_trip(alarm)) {
		*threshold = threshold_of(alarm, alarm->raised++);
		return PQ_EDGE_WARN;
	}
	if (held > pq_alarm_untrip(alarm) || pq_alarm_untrip(alarm) < 0)
		return PQ_EDGE_NONE;
	if (alarm->raised) {
		*threshold = threshold_of(alarm, --alarm->raised);
		if (!alarm->raised)
			alarm->denying = false;
		return PQ_EDGE_CLEAR;
	}
	/* Nothing was raised, but there were refusals: they are over. */
	alarm->denying = false;
	*threshold = alarm->limit;
	return PQ_EDGE_CLEAR;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_look);

/**
 * pq_alarm_deny() - something was refused
 * @alarm: the alarm
 * @audit: it was let through all the same
 *
 * A run of refusals ends when they begin to be carried out, or cease to be.
 *
 * Return: PQ_EDGE_DENY for the first of a run, else PQ_EDGE_NONE.
 */
enum pq_edge pq_alarm_deny(struct pq_alarm *alarm, bool audit)
{
	if (pq_alarm_denies(alarm, audit))
		return PQ_EDGE_NONE;
	alarm->denying = true;
	alarm->audit = audit;
	return PQ_EDGE_DENY;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_deny);

/**
 * pq_alarm_left() - how long until it is full, as it grows now
 * @alarm: the alarm
 * @held: how much is held now
 *
 * Return: seconds; -1 when it does not grow, or is never full.
 */
long pq_alarm_left(const struct pq_alarm *alarm, long held)
{
	if (alarm->limit == LONG_MAX)
		return -1;
	if (held >= alarm->limit)
		return 0;
	return alarm->rate > 0 ? (alarm->limit - held) / alarm->rate : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_left);

/**
 * pq_alarm_tick() - some time has passed
 * @alarm: the alarm
 * @held: how much is held now
 * @elapsed_ms: how much time since the last tick
 *
 * The first tick of all only takes the number down: what was there before is
 * no growth.
 *
 * Return: PQ_EDGE_FORECAST when it will be full soon and was not going to be;
 * else PQ_EDGE_NONE.
 */
enum pq_edge pq_alarm_tick(struct pq_alarm *alarm, long held, unsigned int elapsed_ms)
{
	long rate = div_s64((s64)(held - alarm->last) * 1000, max(elapsed_ms, 1U));
	bool soon, again;
	long left;

	/* Half of what it was, half of what it is: two ticks see a change. */
	if (alarm->primed)
		alarm->rate = (alarm->rate + rate) / 2;
	alarm->primed = true;
	alarm->last = held;

	left = pq_alarm_left(alarm, held);
	if (left >= 0 && left <= 2 * PQ_ALARM_HORIZON)
		alarm->calm_ms = 0;
	else if (check_add_overflow(alarm->calm_ms, elapsed_ms, &alarm->calm_ms) ||
		 alarm->calm_ms >= PQ_ALARM_HORIZON * MSEC_PER_SEC)
		alarm->forecast = false;
	/* A number that comes and goes about the same looks like growth at every other tick. */
	soon = left >= 0 && left <= PQ_ALARM_HORIZON && held < alarm->limit;
	again = alarm->soon;
	alarm->soon = soon;
	if (alarm->forecast || !soon || !again)
		return PQ_EDGE_NONE;
	alarm->forecast = true;
	return PQ_EDGE_FORECAST;
}
EXPORT_SYMBOL_IF_KUNIT(pq_alarm_tick);
