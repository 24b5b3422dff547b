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

/* @row: the row; or a height of the same namespace, as @space */
static void add_netns(json_t *height, const json_t *row, const json_t *space)
{
	static const char *const keys[] = { "netns", "netns.name", "netns.pid", "netns.command" };

	if (json_object_get(row, "boot"))
		json_object_set(height, "boot", json_object_get(row, "boot"));
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

static json_t *height_of(const struct resource *res, const json_t *row, const json_t *space)
{
	char *name = called(res);
	json_t *height = json_pack("{s:f, s:s, s:s, s:I}", "time", row_time(row), "what", "peak",
				   "resource", name, "current", (json_int_t)resource_lost(res));

	free(name);
	add_netns(height, row, space);
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

static char *key_of(const struct resource *res, const json_t *row, const json_t *space)
{
	char *of = row_space_key(row, space), *key;

	key = xasprintf("%s %d %s %s %s %s", of, res->kind, res->name, res->path,
			res->source ?: "", res->destination ?: "");
	free(of);
	return key;
}

/*
 * Most rows have nothing that is higher than before: only where one has, it is looked who held it.
 *
 * Return: whether there is any.
 */
static bool take_resources(json_t *peaks, const struct resources *resources, const json_t *row,
			   const json_t *space, const char *cgroup, bool look_only)
{
	const struct resource *res;
	bool higher, any = false;
	char *key;

	for (size_t i = 0; i < resources->count && !(any && look_only); i++) {
		res = &resources->list[i];
		if (!is_told(res, cgroup))
			continue;
		key = key_of(res, row, space);
		higher = is_higher(json_object_get(peaks, key), resource_lost(res), limit_of(res));
		if (higher && !look_only)
			json_object_set_new(peaks, key, height_of(res, row, space));
		any = any || higher;
		free(key);
	}
	return any;
}

static void take_holder(json_t *holders, const json_t *row, const json_t *space,
			const json_t *account, const char *cgroup)
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
	char *of, *key;

	if (!held || !json_is_string(path) || !heights_is_wanted(cgroup, path))
		return;
	of = row_space_key(row, space);
	key = xasprintf("%s %s", of, json_string_value(path));
	free(of);
	if (is_higher(json_object_get(holders, key), held, 0)) {
		height = json_pack("{s:f, s:s, s:I}", "time", row_time(row), "what", "held",
				   "current", held);
		add_netns(height, row, space);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			value = json_object_get(account, keys[i].of_account);
			if (value)
				json_object_set(height, keys[i].key, value);
		}
		json_object_set_new(holders, key, height);
	}
	free(key);
}

static void take_space(json_t *peaks, json_t *holders, const json_t *row, json_t *space,
		       const char *cgroup)
{
	struct resources resources;
	struct survey survey;
	json_t *account;
	size_t i;

	snapshot_restore(&survey, space);
	resources_fill(&resources, &survey, NULL);
	resources_judge(&resources, &resource_thresholds);
	if (take_resources(peaks, &resources, row, space, cgroup, true)) {
		resources_look_at_accounts(&resources);
		holders_restore(&resources, json_object_get(space, "short"));
		take_resources(peaks, &resources, row, space, cgroup, false);
	}
	resources_free(&resources);
	survey_free(&survey);
	json_array_foreach(json_object_get(space, "cgroups"), i, account)
		take_holder(holders, row, space, account, cgroup);
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
		take_space(peaks, holders, row, space, cgroup);
}

static const struct {
	const char *name;
	const char *keys[2];
} ways[] = {
	{ "denied", { "tcp.denied", "udp.denied" } },
	{ "exhausted", { "tcp.exhausted", "udp.exhausted" } },
	{ "taken", { "tcp.taken", "udp.taken" } },
};

static json_int_t sum_of(const json_t *space, size_t way)
{
	return json_integer_value(json_object_get(space, ways[way].keys[0])) +
	       json_integer_value(json_object_get(space, ways[way].keys[1]));
}

/* What its counters are now, in place of what they were */
static void keep_counters(json_t *counters, const char *key, const json_t *row, const json_t *space)
{
	json_t *counter = json_pack("{s:f, s:O?}", "time", row_time(row), "uptime",
				    json_object_get(row, "uptime"));

	for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
		json_object_set_new(counter, ways[w].name, json_integer(sum_of(space, w)));
	json_object_set_new(counters, key, counter);
}

static json_t *sum_for(json_t *failed, const json_t *row, const json_t *space,
		       const json_t *counter)
{
	char *key = row_space_key(row, space);
	json_t *sum = json_object_get(failed, key);

	if (!sum) {
		sum = json_object();
		json_object_set_new(failed, key, sum);
		json_object_set(sum, "time", json_object_get(counter, "time"));
		add_netns(sum, row, space);
	}
	free(key);
	return sum;
}

/* A namespace that no row before had may only have had nothing in use until then. */
static void count_space(json_t *failed, const json_t *counter, const json_t *row,
			const json_t *space)
{
	json_int_t count;
	json_t *sum;

	for (size_t w = 0; counter && w < ARRAY_SIZE(ways); w++) {
		count = sum_of(space, w) -
			json_integer_value(json_object_get(counter, ways[w].name));
		if (count <= 0)
			continue;
		sum = sum_for(failed, row, space, counter);
		count += json_integer_value(json_object_get(sum, ways[w].name));
		json_object_set_new(sum, ways[w].name, json_integer(count));
	}
}

/**
 * heights_count - add up the calls that have failed, by counters
 * @failed: the sums, by namespace
 * @counters: what they were in the last row that had the namespace, of each load of the module
 * @row: the row
 * @wanted: whether what has failed until this row is to be added; else it is only noted
 *
 * Rows can be without a namespace that is small then, or that a short row has no room for.
 */
void heights_count(json_t *failed, json_t *counters, json_t *row, bool wanted)
{
	json_t *space, *counter;
	size_t i;
	char *key;

	json_array_foreach(json_object_get(row, "namespaces"), i, space) {
		key = xasprintf("%s %s %s",
				json_string_value(json_object_get(row, "boot")) ?: "",
				json_string_value(json_object_get(row, "load")) ?: "",
				json_string_value(json_object_get(space, "netns")) ?: "");
		counter = json_object_get(counters, key);
		/* A row can be there twice. */
		if (!counter || json_number_value(json_object_get(row, "uptime")) >
				json_number_value(json_object_get(counter, "uptime"))) {
			if (wanted)
				count_space(failed, counter, row, space);
			keep_counters(counters, key, row, space);
		}
		free(key);
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
 * @first: when the first row was; of a namespace that was not in the row before, it is told from
 *	the row on with which it was compared
 * @last: when the last one was
 * @list: where to
 */
void heights_tell_failed(json_t *failed, double first, double last, json_t *list)
{
	const char *key;
	json_t *sum, *incident;
	double was;

	json_object_foreach(failed, key, sum) {
		for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
			if (!json_object_get(sum, ways[w].name))
				continue;
			was = json_number_value(json_object_get(sum, "time"));
			incident = json_pack("{s:f, s:f, s:s, s:s}", "time",
					     was < first ? was : first, "until", last,
					     "what", "counted", "failure", ways[w].name);
			add_netns(incident, sum, sum);
			json_object_set(incident, "calls", json_object_get(sum, ways[w].name));
			json_array_append_new(list, incident);
		}
	}
}
