// SPDX-License-Identifier: GPL-2.0-only
/* Heights: see heights.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/row.h"
#include "resource/heights.h"
#include "resource/holders.h"
#include "resource/resources.h"
#include "resource/snapshot.h"

/**
 * heights_is_wanted - whether something is of a cgroup that is asked for
 * @cgroup: the cgroup, with those below it; NULL for all
 * @path: whose it is; NULL if it is nobody's
 */
bool heights_is_wanted(const char *cgroup, const json_t *path)
{
	return !cgroup || (path && account_is_below(json_string_value(path), cgroup));
}

static void add_netns(json_t *height, const json_t *space)
{
	static const char *const keys[] = { "netns", "netns.name", "netns.pid", "netns.command" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(space, keys[i]))
			json_object_set(height, keys[i], json_object_get(space, keys[i]));
}

/* @path: whose it is; NULL where whoever holds most of it is to be told */
static void add_culprit(json_t *height, const struct users *users, const char *path)
{
	struct culprit culprit;

	if (path)
		json_object_set_new(height, "cgroup", json_text(path));
	if (!users_culprit(users, &culprit))
		return;
	if (!path) {
		json_object_set_new(height, "cgroup", json_text(culprit.cgroup));
		json_object_set_new(height, "held", json_integer(culprit.held));
	}
	if (culprit.comm)
		json_object_set_new(height, "command", json_text(culprit.comm));
	if (culprit.pid)
		json_object_set_new(height, "pid", json_integer(culprit.pid));
}

/* tcp, udp.max, timewait.warn, destination */
static char *called(const struct resource *res)
{
	if (res->kind == RESOURCE_DESTINATION)
		return xstrdup("destination");
	if (res->kind != RESOURCE_LIMIT)
		return xstrdup(res->name);
	return xasprintf("%s.%s", res->name, res->capacity == UINT64_MAX ? "warn" : "max");
}

/* 0 for none */
static uint64_t limit_of(const struct resource *res)
{
	if (res->capacity != UINT64_MAX)
		return res->capacity;
	return res->warned_at == UINT64_MAX ? 0 : res->warned_at;
}

static json_t *height_of(const struct resource *res, const json_t *space, double when)
{
	char *name = called(res);
	json_t *height = json_pack("{s:f, s:s, s:s, s:I}", "time", when, "what", "peak", "resource",
				   name, "current", (json_int_t)resource_lost(res));

	free(name);
	add_netns(height, space);
	if (limit_of(res))
		json_object_set_new(height, "limit", json_integer(limit_of(res)));
	add_culprit(height, &res->users,
		    res->kind == RESOURCE_LIMIT || res->own ? res->path : NULL);
	if (res->source)
		json_object_set_new(height, "source", json_text(res->source));
	if (res->destination)
		json_object_set_new(height, "destination", json_text(res->destination));
	return height;
}

static bool is_higher(const json_t *old, double current, double limit)
{
	double was = json_number_value(json_object_get(old, "current"));
	double of = json_number_value(json_object_get(old, "limit"));

	if (!old)
		return true;
	return of && limit ? current * of > was * limit : current > was;
}

/* What was never near its end is not told, but for the namespace as a whole. */
static bool is_told(const struct resource *res, const char *cgroup)
{
	bool whole = (res->kind == RESOURCE_RANGE && !res->own) || res->kind == RESOURCE_BUCKETS;

	if (res->kind == RESOURCE_PORT || !resource_lost(res) ||
	    (!whole && res->level < LEVEL_NOTED))
		return false;
	return !cgroup || (!whole && account_is_below(res->path, cgroup));
}

static char *key_of(const struct resource *res, const json_t *space)
{
	return xasprintf("%s %d %s %s %s %s",
			 json_string_value(json_object_get(space, "netns")) ?: "", res->kind,
			 res->name, res->path, res->source ?: "", res->destination ?: "");
}

/*
 * Most rows have nothing that is higher than before: only where one has, it is looked who held it.
 *
 * Return: whether there is any.
 */
static bool take_resources(json_t *peaks, const struct resources *resources, const json_t *space,
			   double when, const char *cgroup, bool look_only)
{
	const struct resource *res;
	bool higher, any = false;
	char *key;

	for (size_t i = 0; i < resources->count && !(any && look_only); i++) {
		res = &resources->list[i];
		if (!is_told(res, cgroup))
			continue;
		key = key_of(res, space);
		higher = is_higher(json_object_get(peaks, key), resource_lost(res), limit_of(res));
		if (higher && !look_only)
			json_object_set_new(peaks, key, height_of(res, space, when));
		any = any || higher;
		free(key);
	}
	return any;
}

static void take_holder(json_t *holders, const json_t *space, const json_t *account, double when,
			const char *cgroup)
{
	static const struct {
		const char *of_account;
		const char *key;
	} keys[] = {
		{ "cgroup", "cgroup" }, { "deleted", "deleted" }, { "tcp.local", "tcp.local" },
		{ "udp.local", "udp.local" }, { "timewait.local", "timewait.local" },
		{ "owner.command", "command" }, { "owner.pid", "pid" },
	};
	json_t *path = json_object_get(account, "cgroup"), *height, *value;
	json_int_t held = json_integer_value(json_object_get(account, "tcp.local")) +
			  json_integer_value(json_object_get(account, "udp.local"));
	char *key;

	if (!held || !json_is_string(path) || !heights_is_wanted(cgroup, path))
		return;
	key = xasprintf("%s %s", json_string_value(json_object_get(space, "netns")) ?: "",
			json_string_value(path));
	if (is_higher(json_object_get(holders, key), held, 0)) {
		height = json_pack("{s:f, s:s, s:I}", "time", when, "what", "held", "current",
				   held);
		add_netns(height, space);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			value = json_object_get(account, keys[i].of_account);
			if (value)
				json_object_set(height, keys[i].key, value);
		}
		json_object_set_new(holders, key, height);
	}
	free(key);
}

static void take_space(json_t *peaks, json_t *holders, json_t *space, double when,
		       const char *cgroup)
{
	struct resources resources;
	struct survey survey;
	json_t *account;
	size_t i;

	snapshot_restore(&survey, space);
	resources_fill(&resources, &survey, NULL);
	resources_judge(&resources, &resource_thresholds);
	if (take_resources(peaks, &resources, space, when, cgroup, true)) {
		resources_look_at_accounts(&resources);
		holders_restore(&resources, json_object_get(space, "short"));
		take_resources(peaks, &resources, space, when, cgroup, false);
	}
	resources_free(&resources);
	survey_free(&survey);
	json_array_foreach(json_object_get(space, "cgroups"), i, account)
		take_holder(holders, space, account, when, cgroup);
}

/**
 * heights_take - see whether a row has something that is higher than before
 * @peaks: of what can run out
 * @holders: of what cgroups hold
 * @row: the row
 * @cgroup: only what is of it and of those below it; NULL for all
 */
void heights_take(json_t *peaks, json_t *holders, json_t *row, const char *cgroup)
{
	json_t *space;
	size_t i;

	json_array_foreach(json_object_get(row, "namespaces"), i, space)
		take_space(peaks, holders, space, row_time(row), cgroup);
}

static const struct {
	const char *name;
	const char *keys[2];
} ways[] = {
	{ "denied", { "tcp.denied", "udp.denied" } },
	{ "exhausted", { "tcp.exhausted", "udp.exhausted" } },
	{ "taken", { "tcp.taken", "udp.taken" } },
};

static const json_t *space_of(const json_t *row, const json_t *like)
{
	json_t *space;
	size_t i;

	json_array_foreach(json_object_get(row, "namespaces"), i, space)
		if (json_equal(json_object_get(space, "netns"), json_object_get(like, "netns")))
			return space;
	return NULL;
}

static json_int_t sum_of(const json_t *space, size_t way)
{
	return json_integer_value(json_object_get(space, ways[way].keys[0])) +
	       json_integer_value(json_object_get(space, ways[way].keys[1]));
}

static json_int_t failed_since(const json_t *space, const json_t *before, size_t way)
{
	json_int_t now = sum_of(space, way), was = sum_of(space_of(before, space), way);

	/* A namespace that the row before did not have may only have had nothing in use then. */
	return space_of(before, space) && now > was ? now - was : 0;
}

/**
 * heights_count - add up the calls that have failed since the row before, by counters
 * @failed: the sums, by namespace
 * @row: the row
 * @before: the row before, or NULL
 */
void heights_count(json_t *failed, json_t *row, const json_t *before)
{
	json_t *space, *sum;
	double seconds;
	const char *key;
	json_int_t count;
	size_t i;

	if (!row_follows(row, before, &seconds))
		return;
	json_array_foreach(json_object_get(row, "namespaces"), i, space) {
		key = json_string_value(json_object_get(space, "netns")) ?: "";
		sum = json_object_get(failed, key);
		for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
			count = failed_since(space, before, w);
			if (!count)
				continue;
			if (!sum) {
				sum = json_object();
				json_object_set_new(failed, key, sum);
				add_netns(sum, space);
			}
			count += json_integer_value(json_object_get(sum, ways[w].name));
			json_object_set_new(sum, ways[w].name, json_integer(count));
		}
	}
}

/* Which of the holders held most */
static const char *largest(json_t *holders)
{
	const char *key, *best = NULL;
	json_int_t most = 0, held;
	json_t *height;

	json_object_foreach(holders, key, height) {
		held = json_integer_value(json_object_get(height, "current"));
		if (held <= most)
			continue;
		most = held;
		best = key;
	}
	return best;
}

/**
 * heights_tell - add the heights to a story
 * @peaks: of what can run out
 * @holders: of what cgroups held; is emptied
 * @most: so many of these
 * @list: where to
 */
void heights_tell(json_t *peaks, json_t *holders, size_t most, json_t *list)
{
	const char *key;
	json_t *height;

	json_object_foreach(peaks, key, height)
		json_array_append(list, height);
	while (most-- && (key = largest(holders))) {
		json_array_append(list, json_object_get(holders, key));
		json_object_del(holders, key);
	}
}

/**
 * heights_tell_failed - add the sums of calls that failed to a story
 * @failed: the sums, by namespace
 * @first: when the first row was
 * @last: when the last one was
 * @list: where to
 */
void heights_tell_failed(json_t *failed, double first, double last, json_t *list)
{
	const char *key;
	json_t *sum, *incident;

	json_object_foreach(failed, key, sum) {
		for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
			if (!json_object_get(sum, ways[w].name))
				continue;
			incident = json_pack("{s:f, s:f, s:s, s:s}", "time", first, "until", last,
					     "what", "counted", "failure", ways[w].name);
			add_netns(incident, sum);
			json_object_set(incident, "calls", json_object_get(sum, ways[w].name));
			json_array_append_new(list, incident);
		}
	}
}
