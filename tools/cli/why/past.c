// SPDX-License-Identifier: GPL-2.0-only
/* What is not here and now: calls that failed before, and in other namespaces. */
#include <stdlib.h>
#include <string.h>

#include "lib/interval.h"
#include "lib/when.h"
#include "why/advice.h"
#include "why/families.h"

/* A way to fail: the level of its events, and the counters of stat that count it. */
static const struct failing {
	const char *level;
	const char *resource;
	const char *counter;
	const char *what;
} ways[] = {
	{ "exhausted", "tcp", "tcp.exhausted", "found no free TCP port" },
	{ "exhausted", "udp", "udp.exhausted", "found no free UDP port" },
	{ "taken", "tcp", "tcp.taken", "were refused the TCP port that they named" },
	{ "taken", "udp", "udp.taken", "were refused the UDP port that they named" },
	{ "deny", "tcp", "tcp.denied", "were refused a TCP port by a rule" },
	{ "deny", "udp", "udp.denied", "were refused a UDP port by a rule" },
};

static bool is_of(const struct run *run, const struct failing *way)
{
	/* What timewait.max refuses is counted in tcp.denied. */
	return !strcmp(run->level, way->level) && !run->audit &&
	       (!strcmp(run->resource, way->resource) ||
		(!strcmp(run->resource, "timewait") && !strcmp(way->resource, "tcp")));
}

/* The last run, and of those at the same time the largest. */
static const struct run *last_run(const struct view *view, const struct failing *way)
{
	const struct history *history = &view->now->history;
	const struct run *last = NULL, *run;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		/* What a rule refuses it refuses whatever the destination is. */
		if (!is_of(run, way) || !view_is_below(view, run->path) || (strcmp(way->level, "deny") &&
					 !view_leads_to(view, run->destination)))
			continue;
		if (!last || run->last > last->last + 1 ||
		    (run->last > last->last - 1 && run->count > last->count))
			last = run;
	}
	return last;
}

/* Whose calls failed most since the module was loaded, where no event tells it any more. */
static const char *most_failed(const struct view *view, const char *counter)
{
	const struct account_list *list = &view->now->accounts;
	const char *path, *found = NULL;
	uint64_t most = 0, count;

	/* In the order of the tree: a child with as many as its parent is the one. */
	for (size_t i = 0; i < list->count; i++) {
		path = record_text(&list->recs[i], "path");
		count = record_count(&list->recs[i], counter);
		if (!count || count < most || !strcmp(path, "/") || !view_is_below(view, path))
			continue;
		most = count;
		found = path;
	}
	return found;
}

static char *tell_when(const struct view *view, const struct run *run)
{
	char *ago, *text;

	if (!run)
		return xstrdup("when is not known");
	ago = view->recorded ? when_format(run->last, "at %H:%M:%S") :
			       interval_ago(view->now->wall - run->last);
	/* The last of all may have been one that wanted something else. */
	if (run->over)
		text = xasprintf("the last %s%s", ago,
				 view->to && run->elsewhere ? " or earlier" : "");
	else if (view->recorded)
		text = xasprintf("none between these rows; the last run of them began %s", ago);
	else
		text = xasprintf("none during the last %.1f seconds; the last run of them began %s",
				 view->resources->seconds, ago);
	free(ago);
	return text;
}

/* ", by /a towards 10.0.0.1:80"; the last run is not all that has failed since load */
static char *tell_whose(const struct view *view, const struct run *run, const char *counter,
			uint64_t count)
{
	const char *path = run ? run->path : most_failed(view, counter);
	char *many = xstrdup(""), *port, *some, *text;

	if (!path)
		return many;
	if (run && run->over && run->count < count) {
		free(many);
		many = xasprintf(" in a run of %ju", (uintmax_t)run->count);
	}
	port = run && run->port ? xasprintf(", port %ju", (uintmax_t)run->port) : xstrdup("");
	some = run && run->elsewhere && !view->to ?
	       xasprintf(", %ju of them", (uintmax_t)run_own(run)) : xstrdup("");
	text = xasprintf("%s, by %s%s%s%s%s", many, path, some, *some ? port + strspn(port, ",") :
			 port, run && *run->destination ? " towards " : "",
			 run ? run->destination : "");
	free(some);
	free(port);
	free(many);
	return text;
}

static void advise_earlier(const struct view *view, struct finding *finding,
			   const struct failing *way)
{
	if (!strcmp(way->level, "taken"))
		finding_advise(finding, "Reserve the ports that services listen on: portquota range "
			       "lists them.");
	advise_history(view, finding, "See when and how often");
	finding_advise(finding, "To be told in time: portquota check --since 300.");
}

/* Of one destination only the last run is known. */
static char *tell_count(const struct view *view, const struct failing *way, const struct run *run,
			uint64_t count)
{
	if (view->to && !run->over)
		return xasprintf("Calls %s", way->what);
	return xasprintf("%ju call%s %s%s", (uintmax_t)count, count == 1 ? "" : "s", way->what,
			 view->to ? "" : " since the module was loaded");
}

/* Of a cgroup that has no account nothing has failed. */
static uint64_t count_of(const struct view *view, const char *counter)
{
	const struct record *account;

	if (!view->cgroup)
		return record_count(&view->now->stat, counter);
	account = account_find(&view->now->accounts, view->cgroup);
	return account ? record_count(account, counter) : 0;
}

static void find_way(const struct view *view, struct findings *findings, const struct failing *way)
{
	uint64_t count = count_of(view, way->counter);
	const struct run *run = last_run(view, way);
	char *many, *when, *whose;
	struct finding *finding;

	if (!count || (view->to && !run))
		return;
	if (view->to)
		count = run_own(run);
	finding = findings_add(findings, CAUSE_EARLIER, true, LEVEL_FINE, count);
	when = tell_when(view, run);
	whose = tell_whose(view, run, way->counter, count);
	many = tell_count(view, way, run, count);
	finding->what = xasprintf("%s, %s%s.", many, when, whose);
	free(many);
	free(when);
	free(whose);
	if (run || most_failed(view, way->counter))
		record_add_text(&finding->who, "cgroup", run ? run->path :
							     most_failed(view, way->counter));
	if (run)
		finding_add_flow(finding, run->source, run->destination);
	if (run && run->port)
		record_add_number(&finding->who, "port", run->port);
	record_add_text(&finding->who, "failure", way->level);
	record_add_text(&finding->who, "resource", way->resource);
	record_add_number(&finding->figures, "count", count);
	if (run) {
		record_add_number(&finding->figures, "ago", view->now->wall > run->last ?
				  view->now->wall - run->last + 0.5 : 0);
		record_add_number(&finding->figures, "run.count", run->count);
	}
	advise_earlier(view, finding, way);
}

static bool is_told(const struct findings *findings, const struct failing *way)
{
	const struct finding *finding;

	for (size_t i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		if (!strcmp(way->level, "taken") && finding->cause == CAUSE_PORT &&
		    !strcmp(record_text(&finding->who, "resource"), way->resource))
			return true;
		/* That calls fail is certain, though the cause of it may be likely only. */
		if (!finding->certain && !record_count(&finding->figures, "exhausted"))
			continue;
		if (!strcmp(way->level, "deny") && finding->cause == CAUSE_RULE)
			return true;
		if (!strcmp(way->level, "exhausted") && !strcmp(way->resource, "tcp") &&
		    finding->cause == CAUSE_DESTINATION)
			return true;
		if (!strcmp(way->level, "exhausted") && finding->cause == CAUSE_RANGE &&
		    !strcmp(record_text(&finding->who, "resource"), way->resource))
			return true;
	}
	return false;
}

/**
 * find_earlier - what has failed before, and is not told as what fails now
 * @view: what is known
 * @findings: what is found is added; what is there is what fails now
 */
void find_earlier(const struct view *view, struct findings *findings)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (view_is_of(view, ways[i].resource) && !is_told(findings, &ways[i]))
			find_way(view, findings, &ways[i]);
}

/**
 * find_elsewhere - whether calls have failed in other namespaces, and where to ask
 * @view: what is known
 * @findings: what is found is added
 */
void find_elsewhere(const struct view *view, struct findings *findings)
{
	const struct neighbours *others = view->neighbours;
	struct finding *finding;

	if (!others->failing || view->to || view->cgroup)
		return;
	finding = findings_add(findings, CAUSE_ELSEWHERE, true, LEVEL_FINE, others->failed);
	finding->what = xasprintf("In %zu of %zu other network namespaces of this host calls found "
				  "no port since the module was loaded: %ju, and %ju of them in %s.",
				  others->failing, others->count, (uintmax_t)others->failed,
				  (uintmax_t)others->worst_failed, others->worst);
	record_add_text(&finding->who, "elsewhere", others->worst);
	record_add_number(&finding->figures, "namespaces", others->failing);
	record_add_number(&finding->figures, "count", others->failed);
	finding_advise(finding, "Ask there: portquota -A why, or with -n and its name or a pid in "
		       "it: portquota -n NAME why.");
}
