// SPDX-License-Identifier: GPL-2.0-only
/*
 * steady: connections while as many TIME_WAITs end as begin.
 *
 * life.c makes its connections in one go, and all their TIME_WAITs end together:
 * what is kept of those that have ended, by the slab or by the module, does not
 * last for so many. Here one connection is made every few milliseconds, for longer
 * than a TIME_WAIT lasts, and then those are looked at that are made in four spans
 * of the timer wheel: it ends TIME_WAITs at one of its ticks of 512 jiffies (60 s
 * are of its third level), all that are due since the one before.
 *
 * What the four spans took, less what a process that spins all the time loses in
 * four others, without TIME_WAITs.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define WHEEL_JIFFIES	512
#define SPANS		4

static struct sockaddr_in addr;
static int listener;

static uint64_t wheel_tick(void)
{
	struct timespec jiffy;

	clock_getres(CLOCK_MONOTONIC_COARSE, &jiffy);
	return WHEEL_JIFFIES * (uint64_t)jiffy.tv_nsec;
}

/* One connection, and then it sleeps until it is time for the next one */
static uint64_t live_and_sleep(uint64_t next, uint64_t pace)
{
	uint64_t sum[NR_STAGES] = {};

	life_cycle(listener, &addr, sum);
	sleep_until(next + pace);
	return next + pace;
}

/* Until some TIME_WAITs have ended */
static uint64_t fill_until_tick(uint64_t next, uint64_t pace)
{
	long before = 0, now;

	while ((now = timewaits()) >= before) {
		before = now;
		next = live_and_sleep(next, pace);
	}
	return next;
}

/*
 * Until as many have been held as will ever be. At the first tick only those end that were
 * made in what was left of its span, so until the second one they still grow. Then half a
 * tick more: four spans have four ticks.
 */
static uint64_t fill(uint64_t pace)
{
	uint64_t next = fill_until_tick(instructions(), pace), half;

	next = fill_until_tick(next, pace);
	for (half = next + wheel_tick() / 2; next < half; )
		next = live_and_sleep(next, pace);
	return next;
}

/* Returns what @repeats connections took, and the ends of as many. */
static uint64_t flow(unsigned int repeats, uint64_t next, uint64_t pace)
{
	uint64_t start, sum[NR_STAGES] = {}, own = 0;
	unsigned int i;

	spin_until(next);
	start = instructions();
	where_begin();
	for (i = 1; i <= repeats; i++) {
		life_cycle(listener, &addr, sum);
		own += spin_until(next + i * pace);
	}
	where_end();
	return instructions() - start - own;
}

void row_steady(unsigned int repeats)
{
	uint64_t length = SPANS * wheel_tick(), pace = length / repeats, next, took;
	long before, after;

	wait_for_none();
	listener = listener_open(&addr, INADDR_LOOPBACK);
	life_first_cycle(listener, &addr);
	next = fill(pace);
	before = timewaits();
	took = flow(repeats, next, pace);
	after = timewaits();
	errno = EPROTO;
	/* One that is just over, or not quite, makes no difference. */
	if (labs(after - before) > 2)
		die("not as many TIME_WAITs have ended as have begun");
	wait_for_none();
	took -= spin_stolen(instructions() + length);
	value("steady: total", (double)(int64_t)took / repeats);
	value("steady: TIME_WAITs", after);
	close(listener);
}
