// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.so: to be preloaded. The clock on the wall shows $CLOCK_WALL seconds since 1970, and the
 * one that counts since boot $CLOCK_BOOT, if these are set.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	const char *name = clock == CLOCK_REALTIME ? "CLOCK_WALL" :
			   clock == CLOCK_BOOTTIME ? "CLOCK_BOOT" : NULL;
	const char *text = name ? getenv(name) : NULL;
	double seconds = text ? atof(text) : 0;

	if (!text)
		return syscall(SYS_clock_gettime, clock, ts);
	ts->tv_sec = seconds;
	ts->tv_nsec = (seconds - ts->tv_sec) * 1e9;
	return 0;
}

time_t time(time_t *to)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (to)
		*to = ts.tv_sec;
	return ts.tv_sec;
}
