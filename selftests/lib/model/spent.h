/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the time of a run goes, as the parent sees it: from one call to the next.
 */
#ifndef PQ_MODEL_SPENT_H
#define PQ_MODEL_SPENT_H

#include <stddef.h>

#define SPENT_PARTS(X)				\
	X(WORK, "operations")			\
	X(REPORT, "reports")			\
	X(LINES, "lines")			\
	X(INVARIANTS, "invariants")		\
	X(STILL, "stillness")			\
	X(DISTURB, "disturbing at rest")

enum spent_part {
#define X(part, name) SPENT_##part,
	SPENT_PARTS(X)
#undef X
	SPENT_NR
};

void spent_begin(void);
void spent_on(enum spent_part part);	/* all since the last call */
void spent_text(char *text, size_t size);

#endif
