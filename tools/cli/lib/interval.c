// SPDX-License-Identifier: GPL-2.0-only
/* Intervals: see interval.h. */
#include <time.h>

#include "lib/cli.h"
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

/**
 * interval_ago - how long ago something was: "68 seconds ago"
 * @seconds: that long
 *
 * Return: the text, for the caller to free().
 */
char *interval_ago(double seconds)
{
	if (seconds < 1)
		return xstrdup("just now");
	if (seconds < 1.5)
		return xstrdup("1 second ago");
	if (seconds < 120)
		return xasprintf("%.0f seconds ago", seconds);
	if (seconds < 7200)
		return xasprintf("%.0f minutes ago", seconds / 60);
	if (seconds < 172800)
		return xasprintf("%.0f hours ago", seconds / 3600);
	return xasprintf("%.0f days ago", seconds / 86400);
}
