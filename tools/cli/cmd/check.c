// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota check: for monitoring. One line with what is wrong, and performance data behind a |,
 * as Nagios and its likes take it; exit 0 ok, 1 warning, 2 critical, 3 unknown.
 *
 * It has no memory: what counts is what is so now. Refusals of the past are performance data.
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
#include "show/json.h"

#define LOOKED_AT	64	/* destinations, the largest: ranges of their own are smaller */
#define NAMED	3	/* problems of one kind that are told one by one */

enum { OPT_WARN = 0x200, OPT_CRIT };

/* As they are exit codes; not in the order of how bad they are. */
enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN = CLI_UNKNOWN };

static const struct {
	const char *word;
	int weight;
} states[] = {
	[STATE_OK] = { "OK", 0 },
	[STATE_UNKNOWN] = { "UNKNOWN", 1 },
	[STATE_WARNING] = { "WARNING", 2 },
	[STATE_CRITICAL] = { "CRITICAL", 3 },
};

/**
 * struct check - a check being made
 * @warn: percent of the range
 * @crit: percent of the range
 * @state: the worst so far
 * @problems: what is wrong, the worst first
 * @fine: what is to be said if nothing is
 * @perf: performance data
 * @mode: enforce, audit or off; enforce where it is not told
 * @netns: what is being looked at is called that, "" if there is only one
 */
struct check {
	unsigned int warn;
	unsigned int crit;
	enum state state;
	json_t *problems[ARRAY_SIZE(states)];
	char *fine;
	char *perf;
	char mode[16];
	char netns[64];
};

static const struct argp_option options[] = {
	{ "warn", OPT_WARN, "PERCENT", 0, "Warning from so much of the range in use (75)", 0 },
	{ "crit", OPT_CRIT, "PERCENT", 0, "Critical from so much of the range in use (90)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static unsigned int parse_percent(const char *name, const char *arg, struct argp_state *state)
{
	size_t len = strspn(arg, "0123456789");
	long percent = strtol(arg, NULL, 10);

	if (!len || len > 3 || (arg[len] && strcmp(arg + len, "%")) || percent < 1 || percent > 100)
		argp_error(state, "--%s %s: not a percentage from 1 to 100", name, arg);
	return percent;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case OPT_WARN:
		c->warn = parse_percent("warn", arg, state);
		return 0;
	case OPT_CRIT:
		c->crit = parse_percent("crit", arg, state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? check takes options only", arg);
		return 0;
	case ARGP_KEY_END:
		if (c->warn > c->crit)
			argp_error(state, "--warn %u is more than --crit %u", c->warn, c->crit);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Check the network namespace, for monitoring: exit 0 ok, 1 warning, 2 critical, "
	       "3 unknown.",
};

/* Takes over the text. */
static void add_problem(struct check *c, enum state state, char *text)
{
	char *clean = term_clean(text), *told;

	told = *c->netns ? need_printf("%s: %s", c->netns, clean) : need_strdup(clean);
	json_array_append_new(c->problems[state], json_string(told) ?: json_string("?"));
	if (states[state].weight > states[c->state].weight)
		c->state = state;
	free(told);
	free(clean);
	free(text);
}

static void append(char **to, const char *separator, char *more)
{
	char *longer = **to ? need_printf("%s%s%s", *to, separator, more) : need_strdup(more);

	free(*to);
	free(more);
	*to = longer;
}

/* A label in quotes may hold anything but quotes and equals signs. */
static char *label_of(const struct check *c, const char *name)
{
	char *label = *c->netns ? need_printf("'%s %s'", c->netns, name) : need_strdup(name);

	for (char *at = label + 1; *c->netns && at[1]; at++)
		if (*at == '\'' || *at == '=' || *at == '|')
			*at = '_';
	return label;
}

static void add_perf(struct check *c, const char *name, char *value)
{
	char *label = label_of(c, name);

	append(&c->perf, " ", need_printf("%s=%s", label, value));
	free(label);
	free(value);
}

static void add_count(struct check *c, const struct record *stat, const char *key, const char *name,
		      const char *unit)
{
	uint64_t number;

	if (record_number(stat, key, &number))
		add_perf(c, name, need_printf("%ju%s", (uintmax_t)number, unit));
}

/* In percent, rounded up: a threshold is crossed by no less than it says. */
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
		add_problem(c, ports >= crit ? STATE_CRITICAL : STATE_WARNING,
			    need_printf("%s %s of the range in use, %ju of %ju ports", proto,
					percent, (uintmax_t)ports, (uintmax_t)usable));
	if (!*c->netns)
		append(&c->fine, ", ", need_printf("%s %s of the range", proto, percent));
	name = need_strdup(key);
	*strchr(name, '.') = '_';
	add_perf(c, name, need_printf("%ju;%ju;%ju;0;%ju", (uintmax_t)ports, (uintmax_t)warn,
				      (uintmax_t)crit, (uintmax_t)usable));
	free(name);
	free(percent);
}

static void check_stat(struct check *c, const struct record *stat)
{
	if (totals_are_dead(stat))
		add_problem(c, STATE_CRITICAL, need_printf("hooks %s: nothing is counted any more",
							   record_text(stat, "hooks")));
	if (!record_find(stat, "range.usable") || !record_find(stat, "tcp.ports"))
		add_problem(c, STATE_UNKNOWN, need_strdup("the module does not say how full the range is"));
	else if (!record_count(stat, "range.usable"))
		add_problem(c, STATE_CRITICAL, need_strdup("the range has no port that may be used"));
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

/* In audit a limit refuses nothing, and in off it is not even warned of. */
static bool is_enforced(const struct check *c)
{
	return !strcmp(c->mode, "enforce");
}

static char *tell_limit(const struct check *c, const struct limit *limit, bool full)
{
	return need_printf("%s %s %s.%s, %ju of %ju%s", record_text(limit->account, "path"),
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
	enum state state, at_max = is_enforced(c) ? STATE_CRITICAL : STATE_WARNING;

	if (!strcmp(c->mode, "off"))
		return;
	limit_list_fill(&list, accounts);
	for (size_t i = 0; i < list.count; i++) {
		limit = &list.limits[i];
		if (!limit_is_full(limit) && !limit_is_warned(limit))
			continue;
		which = limit_is_full(limit) ? &full : &warned;
		state = limit_is_full(limit) ? at_max : STATE_WARNING;
		if (++*which <= NAMED)
			add_problem(c, state, tell_limit(c, limit, limit_is_full(limit)));
	}
	if (full > NAMED)
		add_problem(c, at_max, need_printf("%zu more at their max", full - NAMED));
	if (warned > NAMED)
		add_problem(c, STATE_WARNING, need_printf("%zu more over their warn", warned - NAMED));
	limit_list_free(&list);
}

/* What is full towards one destination fails there, however much of the range is left. */
static void check_destinations(struct check *c, const struct destination_list *list)
{
	const struct record *dest;
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
		add_problem(c, used >= part_of(usable, c->crit) ? STATE_CRITICAL : STATE_WARNING,
			    need_printf("%s of the ports from %s to %s in use, %ju of %ju", percent,
					record_text(dest, "source"),
					record_text(dest, "destination"), (uintmax_t)used,
					(uintmax_t)usable));
		free(percent);
	}
}

static void name_netns(struct check *c)
{
	struct record rec = { 0 };

	netns_tag(&rec);
	if (record_find(&rec, "netns.name"))
		snprintf(c->netns, sizeof(c->netns), "%s", record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns.pid"))
		snprintf(c->netns, sizeof(c->netns), "pid %s", record_text(&rec, "netns.pid"));
	else if (record_find(&rec, "netns"))
		snprintf(c->netns, sizeof(c->netns), "%s", record_text(&rec, "netns"));
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
	c->netns[0] = '\0';
	return err;
}

/* What could not be looked at is a problem like others, and is told in the same line. */
static void add_complaints(struct check *c, char *complaints)
{
	char *line;

	while ((line = strsep(&complaints, "\n")))
		if (*line)
			add_problem(c, STATE_UNKNOWN, need_strdup(line));
}

static void put_mode(struct check *c)
{
	if (!is_enforced(c))
		append(&c->fine, ", ", need_printf("mode %s", c->mode));
}

/* A | would end the text, and it comes from names that anybody can give. */
static void put_problem(const char *text)
{
	char *escaped = record_escape(text, "|");

	fputs(escaped, stdout);
	free(escaped);
}

static json_t *all_problems(const struct check *c)
{
	static const enum state order[] = { STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN };
	json_t *all = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		json_array_extend(all, c->problems[order[i]]);
	return all;
}

static void put_result(const struct check *c)
{
	json_t *all = all_problems(c), *object, *text;
	size_t i;

	if (cli.json) {
		object = json_object();
		json_object_set_new(object, "state", json_string(states[c->state].word));
		json_object_set_new(object, "exit", json_integer(c->state));
		json_object_set_new(object, "problems", all);
		json_print(object);
		putchar('\n');
		return;
	}
	printf("PORTQUOTA %s - ", states[c->state].word);
	json_array_foreach(all, i, text) {
		fputs(i ? "; " : "", stdout);
		put_problem(json_string_value(text));
	}
	if (!json_array_size(all))
		fputs(*c->fine ? c->fine : "every namespace is fine", stdout);
	if (*c->perf)
		printf(" | %s", c->perf);
	putchar('\n');
	json_decref(all);
}

int word_check(int argc, char **argv)
{
	struct check c = { .warn = 75, .crit = 90, .fine = need_strdup(""), .perf = need_strdup("") };
	char *complaints = NULL;
	size_t size = 0;
	FILE *f;

	args_parse(&argp, argc, argv, &c);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		c.problems[i] = json_array();
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
	put_result(&c);
	if (fflush(stdout)) {
		say_error("standard output: %s", strerror(errno));
		exit(STATE_UNKNOWN);
	}
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		json_decref(c.problems[i]);
	free(complaints);
	free(c.fine);
	free(c.perf);
	return c.state;
}
