// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota check: for monitoring. It prints one line with what is wrong, and performance data
 * behind a |, in the format of Nagios; it exits with 0 ok, 1 warning, 2 critical or 3 unknown.
 *
 * What is wrong is what is short by the same resources, and by the same thresholds unless others
 * are asked for, as why and status have. It keeps no state between runs; with --since it asks the
 * module's events what failed meanwhile. Where they tell of calls that may be failing now, it looks
 * twice, as why does. Whatever happens, there is a line on standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/check_figures.h"
#include "cmd/check_fine.h"
#include "cmd/commands.h"
#include "cmd/promise.h"
#include "cmd/thresholds.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/module.h"
#include "model/cgroup.h"
#include "model/totals.h"
#include "resource/concern.h"
#include "resource/resources.h"
#include "resource/round.h"
#include "resource/sentence.h"
#include "show/plugin.h"

#define CLOSER	10	/* namespaces in which it is found out who holds what is short */

/**
 * struct check - a check being made
 * @thresholds: from which percentage on something is short
 * @since: what failed within so many seconds counts; 0 for only what is so now
 * @cgroup: only what this cgroup and those below it need; NULL for all
 * @timeout: seconds after which it gives up
 * @verbose: each problem has a line of its own as well
 * @result: what has been found
 * @round: the namespaces
 * @resources: the resources of each
 * @closer: whether there is a closer look at it
 */
struct check {
	struct thresholds thresholds;
	unsigned int since;
	const char *cgroup;
	unsigned int timeout;
	bool verbose;
	struct plugin result;
	struct round round;
	struct resources *resources;
	bool *closer;
};

static void take_timeout(const struct args_option *option, char *arg, void *to,
			 struct argp_state *state)
{
	*(unsigned int *)to = args_whole_seconds(option, arg, 3600, state);
}

static void settle(void *input, struct argp_state *state)
{
	const struct check *c = input;

	thresholds_settle(&c->thresholds, state);
}

static const struct args_option options[] = {
	ARGS_VALUE("warn", 'w', "PERCENT", thresholds_take_warn, struct check, thresholds,
		   "Warn when this much is in use (default 75); tcp=, udp=, destination=, limit= or "
		   "timewait= in front for that alone"),
	{ .name = "warning" },
	ARGS_VALUE("crit", 'c', "PERCENT", thresholds_take_crit, struct check, thresholds,
		   "Critical when this much is in use (default 90)"),
	{ .name = "critical" },
	ARGS_VALUE("cgroup", 0, "CGROUP", args_take_cgroup, struct check, cgroup,
		   "Check only what this cgroup and those below it need"),
	ARGS_VALUE("since", 0, "SECONDS", args_take_since, struct check, since,
		   "Warn also of what failed within these last seconds"),
	ARGS_VALUE("timeout", 't', "SECONDS", take_timeout, struct check, timeout,
		   "Give up after that time, which is unknown"),
	ARGS_FLAG("verbose", 'v', struct check, verbose,
		  "Print each problem in a line of its own as well"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct check *c = input;

	args_cgroup(&c->cgroup, arg, state);
}

static const struct args takes = {
	.doc = "Check the network namespace, for monitoring: exit 0 ok, 1 warning, 2 critical, "
	       "3 unknown.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
	.settle = settle,
};

/* Frees the text. */
static void add_problem(struct check *c, enum plugin_state state, char *text)
{
	plugin_add(&c->result, state, text);
}

/* The host's list says less than the namespace's own files. */
static void check_stat(struct check *c, const struct look *look)
{
	const struct record *stat = &look->now.stat;

	if (totals_are_dead(stat))
		add_problem(c, PLUGIN_CRITICAL, xasprintf("hooks %s: nothing is counted any more",
							  record_text(stat, "hooks")));
	if (!look->entered)
		return;
	if (!record_find(stat, "range.usable") || !record_find(stat, "tcp.ports"))
		add_problem(c, PLUGIN_UNKNOWN,
			    xstrdup("the module does not say how full the range is"));
}

static enum plugin_state state_of(const struct resource *res)
{
	return res->level >= LEVEL_CRITICAL ? PLUGIN_CRITICAL : PLUGIN_WARNING;
}

static void check_kind(struct check *c, const struct resources *resources, enum resource_kind kind,
		       enum resource_level level)
{
	const struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == kind && res->level == level && resource_concerns(res, c->cgroup))
			add_problem(c, state_of(res), resource_sentence(res));
	}
}

/*
 * The worst first, of whatever kind, as status has it: what calls fail for is read first. All of
 * them: it is for the result to say how many of them go into a line that is to be read.
 */
static void check_resources(struct check *c, const struct resources *resources)
{
	static const enum resource_kind kinds[] = {
		RESOURCE_RANGE, RESOURCE_DESTINATION, RESOURCE_LIMIT, RESOURCE_PORT,
		RESOURCE_BUCKETS,
	};

	for (enum resource_level level = LEVEL_FULL; level >= LEVEL_WARNING; level--)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			check_kind(c, resources, kinds[k], level);
}

/* What failed is over, or it would be a resource that is short. */
static void check_history(struct check *c, const struct survey *now)
{
	const struct run *run;

	for (size_t i = now->history.count; c->since && i-- > 0; ) {
		run = &now->history.runs[i];
		if (run->audit || (run->over && now->wall - run->last > c->since) ||
		    (c->cgroup && !account_is_below(run->path, c->cgroup)))
			continue;
		add_problem(c, PLUGIN_WARNING, run_sentence(run, now->wall));
	}
}

static void tell_one(struct check *c)
{
	const struct resources *resources = c->resources;
	const struct survey *now = resources->now;

	if (c->cgroup) {
		fine_cgroup(&c->result, &c->round, c->cgroup);
		figures_of_cgroup(&c->result, resources, &c->thresholds, c->cgroup);
		if (!account_find(&now->accounts, c->cgroup))
			cgroup_tell_missing(c->cgroup);
	} else {
		fine_ranges(&c->result, resources);
		figures_of_namespace(&c->result, resources, &c->thresholds);
	}
	if (strcmp(now->mode, "enforce"))
		plugin_add_fine(&c->result, xasprintf("mode %s", now->mode));
}

/*
 * Namespaces come and go while a check runs, and one that is odd is no reason not to hear of the
 * others: it is told, and counted.
 */
static void tell_all(struct check *c)
{
	size_t totals = 0, unread = 0;

	for (size_t i = 0; i < c->round.count; i++) {
		totals += !c->round.looks[i].entered;
		unread += c->round.looks[i].entered && !c->round.looks[i].read;
	}
	if (c->cgroup)
		fine_cgroup(&c->result, &c->round, c->cgroup);
	plugin_add_fine(&c->result, xasprintf("%zu namespaces are fine", c->round.count - unread));
	if (totals)
		plugin_add_fine(&c->result, xasprintf("%zu of them by their totals only", totals));
	if (unread)
		plugin_add_note(&c->result, xasprintf("%zu could not be read", unread));
	figures_of_all(&c->result, c->resources, c->round.count, &c->thresholds, c->cgroup);
	plugin_add_perf(&c->result, "unread", xasprintf("%zu", unread));
}

static struct resources *resources_of(const struct check *c, const struct look *look)
{
	return &c->resources[look - c->round.looks];
}

/*
 * Who holds it is looked for only where something is short, the worst first: it takes a walk
 * through all sockets of the host, and no more is told than that many.
 */
static void choose_closer(struct check *c)
{
	size_t count = 0;

	for (enum resource_level level = LEVEL_FULL; level >= LEVEL_WARNING; level--)
		for (size_t i = 0; i < c->round.count && count < CLOSER; i++) {
			if (c->closer[i] || !c->round.looks[i].read ||
			    !resources_are_short(&c->resources[i], level))
				continue;
			c->closer[i] = true;
			count++;
		}
}

static bool is_closer(const struct look *look, void *data)
{
	const struct check *c = data;

	return c->closer[look - c->round.looks];
}

static int look_closer(struct look *look, void *data)
{
	struct check *c = data;

	resources_look_closer(resources_of(c, look), NULL);
	resources_judge(resources_of(c, look), &c->thresholds);
	return 0;
}

static void find_problems(struct check *c)
{
	const struct look *look;

	for (size_t i = 0; i < c->round.count; i++) {
		look = &c->round.looks[i];
		if (look->entered && !look->read)
			continue;
		c->result.about = look->title;
		check_stat(c, look);
		check_resources(c, &c->resources[i]);
		check_history(c, &look->now);
	}
	c->result.about = NULL;
}

static void look(struct check *c)
{
	struct look *look;

	round_take(&c->round, SURVEY_DESTINATIONS);
	c->resources = xrealloc(NULL, c->round.count, sizeof(*c->resources));
	for (size_t i = 0; i < c->round.count; i++) {
		look = &c->round.looks[i];
		resources_fill(&c->resources[i], &look->now,
			       look->before.when ? &look->before : NULL);
		resources_judge(&c->resources[i], &c->thresholds);
	}
	c->closer = xrealloc(NULL, c->round.count, sizeof(*c->closer));
	memset(c->closer, 0, c->round.count * sizeof(*c->closer));
	choose_closer(c);
	round_again(&c->round, is_closer, look_closer, c);
	find_problems(c);
	if (cli.all)
		tell_all(c);
	else if (c->round.count && c->round.looks->read)
		tell_one(c);
	for (size_t i = 0; i < c->round.count; i++)
		resources_free(&c->resources[i]);
	free(c->closer);
	free(c->resources);
}

static bool any_was_read(const struct check *c)
{
	for (size_t i = 0; i < c->round.count; i++)
		if (c->round.looks[i].read)
			return true;
	return false;
}

/*
 * Files and namespaces that could not be read are problems too, and are in the same line. Of
 * several namespaces those that could not be read are counted, if any could.
 */
static void add_complaints(struct check *c, char *complaints)
{
	char *line;

	if (cli.all && any_was_read(c))
		return;
	while ((line = strsep(&complaints, "\n")))
		if (*line)
			add_problem(c, PLUGIN_UNKNOWN, xstrdup(line));
}

static int print(struct check *c)
{
	enum plugin_state state = c->result.state;

	promise_kept();
	plugin_print(&c->result);
	if (!fflush(stdout))
		return state;
	say_error("standard output: %s", strerror(errno));
	exit(PLUGIN_UNKNOWN);
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .thresholds = resource_thresholds };
	double began = interval_clock();
	enum plugin_state state;
	char *complaints = NULL;
	size_t size = 0;
	FILE *f;

	promise_answer();
	args_parse(&takes, argc, argv, &c);
	plugin_begin(&c.result);
	c.result.verbose = c.verbose;
	alarm(c.timeout);
	f = open_memstream(&complaints, &size);
	say_into(f);
	look(&c);
	say_into(NULL);
	if (f)
		fclose(f);
	add_complaints(&c, complaints);
	if (!c.round.count && c.result.state == PLUGIN_OK)
		add_problem(&c, PLUGIN_UNKNOWN, xstrdup("there is no network namespace"));
	round_free(&c.round);
	plugin_add_perf(&c.result, "time", xasprintf("%.3fs", interval_clock() - began));
	state = print(&c);
	plugin_free(&c.result);
	free(complaints);
	return state;
}
