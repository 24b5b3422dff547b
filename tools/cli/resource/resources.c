// SPDX-License-Identifier: GPL-2.0-only
/* Resources: see resources.h. What is known without looking at single reservations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "model/limit.h"
#include "model/totals.h"
#include "resource/resources.h"

static struct resource *add(struct resources *resources, enum resource_kind kind, const char *name)
{
	struct resource *res;

	resources->list = xgrow(resources->list, resources->count, &resources->room, sizeof(*res));
	res = &resources->list[resources->count++];
	*res = (struct resource){ .kind = kind, .name = name, .path = "/",
				  .seconds = resources->seconds };
	return res;
}

static uint64_t more(uint64_t x, uint64_t y)
{
	return x > y ? x - y : 0;
}

/* @before: NULL if it was not there at the first look */
static uint64_t growth(const struct record *now, const struct record *before, const char *key)
{
	uint64_t x = record_count(now, key), y = before ? record_count(before, key) : 0;

	return more(x, y);
}

static const struct transport {
	const char *name;
	const char *range;
	const char *ports;
	const char *current;
	const char *local;
	const char *exhausted;
	const char *taken;
} transports[] = {
	{ "tcp", "tcp.range", "tcp.ports", "tcp.current", "tcp.local", "tcp.exhausted",
	  "tcp.taken" },
	{ "udp", "udp.range", "udp.ports", "udp.current", "udp.local", "udp.exhausted",
	  "udp.taken" },
};

static const char *range_of(const struct record *rec, const struct record *stat, const char *key)
{
	return record_find(rec, key) ? record_text(rec, key) : record_text(stat, "range");
}

static void set_range(struct resource *res, const struct survey *now, const char *range)
{
	res->range = range;
	if (sscanf(range, "%u-%u", &res->low, &res->high) != 2 || res->high > UINT16_MAX)
		res->high = 0;
	if (!res->high)
		res->low = 0;
	else
		res->reserved = sysctls_reserved(&now->sysctls, res->low, res->high);
}

/*
 * A destination that is full, and not known, looks like a range that connections share. A few of
 * them fill none.
 */
static void find_blind(struct resource *res, const struct survey *now)
{
	res->uncounted = record_count(&now->stat, "destinations.other");
	res->blind = now->destinations_off ||
		     resource_is_part(res->uncounted, res->capacity, RESOURCE_SLOW);
}

static void fill_range(struct resource *res, const struct resources *resources,
		       const struct transport *transport, const struct record *rec,
		       const struct record *before)
{
	set_range(res, resources->now, range_of(rec, &resources->now->stat, transport->range));
	res->capacity = account_usable(rec, transport->name);
	res->empty = !res->capacity && res->high && res->reserved > res->high - res->low;
	res->failed_ever = record_count(rec, transport->exhausted);
	if (transport == transports)
		find_blind(res, resources->now);
	if (!resources->seconds)
		return;
	res->failed = growth(rec, before, transport->exhausted);
	res->growth = growth(rec, before, res->own ? transport->current : transport->ports);
}

/* An older module counts sockets, of which several can have one port. */
static void fill_exclusive(struct resource *res, const struct record *rec)
{
	res->spoiled = record_count(rec, "tcp.spoiled");
	if (record_number(rec, "tcp.exclusive_ports", &res->exclusive))
		return;
	res->exclusive = record_count(rec, "tcp.exclusive");
	if (res->exclusive > res->used)
		res->exclusive = res->used;
}

/* Those that are outside of the range count as well, and are not told apart. */
static void fill_timewait(struct resource *res, const struct record *rec)
{
	res->timewait = record_count(rec, "timewait.reserving");
	if (record_find(rec, "tcp.in_range") && res->timewait > record_count(rec, "tcp.in_range"))
		res->timewait = record_count(rec, "tcp.in_range");
}

static void add_whole(struct resources *resources, const struct transport *transport,
		      const struct survey *before)
{
	const struct record *stat = &resources->now->stat;
	struct resource *res = add(resources, RESOURCE_RANGE, transport->name);

	fill_range(res, resources, transport, stat, before ? &before->stat : NULL);
	res->used = record_count(stat, transport->ports);
	res->exact = true;
	if (transport != transports)
		return;
	fill_timewait(res, stat);
	fill_exclusive(res, stat);
}

/* An account has a range of its own if the account above it has another one. */
static const char *range_above(const struct survey *now, size_t at,
			       const struct transport *transport)
{
	const struct record *recs = now->accounts.recs;
	const char *path = record_text(&recs[at], "path");

	for (size_t i = at; i-- > 0; )
		if (!record_flag(&recs[i], "deleted") &&
		    account_is_below(path, record_text(&recs[i], "path")) &&
		    strcmp(path, record_text(&recs[i], "path")))
			return range_of(&recs[i], &now->stat, transport->range);
	return range_of(&now->stat, &now->stat, transport->range);
}

/* Reservations can share ports, so they say little of how many ports are in use. */
static void add_own(struct resources *resources, size_t at, const struct transport *transport,
		    const struct survey *before)
{
	const struct record *rec = &resources->now->accounts.recs[at];
	const char *range = range_of(rec, &resources->now->stat, transport->range);
	struct resource *res;

	if (record_flag(rec, "deleted") ||
	    !strcmp(range, range_above(resources->now, at, transport)))
		return;
	res = add(resources, RESOURCE_RANGE, transport->name);
	res->own = true;
	res->path = record_text(rec, "path");
	fill_range(res, resources, transport, rec, before ? survey_account(before, rec) : NULL);
	account_in_range(rec, transport->name, false, &res->used);
	if (res->used > res->capacity)
		res->used = res->capacity;
	if (transport != transports)
		return;
	fill_timewait(res, rec);
	fill_exclusive(res, rec);
}

/* How often ports ran out in own ranges of cgroups, and so not in that of the namespace. */
static void take_off_own(struct resources *resources)
{
	struct resource *whole, *own;

	for (size_t i = 0; i < resources->count; i++) {
		own = &resources->list[i];
		if (!own->own)
			continue;
		whole = &resources->list[strcmp(own->name, "tcp") ? 1 : 0];
		whole->failed -= own->failed < whole->failed ? own->failed : whole->failed;
		whole->failed_ever -= own->failed_ever < whole->failed_ever ?
				      own->failed_ever : whole->failed_ever;
	}
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
		own[i] = growth(&list->recs[i], survey_account(before, &list->recs[i]), key);
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

static bool is_failing(const struct resources *resources, const char *range)
{
	const struct resource *res = resources_range(resources, "tcp", range);

	return res && res->failed;
}

static uint64_t lost_of(const struct record *dest)
{
	return more(record_count(dest, "used"), record_count(dest, "reusable"));
}

static void add_destinations(struct resources *resources, const struct survey *before)
{
	const struct destination_list *list = &resources->now->destinations;
	const struct record *rec, *past;
	struct resource *res;

	for (size_t i = 0; i < list->count; i++) {
		rec = &list->recs[i];
		past = before ? survey_destination(before, rec) : NULL;
		res = add(resources, RESOURCE_DESTINATION, "tcp");
		res->source = record_text(rec, "source");
		res->destination = record_text(rec, "destination");
		/* The module does not print the range of the namespace itself. */
		set_range(res, resources->now, record_find(rec, "range") ?
			  record_text(rec, "range") : resources->list[0].range);
		res->capacity = record_count(rec, "usable");
		res->used = record_count(rec, "used");
		res->timewait = record_count(rec, "timewait");
		res->free = record_count(rec, "free");
		res->strays = record_flag(rec, "strays");
		res->placed = record_find(rec, "outside");
		res->exact = record_number(rec, "reusable", &res->reusable);
		/* An older module's word is to be doubted, but not where calls fail as well. */
		if (!res->exact && !res->free && is_failing(resources, res->range))
			res->exact = true;
		/* It may have existed then without being among the largest. */
		if (past)
			res->growth = more(resource_lost(res), lost_of(past));
	}
}

static const struct {
	const char *name;
	const char *current;
} limited[] = {
	{ "tcp", "tcp.current" }, { "udp", "udp.current" }, { "timewait", "timewait.current" },
};

static uint64_t refused(const struct record *rec, const struct record *before, const char *name)
{
	return more(limit_denied(rec, name), before ? limit_denied(before, name) : 0);
}

static uint64_t grown(const struct record *rec, const struct record *before, const char *name)
{
	for (size_t i = 0; before && i < ARRAY_SIZE(limited); i++)
		if (!strcmp(limited[i].name, name))
			return growth(rec, before, limited[i].current);
	return 0;
}

static const char *rule_of(const struct survey *now, const char *path, const char *name)
{
	const struct rule *rule = rules_match(&now->rules, path);
	char *key = xasprintf("%s.max", name), *value = rule ? rule_setting(rule, key) : NULL;
	const char *text = value ? rule->text : NULL;

	free(value);
	free(key);
	return text;
}

static void add_limits(struct resources *resources, const struct survey *before)
{
	const struct survey *now = resources->now;
	struct limit_list limits = { 0 };
	const struct record *past;
	const struct limit *limit;
	struct resource *res;

	if (!strcmp(now->mode, "off"))
		return;
	limit_list_fill(&limits, &now->accounts);
	for (size_t i = 0; i < limits.count; i++) {
		limit = &limits.limits[i];
		past = before ? survey_account(before, limit->account) : NULL;
		res = add(resources, RESOURCE_LIMIT, limit->resource);
		res->path = record_text(limit->account, "path");
		res->capacity = limit->has_max ? limit->max : UINT64_MAX;
		res->warned_at = limit->has_warn ? limit->warn : UINT64_MAX;
		res->used = limit->current;
		res->timewait = record_count(limit->account, strcmp(limit->resource, "timewait") ?
					     "timewait.reserving" : "timewait.current");
		res->enforced = !strcmp(now->mode, "enforce");
		res->failed_ever = limit->denied;
		if (before && res->enforced)
			res->failed = refused(limit->account, past, limit->resource);
		res->growth = grown(limit->account, past, limit->resource);
		if (limit->has_max)
			res->rule = rule_of(now, res->path, limit->resource);
	}
	limit_list_free(&limits);
}

static bool is_limit(const struct resource *res, const char *name)
{
	return res->kind == RESOURCE_LIMIT && !strcmp(res->name, name);
}

static bool is_full(const struct resource *limit)
{
	return limit->used >= limit->capacity;
}

static bool is_tighter(const struct resource *a, const struct resource *b)
{
	double x = (double)a->used * b->capacity, y = (double)b->used * a->capacity;

	if (is_full(a) != is_full(b))
		return is_full(a);
	return x != y ? x > y : strlen(a->path) < strlen(b->path);
}

/*
 * A refusal counts at the account of the socket and at all above it: of limits above each other it
 * is that of the full one, or if usage has fallen since, of the one that is nearest.
 */
static void assign_refusals(struct resources *resources)
{
	struct resource *res, *other;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		for (size_t k = 0; res->failed && k < resources->count; k++) {
			other = &resources->list[k];
			if (k == i || !is_limit(res, other->name) || !is_limit(other, res->name) ||
			    !other->failed || (is_full(res) && is_full(other)) ||
			    (!account_is_below(res->path, other->path) &&
			     !account_is_below(other->path, res->path)))
				continue;
			if (is_tighter(other, res))
				res->failed = 0;
		}
	}
}

static bool has_limit(const struct resources *resources, const char *path, const char *name)
{
	const struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (is_limit(res, name) && res->capacity != UINT64_MAX &&
		    account_is_below(path, res->path))
			return true;
	}
	return false;
}

/* Whether something was refused to a cgroup below this one, and so not to this one itself. */
static bool is_refused_below(const struct account_list *list, size_t at, const char *name,
			     const struct survey *before)
{
	const char *path = record_text(&list->recs[at], "path");
	const struct record *rec;

	for (size_t i = at + 1; i < list->count; i++) {
		rec = &list->recs[i];
		if (!account_is_below(record_text(rec, "path"), path))
			return false;
		if (refused(rec, survey_account(before, rec), name))
			return true;
	}
	return false;
}

/* What was refused between the looks where no limit is any more: the rule is gone. */
static void add_former(struct resources *resources, const struct survey *before)
{
	const struct account_list *list = &resources->now->accounts;
	const struct record *rec;
	struct resource *res;
	const char *path;
	uint64_t failed;

	for (size_t i = 0; before && i < list->count; i++) {
		rec = &list->recs[i];
		path = record_text(rec, "path");
		for (size_t n = 0; n < ARRAY_SIZE(limited); n++) {
			failed = refused(rec, survey_account(before, rec), limited[n].name);
			if (!failed || has_limit(resources, path, limited[n].name) ||
			    strcmp(resources->now->mode, "enforce") ||
			    is_refused_below(list, i, limited[n].name, before))
				continue;
			res = add(resources, RESOURCE_LIMIT, limited[n].name);
			res->path = path;
			res->capacity = UINT64_MAX;
			res->warned_at = UINT64_MAX;
			res->failed = failed;
		}
	}
}

static void add_buckets(struct resources *resources, const struct survey *before)
{
	const struct record *stat = &resources->now->stat;
	struct resource *res = add(resources, RESOURCE_BUCKETS, "timewait");

	if (resources->now->sysctls.tcp_max_tw_buckets > 0)
		res->capacity = resources->now->sysctls.tcp_max_tw_buckets;
	res->used = record_count(stat, "timewait.current");
	res->timewait = res->used;
	res->failed_ever = record_count(stat, "timewait.overflow");
	if (!before)
		return;
	res->failed = growth(stat, &before->stat, "timewait.overflow");
	res->growth = growth(stat, &before->stat, "timewait.current");
}

static bool is_recent(const struct survey *now, const struct run *run)
{
	return !run->over || now->wall - run->last <= RESOURCE_RECENT;
}

static struct resource *find_port(const struct resources *resources, const struct run *run)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_PORT && res->port == run->port &&
		    !strcmp(res->name, run->resource))
			return res;
	}
	return NULL;
}

/* All refusals are counted together: how many were of which of several ports, is not known. */
static void count_refused(struct resources *resources, const struct survey *before,
			  const struct transport *transport)
{
	struct resource *res, *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_PORT || strcmp(res->name, transport->name))
			continue;
		count++;
		only = res;
	}
	if (before && count == 1)
		only->failed = growth(&resources->now->stat, &before->stat, transport->taken);
}

/* The ports by their number that somebody was refused just now. */
static void add_ports(struct resources *resources, const struct survey *before)
{
	const struct history *history = &resources->now->history;
	const struct run *run;
	struct resource *res;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		if (strcmp(run->level, "taken") || !run->port || !is_recent(resources->now, run))
			continue;
		res = find_port(resources, run) ?:
		      add(resources, RESOURCE_PORT, strcmp(run->resource, "udp") ? "tcp" : "udp");
		res->port = run->port;
		res->capacity = 1;
		res->failing = run->path;
		res->source = run->source;
		res->destination = run->destination;
		res->failed_ever += run->count;
		/* Of a run that goes on the last call was less than its pause ago. */
		res->going_on = res->going_on || !run->over;
		res->since = resources->now->wall - run->began;
	}
	for (size_t t = 0; t < ARRAY_SIZE(transports); t++)
		count_refused(resources, before, &transports[t]);
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

static uint64_t reusable_before(const struct resource *dest, const struct survey *before)
{
	const struct destination_list *list = &before->destinations;
	const struct record *rec;

	for (size_t i = 0; i < list->count; i++) {
		rec = &list->recs[i];
		if (!strcmp(record_text(rec, "source"), dest->source) &&
		    !strcmp(record_text(rec, "destination"), dest->destination))
			return record_count(rec, "reusable");
	}
	return 0;
}

/*
 * What a connect() to any destination can take over, it finds in the range. More of these are no
 * growth: a connect() gets them, and new ports are taken only until there are enough.
 */
static void fill_reusable(struct resources *resources, const struct survey *before)
{
	struct resource *res, *range;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_DESTINATION)
			continue;
		range = resources_range(resources, "tcp", res->range);
		if (range && range->reusable + res->reusable <= range->used)
			range->reusable += res->reusable;
		if (range && before && res->reusable)
			range->growth = more(range->growth,
					     more(res->reusable, reusable_before(res, before)));
	}
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
	for (size_t t = 0; t < ARRAY_SIZE(transports); t++)
		add_whole(resources, &transports[t], before);
	for (size_t i = 0; i < now->accounts.count; i++)
		for (size_t t = 0; t < ARRAY_SIZE(transports); t++)
			add_own(resources, i, &transports[t], before);
	take_off_own(resources);
	add_destinations(resources, before);
	add_limits(resources, before);
	assign_refusals(resources);
	add_former(resources, before);
	add_buckets(resources, before);
	add_ports(resources, before);
	fill_failing(resources, before);
	resources_find_runs(resources);
	fill_reusable(resources, before);
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
