// SPDX-License-Identifier: GPL-2.0-only
/* Causes: rules that refuse, or will soon. */
#include <stdlib.h>
#include <string.h>

#include "model/rule.h"
#include "why/advice.h"
#include "why/families.h"

/* A write replaces the whole rule, so the advice has the whole rule. */
static void advise_raise(struct finding *finding, const struct resource *res)
{
	char *key = xasprintf(" %s.max=", res->name), *rule, *quoted;
	const char *at = res->rule ? strstr(res->rule, key) : NULL, *rest;

	if (at) {
		at += strlen(key);
		rest = at + strcspn(at, " ");
		rule = xasprintf("%.*sNUMBER%s", (int)(at - res->rule), res->rule, rest);
		quoted = rule_quote(rule);
		finding_advise(finding, "Raise it, if it is meant to hold more: portquota rule set "
			       "%s.", quoted);
		free(quoted);
		free(rule);
	} else {
		finding_advise(finding, "Raise %s.max in the rule of the host, if it is meant to "
			       "hold more: portquota rule --host.", res->name);
	}
	free(key);
}

/* What stands for the rule, where only the number is known that it comes to. */
static void add_rule(struct finding *finding, const struct resource *res)
{
	if (res->capacity != UINT64_MAX)
		record_add_text(&finding->who, "rule", res->rule ?: "a rule of the host");
	record_add_text(&finding->who, "resource", res->name);
	record_add_number(&finding->figures, "current", res->used);
	if (res->capacity != UINT64_MAX)
		record_add_number(&finding->figures, "max", res->capacity);
	if (res->warned_at != UINT64_MAX)
		record_add_number(&finding->figures, "warn", res->warned_at);
	record_add_number(&finding->figures, "refused", res->failed);
	record_add_number(&finding->figures, "refused.rate",
			  finding_rate(res->seconds, res->failed));
}

/* What becomes of calls, or became of them */
static const char *tell_refused(const struct view *view, const struct resource *res)
{
	if (!res->enforced)
		return view_says(view, "in mode audit nothing is refused",
				 "in mode audit nothing was refused");
	if (res->failed)
		return view_says(view, " are refused", " were refused");
	return view_says(view, "the next one will be refused",
			 "the next one would have been refused");
}

static char *tell_full(const struct view *view, const struct resource *res)
{
	char *rate = finding_often(res->seconds, res->failed), *text;
	const char *then = tell_refused(view, res);

	text = xasprintf("%s %s at %ju of its %s.max of %ju: %s%s.", res->path, view_tense(view)->is,
			 (uintmax_t)res->used, res->name, (uintmax_t)res->capacity,
			 res->failed && res->enforced ? rate : "", then);
	free(rate);
	return text;
}

static char *tell_warned(const struct view *view, const struct resource *res)
{
	const struct tense *tense = view_tense(view);
	char *grows = finding_growth(res), *text;

	if (res->capacity == UINT64_MAX)
		text = xasprintf("%s %s %ju, over its %s.warn of %ju%s.", res->path, tense->holds,
				 (uintmax_t)res->used, res->name, (uintmax_t)res->warned_at, grows);
	else
		text = xasprintf("%s %s at %ju of its %s.max of %ju%s.", res->path, tense->is,
				 (uintmax_t)res->used, res->name, (uintmax_t)res->capacity, grows);
	free(grows);
	return text;
}

/* Who holds most may be a cgroup below the one that the limit is of. */
static void add_holder(struct finding *finding, const struct resource *res)
{
	struct culprit culprit;

	if (!users_culprit(&res->users, &culprit)) {
		record_add_text(&finding->who, "cgroup", res->path);
		return;
	}
	if (strcmp(culprit.cgroup, res->path)) {
		record_add_text(&finding->who, "limited", res->path);
		finding_add_culprit(finding, &culprit);
		return;
	}
	record_add_text(&finding->who, "cgroup", res->path);
	finding_add_program(finding, &culprit);
}

static void find_rule(const struct view *view, struct findings *findings,
		      const struct resource *res)
{
	bool full = res->used >= res->capacity || res->failed;
	struct finding *finding = findings_add(findings, CAUSE_RULE, full && res->enforced,
					       res->level, res->failed);
	bool cured;

	finding->what = full ? tell_full(view, res) : tell_warned(view, res);
	add_holder(finding, res);
	add_rule(finding, res);
	cured = advise_state(view, finding, res);
	if (!strcmp(res->name, "timewait") && !view->recorded)
		finding_advise(finding, "Wait: a TIME_WAIT ends by itself after %ju seconds.",
			       (uintmax_t)res->users.longest ?: 60);
	if (!cured)
		finding_advise(finding, "%s", strcmp(res->name, "udp") ? advice_reuse :
							       advice_fewer_sockets);
	if (res->capacity != UINT64_MAX)
		advise_raise(finding, res);
}

/* A rule has refused something between the two looks, and does not exist any more. */
static void find_former_rule(const struct view *view, struct findings *findings,
			     const struct resource *res)
{
	struct finding *finding = findings_add(findings, CAUSE_RULE, true, res->level, res->failed);
	char *rate = finding_often(res->seconds, res->failed);

	finding->what = xasprintf("%s was refused %s ports (%s) by a rule that %s.", res->path,
				  res->name, rate, view_says(view, "no longer exists",
							     "did not exist any more"));
	free(rate);
	record_add_text(&finding->who, "cgroup", res->path);
	add_rule(finding, res);
	if (view->recorded)
		advise_history(view, finding, "See what happened");
	else
		finding_advise(finding, "Run portquota why again.");
}

/* A cgroup with a range of its own has a warning of its own: the range is told, which says more. */
static bool is_of_range(const struct view *view, const struct resource *limit)
{
	const struct resource *res;

	for (size_t i = 0; limit->capacity == UINT64_MAX && i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind == RESOURCE_RANGE && res->level >= LEVEL_WARNING &&
		    !strcmp(res->name, limit->name) && !strcmp(res->path, limit->path))
			return true;
	}
	return false;
}

/**
 * find_rules - find limits that are reached or near, and what rules have refused
 * @view: what is known
 * @findings: what is found is added
 */
void find_rules(const struct view *view, struct findings *findings)
{
	const struct resource *res;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind != RESOURCE_LIMIT || res->level < LEVEL_WARNING ||
		    !view_needs(view, res) || !view_is_of(view, res->name) || (!res->failed && is_of_range(view, res)))
			continue;
		if (res->capacity == UINT64_MAX && res->failed)
			find_former_rule(view, findings, res);
		else
			find_rule(view, findings, res);
	}
}
