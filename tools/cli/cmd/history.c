// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota history: what happened, from the rows that record has kept: how full it was at most and
 * through whom, which thresholds were crossed, whose calls failed; and where the record has gaps.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/period.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/term.h"
#include "lib/when.h"
#include "model/archive.h"
#include "model/row.h"
#include "resource/story.h"
#include "show/table.h"

#define DAY	86400

/**
 * struct asked - what is asked for
 * @period: of when
 * @cgroup: only this one and those below it; NULL for all
 * @last: of what happened, only so much of the last; 0 for all
 */
struct asked {
	struct period period;
	const char *cgroup;
	unsigned long last;
};

static void settle(void *input, struct argp_state *state)
{
	struct asked *asked = input;

	args_doubt_count("--last");
	if (cli.netns)
		argp_error(state, "history is of the whole host; -n cannot be used");
	period_fill(&asked->period, interval_wall());
	period_check(&asked->period, state);
}

static const struct args_option options[] = {
	ARGS_VALUE("cgroup", 'a', "CGROUP", args_take_cgroup, struct asked, cgroup,
		   "Show only this cgroup and those below it"),
	{ .name = "account" },
	ARGS_VALUE("last", 0, "N", args_take_count, struct asked, last,
		   "Of what happened, show only the last N"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct asked *asked = input;

	args_cgroup(&asked->cgroup, arg, state);
}

static const struct args takes = {
	.doc = "Show what happened, from the rows that record has kept.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
	.shared = period_options,
	.settle = settle,
};

/* What was full or failed is the end of DETAIL, and whose it was is rather CGROUP than PROGRAM. */
static const struct column columns[] = {
	{ .head = "WHEN", .key = "when" },
	{ .head = "UNTIL", .key = "over", .drop = 3, .optional = true },
	{ .head = "WHAT", .key = "word" },
	{ .head = "OF", .key = "resource", .optional = true },
	{ .head = "CALLS", .key = "calls", .kind = COL_TROUBLE, .optional = true },
	{ .head = "HELD", .key = "current", .kind = COL_NUMBER, .optional = true },
	{ .head = "LIMIT", .key = "limit", .kind = COL_NUMBER, .drop = 2, .optional = true },
	{ .head = "FULL", .key = "current", .whole = "limit", .kind = COL_SHARE, .drop = 6,
	  .optional = true },
	{ .head = "PROGRAM", .key = "comm", .drop = -1, .optional = true },
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .drop = 4, .optional = true },
	{ .head = "DETAIL", .key = "detail", .drop = -2, .optional = true, .least = 14,
	  .shorten = 5 },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

static const struct {
	const char *what;
	const char *word;
	const char *detail;
} words[] = {
	{ "deny", "denied", NULL },
	{ "destination", "warn", NULL },
	{ "peak", "peak", NULL },
	{ "held", "held", NULL },
	{ "counted", "failed", NULL },
	{ "lost", "lost", NULL },
	{ "gap", "gap", "no rows: the recorder did not run" },
	{ "reboot", "reboot", "the machine was booted" },
	{ "reload", "reload", "the module was loaded again" },
	{ "clock", "clock", NULL },
	{ "thin", "thin", "rows have less in them, to keep the day within its size" },
	{ "short", "short", "rows have some totals only, to keep the day within its size" },
};

/* What people call it, and all JSON: a word of the manual's table */
static const char *word_of(const json_t *incident)
{
	const char *what = json_text_of(incident, "what");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].what, what))
			return words[i].word;
	return what;
}

static const char *known_detail(const json_t *incident)
{
	const char *what = json_text_of(incident, "what");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].what, what))
			return words[i].detail;
	return NULL;
}

/* They are in the order of time. */
static void keep_last(json_t *list, size_t last)
{
	while (json_array_size(list) > last)
		json_array_remove(list, 0);
}

static void print_json(json_t *list)
{
	json_t *incident;
	size_t i;

	json_array_foreach(list, i, incident)
		json_object_set_new(incident, "what", json_string(word_of(incident)));
	json_list_print(list);
}

static char *tell_detail(const json_t *incident)
{
	const char *cut = json_text_of(incident, "cut");
	const char *what = json_text_of(incident, "what");
	double seconds = json_number_of(incident, "seconds");
	/* An account has room for a few runs at once, and the rest counts in one of them. */
	const char *others = json_number_of(incident, "elsewhere") ? ", and others" : "";

	if (!strcmp(what, "clock"))
		return xasprintf("the clock was set %s by %.0f s",
				 seconds < 0 ? "back" : "forward", fabs(seconds));
	if (!strcmp(what, "lost"))
		return xasprintf("%.0f events are not in the record",
				 json_number_of(incident, "events"));
	if (!strcmp(what, "counted"))
		return xasprintf("%s, by the counters", json_text_of(incident, "failure"));
	if (!strcmp(what, "early"))
		return xasprintf("%s, after %.0f s", json_text_of(incident, "reason"),
				 json_number_of(incident, "lasted"));
	if (json_object_get(incident, "destination"))
		return xasprintf("from %s to %s%s", json_text_of(incident, "source"),
				 json_text_of(incident, "destination"), others);
	if (json_object_get(incident, "port"))
		return xasprintf("port %.0f%s", json_number_of(incident, "port"), others);
	if (json_is_true(json_object_get(incident, "audit")))
		return xstrdup("mode audit: let through");
	if (*cut)
		return xasprintf("seen until the %s", cut);
	return NULL;
}

/* The end of what did not last for a day is told by the time of day. */
static char *format_until(const json_t *incident, const char *format)
{
	double when = json_number_of(incident, "time"), until = json_number_of(incident, "until");

	if (!json_object_get(incident, "until"))
		return NULL;
	if (json_is_null(json_object_get(incident, "until")))
		return xstrdup("open");
	return when_format(until, until - when < DAY ? "%H:%M:%S" : format);
}

/* Where all is of one namespace, that is not told in each line. */
static bool is_of_one(const json_t *list)
{
	const char *first = "", *netns;
	json_t *incident;
	size_t i;

	json_array_foreach(list, i, incident) {
		netns = json_text_of(incident, "netns");
		if (*netns && *first && strcmp(netns, first))
			return false;
		first = *netns ? netns : first;
	}
	return true;
}

/* @format: with a date or without; @netns: tell the namespace */
static void put_incident(struct table *table, json_t *incident, const char *format,
			 bool netns)
{
	char *when = when_format(json_number_of(incident, "time"), format);
	char *until = format_until(incident, format), *detail = tell_detail(incident);
	const char *known = known_detail(incident);
	struct record rec = { 0 };

	if (known && !detail)
		detail = xstrdup(known);
	record_add_text(&rec, "when", when);
	if (until)
		record_add_text(&rec, "over", until);
	record_add_text(&rec, "word", word_of(incident));
	if (detail)
		record_add_text(&rec, "detail", detail);
	if (!netns)
		json_object_del(incident, "netns");
	row_to_record(incident, &rec);
	table_row(table, &rec);
	record_free(&rec);
	free(detail);
	free(until);
	free(when);
}

static bool is_one_day(double a, double b)
{
	char *x = when_format(a, "%F"), *y = when_format(b, "%F");
	bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

static void put_story(const struct story *story, json_t *list)
{
	const char *format = is_one_day(story->first, story->last) ? "%H:%M:%S" :
								     "%Y-%m-%d %H:%M:%S";
	char *first = when_format(story->first, "%Y-%m-%d %H:%M:%S");
	char *last = when_format(story->last, "%Y-%m-%d %H:%M:%S %Z");
	bool several = !is_of_one(list);
	struct table table;
	json_t *incident;
	size_t i;

	if (!cli.no_header)
		printf("%s%zu row%s from %s to %s%s\n", term_on(TONE_FAINT), story->rows,
		       story->rows == 1 ? "" : "s", first, last, term_off(TONE_FAINT));
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	json_array_foreach(list, i, incident)
		put_incident(&table, incident, format, several);
	table_end(&table, 0);
	free(first);
	free(last);
}

static int no_rows(const struct period *period)
{
	char *since = when_format(period->since.at, "%Y-%m-%d %H:%M:%S");
	char *until = when_format(period->until.at, "%Y-%m-%d %H:%M:%S");

	say_error("%s: no row from %s to %s", period->dir, since, until);
	free(until);
	free(since);
	return -1;
}

int cmd_history(int argc, char **argv)
{
	struct asked asked = { .period.dir = ARCHIVE_DIR };
	const struct period *period = &asked.period;
	struct day_faults faults = { 0 };
	struct story story;
	json_t *list;
	bool told;
	int err;

	args_parse(&takes, argc, argv, &asked);
	story_begin(&story, period->since.at, period->until.at, asked.cgroup);
	err = archive_each(period->dir, period->since.at - STORY_BEFORE,
			   period->until.at + STORY_AFTER, story_take, &story, &faults);
	list = story_end(&story);
	if (asked.last)
		keep_last(list, asked.last);
	/* Between two rows there are none, and yet things can happen that the later one has. */
	told = story.rows || (story.goes_on && json_array_size(list));
	if (!err && !told)
		err = no_rows(period);
	else if (told && cli.json)
		print_json(list);
	else if (told)
		put_story(&story, list);
	json_decref(list);
	return err || faults.lines ? CLI_FAILED : CLI_DONE;
}
