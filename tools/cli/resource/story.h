/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Story: what the rows of a record tell, as a list of things that happened. They are JSON objects:
 * time and what, and as far as it is known until (null of what was not over when the record ends),
 * boot, netns, cgroup, resource, current, limit, calls, command, pid, source, destination, port, seconds.
 *
 * What happened between two rows stands in the later one, and what had begun before the time that
 * is asked for may end in it: rows from STORY_BEFORE it until STORY_AFTER it are due.
 */
#ifndef PORTQUOTA_STORY_H
#define PORTQUOTA_STORY_H

#include <stdbool.h>

#include "lib/json.h"

#define STORY_BEFORE	86400	/* seconds */
#define STORY_AFTER	600
#define STORY_HOLDERS	5	/* cgroups of which it is told how much they held at most */

/**
 * struct story - a story being made; starts with story_begin()
 * @since: what was over before that is not told
 * @until: nor what began later
 * @cgroup: only what is of it and of those below it is told; NULL for all
 * @list: what happened
 * @open: of these: runs and crossings of which the end has not come yet
 * @seen: the numbers of the events that were taken
 * @peaks: by resource the time of which it was fullest
 * @holders: by cgroup the time at which it held most
 * @failed: by namespace how many calls failed
 * @counters: by namespace and load of the module how many had, by the last row that has it
 * @lost: the last incident of lost events; NULL for none
 * @less: rows one after the other that have less in them; NULL for none
 * @steps: when rows were that follow on each other, in pairs
 * @gap: seconds: rows that are further from each other have a gap between them; of story_end()
 * @before: the row before
 * @rows: how many rows there were from @since to @until
 * @goes_on: there were some behind these
 * @first: when the first of them was
 * @last: when the last of them was
 */
struct story {
	double since;
	double until;
	const char *cgroup;
	json_t *list;
	json_t *open;
	json_t *seen;
	json_t *peaks;
	json_t *holders;
	json_t *failed;
	json_t *counters;
	json_t *lost;
	json_t *less;
	json_t *steps;
	double gap;
	json_t *before;
	size_t rows;
	bool goes_on;
	double first;
	double last;
};

void story_begin(struct story *story, double since, double until, const char *cgroup);
bool story_take(json_t *row, void *data);
json_t *story_end(struct story *story);

#endif
