// SPDX-License-Identifier: GPL-2.0-only
/* threshold: see threshold.h for what it promises. */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "export.h"
#include "threshold.h"

#define REST_TICKS	4	/* without a change, then a number may rest */

/* A threshold of 0 is crossed by the first one: with nothing held there is never a warning. */
static long threshold_of(const struct pq_thresholds *t, unsigned int i)
{
	return i < PQ_THRESHOLDS ? max(t->level[i], 1L) : LONG_MAX;
}

static long clear_of(long threshold)
{
	return threshold - 1 - (threshold - 1) / 10;
}

/* pq_thresholds_denies() may be reading it. */
static void end_denying(struct pq_thresholds *t)
{
	WRITE_ONCE(t->denying, false);
}

/**
 * pq_thresholds_set() - set limit and thresholds; what is raised stays so
 * @t: the thresholds
 * @limit: where it is full; LONG_MAX for nowhere
 * @level0: the first threshold; LONG_MAX for none
 * @level1: the second, not lower; LONG_MAX for none
 * @level2: the third, not lower; LONG_MAX for none
 */
void pq_thresholds_set(struct pq_thresholds *t, long limit, long level0, long level1, long level2)
{
	if (limit != t->limit)
		t->forecast = false;	/* that was about another limit */
	t->limit = limit;
	WRITE_ONCE(t->level[0], level0);	/* get_tcp_warn() and its like have no lock */
	t->level[1] = level1;
	t->level[2] = level2;
	/* A threshold that is no more has nothing to be cleared. */
	while (t->raised && threshold_of(t, t->raised - 1) == LONG_MAX)
		t->raised--;
	if (limit == LONG_MAX)
		end_denying(t);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_set);

/**
 * pq_thresholds_trip() - from where on it is worth looking again, upwards
 * @t: the thresholds
 *
 * Return: the number; LONG_MAX for nowhere.
 */
long pq_thresholds_trip(const struct pq_thresholds *t)
{
	return threshold_of(t, t->raised);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_trip);

/* At or below what it is clear again; -1 for nowhere */
static long clear_point(const struct pq_thresholds *t)
{
	if (t->raised)
		return clear_of(threshold_of(t, t->raised - 1));
	/* Below a limit of 0 there is no room to be clear in. */
	return t->denying && t->limit > 0 ? clear_of(t->limit) : -1;
}

/* For how long it has to be clear until that is told, milliseconds */
static unsigned int calm_needed(const struct pq_thresholds *t)
{
	if (t->flaps < PQ_FREE_FLAPS)
		return 0;
	return min(PQ_CALM_MIN << min(t->flaps - PQ_FREE_FLAPS, 16), PQ_CALM_MAX) * MSEC_PER_SEC;
}

static bool is_calm(const struct pq_thresholds *t)
{
	return t->below_ms >= calm_needed(t);
}

/**
 * pq_thresholds_untrip() - from where on it is worth looking again, downwards
 * @t: the thresholds
 *
 * Return: the number; -1 for nowhere, or while only time can tell.
 */
long pq_thresholds_untrip(const struct pq_thresholds *t)
{
	return is_calm(t) ? clear_point(t) : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_untrip);

/**
 * pq_thresholds_look() - which kind has been crossed?
 * @t: the thresholds
 * @held: how much is held now
 * @edge: filled in, unless none was
 *
 * To be called again until it says none: a jump may cross several.
 *
 * Return: PQ_EVENT_WARN, PQ_EVENT_CLEAR or PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_look(struct pq_thresholds *t, long held, struct pq_edge *edge)
{
	if (held >= pq_thresholds_trip(t)) {
		*edge = (struct pq_edge){ threshold_of(t, t->raised), t->raised };
		t->raised++;
		t->below_ms = 0;
		if (t->soon_ms && t->flaps < U8_MAX)
			t->flaps++;
		return PQ_EVENT_WARN;
	}
	if (held > pq_thresholds_untrip(t) || pq_thresholds_untrip(t) < 0)
		return PQ_EVENT_NONE;
	t->below_ms = 0;
	t->soon_ms = PQ_FLAP_SOON * MSEC_PER_SEC;
	if (t->raised) {
		t->raised--;
		*edge = (struct pq_edge){ threshold_of(t, t->raised), t->raised, PQ_EVENT_WARN };
		if (!t->raised)
			end_denying(t);
		return PQ_EVENT_CLEAR;
	}
	/* Nothing was raised, but there were refusals: they are over. */
	end_denying(t);
	*edge = (struct pq_edge){ t->limit, 0, PQ_EVENT_DENY };
	return PQ_EVENT_CLEAR;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_look);

/**
 * pq_thresholds_deny() - something was refused
 * @t: the thresholds
 * @audit: it was let through all the same
 *
 * A run of refusals ends when they begin to be carried out, or cease to be.
 *
 * Return: PQ_EVENT_DENY for the first of a run, else PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_deny(struct pq_thresholds *t, bool audit)
{
	if (pq_thresholds_denies(t, audit))
		return PQ_EVENT_NONE;
	WRITE_ONCE(t->audit, audit);
	/* Pairs with the acquire in pq_thresholds_denies(), which has no lock. */
	smp_store_release(&t->denying, true);
	return PQ_EVENT_DENY;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_deny);

/**
 * pq_thresholds_left() - how long until it is full, as it grows now
 * @t: the thresholds
 * @held: how much is held now
 *
 * Return: seconds, rounded up, so that it is 0 only when it is full; -1 when it
 * does not grow, or is never full.
 */
long pq_thresholds_left(const struct pq_thresholds *t, long held)
{
	if (t->limit == LONG_MAX)
		return -1;
	if (held >= t->limit)
		return 0;
	return t->rate > 0 ? (t->limit - held - 1) / t->rate + 1 : -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_left);

/* Once it has been clear for long enough, what was before is forgiven. */
static void forgive(struct pq_thresholds *t, unsigned int elapsed_ms)
{
	if (t->raised || t->denying)
		return;
	t->soon_ms -= min(t->soon_ms, elapsed_ms);
	if (!t->soon_ms)
		t->flaps = 0;
}

static void tick_flaps(struct pq_thresholds *t, long held, unsigned int elapsed_ms)
{
	if (held > clear_point(t))
		t->below_ms = 0;
	else if (check_add_overflow(t->below_ms, elapsed_ms, &t->below_ms))
		t->below_ms = UINT_MAX;
	forgive(t, elapsed_ms);
}

/**
 * pq_thresholds_tick() - some time has passed
 * @t: the thresholds
 * @held: how much is held now
 * @elapsed_ms: how much time since the last tick
 *
 * The first tick of all only takes the number down: what was there before is
 * no growth.
 *
 * Return: PQ_EVENT_FORECAST when it will be full soon and was not going to be;
 * else PQ_EVENT_NONE.
 */
enum pq_event_kind pq_thresholds_tick(struct pq_thresholds *t, long held, unsigned int elapsed_ms)
{
	long rate = div64_s64((s64)(held - t->last) * 1000, max(elapsed_ms, 1U));
	bool soon, again;
	long left;

	/* Half of what it was, half of what it is: two ticks see a change. */
	if (t->primed)
		t->rate = (t->rate + rate) / 2;
	if (t->primed && held == t->last)
		t->still = min(t->still + 1, REST_TICKS);
	else
		t->still = 0;
	t->primed = true;
	t->last = held;

	left = pq_thresholds_left(t, held);
	if (left >= 0 && left <= 2 * PQ_FORECAST_HORIZON)
		t->calm_ms = 0;
	else if (check_add_overflow(t->calm_ms, elapsed_ms, &t->calm_ms) ||
		 t->calm_ms >= PQ_FORECAST_HORIZON * MSEC_PER_SEC)
		t->forecast = false;
	tick_flaps(t, held, elapsed_ms);
	/* A number that comes and goes about the same looks like growth at every other tick. */
	soon = left >= 0 && left <= PQ_FORECAST_HORIZON && held < t->limit;
	again = t->soon;
	t->soon = soon;
	if (t->forecast || !soon || !again)
		return PQ_EVENT_NONE;
	t->forecast = true;
	return PQ_EVENT_FORECAST;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_tick);

/**
 * pq_thresholds_steady() - may the number rest?
 * @t: the thresholds, after a tick
 *
 * Return: true if it has not changed lately, and neither is a forecast to be taken
 * back nor a clear to be told, now or once it has been calm for long enough.
 */
bool pq_thresholds_steady(const struct pq_thresholds *t)
{
	return t->still >= REST_TICKS && !t->rate && !t->forecast && t->last > clear_point(t);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_steady);

/**
 * pq_thresholds_rest() - there will be no ticks until it has moved
 * @t: the thresholds, which are steady
 */
void pq_thresholds_rest(struct pq_thresholds *t)
{
	t->primed = false;
	t->still = 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_rest);

/**
 * pq_thresholds_forget() - what is counted is not what it was: the difference is no growth
 * @t: the thresholds
 */
void pq_thresholds_forget(struct pq_thresholds *t)
{
	t->primed = false;
	t->soon = false;
	t->still = 0;
	t->rate = 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_forget);

/**
 * pq_thresholds_rested() - there are ticks again
 * @t: the thresholds
 * @elapsed_ms: how long there were none
 */
void pq_thresholds_rested(struct pq_thresholds *t, unsigned int elapsed_ms)
{
	forgive(t, elapsed_ms);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_rested);

/* By how much it has to move. What is full may have a limit below what is held. */
static long rest_step(const struct pq_thresholds *t)
{
	if (t->limit == LONG_MAX)
		return PQ_REST_MAX;
	return clamp((t->limit - t->last) / 64, 1L, (long)PQ_REST_MAX);
}

/**
 * pq_thresholds_rest_trip() - from where on it does not rest any more, upwards
 * @t: the thresholds, at rest
 *
 * Return: the number.
 */
long pq_thresholds_rest_trip(const struct pq_thresholds *t)
{
	return t->last + rest_step(t);
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_rest_trip);

/**
 * pq_thresholds_rest_untrip() - from where on it does not rest any more, downwards
 * @t: the thresholds, at rest
 *
 * Return: the number; below 0 for nowhere.
 */
long pq_thresholds_rest_untrip(const struct pq_thresholds *t)
{
	/*
	 * It may have crossed a threshold without having moved so far. Where it is
	 * clear of that again, it is waited for that it stays so, which takes ticks.
	 */
	return max(t->last - rest_step(t), clear_point(t));
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_rest_untrip);

/**
 * pq_thresholds_moved() - has the number moved since it rests?
 * @t: the thresholds
 * @held: how much is held now
 *
 * Return: true if so.
 */
bool pq_thresholds_moved(const struct pq_thresholds *t, long held)
{
	return !t->primed && (held >= pq_thresholds_rest_trip(t) ||
			      held <= pq_thresholds_rest_untrip(t));
}
EXPORT_SYMBOL_IF_KUNIT(pq_thresholds_moved);
