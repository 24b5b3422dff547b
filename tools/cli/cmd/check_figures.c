// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performance data of check. What can run out has its thresholds and its size behind it. The labels
 * of a namespace and of all of them stay the same; limits and destinations that are nearly used up
 * are there by name as well, no more than a few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/check_figures.h"
#include "lib/cli.h"
#include "resource/concern.h"

#define NAMED_LIMITS		10
#define NAMED_DESTINATIONS	3

static const struct {
	const char *key;
	const char *name;
	const char *unit;
} counts[] = {
	{ "tcp.current", "tcp", "" }, { "udp.current", "udp", "" },
	{ "tcp.denied", "tcp_denied", "c" }, { "udp.denied", "udp_denied", "c" },
	{ "tcp.exhausted", "tcp_exhausted", "c" }, { "udp.exhausted", "udp_exhausted", "c" },
	{ "tcp.taken", "tcp_taken", "c" }, { "udp.taken", "udp_taken", "c" },
	{ "timewait.overflow", "timewait_overflow", "c" },
};

/* Rounded up, so that no number below the percentage crosses the threshold. "" for none. */
static char *part_of(uint64_t whole, unsigned int percent)
{
	return percent ? xasprintf("%ju", (uintmax_t)((whole * percent + 99) / 100)) : xstrdup("");
}

static void add_full(struct plugin *p, const char *name, uint64_t used, uint64_t whole,
		     const struct threshold *t)
{
	char *warn = part_of(whole, t->warn), *crit = part_of(whole, t->crit);

	plugin_add_perf(p, name, xasprintf("%ju;%s;%s;0;%ju", (uintmax_t)used, warn, crit,
					   (uintmax_t)whole));
	free(crit);
	free(warn);
}

static void add_percent(struct plugin *p, const char *name, double share,
			const struct threshold *t)
{
	char *warn = part_of(100, t->warn), *crit = part_of(100, t->crit);

	plugin_add_perf(p, name, xasprintf("%u%%;%s;%s;0;100", (unsigned int)(100 * share), warn,
					   crit));
	free(crit);
	free(warn);
}

/* Where nothing else is asked for, a rule says when a limit is short. */
static void add_limit(struct plugin *p, const char *name, const struct resource *res,
		      const struct threshold *t)
{
	char *warn = part_of(res->capacity, t->warn);
	char *crit = part_of(res->capacity, t->crit ?: 100);

	if (!t->warn && res->warned_at != UINT64_MAX) {
		free(warn);
		warn = xasprintf("%ju", (uintmax_t)res->warned_at);
	}
	plugin_add_perf(p, name, xasprintf("%ju;%s;%s;0;%ju", (uintmax_t)res->used, warn,
					   crit, (uintmax_t)res->capacity));
	free(crit);
	free(warn);
}

static double share_of(const struct resource *res)
{
	uint64_t used = res->kind == RESOURCE_DESTINATION ? resource_lost(res) : res->used;

	/* A limit of nothing of which nothing is used is not full. */
	return res->capacity ? (double)used / res->capacity : !!used;
}

static bool has_end(const struct resource *res)
{
	return res->capacity != UINT64_MAX && (res->capacity || res->kind == RESOURCE_LIMIT);
}

/* The fullest of a kind that @cgroup needs; @name: of a range tcp or udp, else NULL */
static const struct resource *fullest(const struct resources *resources, enum resource_kind kind,
				      const char *name, const char *cgroup)
{
	const struct resource *res, *best = NULL;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == kind && has_end(res) && (!name || !strcmp(res->name, name)) &&
		    resource_concerns(res, cgroup) && (!best || share_of(res) > share_of(best)))
			best = res;
	}
	return best;
}

static int fullest_first(const void *a, const void *b)
{
	const struct resource *x = *(const struct resource *const *)a;
	const struct resource *y = *(const struct resource *const *)b;

	if (share_of(x) != share_of(y))
		return share_of(x) > share_of(y) ? -1 : 1;
	return x < y ? -1 : x > y;
}

static char *label_of(const struct resource *res)
{
	return res->kind == RESOURCE_LIMIT ?
	       xasprintf("%s %s.max", res->path, res->name) :
	       xasprintf("%s %s", res->source, res->destination);
}

/* Those that are nearest to being used up, by name. */
static void add_named(struct plugin *p, const struct resources *resources, enum resource_kind kind,
		      const struct threshold *t, size_t most, const char *cgroup)
{
	const struct resource **list = xrealloc(NULL, resources->count + 1, sizeof(*list)), *res;
	size_t count = 0;
	char *label;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != kind || !has_end(res) || (!res->capacity && !res->used) ||
		    !resource_concerns(res, cgroup) ||
		    (kind == RESOURCE_DESTINATION &&
		     !resource_is_part(resource_lost(res), res->capacity, RESOURCE_SLOW)))
			continue;
		list[count++] = res;
	}
	qsort(list, count, sizeof(*list), fullest_first);
	for (size_t i = 0; i < count && i < most; i++) {
		res = list[i];
		label = label_of(res);
		if (kind == RESOURCE_LIMIT)
			add_limit(p, label, res, t);
		else
			add_full(p, label, resource_lost(res), res->capacity, t);
		free(label);
	}
	free(list);
}

static void add_timewait(struct plugin *p, const struct resources *resources,
			 const struct thresholds *t)
{
	const struct resource *res = fullest(resources, RESOURCE_BUCKETS, NULL, NULL);
	uint64_t number;

	if (res)
		add_full(p, "timewait", res->used, res->capacity, &t->timewait);
	else if (record_number(&resources->now->stat, "timewait.current", &number))
		plugin_add_perf(p, "timewait", xasprintf("%ju", (uintmax_t)number));
}

static void add_counts(struct plugin *p, const struct record *rec)
{
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (record_number(rec, counts[i].key, &number))
			plugin_add_perf(p, counts[i].name, xasprintf("%ju%s", (uintmax_t)number,
								     counts[i].unit));
}

static void add_range(struct plugin *p, const struct resources *resources, const char *proto,
		      const struct threshold *t)
{
	/* The ranges of the namespace come first. */
	const struct resource *res = &resources->list[strcmp(proto, "tcp") ? 1 : 0];
	char *key = xasprintf("%s.ports", proto), *name = xasprintf("%s_ports", proto);

	if (res->capacity && record_find(&resources->now->stat, key))
		add_full(p, name, res->used, res->capacity, t);
	free(name);
	free(key);
}

/**
 * figures_of_namespace - add those of a namespace
 * @plugin: where to
 * @resources: its resources
 * @thresholds: from when on they are short
 */
void figures_of_namespace(struct plugin *plugin, const struct resources *resources,
			  const struct thresholds *thresholds)
{
	const struct resource *res;

	add_range(plugin, resources, "tcp", &thresholds->tcp);
	add_range(plugin, resources, "udp", &thresholds->udp);
	res = fullest(resources, RESOURCE_DESTINATION, NULL, NULL);
	if (res)
		add_full(plugin, "destination", resource_lost(res), res->capacity,
			 &thresholds->destination);
	res = fullest(resources, RESOURCE_LIMIT, NULL, NULL);
	if (res)
		add_percent(plugin, "limit", share_of(res), &thresholds->limit);
	add_timewait(plugin, resources, thresholds);
	add_counts(plugin, &resources->now->stat);
	add_named(plugin, resources, RESOURCE_LIMIT, &thresholds->limit, NAMED_LIMITS, NULL);
	add_named(plugin, resources, RESOURCE_DESTINATION, &thresholds->destination,
		  NAMED_DESTINATIONS, NULL);
}

/**
 * figures_of_cgroup - add those of a cgroup
 * @plugin: where to
 * @resources: the resources of the namespace
 * @thresholds: from when on they are short
 * @cgroup: the cgroup
 */
void figures_of_cgroup(struct plugin *plugin, const struct resources *resources,
		       const struct thresholds *thresholds, const char *cgroup)
{
	const struct record *account = account_find(&resources->now->accounts, cgroup);
	uint64_t number;

	if (account) {
		add_counts(plugin, account);
		if (record_number(account, "timewait.current", &number))
			plugin_add_perf(plugin, "timewait", xasprintf("%ju", (uintmax_t)number));
	}
	add_named(plugin, resources, RESOURCE_LIMIT, &thresholds->limit, NAMED_LIMITS, cgroup);
}

/* What the figures of all namespaces are taken from, and of which cgroup they are; NULL for all */
struct figures {
	const struct resources *list;
	size_t count;
	const char *cgroup;
};

static void add_fullest(struct plugin *p, const struct figures *of, enum resource_kind kind,
			const char *proto, const char *name, const struct threshold *t)
{
	const struct resource *res;
	double share = -1;

	for (size_t i = 0; i < of->count; i++) {
		res = fullest(&of->list[i], kind, proto, of->cgroup);
		if (res && share_of(res) > share)
			share = share_of(res);
	}
	if (share >= 0)
		add_percent(p, name, share, t);
}

static void add_sum(struct plugin *p, const struct figures *of, const char *key, const char *name,
		    const char *unit)
{
	const struct record *rec;
	uint64_t number, sum = 0;
	bool any = false;

	for (size_t i = 0; i < of->count; i++) {
		rec = of->cgroup ? account_find(&of->list[i].now->accounts, of->cgroup) :
				   &of->list[i].now->stat;
		if (!rec || !record_number(rec, key, &number))
			continue;
		sum += number;
		any = true;
	}
	if (any)
		plugin_add_perf(p, name, xasprintf("%ju%s", (uintmax_t)sum, unit));
}

/**
 * figures_of_all - add those of all namespaces: of what can run out the fullest, of the rest sums
 * @plugin: where to
 * @list: the resources of each, judged
 * @count: how many namespaces there are
 * @thresholds: from when on they are short
 * @cgroup: only of what this cgroup needs, and holds; NULL for all
 *
 * As many as of one namespace, so that a monitor can take them.
 */
void figures_of_all(struct plugin *plugin, const struct resources *list, size_t count,
		    const struct thresholds *thresholds, const char *cgroup)
{
	struct figures of = { list, count, cgroup };

	plugin_add_perf(plugin, "namespaces", xasprintf("%zu", count));
	add_fullest(plugin, &of, RESOURCE_RANGE, "tcp", "tcp_range", &thresholds->tcp);
	add_fullest(plugin, &of, RESOURCE_RANGE, "udp", "udp_range", &thresholds->udp);
	add_fullest(plugin, &of, RESOURCE_DESTINATION, NULL, "destination",
		    &thresholds->destination);
	add_fullest(plugin, &of, RESOURCE_LIMIT, NULL, "limit", &thresholds->limit);
	add_sum(plugin, &of, "timewait.current", "timewait", "");
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		add_sum(plugin, &of, counts[i].key, counts[i].name, counts[i].unit);
}
