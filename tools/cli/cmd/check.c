// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota check: for monitoring. It prints one line with what is wrong, and performance data
 * behind a |, in the format of Nagios; it exits with 0 ok, 1 warning, 2 critical or 3 unknown.
 *
 * What is wrong is what is short by the same resources, and by the same thresholds unless others are
 * asked for, as why and status have. It keeps no state between runs; with --since it asks the
 * module's events what failed meanwhile. Where they tell of calls that may be failing now, it looks
 * twice, as why does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "lib/term.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/totals.h"
#include "resource/resources.h"
#include "resource/sentence.h"
#include "show/plugin.h"

#define NAMED	3	/* problems of one kind that are listed one by one */

/**
 * struct check - a check being made
 * @thresholds: from which percentage on something is short
 * @timeout: seconds after which it gives up
 * @verbose: each problem has a line of its own as well
 * @since: what failed within so many seconds counts; 0 for only what is so now
 * @result: what has been found
 */
struct check {
	struct thresholds thresholds;
	unsigned int since;
	unsigned int timeout;
	bool verbose;
	struct plugin result;
};

static void take_percent(const struct args_option *option, char *arg, void *to,
			 struct argp_state *state)
{
	size_t len = strspn(arg, "0123456789");
	long percent = strtol(arg, NULL, 10);

	if (!len || len > 3 || (arg[len] && strcmp(arg + len, "%")) || percent < 1 || percent > 100)
		argp_error(state, "--%s %s: not a percentage from 1 to 100", option->name, arg);
	*(unsigned int *)to = percent;
}

static void take_timeout(const struct args_option *option, char *arg, void *to,
			 struct argp_state *state)
{
	*(unsigned int *)to = args_whole_seconds(option, arg, 3600, state);
}

static void settle(void *input, struct argp_state *state)
{
	const struct check *c = input;

	if (c->thresholds.warn > c->thresholds.crit)
		argp_error(state, "--warn %u is more than --crit %u", c->thresholds.warn,
			   c->thresholds.crit);
}

static const struct args_option options[] = {
	ARGS_VALUE("warn", 'w', "PERCENT", take_percent, struct check, thresholds.warn,
		   "Warn when this much is in use (default 75)"),
	{ .name = "warning" },
	ARGS_VALUE("crit", 'c', "PERCENT", take_percent, struct check, thresholds.crit,
		   "Critical when this much is in use (default 90)"),
	{ .name = "critical" },
	ARGS_VALUE("since", 0, "SECONDS", args_take_since, struct check, since,
		   "Warn also of what failed within these last seconds"),
	ARGS_VALUE("timeout", 't', "SECONDS", take_timeout, struct check, timeout,
		   "Give up after that time, which is unknown"),
	ARGS_FLAG("verbose", 'v', struct check, verbose,
		  "Print each problem in a line of its own as well"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Check the network namespace, for monitoring: exit 0 ok, 1 warning, 2 critical, "
	       "3 unknown.",
	.options = options,
	.settle = settle,
};

/* Frees the text. */
static void add_problem(struct check *c, enum plugin_state state, char *text)
{
	plugin_add(&c->result, state, text);
}

static void add_count(struct check *c, const struct record *stat, const char *key, const char *name,
		      const char *unit)
{
	uint64_t number;

	if (record_number(stat, key, &number))
		plugin_add_perf(&c->result, name, xasprintf("%ju%s", (uintmax_t)number, unit));
}

/* Rounded up, so that no number below the percentage crosses the threshold. */
static uint64_t part_of(uint64_t whole, unsigned int percent)
{
	return (whole * percent + 99) / 100;
}

static void add_perf(struct check *c, const struct resource *res, const char *name)
{
	plugin_add_perf(&c->result, name,
			xasprintf("%ju;%ju;%ju;0;%ju", (uintmax_t)res->used,
				  (uintmax_t)part_of(res->capacity, c->thresholds.warn),
				  (uintmax_t)part_of(res->capacity, c->thresholds.crit),
				  (uintmax_t)res->capacity));
}

/* How full the ranges of the namespace are, whether or not anything is wrong. */
static void tell_ranges(struct check *c, const struct resources *resources)
{
	static const struct {
		const char *key;
		const char *name;
		const char *proto;
	} whole[] = { { "tcp.ports", "tcp_ports", "TCP" }, { "udp.ports", "udp_ports", "UDP" } };
	const struct resource *res;
	char *percent;

	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		res = &resources->list[i];
		if (!res->capacity || !record_find(&resources->now->stat, whole[i].key))
			continue;
		percent = term_percent(res->used, res->capacity);
		if (!*c->result.about)
			plugin_add_fine(&c->result, xasprintf("%s %s of the range", whole[i].proto,
							      percent));
		add_perf(c, res, whole[i].name);
		free(percent);
	}
}

/* The fullest destination: that is what really runs out first. */
static void tell_destination(struct check *c, const struct resources *resources)
{
	const struct resource *res, *best = NULL;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && res->capacity &&
		    (!best || (double)resource_lost(res) * best->capacity >
			      (double)resource_lost(best) * res->capacity))
			best = res;
	}
	if (!best)
		return;
	plugin_add_perf(&c->result, "destination",
			xasprintf("%ju;%ju;%ju;0;%ju", (uintmax_t)resource_lost(best),
				  (uintmax_t)part_of(best->capacity, c->thresholds.warn),
				  (uintmax_t)part_of(best->capacity, c->thresholds.crit),
				  (uintmax_t)best->capacity));
}

static void check_stat(struct check *c, const struct record *stat)
{
	if (totals_are_dead(stat))
		add_problem(c, PLUGIN_CRITICAL, xasprintf("hooks %s: nothing is counted any more",
							  record_text(stat, "hooks")));
	if (!record_find(stat, "range.usable") || !record_find(stat, "tcp.ports"))
		add_problem(c, PLUGIN_UNKNOWN,
			    xstrdup("the module does not say how full the range is"));
	else if (!record_count(stat, "range.usable"))
		add_problem(c, PLUGIN_CRITICAL,
			    xstrdup("the range has no port that may be used"));
}

static void count_stat(struct check *c, const struct record *stat)
{
	add_count(c, stat, "tcp.current", "tcp", "");
	add_count(c, stat, "udp.current", "udp", "");
	add_count(c, stat, "timewait.current", "timewait", "");
	add_count(c, stat, "tcp.denied", "tcp_denied", "c");
	add_count(c, stat, "udp.denied", "udp_denied", "c");
	add_count(c, stat, "tcp.exhausted", "tcp_exhausted", "c");
	add_count(c, stat, "udp.exhausted", "udp_exhausted", "c");
	add_count(c, stat, "tcp.taken", "tcp_taken", "c");
	add_count(c, stat, "udp.taken", "udp_taken", "c");
	add_count(c, stat, "timewait.overflow", "timewait_overflow", "c");
}

static enum plugin_state state_of(const struct resource *res)
{
	return res->level >= LEVEL_CRITICAL ? PLUGIN_CRITICAL : PLUGIN_WARNING;
}

/* A kind of resource, and how many of it are told, or would be */
struct kind {
	enum resource_kind kind;
	const char *more;
	size_t told;
	enum plugin_state worst;
};

/* No more than a few of a kind, for the line is to be read. */
static void check_kind(struct check *c, const struct resources *resources, struct kind *kind,
		       enum resource_level level)
{
	const struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != kind->kind || res->level != level)
			continue;
		if (++kind->told <= NAMED)
			add_problem(c, state_of(res), resource_sentence(res));
		else if (kind->worst != PLUGIN_CRITICAL)
			kind->worst = state_of(res);
	}
}

/* The worst first, of whatever kind, as status has it: what calls fail for is read first. */
static void check_resources(struct check *c, const struct resources *resources)
{
	struct kind kinds[] = {
		{ RESOURCE_RANGE, "ranges", 0, PLUGIN_OK },
		{ RESOURCE_DESTINATION, "destinations", 0, PLUGIN_OK },
		{ RESOURCE_LIMIT, "limits", 0, PLUGIN_OK },
		{ RESOURCE_PORT, "ports by their number", 0, PLUGIN_OK },
		{ RESOURCE_BUCKETS, "limits of TIME_WAITs", 0, PLUGIN_OK },
	};

	for (enum resource_level level = LEVEL_FULL; level >= LEVEL_WARNING; level--)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			check_kind(c, resources, &kinds[k], level);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		if (kinds[k].told > NAMED)
			add_problem(c, kinds[k].worst, xasprintf("%zu more %s",
								 kinds[k].told - NAMED,
								 kinds[k].more));
}

/* What failed is over, or it would be a resource that is short. */
static void check_history(struct check *c, const struct survey *now)
{
	const struct run *run;
	size_t told = 0;

	for (size_t i = now->history.count; c->since && i-- > 0; ) {
		run = &now->history.runs[i];
		if (run->audit || (run->over && now->wall - run->last > c->since))
			continue;
		if (++told <= NAMED)
			add_problem(c, PLUGIN_WARNING, run_sentence(run, now->wall));
	}
	if (told > NAMED)
		add_problem(c, PLUGIN_WARNING, xasprintf("%zu more runs of failing calls",
							 told - NAMED));
}

static void name_netns(struct check *c)
{
	char *title = netns_title();

	snprintf(c->result.about, sizeof(c->result.about), "%s", title ?: "");
	free(title);
}

static void put_mode(struct check *c, const char *mode)
{
	if (!*c->result.about)
		plugin_add_fine(&c->result, xasprintf("mode %s", mode));
}

/* Who holds it is looked for only where something is short. */
static int check_one(void *data)
{
	struct survey survey = { 0 }, before = { 0 };
	struct resources resources = { 0 };
	struct check *c = data;
	int err;

	name_netns(c);
	err = survey_take_twice(&survey, &before, SURVEY_DESTINATIONS);
	if (!err) {
		resources_fill(&resources, &survey, before.when ? &before : NULL);
		resources_judge(&resources, &c->thresholds);
		if (resources_are_short(&resources, LEVEL_WARNING)) {
			resources_look_closer(&resources, NULL);
			resources_judge(&resources, &c->thresholds);
		}
		check_stat(c, &survey.stat);
		check_resources(c, &resources);
		check_history(c, &survey);
		tell_ranges(c, &resources);
		tell_destination(c, &resources);
		count_stat(c, &survey.stat);
		if (strcmp(survey.mode, "enforce"))
			put_mode(c, survey.mode);
	}
	resources_free(&resources);
	survey_free(&survey);
	survey_free(&before);
	c->result.about[0] = '\0';
	return err;
}

/* Files and namespaces that could not be read are problems too, and are in the same line. */
static void add_complaints(struct check *c, char *complaints)
{
	char *line;

	while ((line = strsep(&complaints, "\n")))
		if (*line)
			add_problem(c, PLUGIN_UNKNOWN, xstrdup(line));
}

static bool understood;

/* A monitor shows what stands on standard output, and nothing else. */
static void tell_usage(int status, void *data)
{
	(void)data;
	if (!understood && status == PLUGIN_UNKNOWN)
		puts("PORTQUOTA UNKNOWN - wrong usage: portquota check --help");
}

/* In a handler: nothing but what is safe there. */
static void give_up(int number)
{
	static const char text[] = "PORTQUOTA UNKNOWN - timed out\n";

	(void)number;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(PLUGIN_UNKNOWN);
	_exit(PLUGIN_UNKNOWN);
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .thresholds = resource_thresholds };
	enum plugin_state state;
	char *complaints = NULL;
	size_t size = 0;
	FILE *f;

	on_exit(tell_usage, NULL);
	args_parse(&takes, argc, argv, &c);
	understood = true;
	plugin_begin(&c.result);
	c.result.verbose = c.verbose;
	if (c.timeout) {
		signal(SIGALRM, give_up);
		alarm(c.timeout);
	}
	f = open_memstream(&complaints, &size);
	say_into(f);
	netns_each(check_one, &c);
	say_into(NULL);
	if (f)
		fclose(f);
	add_complaints(&c, complaints);
	plugin_print(&c.result);
	if (fflush(stdout)) {
		say_error("standard output: %s", strerror(errno));
		exit(PLUGIN_UNKNOWN);
	}
	state = c.result.state;
	plugin_free(&c.result);
	free(complaints);
	return state;
}
