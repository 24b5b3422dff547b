// SPDX-License-Identifier: GPL-2.0-only
/* Resources: see resources.h. What is known without looking at single reservations. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/growth.h"
#include "resource/resources.h"

/**
 * resources_add - add a resource
 * @resources: where to
 * @kind: what it is
 * @name: tcp, udp or timewait
 *
 * Return: the resource, of which nothing else is known yet.
 */
struct resource *resources_add(struct resources *resources, enum resource_kind kind,
			       const char *name)
{
	struct resource *res;

	resources->list = xgrow(resources->list, resources->count, &resources->room, sizeof(*res));
	res = &resources->list[resources->count++];
	*res = (struct resource){ .kind = kind, .name = name, .path = "/",
				  .seconds = resources->seconds };
	return res;
}

/* The nearest account above one; the end of the list for none. */
static size_t above(const struct account_list *list, size_t at)
{
	const char *path = record_text(&list->recs[at], "path");

	for (size_t i = at; i-- > 0; )
		if (!record_flag(&list->recs[i], "deleted") &&
		    account_is_below(path, record_text(&list->recs[i], "path")))
			return i;
	return list->count;
}

/* Whose calls failed most, counting what failed in a cgroup itself and not in one below it. */
static const char *find_failing(const struct resources *resources, const char *top,
				const char *key, const struct survey *before)
{
	const struct account_list *list = &resources->now->accounts;
	const char *path, *found = NULL;
	uint64_t *own, most = 0;
	size_t parent;

	own = xrealloc(NULL, list->count + 1, sizeof(*own));
	for (size_t i = 0; i < list->count; i++) {
		own[i] = growth_of(&list->recs[i], survey_account(before, &list->recs[i]), key);
		parent = above(list, i);
		if (parent < list->count)
			own[parent] -= own[i] < own[parent] ? own[i] : own[parent];
	}
	for (size_t i = 0; i < list->count; i++) {
		path = record_text(&list->recs[i], "path");
		if (own[i] <= most || !account_is_below(path, top))
			continue;
		most = own[i];
		found = path;
	}
	free(own);
	return found;
}

static void fill_failing(struct resources *resources, const struct survey *before)
{
	struct resource *res;

	for (size_t i = 0; before && i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_RANGE && res->failed)
			res->failing = find_failing(resources, res->path,
						    strcmp(res->name, "udp") ? "tcp.exhausted" :
						    "udp.exhausted", before);
	}
}

static void add_buckets(struct resources *resources, const struct survey *before)
{
	const struct record *stat = &resources->now->stat;
	struct resource *res = resources_add(resources, RESOURCE_BUCKETS, "timewait");

	if (resources->now->sysctls.tcp_max_tw_buckets > 0)
		res->capacity = resources->now->sysctls.tcp_max_tw_buckets;
	res->used = record_count(stat, "timewait.current");
	res->timewait = res->used;
	res->failed_ever = record_count(stat, "timewait.overflow");
	if (!before)
		return;
	res->failed = growth_of(stat, &before->stat, "timewait.overflow");
	res->growth = growth_of(stat, &before->stat, "timewait.current");
}

/**
 * resources_fill - make the resources of a namespace
 * @resources: filled in; refers to @now. resources_free() is due
 * @now: the survey
 * @before: an earlier one, to see what grows; NULL if there is none
 */
void resources_fill(struct resources *resources, const struct survey *now,
		    const struct survey *before)
{
	*resources = (struct resources){
		.now = now, .seconds = before ? now->when - before->when : 0,
	};
	resources_add_ranges(resources, before);
	resources_add_destinations(resources, before);
	resources_add_limits(resources, before);
	add_buckets(resources, before);
	resources_add_ports(resources, before);
	fill_failing(resources, before);
	resources_find_runs(resources);
	resources_find_reusable(resources, before);
}

/**
 * resources_range - a range
 * @resources: the resources
 * @proto: tcp or udp
 * @range: the range, as LOW-HIGH
 *
 * Return: the range; NULL if there is none.
 */
struct resource *resources_range(const struct resources *resources, const char *proto,
				 const char *range)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_RANGE && !strcmp(res->name, proto) &&
		    !strcmp(res->range, range))
			return res;
	}
	return NULL;
}

/* A destination that uses few, and gets no more: others have the ports of its range. */
static bool is_blocked(const struct resource *dest)
{
	return dest->exact && dest->capacity && !dest->free && !dest->reusable &&
	       !resource_is_part(dest->used, dest->capacity, RESOURCE_SLOW);
}

/**
 * resources_judge - decide how short each is
 * @resources: the resources
 * @thresholds: from when on they are short
 */
void resources_judge(struct resources *resources, const struct thresholds *thresholds)
{
	struct resource *res, *range;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_DESTINATION || !is_blocked(res))
			continue;
		range = resources_range(resources, "tcp", res->range);
		if (range)
			range->blocks = true;
	}
	resources_find_choosers(resources);
	for (size_t i = 0; i < resources->count; i++)
		if (resources->list[i].kind != RESOURCE_RANGE)
			resource_judge(&resources->list[i], thresholds);
	for (size_t i = 0; i < resources->count; i++)
		if (resources->list[i].kind == RESOURCE_RANGE)
			resource_judge(&resources->list[i], thresholds);
	resources_explain(resources);
	for (size_t i = 0; i < resources->count; i++)
		if (resources->list[i].kind == RESOURCE_RANGE)
			resource_judge(&resources->list[i], thresholds);
}

/**
 * resources_are_short - whether any of them is
 * @resources: the resources, judged
 * @level: from how short on
 */
bool resources_are_short(const struct resources *resources, enum resource_level level)
{
	for (size_t i = 0; i < resources->count; i++)
		if (resources->list[i].level >= level)
			return true;
	return false;
}

/**
 * resources_free - give everything back
 * @resources: the resources
 */
void resources_free(struct resources *resources)
{
	for (size_t i = 0; i < resources->count; i++) {
		users_free(&resources->list[i].users);
		users_free(&resources->list[i].binders);
		users_free(&resources->list[i].closers);
		free(resources->list[i].holder.local);
		free(resources->list[i].holder.remote);
		free(resources->list[i].holder.peer);
		free(resources->list[i].address);
	}
	for (size_t i = 0; i < resources->leak_count; i++) {
		users_free(&resources->leaks[i].users);
		free(resources->leaks[i].comm);
	}
	free(resources->leaks);
	free(resources->list);
	free(resources->complaint);
	*resources = (struct resources){ 0 };
}
