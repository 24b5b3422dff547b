// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota plot: a picture of a day, from the rows that record has kept: ports, TIME_WAITs, the
 * largest cgroups and fullest destinations, calls that failed, and what events tell. It goes to
 * standard output.
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
#include "lib/when.h"
#include "model/archive.h"
#include "model/row.h"
#include "resource/curves.h"
#include "resource/story.h"
#include "show/chart.h"

#define LARGEST		5	/* of cgroups and of destinations */

/**
 * struct plot - what is asked for, and what the rows have
 * @period: of when
 * @file: a day's file in place of the archive; NULL for none
 * @chart: the picture
 * @curves: what the rows have
 * @story: what happened
 */
struct plot {
	struct period period;
	const char *file;
	struct chart chart;
	struct curves curves;
	struct story story;
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct plot *plot = input;

	if (plot->file)
		argp_error(state, "'%s': one file can be drawn, and '%s' is one already", arg,
			   plot->file);
	plot->file = arg;
}

static void settle(void *input, struct argp_state *state)
{
	struct plot *plot = input;

	if (cli.json)
		argp_error(state, "plot draws; for JSON: portquota history -j, or the files");
	if (cli.all)
		argp_error(state, "plot is of one network namespace; -A cannot be used");
	/* Of a file all is drawn, where no other time is asked for. */
	if (!plot->file)
		period_fill(&plot->period, interval_wall());
	period_check(&plot->period, state);
}

static const struct args takes = {
	.doc = "Draw a picture of a day, from the rows that record has kept, as SVG on standard "
	       "output: portquota plot >day.svg. A FILE is one of the record's, of which all is "
	       "drawn.",
	.operands_doc = "[FILE]",
	.shared = period_options,
	.operand = take_operand,
	.settle = settle,
};

static bool take(json_t *row, void *data)
{
	struct plot *plot = data;

	curves_take(&plot->curves, row);
	return story_take(row, &plot->story);
}

static const struct {
	const char *what;
	const char *name;
	const char *color;
} lanes[] = {
	{ "warn", "near a limit", "#e69f00" },
	{ "destination", "destination", "#f0b84d" },
	{ "forecast", "soon full", "#56b4e9" },
	{ "deny", "denied", "#d55e00" },
	{ "exhausted", "exhausted", "#b00020" },
	{ "taken", "port taken", "#cc79a7" },
	{ "early", "early end", "#999" },
	{ "lost", "events lost", "#777" },
	{ "thin", "thin rows", "#ccc" },
	{ "short", "totals only", "#aaa" },
	{ "gap", "no rows", "#bbb" },
	{ "reload", "reloaded", "#444" },
	{ "reboot", "booted", "#000" },
	{ "clock", "clock set", "#444" },
};

static char *tell_incident(const json_t *incident, const char *name)
{
	char *from = when_format(json_number_of(incident, "time"), "%F %T"), *text;
	char *until = json_is_number(json_object_get(incident, "until")) ?
		      when_format(json_number_of(incident, "until"), " to %T") : xstrdup("");
	char *held = json_object_get(incident, "current") ?
		     xasprintf(", %.0f of %.0f", json_number_of(incident, "current"),
			       json_number_of(incident, "limit")) : xstrdup("");
	char *calls = json_object_get(incident, "calls") ?
		      xasprintf(", %.0f calls", json_number_of(incident, "calls")) : xstrdup("");

	text = xasprintf("%s%s: %s %s%s%s %s%s%s", from, until, name, json_text_of(incident, "resource"),
			 held, calls, json_text_of(incident, "cgroup"),
			 *json_text_of(incident, "destination") ? " to " : "",
			 json_text_of(incident, "destination"));
	free(calls);
	free(held);
	free(until);
	free(from);
	return text;
}

static bool is_of_lane(const struct plot *plot, const json_t *incident, const char *what)
{
	return !strcmp(json_text_of(incident, "what"), what) &&
	       curves_have(&plot->curves, incident);
}

static size_t count_lane(const struct plot *plot, const json_t *list, size_t lane)
{
	size_t count = 0, i;
	json_t *incident;

	json_array_foreach(list, i, incident)
		count += is_of_lane(plot, incident, lanes[lane].what);
	return count;
}

/* What was not over when the record ends goes on to its end. */
static void draw_lane(struct plot *plot, const json_t *list, size_t lane)
{
	json_t *incident, *until;
	char *title;
	size_t i;

	chart_lane(&plot->chart, lanes[lane].name);
	json_array_foreach(list, i, incident) {
		if (!is_of_lane(plot, incident, lanes[lane].what))
			continue;
		until = json_object_get(incident, "until");
		title = tell_incident(incident, lanes[lane].name);
		chart_span(&plot->chart, lanes[lane].color, json_number_of(incident, "time"),
			   json_is_number(until) ? json_number_value(until) : plot->story.last,
			   title);
		free(title);
	}
}

static void draw_events(struct plot *plot, const json_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++)
		count += !!count_lane(plot, list, i);
	if (!count)
		return;
	chart_lanes_begin(&plot->chart, count);
	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++)
		if (count_lane(plot, list, i))
			draw_lane(plot, list, i);
	chart_lanes_end(&plot->chart);
}

static void draw_group(struct plot *plot, struct group *group, const struct panel *like)
{
	struct panel panel = *like;

	panel.count = curves_largest(group, LARGEST);
	panel.series = group->list;
	if (panel.count)
		chart_panel(&plot->chart, &panel);
}

static void draw(struct plot *plot, const json_t *list)
{
	static const char *const failing[] = { "#d55e00", "#b00020", "#cc79a7" };
	struct series **wholes = plot->curves.wholes;
	double ports = plot->curves.usable;
	char *usable = xasprintf("%.0f usable", ports);
	const struct chart_mark of_ports[] = {
		{ ports, usable }, { 0.9 * ports, "90 %" }, { 0.75 * ports, "75 %" }, { 0, NULL },
	};
	static const struct chart_mark of_destinations[] = {
		{ 90, "90 %" }, { 75, "75 %" }, { 50, "50 %" }, { 0, NULL },
	};
	const struct chart_mark of_timewait[] = {
		{ plot->curves.buckets, "tcp_max_tw_buckets" }, { 0, NULL },
	};

	if (plot->curves.step)
		plot->chart.step = plot->curves.step;
	draw_events(plot, list);
	chart_panel(&plot->chart, &(struct panel){
		.title = "Ports in use", .series = &wholes[TCP_PORTS], .count = 2,
		.top = 1.04 * ports, .unit = "", .marks = of_ports,
	});
	chart_panel(&plot->chart, &(struct panel){
		.title = "Calls that failed, from row to row", .series = &wholes[DENIED],
		.count = 3, .unit = "", .bars = true, .colors = failing,
	});
	chart_panel(&plot->chart, &(struct panel){
		.title = "TIME_WAIT", .series = &wholes[TIMEWAIT], .count = 2, .unit = "",
		.marks = of_timewait,
	});
	draw_group(plot, &plot->curves.cgroups, &(struct panel){
		.title = "Reservations of the largest cgroups", .unit = "",
	});
	draw_group(plot, &plot->curves.destinations, &(struct panel){
		.title = "Fullest destinations", .top = 104, .unit = " %",
		.marks = of_destinations,
	});
	free(usable);
}

/* The time that the rows of a file have, where no other is asked for */
static bool note_time(json_t *row, void *data)
{
	struct plot *plot = data;
	double when = row_time(row);

	if (!plot->period.since.span && (!plot->period.since.at || when < plot->period.since.at))
		plot->period.since.at = when;
	if (!plot->period.until.span && when + 1 > plot->period.until.at)
		plot->period.until.at = when + 1;
	return true;
}

static void put_title(struct plot *plot)
{
	char *since = when_format(plot->period.since.at, "%Y-%m-%d %H:%M");
	char *until = when_format(plot->period.until.at, "%Y-%m-%d %H:%M %Z");
	char *title = xasprintf("Ephemeral ports of network namespace %s", plot->curves.called);
	char *subtitle = xasprintf("%s to %s: %zu rows of %s", since, until, plot->story.rows,
				   plot->file ?: plot->period.dir);

	chart_print(&plot->chart, title, subtitle);
	free(subtitle);
	free(title);
	free(until);
	free(since);
}

/* What cannot be read of a file is told when its rows are drawn. */
static int find_time(struct plot *plot)
{
	struct day_faults faults = { 0 };
	char *said = NULL;
	size_t size;
	FILE *f = open_memstream(&said, &size), *before = say_into(f);
	int err = archive_each(plot->file, 0, HUGE_VAL, note_time, plot, &faults);

	say_into(before);
	if (f)
		fclose(f);
	if (err && said)
		say_error("%.*s", (int)strcspn(said, "\n"), said);
	free(said);
	return err;
}

static int no_rows(const struct plot *plot)
{
	char *since = when_format(plot->period.since.at, "%Y-%m-%d %H:%M:%S");
	char *until = when_format(plot->period.until.at, "%Y-%m-%d %H:%M:%S");
	const char *where = plot->file ?: plot->period.dir;

	if (plot->story.rows)
		say_error("%s: the rows have no network namespace %s", where,
			  cli.netns ?: "of the host");
	else if (!plot->period.until.at)
		say_error("%s: there is no row in it", where);
	else
		say_error("%s: no row from %s to %s", where, since, until);
	free(until);
	free(since);
	return -1;
}

static int run(struct plot *plot)
{
	struct day_faults faults = { 0 };
	json_t *list;
	bool drawn;
	int err;

	chart_begin(&plot->chart, plot->period.since.at, plot->period.until.at);
	curves_begin(&plot->curves, &plot->chart, cli.netns);
	story_begin(&plot->story, plot->period.since.at, plot->period.until.at, NULL);
	err = archive_each(plot->file ?: plot->period.dir, plot->period.since.at - STORY_BEFORE,
			   plot->period.until.at + STORY_AFTER, take, plot, &faults);
	list = story_end(&plot->story);
	plot->chart.gap = plot->story.gap;
	drawn = plot->story.rows && plot->curves.called;
	if (!err && !drawn)
		err = no_rows(plot);
	if (drawn) {
		draw(plot, list);
		put_title(plot);
	} else {
		chart_drop(&plot->chart);
	}
	json_decref(list);
	curves_free(&plot->curves);
	return err || faults.lines ? -1 : 0;
}

int cmd_plot(int argc, char **argv)
{
	struct plot plot = { .period.dir = ARCHIVE_DIR };
	int err = 0;

	args_parse(&takes, argc, argv, &plot);
	if (!plot.period.since.at || !plot.period.until.at)
		err = find_time(&plot);
	return err || run(&plot) ? CLI_FAILED : CLI_DONE;
}
