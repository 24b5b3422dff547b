// SPDX-License-Identifier: GPL-2.0-only
/* Intervals: see interval.h. */
#include <time.h>

#include "lib/interval.h"

/**
 * interval_clock - seconds on a clock that only goes forward
 */
double interval_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * interval_wall - seconds since 1970, to the millisecond
 */
double interval_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1000000 / 1e3;
}

/**
 * interval_rate - how much a counter grew per second
 * @now: the counter
 * @past: the counter @elapsed seconds ago
 * @elapsed: seconds, more than 0
 *
 * Return: the rate; 0 where the counter went back, as a module that was loaded anew begins at 0.
 */
uint64_t interval_rate(uint64_t now, uint64_t past, double elapsed)
{
	return now > past ? (now - past) / elapsed + 0.5 : 0;
}
