/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The destinations file: read, and compared with a count over the kernel's own
 * socket dump.  Addresses are kept as IPv6 with IPv4 mapped into it.
 */
#ifndef PQ_DESTINATION_H
#define PQ_DESTINATION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "paths.h"

struct destination {
	/* What is compared. */
	struct in6_addr source, address;
	uint16_t port;
	long long used, timewait;
	/* -1: not given */
	long long usable, free, reusable, outside, outside_timewait;
	char range[16];			/* "": the namespace's */
};

struct destinations {
	struct destination *d;		/* in the order of the file */
	size_t n;
	long long other_used, other_timewait;
};

/* Dies if a line has not the promised form, or the largest are not first. */
void destinations_read(struct destinations *ds);
void destinations_free(struct destinations *ds);
long long destinations_used(const struct destinations *ds);	/* all of it, and other */

/* The line from @source ("127.0.0.1") to @to ("127.0.0.1:80", "[::1]:80"); false, zeros if none. */
bool destination_get(const char *source, const char *to, struct destination *d);

/* The same of a cgroup's own range ("10000-10999"); "" is the namespace's. */
bool destination_get_ranged(const char *source, const char *to, const char *range,
			    struct destination *d);

/* What the line comes to say within lane_rest_ms(). */
long long destination_settled(const char *source, const char *to, long long want);

#define EXPECT_DESTINATION(source, to, want)					\
	EXPECT_EQ((long long)(want), destination_settled(source, to, (long long)(want)))

/*
 * How many of the lines are not what the sockets of this namespace come to,
 * within lane_rest_ms(); says which. Not for cgroups with ranges of their own.
 */
unsigned int destinations_at_rest(const char *when);

#endif
