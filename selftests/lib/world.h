/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place a test plays in: a network namespace and a cgroup of its own.
 *
 * world_close() ends what the test left running, checks the invariants as the
 * test left things, after everything is closed, and after every TIME_WAIT has
 * been destroyed (then all must be 0); then it leaves and removes namespace and
 * cgroups and checks that nothing of them stays behind.
 */
#ifndef PQ_WORLD_H
#define PQ_WORLD_H

#include <stdbool.h>
#include <stddef.h>

struct world {
	char base[64];		/* cgroup of the test, "/pq-PID" */
	char home[256];		/* cgroup it came from */
	int home_ns, ns;
	char ns_name[64];
};

/* Returns false if portquota is not loaded: the test is to be skipped. */
bool world_open(struct world *w);
unsigned int world_close(struct world *w);	/* how many things were wrong */

/* The path of @name below the test's cgroup, made if need be; good for 16 calls. */
const char *world_cgroup(struct world *w, const char *name);
void world_enter(struct world *w, const char *name);	/* NULL: the test's own */

#endif
