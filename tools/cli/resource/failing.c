// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing: which resource calls fail for. Counters tell how many failed, by range and by cgroup;
 * where they wanted to go tell the runs that are not over.
 */
#include <string.h>

#include "resource/resources.h"

static bool is_open(const struct run *run, const char *level)
{
	return !run->over && !run->audit && !strcmp(run->level, level);
}

/* Between two rows of a record a run can have come to its end. */
static bool is_of_now(const struct resources *resources, const struct run *run)
{
	return is_open(run, "exhausted") ||
	       (run->over && !run->audit && !strcmp(run->level, "exhausted") &&
		run->last > resources->now->wall - resources->seconds);
}

/* Of two above a cgroup the one that is nearer to it. */
static bool is_nearer(const struct resource *res, const struct resource *than, const char *path)
{
	return account_is_below(path, res->path) &&
	       (!than || account_is_below(res->path, than->path));
}

/* The range that the calls of a run choose from, or the limit that they met. */
static struct resource *resource_of(const struct resources *resources, const struct run *run)
{
	enum resource_kind kind = strcmp(run->level, "deny") ? RESOURCE_RANGE : RESOURCE_LIMIT;
	struct resource *res, *found = NULL;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == kind && !strcmp(res->name, run->resource) &&
		    is_nearer(res, found, run->path))
			found = res;
	}
	return found;
}

/**
 * resources_find_runs - find out for what calls have failed lately, however seldom they come
 * @resources: the resources
 *
 * A run is not over for some time after its last call: then it says nothing of now, unless what it
 * was for is so still.
 */
void resources_find_runs(struct resources *resources)
{
	const struct history *history = &resources->now->history;
	const struct run *run;
	struct resource *res;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		if (!is_open(run, "exhausted") && !is_open(run, "deny"))
			continue;
		res = resource_of(resources, run);
		if (!res)
			continue;
		if (!res->open || resources->now->wall - run->began > res->since)
			res->since = resources->now->wall - run->began;
		res->open = true;
		res->going_on = res->kind == RESOURCE_LIMIT && res->used >= res->capacity;
		res->failing = res->failing ?: run->path;
	}
}

static bool is_towards(const struct run *run, const struct resource *dest)
{
	return !strcmp(run->destination, dest->destination) &&
	       (!*run->source || !strcmp(run->source, dest->source));
}

/* What is nearly used up was used up a moment ago. */
static bool is_used_up(const struct resource *dest)
{
	return dest->fails || resource_is_part(resource_lost(dest), dest->capacity,
					       resource_thresholds.destination.crit);
}

/* The destination that is used up and that the calls of a run wanted to go to */
static struct resource *explain(const struct resources *resources, const struct resource *range,
				const struct run *run)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && is_used_up(res) &&
		    !strcmp(res->range, range->range) && is_towards(run, res))
			return res;
	}
	return NULL;
}

static bool is_any_full(const struct resources *resources, const struct resource *range)
{
	const struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && res->fails &&
		    !strcmp(res->range, range->range))
			return true;
	}
	return false;
}

/**
 * struct told - what the runs tell of the calls of a range that fail
 * @runs: how many there are
 * @explained: how many of them wanted to go to a destination that is used up
 * @anywhere: how many of the others did not want to go anywhere: a bind() without a port
 * @odd: how many of the others are not over, and began when there were ports left
 * @only: the one destination of all that are explained; NULL if there are several
 */
struct told {
	size_t runs;
	size_t explained;
	size_t anywhere;
	size_t odd;
	struct resource *only;
};

static void look_at_runs(const struct resources *resources, const struct resource *range,
			 struct told *told)
{
	const struct history *history = &resources->now->history;
	const struct run *run;
	struct resource *dest;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		if (!is_of_now(resources, run) || resource_of(resources, run) != range)
			continue;
		told->runs++;
		dest = explain(resources, range, run);
		if (!dest) {
			told->anywhere += !*run->destination;
			told->odd += !run->over && run->room;
			continue;
		}
		told->only = told->explained++ && told->only != dest ? NULL : dest;
	}
}

/*
 * Calls find no port in a range that has some, towards no destination that is full: their sockets
 * must have asked for less than the range. What ran out a moment ago may have ports again.
 */
static bool is_narrow(const struct resource *range, const struct told *told)
{
	bool nearly = resource_is_part(range->used, range->capacity, resource_thresholds.tcp.crit);

	if (range->explained || range->fails & FAILS_CONNECT)
		return false;
	if (told->runs > told->explained + told->anywhere)
		return true;
	return !range->fails && !nearly;
}

static void explain_range(const struct resources *resources, struct resource *range)
{
	struct told told = { 0 };

	range->explained = false;
	range->narrow = false;
	range->going_on = false;
	if (!range->failed && !range->open)
		return;
	look_at_runs(resources, range, &told);
	/* Where no run is known, a destination that is full is the likely reason. */
	range->explained = told.runs ? told.explained == told.runs :
				       is_any_full(resources, range);
	range->going_on = range->open && (told.odd || (told.anywhere && range->fails));
	range->narrow = (range->failed || range->going_on) && is_narrow(range, &told);
	if (range->explained && told.only) {
		told.only->failed = range->failed;
		told.only->failing = range->failing;
	}
}

/**
 * resources_explain - find out which calls fail for a destination, and which for the range itself
 * @resources: the resources; destinations and ranges are judged but for that
 */
void resources_explain(struct resources *resources)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_DESTINATION)
			continue;
		res->failed = 0;
		res->failing = NULL;
	}
	for (size_t i = 0; i < resources->count; i++)
		if (resources->list[i].kind == RESOURCE_RANGE)
			explain_range(resources, &resources->list[i]);
}
