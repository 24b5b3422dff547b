// SPDX-License-Identifier: GPL-2.0-only
/* Limits as resources, and which of them it was that refused calls. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/limit.h"
#include "resource/growth.h"
#include "resource/resources.h"

static const struct {
	const char *name;
	const char *current;
} limited[] = {
	{ "tcp", "tcp.current" }, { "udp", "udp.current" }, { "timewait", "timewait.current" },
};

static uint64_t refused(const struct record *rec, const struct record *before, const char *name)
{
	return growth_more(limit_denied(rec, name), before ? limit_denied(before, name) : 0);
}

static uint64_t grown(const struct record *rec, const struct record *before, const char *name)
{
	for (size_t i = 0; before && i < ARRAY_SIZE(limited); i++)
		if (!strcmp(limited[i].name, name))
			return growth_of(rec, before, limited[i].current);
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
		res = resources_add(resources, RESOURCE_LIMIT, limit->resource);
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
			res = resources_add(resources, RESOURCE_LIMIT, limited[n].name);
			res->path = path;
			res->capacity = UINT64_MAX;
			res->warned_at = UINT64_MAX;
			res->failed = failed;
		}
	}
}

/**
 * resources_add_limits - add the limits of rules, and of rules that have refused and are gone
 * @resources: where to
 * @before: an earlier survey; NULL if there is none
 */
void resources_add_limits(struct resources *resources, const struct survey *before)
{
	add_limits(resources, before);
	assign_refusals(resources);
	add_former(resources, before);
}
