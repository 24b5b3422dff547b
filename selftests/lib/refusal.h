/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refusals that programs saw, counted where they saw them, and caps as they were
 * set, so that invariants.h can compare both with what the module counts.
 *
 * The try_ calls of conn.h know nothing of this: a test whose refusals are to be
 * compared asks with the ones here, everywhere.
 */
#ifndef PQ_REFUSAL_H
#define PQ_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

/* To be called before the first child. What all children see is compared from here on. */
void refusals_count(void);
void refusals_end(void);	/* the namespace they were seen in is left */
bool refusals_counted(unsigned long long *tcp, unsigned long long *udp);

int ask_connect(int fd, const struct addr *a);		/* 0 or -errno, TCP */
int ask_bind(int fd, const struct addr *a);		/* TCP, to port 0 */
int ask_listen(int fd);
int ask_udp_connect(int fd, const struct addr *a);
int ask_udp_bind(int fd, const struct addr *a);		/* to port 0 */
int ask_udp_send(int fd, const struct addr *a);

/* No more than @max from here on: current (and peak, which is below now) of @path. */
void cap_holds(const char *path, long long tcp, long long udp);	/* -1: not said */

struct cap {
	char path[256];
	long long tcp, udp;
};

const struct cap *cap_next(const struct cap *after);	/* NULL: the first */

#endif
