// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin: how many instructions did others take from a process that never
 * sleeps? Its own are known to the last one, so that is an exact number: all
 * interrupts, softirqs and other tasks of the span.
 *
 * The loop is long and of nops: the emulator runs those almost for free.
 */
#include <errno.h>
#include <time.h>

#include "measure.h"

static uint64_t turn;	/* instructions of one turn of the loop */

/* Returns when it is @until or later; *turns counts. */
static __attribute__((noinline)) uint64_t spin(uint64_t until, uint64_t *turns)
{
	uint64_t now, n = 0;

	do {
		asm volatile(".rept 4000; nop; .endr" : : : "memory");
		n++;
		now = instructions();
	} while (now < until);
	*turns = n;
	return now;
}

/* No turn takes fewer instructions than one that nothing interrupts. */
void spin_calibrate(void)
{
	uint64_t start, turns, short_span = -1, long_span = -1, span;
	int i;

	for (i = 0; i < 50; i++) {
		start = instructions();
		span = spin(start, &turns) - start;
		if (span < short_span)
			short_span = span;
		start = instructions();
		span = spin(start + 10 * short_span, &turns) - start;
		if (turns == 11 && span < long_span)
			long_span = span;
		if (turns == 10 && span + short_span - 5 < long_span)
			long_span = span + short_span - 5;
	}
	turn = (long_span - short_span) / 10;
	errno = ERANGE;
	if (turn < 4001 || turn > 4020)
		die("the clock does not count instructions (tools/qemu/run --icount)");
}

/* What was taken from now on until the clock says @until. */
uint64_t spin_stolen(uint64_t until)
{
	uint64_t start = instructions(), turns, end;

	end = spin(until, &turns);
	return end - start - turns * turn;
}

/* Spins until the clock says @until; returns how many instructions of its own that took. */
uint64_t spin_until(uint64_t until)
{
	uint64_t turns;

	spin(until, &turns);
	return turns * turn;
}

void sleep_until(uint64_t when)
{
	uint64_t now = instructions();
	struct timespec left;

	while (now < when) {
		left.tv_sec = (when - now) / NSEC_PER_SEC;
		left.tv_nsec = (when - now) % NSEC_PER_SEC;
		nanosleep(&left, NULL);
		now = instructions();
	}
}
