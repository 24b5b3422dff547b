/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one check of one namespace looks at.  For compare.c, seen.c and numbers.c.
 */
#ifndef PQ_MODEL_COMPARE_H
#define PQ_MODEL_COMPARE_H

#include "counters.h"
#include "endpoint.h"
#include "model/model.h"

/* The listener of a socket that was never accepted is not known, nor its cgroup. */
#define CGROUP_UNKNOWN	UINT32_MAX

/* Is it a reservation? MAYBE: the module found it when it was loaded, and cannot tell either. */
enum verdict { NO, MAYBE, YES };

/* One socket or TIME_WAIT that the kernel shows. */
struct seen {
	struct endpoint ep;
	struct tracked *t;		/* NULL: nobody has made it */
	struct held *held;		/* NULL: not known */
	enum verdict verdict;
	const struct endpoint *line;	/* of the module, that was found to be about it */
};

/* What is remembered of a namespace from one check to the next. */
struct namespace {
	bool checked;			/* since the module was loaded */
	bool loaded_under_traffic;	/* since the last check */
	bool base_unknown;		/* what was refused before the last check is not known */
	bool capped_unknown;		/* the cap was not in force all the time since then */
	struct refused base;		/* refusals before the module was loaded */
	long long killed;		/* TIME_WAITs that the parent has destroyed */
	long long capped_tcp, capped_udp;
	unsigned int fin_timeout;	/* seconds */
	/* At the last check: when, and what was left to each TIME_WAIT. */
	unsigned long long ms;
	long long expired;
	unsigned int *left_ms;
	size_t timewaits;
};

extern struct namespace namespaces[NAMESPACES];

struct look {
	unsigned int ns;
	struct namespace *now;
	unsigned long long ms;		/* when it began */
	struct stat_file stat;
	struct accounts accounts;
	struct endpoints lines, kernels;
	struct seen *seen;
	size_t n;
	bool *given;			/* by line: to one of the seen */
	bool mixed[65536];		/* by port */
	bool running_out;		/* TIME_WAITs expired from its first file to its last */

	unsigned int problems;
	char text[4000];
	size_t len;
};

void wrong(struct look *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* seen.c */
uint64_t endpoint_cookie(const struct endpoint *ep);
int seen_compare(const void *a, const void *b);		/* as endpoint_compare() */
void seen_read(struct look *l);				/* sorted */

/* numbers.c */
void check_numbers(struct look *l);
void numbers_remember(struct look *l);

#endif
