/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * threshold: when to warn, and when to stop warning.
 *
 * Pure arithmetic: it is told how much is held, and says which kind of event
 * that is, if any. A threshold that was crossed is cleared only 10 % of it
 * lower, so that a number that goes up and down around it gives one warning, not
 * a thousand.
 *
 * Where 10 % is nothing, as of a max of 5, or where a number swings wider, that is
 * not enough. A threshold that is crossed again soon after it was clear has
 * flapped. After PQ_FREE_FLAPS of these it has to stay clear for some time until
 * that is told, each time for twice as long. So a warning is never late, and
 * what has not been told yet is that it is over.
 *
 * A forecast takes two looks that agree, and is over after as long without the
 * like as it looks ahead. The caller serialises the calls for one set.
 *
 * A number that does not change needs no looks. It rests, and when it has moved by
 * a sixty-fourth of what is free, or by PQ_REST_MAX, the looks go on: a growth that
 * is worth a forecast moves so far in half a second.
 */
#ifndef _PORTQUOTA_THRESHOLD_H
#define _PORTQUOTA_THRESHOLD_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define PQ_THRESHOLDS		3
#define PQ_FORECAST_HORIZON	30	/* seconds ahead that a forecast looks */
#define PQ_REST_MAX		16	/* that a number at rest may move by */
#define PQ_FREE_FLAPS		8
#define PQ_CALM_MIN		2	/* seconds that it has to stay clear then, at first, */
#define PQ_CALM_MAX		256	/* and at most */
#define PQ_FLAP_SOON		600	/* seconds after a clear */

/* An event's kind; the words for them are in warn/event.c */
enum pq_event_kind {
	PQ_EVENT_NONE,
	PQ_EVENT_WARN,
	PQ_EVENT_CLEAR,
	PQ_EVENT_DENY,
	PQ_EVENT_FORECAST,
	PQ_EVENT_DESTINATION,
	PQ_EVENT_EARLY,
	PQ_EVENT_EXHAUSTED,
	PQ_EVENT_TAKEN,
	PQ_EVENT_END,	/* of a run of PQ_EVENT_DENY, _EXHAUSTED or _TAKEN */
	PQ_NR_EVENT_KINDS
};

/**
 * struct pq_edge - a threshold that has been crossed
 * @threshold: which; when refusals are over that no threshold was raised for, the
 *	       limit
 * @step: which one it is of struct pq_thresholds.level, from 0
 * @of: what a PQ_EVENT_CLEAR takes back: PQ_EVENT_WARN, or PQ_EVENT_DENY for
 *	such refusals
 */
struct pq_edge {
	long threshold;
	u8 step;
	enum pq_event_kind of;
};

/**
 * struct pq_thresholds - what is watched about one number
 * @limit: where it is full; LONG_MAX for nowhere
 * @level: thresholds, the lower first; LONG_MAX for none
 * @raised: how many of them are crossed
 * @denying: something has been refused since it was last clear
 * @audit: what was refused was let through all the same
 * @forecast: it has been said that it will be full soon
 * @soon: the last look at the rate said so
 * @calm_ms: for how long nothing like it has been seen
 * @still: at how many ticks in a row it has not changed
 * @primed: looks at the rate go on; else the number rests at @last
 * @flaps: how often a threshold was crossed again soon after it was clear
 * @soon_ms: for how long it will still count as soon, since it was clear
 * @below_ms: for how long it has been clear, if that is not told yet
 * @rate: growth a second, averaged
 * @last: what was held when the rate was last looked at
 */
struct pq_thresholds {
	long limit;
	long level[PQ_THRESHOLDS];
	u8 raised;
	bool denying;
	bool audit;
	bool forecast;
	bool soon;
	bool primed;
	u8 still;
	unsigned int calm_ms;
	u8 flaps;
	unsigned int soon_ms;
	unsigned int below_ms;
	long rate;
	long last;
};

/**
 * pq_thresholds_denies() - would a refusal be one more of the same run?
 * @t: the thresholds
 * @audit: it is let through all the same
 *
 * Return: true if so. May be asked without the caller's lock.
 */
static inline bool pq_thresholds_denies(const struct pq_thresholds *t, bool audit)
{
	/* Pairs with the release in pq_thresholds_deny(): @audit is of this run. */
	return smp_load_acquire(&t->denying) && READ_ONCE(t->audit) == audit;
}

void pq_thresholds_set(struct pq_thresholds *t, long limit, long level0, long level1, long level2);
enum pq_event_kind pq_thresholds_look(struct pq_thresholds *t, long held, struct pq_edge *edge);
enum pq_event_kind pq_thresholds_deny(struct pq_thresholds *t, bool audit);
enum pq_event_kind pq_thresholds_tick(struct pq_thresholds *t, long held, unsigned int elapsed_ms);
bool pq_thresholds_steady(const struct pq_thresholds *t);
void pq_thresholds_rest(struct pq_thresholds *t);
void pq_thresholds_forget(struct pq_thresholds *t);
void pq_thresholds_rested(struct pq_thresholds *t, unsigned int elapsed_ms);
bool pq_thresholds_moved(const struct pq_thresholds *t, long held);
long pq_thresholds_rest_trip(const struct pq_thresholds *t);
long pq_thresholds_rest_untrip(const struct pq_thresholds *t);
long pq_thresholds_left(const struct pq_thresholds *t, long held);
long pq_thresholds_trip(const struct pq_thresholds *t);
long pq_thresholds_untrip(const struct pq_thresholds *t);

#endif
