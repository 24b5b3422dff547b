// SPDX-License-Identifier: GPL-2.0-only
/* Causes: TIME_WAITs that hold most of the ports, or that could not be made. */
#include <stdlib.h>
#include <string.h>

#include "lib/module.h"
#include "model/rule.h"
#include "why/advice.h"
#include "why/families.h"

#define ROUND_BUCKETS	1000

/* TIME_WAITs that hold a port which nobody else can have. */
static uint64_t lost_timewaits(const struct resource *res)
{
	uint64_t timewait = res->seen && res->users.count ?
			    res->users.states[STATE_TIME_WAIT] : res->timewait;

	return timewait > res->reusable ? timewait - res->reusable : 0;
}

static uint64_t held(const struct resource *res)
{
	return res->seen && res->users.count ? res->users.count : res->used;
}

static bool is_churned(const struct resource *res)
{
	return held(res) && 2 * lost_timewaits(res) >= held(res);
}

static bool is_short(const struct resource *res)
{
	if (res->level >= LEVEL_NOTED || res->failed)
		return true;
	/* A range fills for all at once, so that it is told earlier. */
	return res->kind == RESOURCE_RANGE && res->exact &&
	       resource_is_part(resource_lost(res), res->capacity, RESOURCE_SLOW);
}

/* The narrowest place where ports are short and most are in TIME_WAIT. */
static const struct resource *churned(const struct view *view)
{
	static const enum resource_kind order[] = {
		RESOURCE_LIMIT, RESOURCE_DESTINATION, RESOURCE_RANGE,
	};
	const struct resource *res;

	for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
		for (size_t i = view->resources->count; i-- > 0; ) {
			res = &view->resources->list[i];
			if (res->kind == order[k] && strcmp(res->name, "udp") && is_short(res) &&
			    view_needs(view, res) && is_churned(res))
				return res;
		}
	}
	return NULL;
}

/* The delay of the account that the most TIME_WAITs there are of. */
static uint64_t delay_of(const struct view *view, const char *cgroup)
{
	const struct account_list *list = &view->now->accounts;
	uint64_t delay;

	for (size_t i = 0; cgroup && i < list->count; i++)
		if (!strcmp(record_text(&list->recs[i], "path"), cgroup) &&
		    record_number(&list->recs[i], "timewait.delay", &delay))
			return delay;
	return record_number(&view->now->stat, "timewait.delay", &delay) ? delay : 60;
}

/* Whether so many TIME_WAITs come from the rate at which connections are closed. */
static char *explain(const struct view *view, const struct resource *res, uint64_t rate,
		     uint64_t delay, bool fails)
{
	const struct tense *tense = view_tense(view);
	uintmax_t longest = res->users.longest ?: delay;

	if (!rate && fails)
		return xasprintf("Hardly any connection %s be opened, so hardly any %s closed: a port "
				 "that %s free %s taken at once, and %s back as a TIME_WAIT for %ju "
				 "seconds.", tense->can, tense->is, tense->comes, tense->is,
				 tense->comes, (uintmax_t)delay);
	if (!rate)
		return xasprintf("No connections %s being closed %s: these %s left over from an earlier "
				 "burst and %s all be gone within %ju seconds.", tense->are,
				 view_says(view, "now", "then"), tense->are, tense->will, longest);
	if (!fails && 2 * rate * delay < lost_timewaits(res))
		return xasprintf("%ju connections %s closed per second, which %s not explain so many: "
				 "most %s left over from an earlier burst and %s be gone within %ju "
				 "seconds.", (uintmax_t)rate, tense->are, tense->does, tense->are,
				 tense->will, longest);
	return xasprintf("%ju connections %s closed per second, and each %s for %ju seconds: that "
			 "explains it.", (uintmax_t)rate, tense->are, tense->stays,
			 (uintmax_t)delay);
}

/* A destination has no counter of what was closed, but its TIME_WAITs have their ages. */
static uint64_t rate_of(const struct view *view, const struct resource *res)
{
	if (res->seen && res->users.count)
		return (res->users.fresh + USERS_FRESH - 1) / USERS_FRESH;
	return view->resources->seconds > 0 ? view->entered / view->resources->seconds + 0.5 : 0;
}

static char *name_of(const struct resource *res)
{
	if (res->kind == RESOURCE_DESTINATION)
		return xasprintf("towards %s", res->destination);
	return xasprintf("by %s", res->kind == RESOURCE_RANGE && !res->own ? "the namespace" :
								      res->path);
}

/* A run that is not over: its calls may come seldom. */
static bool has_open_run(const struct view *view)
{
	const struct history *history = &view->now->history;
	const struct run *run;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		if (!run->over && !run->audit && strcmp(run->level, "taken") &&
		    strcmp(run->resource, "udp"))
			return true;
	}
	return false;
}

/* That all is used says only that calls would fail: with no call TIME_WAITs go, and none come. */
static bool fails_now(const struct view *view, const struct resource *res)
{
	const struct resource *range = res->range ?
				       resources_range(view->resources, "tcp", res->range) : NULL;

	return res->failed || (range && range->failed) ||
	       (res->level == LEVEL_FULL && has_open_run(view));
}

/* A delay is set for a cgroup and all below it. */
static void advise_shorter(struct finding *finding, const struct resource *res, uint64_t delay)
{
	char *path;

	if (delay <= PQ_RULE_DELAY_MIN)
		return;
	path = rule_quote_path(res->kind == RESOURCE_DESTINATION ? "/" : res->path);
	finding_advise(finding, "Shorten those to come: portquota timewait set %u %s (portquota(8) "
		       "has the risks).", PQ_RULE_DELAY_MIN, path);
	free(path);
}

static void add_churn(const struct view *view, struct findings *findings,
		      const struct resource *res)
{
	struct finding *finding = findings_add(findings, CAUSE_CHURN, false, res->level,
					       lost_timewaits(res));
	bool fails = fails_now(view, res);
	uint64_t rate = rate_of(view, res), delay;
	char *name = name_of(res), *explained;

	if (res->kind == RESOURCE_DESTINATION)
		finding_add_flow(finding, res->source, res->destination);
	finding_add_users(finding, &res->closers);
	delay = delay_of(view, record_find(&finding->who, "cgroup") ?
			       record_text(&finding->who, "cgroup") : NULL);
	explained = explain(view, res, rate, delay, fails);
	finding->what = xasprintf("Of %ju ports held %s, %ju %s in TIME_WAIT. %s",
				  (uintmax_t)held(res), name, (uintmax_t)lost_timewaits(res),
				  view_tense(view)->are, explained);
	free(explained);
	free(name);
	record_add_number(&finding->figures, "held", held(res));
	record_add_number(&finding->figures, "timewait", lost_timewaits(res));
	record_add_number(&finding->figures, "entered.rate", rate);
	record_add_number(&finding->figures, "delay", delay);
	record_add_number(&finding->figures, "rate.delay", rate * delay);
	finding_advise(finding, "%s", advice_reuse);
	finding_advise(finding, "Let the other side close first: TIME_WAIT stays with the one "
		       "that does.");
	/* What is left of a burst goes by itself, and nothing makes it go sooner. */
	if (!rate && !fails)
		return;
	/* A rule refuses before the kernel looks for one to take over. */
	if (res->kind != RESOURCE_LIMIT)
		advise_takeover(view, finding, res);
	advise_shorter(finding, res, delay);
}

/**
 * find_churn - find out whether ports are short because most are in TIME_WAIT
 * @view: what is known
 * @findings: what is found is added
 */
void find_churn(const struct view *view, struct findings *findings)
{
	const struct resource *res = churned(view);

	if (res)
		add_churn(view, findings, res);
}

/* As many as there would be at the present rate, and half as many again. */
static uint64_t enough_buckets(const struct view *view, const struct resource *res)
{
	double seconds = view->resources->seconds;
	uint64_t rate = seconds > 0 ? (view->entered + res->failed) / seconds : 0;
	uint64_t want = rate * delay_of(view, NULL) * 3 / 2;

	if (want < 2 * res->capacity)
		want = 2 * res->capacity;
	return (want + ROUND_BUCKETS - 1) / ROUND_BUCKETS * ROUND_BUCKETS;
}

static char *tell_overflow(const struct view *view, const struct resource *res)
{
	const char *are = view_tense(view)->are, *is = view_tense(view)->is;
	char *rate = finding_often(res->seconds, res->failed), *text;
	uintmax_t used = res->used, most = res->capacity;

	if (!res->failed)
		text = xasprintf("There %s %ju TIME_WAITs of at most %ju (tcp_max_tw_buckets); %ju "
				 "could not be made %s.", are, used, most,
				 (uintmax_t)res->failed_ever,
				 view_says(view, "so far", "until then"));
	else if (most && !resource_is_part(used, most, resource_thresholds.tcp.crit))
		text = xasprintf("TIME_WAITs could not be made: %s. There %s %ju of at most %ju "
				 "(tcp_max_tw_buckets): memory %s short.", rate, are, used, most, is);
	else if (most)
		text = xasprintf("TIME_WAITs could not be made: %s. There %s %ju of at most %ju "
				 "(tcp_max_tw_buckets).", rate, are, used, most);
	else
		text = xasprintf("TIME_WAITs could not be made: %s. There %s %ju: the limit "
				 "(tcp_max_tw_buckets) %s reached, or memory %s short.", rate, are,
				 used, is, is);
	free(rate);
	return text;
}

/**
 * find_overflow - find out whether TIME_WAITs could not be made
 * @view: what is known
 * @findings: what is found is added
 */
void find_overflow(const struct view *view, struct findings *findings)
{
	const struct resource *res = NULL;
	struct finding *finding;

	for (size_t i = 0; i < view->resources->count; i++)
		if (view->resources->list[i].kind == RESOURCE_BUCKETS)
			res = &view->resources->list[i];
	/* Without its TIME_WAIT a connection leaves one port more. */
	if (!res || res->level < LEVEL_NOTED || view->to)
		return;
	finding = findings_add(findings, CAUSE_OVERFLOW, res->failed, res->level, res->failed);
	finding->what = tell_overflow(view, res);
	finding_add_users(finding, &res->users);
	record_add_number(&finding->figures, "overflow", res->failed);
	record_add_number(&finding->figures, "overflow.ever", res->failed_ever);
	record_add_number(&finding->figures, "timewait", res->used);
	if (res->capacity)
		record_add_number(&finding->figures, "timewait.max", res->capacity);
	if (res->capacity)
		finding_advise(finding, "Raise the limit: sysctl -w "
			       "net.ipv4.tcp_max_tw_buckets=%ju.",
			       (uintmax_t)enough_buckets(view, res));
	else
		finding_advise(finding, "Raise the limit: sysctl net.ipv4.tcp_max_tw_buckets.");
	finding_advise(finding, "%s", advice_reuse);
}
