/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups that export prints: of each what it has itself, without the cgroups below it, so that
 * a sum over all of them counts nothing twice; and which of them are worth printing.
 *
 * The module tells what a cgroup itself holds. Its counters have what lies below in them, and what
 * lay there and is removed. They are printed of those that have none below them: all of it is its
 * own then, or was of cgroups that lay below and are removed. What is left of the others when those
 * below are taken off would fall and rise as cgroups come and go, and be no counter.
 */
#ifndef PORTQUOTA_EXPORT_CGROUPS_H
#define PORTQUOTA_EXPORT_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/container.h"
#include "resource/round.h"

enum held_kind { HELD_TCP, HELD_UDP, HELD_TIMEWAIT, HELD_KINDS };

enum own_counter {
	OWN_TCP_BEGUN,
	OWN_UDP_BEGUN,
	OWN_TW_ENTERED,
	OWN_TCP_DENIED,		/* and what comes from here on counts calls that failed */
	OWN_UDP_DENIED,
	OWN_TW_DENIED,
	OWN_TCP_EXHAUSTED,
	OWN_UDP_EXHAUSTED,
	OWN_TCP_TAKEN,		/* and from here on, what fails often and harms little */
	OWN_UDP_TAKEN,
	OWN_TW_OVERFLOW,
	OWN_COUNTERS,
	OWN_FAILURES = OWN_TCP_DENIED,
	OWN_MISSES = OWN_TCP_TAKEN,
};

/**
 * struct cgroup_row - a cgroup, or all removed ones of one path
 * @look: the namespace
 * @account: its account, the first of several
 * @name: its path, with " (deleted)" behind that of removed ones
 * @container: what its path says
 * @deleted: it is removed; then it has no counters, which are in those above
 * @has_below: there are cgroups below it: its counters are not its own
 * @held: what it holds itself
 * @own: its counters; UINT64_MAX where the module does not count
 * @failed: how many calls of its own found no port or were refused one
 * @missed: how many were refused the port that they named, or left no TIME_WAIT
 * @fullness: of the limit that is nearest to being reached; negative if it has none
 * @shows_held: what it holds is printed
 * @shows_failed: so are the former
 * @shows_missed: so are the latter
 * @shows_limits: and its limits
 */
struct cgroup_row {
	const struct look *look;
	const struct record *account;
	char *name;
	struct container container;
	bool deleted;
	bool has_below;
	uint64_t held[HELD_KINDS];
	uint64_t own[OWN_COUNTERS];
	uint64_t failed;
	uint64_t missed;
	double fullness;
	bool shows_held;
	bool shows_failed;
	bool shows_missed;
	bool shows_limits;
};

/**
 * struct cgroup_choice - which of them are printed
 * @top: how many of those that hold most, fail most by either, are nearest to a limit; 0 for all
 * @idle: those that hold nothing, too
 * @glob: those whose path matches; NULL for all
 */
struct cgroup_choice {
	size_t top;
	bool idle;
	const char *glob;
};

/* All of them, by namespace and path; starts as all zero. */
struct cgroup_rows {
	struct cgroup_row *rows;
	size_t count;
	size_t room;
};

void cgroup_rows_fill(struct cgroup_rows *rows, const struct round *round);
void cgroup_rows_choose(struct cgroup_rows *rows, const struct cgroup_choice *choice);
void cgroup_rows_free(struct cgroup_rows *rows);

#endif
