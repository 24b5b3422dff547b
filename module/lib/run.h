/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run: failures that follow each other are one run, with a beginning and an end.
 *
 * It is over when there was no further failure for some time: 10 seconds. That is
 * too short for a program that tries again each minute, whose failures would all
 * be runs of their own for days; so a run that begins soon after the one before
 * waits twice as long as that did, up to 320 seconds.
 *
 * Pure arithmetic; times are in jiffies. The caller serialises the calls for
 * one run, but for pq_run_more().
 */
#ifndef _PORTQUOTA_RUN_H
#define _PORTQUOTA_RUN_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define PQ_RUN_QUIET		10	/* seconds */
#define PQ_RUN_QUIET_MAX	320	/* seconds */
#define PQ_RUN_SOON		600	/* seconds after the last failure of the run before */

/**
 * struct pq_run - a run of failures
 * @on: it has begun, and is not over
 * @quiet: so many seconds without a failure end it; 0 if there never was one
 * @count: how many failures
 * @first: when the first was
 * @last: when the last was
 */
struct pq_run {
	bool on;
	u16 quiet;
	atomic_long_t count;
	unsigned long first;
	unsigned long last;
};

/**
 * struct pq_run_end - what is said of a run at its end
 * @count: how many failures
 * @seconds: from the first to the last, rounded up
 * @ago: jiffies since the last
 */
struct pq_run_end {
	unsigned long count;
	unsigned int seconds;
	unsigned long ago;
};

/**
 * pq_run_more() - one more failure, if a run is on
 * @run: the run
 * @now: jiffies
 *
 * May be called while others change the run. If it ends at the same moment, the
 * failure is told with the run after it.
 *
 * Return: false if no run is on, and nothing was counted.
 */
static inline bool pq_run_more(struct pq_run *run, unsigned long now)
{
	if (!READ_ONCE(run->on))
		return false;
	atomic_long_inc(&run->count);
	WRITE_ONCE(run->last, now);
	return true;
}

/**
 * pq_run_add() - one more failure
 * @run: the run
 * @now: jiffies
 *
 * Return: true if it is the first of a run.
 */
static inline bool pq_run_add(struct pq_run *run, unsigned long now)
{
	if (pq_run_more(run, now))
		return false;
	/* pq_run_more() of another CPU may still be at the run that has just ended. */
	if (run->quiet && now - READ_ONCE(run->last) < (unsigned long)PQ_RUN_SOON * HZ)
		run->quiet = min(run->quiet * 2, PQ_RUN_QUIET_MAX);
	else
		run->quiet = PQ_RUN_QUIET;
	atomic_long_inc(&run->count);
	run->first = now;
	WRITE_ONCE(run->last, now);
	WRITE_ONCE(run->on, true);
	return true;
}

/**
 * pq_run_hurry() - who has failed will hardly come back
 * @run: the run
 */
static inline void pq_run_hurry(struct pq_run *run)
{
	run->quiet = min_t(u16, run->quiet, PQ_RUN_QUIET);
}

/**
 * pq_run_over() - is a run to be ended?
 * @run: the run
 * @now: jiffies
 *
 * Return: true if it is on, and there was no failure for long enough.
 */
static inline bool pq_run_over(const struct pq_run *run, unsigned long now)
{
	/* pq_run_more() of another CPU may be ahead of @now. */
	return run->on && time_after_eq(now, READ_ONCE(run->last) + run->quiet * HZ);
}

/**
 * pq_run_end() - end a run
 * @run: the run, which is on
 * @now: jiffies
 *
 * Return: what is to be said of it.
 */
static inline struct pq_run_end pq_run_end(struct pq_run *run, unsigned long now)
{
	unsigned long last = READ_ONCE(run->last);

	WRITE_ONCE(run->on, false);
	return (struct pq_run_end){
		.count = atomic_long_xchg(&run->count, 0),
		.seconds = DIV_ROUND_UP(last - run->first, HZ),
		.ago = time_after(now, last) ? now - last : 0,
	};
}

#endif
