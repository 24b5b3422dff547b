// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota check: for monitoring. It prints one line with what is wrong, and performance data
 * behind a |, in the format of Nagios; it exits with 0 ok, 1 warning, 2 critical or 3 unknown.
 *
 * It keeps no state between runs: only the present state of the namespace counts. Refusals of the
 * past are performance data.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/term.h"
#include "model/destination.h"
#include "model/kfile.h"
#include "model/limit.h"
#include "model/netns.h"
#include "model/totals.h"
#include "show/plugin.h"

#define LOOKED_AT	64	/* destinations, the largest: ranges of their own are smaller */
#define NAMED	3	/* problems of one kind that are listed one by one */

/**
 * struct check - a check being made
 * @warn: percent of the range
 * @crit: percent of the range
 * @mode: enforce, audit or off; enforce if the module does not say
 * @result: what has been found
 */
struct check {
	unsigned int warn;
	unsigned int crit;
	char mode[16];
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

static void settle(void *input, struct argp_state *state)
{
	const struct check *c = input;

	if (c->warn > c->crit)
		argp_error(state, "--warn %u is more than --crit %u", c->warn, c->crit);
}

static const struct args_option options[] = {
	ARGS_VALUE("warn", 0, "PERCENT", take_percent, struct check, warn,
		   "Warn when this much of the range is in use (default 75)"),
	ARGS_VALUE("crit", 0, "PERCENT", take_percent, struct check, crit,
		   "Critical when this much of the range is in use (default 90)"),
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

static void check_ports(struct check *c, const struct record *stat, const char *key,
			const char *proto)
{
	const char *word = strcmp(proto, "UDP") ? "tcp" : "udp";
	uint64_t ports, usable = account_usable(stat, word), warn, crit;
	char *percent, *name;

	if (!usable || !record_number(stat, key, &ports))
		return;
	warn = part_of(usable, c->warn);
	crit = part_of(usable, c->crit);
	percent = term_percent(ports, usable);
	if (ports >= warn)
		add_problem(c, ports >= crit ? PLUGIN_CRITICAL : PLUGIN_WARNING,
			    xasprintf("%s %s of the range in use, %ju of %ju ports", proto,
				      percent, (uintmax_t)ports, (uintmax_t)usable));
	if (!*c->result.about)
		plugin_add_fine(&c->result, xasprintf("%s %s of the range", proto, percent));
	name = xstrdup(key);
	*strchr(name, '.') = '_';
	plugin_add_perf(&c->result, name,
			xasprintf("%ju;%ju;%ju;0;%ju", (uintmax_t)ports, (uintmax_t)warn,
				  (uintmax_t)crit, (uintmax_t)usable));
	free(name);
	free(percent);
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
	check_ports(c, stat, "tcp.ports", "TCP");
	check_ports(c, stat, "udp.ports", "UDP");
	add_count(c, stat, "tcp.current", "tcp", "");
	add_count(c, stat, "udp.current", "udp", "");
	add_count(c, stat, "timewait.current", "timewait", "");
	add_count(c, stat, "tcp.denied", "tcp_denied", "c");
	add_count(c, stat, "udp.denied", "udp_denied", "c");
	add_count(c, stat, "tcp.exhausted", "tcp_exhausted", "c");
	add_count(c, stat, "udp.exhausted", "udp_exhausted", "c");
}

/* In mode audit a limit refuses nothing, and in mode off the module does not warn of it either. */
static bool is_enforced(const struct check *c)
{
	return !strcmp(c->mode, "enforce");
}

static char *tell_limit(const struct check *c, const struct limit *limit, bool full)
{
	return xasprintf("%s %s %s.%s, %ju of %ju%s", record_text(limit->account, "path"),
			 full ? "is at its" : "is over its", limit->resource,
			 full ? "max" : "warn", (uintmax_t)limit->current,
			 (uintmax_t)(full ? limit->max : limit->warn),
			 full && !is_enforced(c) ? " (audit: nothing is refused)" : "");
}

static void check_limits(struct check *c, const struct account_list *accounts)
{
	size_t full = 0, warned = 0, *which;
	struct limit_list list = { 0 };
	const struct limit *limit;
	enum plugin_state state, at_max = is_enforced(c) ? PLUGIN_CRITICAL : PLUGIN_WARNING;

	if (!strcmp(c->mode, "off"))
		return;
	limit_list_fill(&list, accounts);
	for (size_t i = 0; i < list.count; i++) {
		limit = &list.limits[i];
		if (!limit_is_full(limit) && !limit_is_warned(limit))
			continue;
		which = limit_is_full(limit) ? &full : &warned;
		state = limit_is_full(limit) ? at_max : PLUGIN_WARNING;
		if (++*which <= NAMED)
			add_problem(c, state, tell_limit(c, limit, limit_is_full(limit)));
	}
	if (full > NAMED)
		add_problem(c, at_max, xasprintf("%zu more at their max", full - NAMED));
	if (warned > NAMED)
		add_problem(c, PLUGIN_WARNING,
			    xasprintf("%zu more over their warn", warned - NAMED));
	limit_list_free(&list);
}

/* A connect() to a destination without a free port fails, however much of the range is left. */
static void check_destinations(struct check *c, const struct destination_list *list)
{
	const struct record *dest;
	enum plugin_state state;
	uint64_t used, usable;
	size_t told = 0;
	char *percent;

	for (size_t i = 0; i < list->count && told < NAMED; i++) {
		dest = &list->recs[i];
		usable = record_count(dest, "usable");
		used = record_count(dest, "used");
		if (!usable || used < part_of(usable, c->warn))
			continue;
		told++;
		percent = term_percent(used, usable);
		state = used >= part_of(usable, c->crit) ? PLUGIN_CRITICAL : PLUGIN_WARNING;
		add_problem(c, state,
			    xasprintf("%s of the ports from %s to %s in use, %ju of %ju", percent,
				      record_text(dest, "source"),
				      record_text(dest, "destination"), (uintmax_t)used,
				      (uintmax_t)usable));
		free(percent);
	}
}

static void name_netns(struct check *c)
{
	char *about = c->result.about;
	size_t size = sizeof(c->result.about);
	struct record rec = { 0 };

	netns_tag(&rec);
	if (record_find(&rec, "netns.name"))
		snprintf(about, size, "%s", record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns.pid"))
		snprintf(about, size, "pid %s", record_text(&rec, "netns.pid"));
	else if (record_find(&rec, "netns"))
		snprintf(about, size, "%s", record_text(&rec, "netns"));
	record_free(&rec);
}

static int check_one(void *data)
{
	struct destination_list destinations = { 0 };
	struct account_list accounts = { 0 };
	struct record stat = { 0 };
	struct check *c = data;
	int err;

	name_netns(c);
	err = kfile_read_flat(KFILE_STAT, &stat) ?: account_list_read(&accounts, 0) ?:
	      destination_list_read(&destinations, LOOKED_AT);
	if (!err) {
		check_stat(c, &stat);
		check_destinations(c, &destinations);
		check_limits(c, &accounts);
	}
	destination_list_free(&destinations);
	account_list_free(&accounts);
	record_free(&stat);
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

static void put_mode(struct check *c)
{
	if (!is_enforced(c))
		plugin_add_fine(&c->result, xasprintf("mode %s", c->mode));
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .warn = 75, .crit = 90 };
	enum plugin_state state;
	char *complaints = NULL;
	size_t size = 0;
	FILE *f;

	args_parse(&takes, argc, argv, &c);
	plugin_begin(&c.result);
	if (!kfile_peek(KFILE_MODE, c.mode, sizeof(c.mode)))
		strcpy(c.mode, "enforce");
	f = open_memstream(&complaints, &size);
	say_into(f);
	netns_each(check_one, &c);
	say_into(NULL);
	if (f)
		fclose(f);
	add_complaints(&c, complaints);
	put_mode(&c);
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
