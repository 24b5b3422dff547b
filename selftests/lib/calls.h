/* SPDX-License-Identifier: GPL-2.0-only */
/* calls: the calls of one kernel function, and in what state they were, by the function tracer. */
#ifndef SELFTEST_CALLS_H
#define SELFTEST_CALLS_H

#include <stdbool.h>

/* How many there were, and how many with softirqs off */
struct calls {
	unsigned int all, softirqs_off;
};

bool calls_trace(const char *function);		/* false: it cannot be traced here */
struct calls calls_traced(const char *function);	/* since then; ends it */

#endif
