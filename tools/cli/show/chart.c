// SPDX-License-Identifier: GPL-2.0-only
/* Charts: see chart.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cli.h"
#include "lib/when.h"
#include "show/chart.h"

#define LEFT	90
#define RIGHT	130
#define WIDTH	(LEFT + SERIES_SLOTS + RIGHT)
#define HEAD	28	/* above the axes of a panel: its title and legend */
#define HEIGHT	150	/* of the axes */
#define FOOT	34	/* below: times */
#define LANE	18
#define TICKS	14
#define DAY	86400
#define LEGEND_HEAD	14	/* bytes of a name in a legend, at its beginning and end */
#define LEGEND_END	24

static const char *const colors[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
};

/**
 * chart_begin - begin a chart
 * @chart: filled in; chart_print() is due
 * @since: when it begins, in seconds since 1970
 * @until: when it ends
 */
void chart_begin(struct chart *chart, double since, double until)
{
	*chart = (struct chart){ .since = since, .until = until, .step = 60, .y = 72 };
	svg_begin(&chart->svg);
}

static const char *color_of(const struct panel *panel, size_t which)
{
	return panel->colors ? panel->colors[which] : colors[which % ARRAY_SIZE(colors)];
}

static double x_of(const struct chart *chart, double when)
{
	double part = (when - chart->since) / (chart->until - chart->since);

	return LEFT + SERIES_SLOTS * (part < 0 ? 0 : part > 1 ? 1 : part);
}

/**
 * chart_slot - in which slot a time is
 * @chart: the chart
 * @when: the time
 *
 * Return: the slot; -1 if it is in none.
 */
int chart_slot(const struct chart *chart, double when)
{
	double slot = (when - chart->since) * SERIES_SLOTS / (chart->until - chart->since);

	return slot >= 0 && slot < SERIES_SLOTS ? slot : -1;
}

/* The next of 1, 2, 5, 10, 20 ... */
static double round_up(double value)
{
	double step = 1;

	while (step < value) {
		if (step * 2 >= value)
			return step * 2;
		if (step * 5 >= value)
			return step * 5;
		step *= 10;
	}
	return step;
}

static double seconds_into_day(double when)
{
	time_t seconds = when;
	struct tm tm;

	return localtime_r(&seconds, &tm) ? tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec : 0;
}

static double step_of(double span)
{
	static const double steps[] = {
		60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY,
		7 * DAY,
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (span / steps[i] <= TICKS)
			return steps[i];
	return span / TICKS;
}

/* Times of day in local time; at midnight the date. */
static void put_times(struct chart *chart, double top, double bottom)
{
	double step = step_of(chart->until - chart->since), at;
	char *label;

	at = chart->since - fmod(seconds_into_day(chart->since), step < DAY ? step : DAY);
	if (at < chart->since)
		at += step;
	for (; at <= chart->until; at += step) {
		/* Where the clocks are changed, ticks go with them. */
		if (step > 3600)
			at -= remainder(seconds_into_day(at), step < DAY ? step : DAY);
		svg_line(&chart->svg, "grid", x_of(chart, at), top, x_of(chart, at), bottom);
		label = when_format(at, seconds_into_day(at) ? "%H:%M" : "%d %b");
		svg_text(&chart->svg, "faint", SVG_MIDDLE, x_of(chart, at), bottom + 16, label);
		free(label);
	}
}

/* A limit that is far above is not drawn: the curve would be flat. */
static bool is_drawn(const struct series *series)
{
	return series->limit > 0 && series->limit <= 3 * series_most(series);
}

static double top_of(const struct panel *panel)
{
	double most = 0, sum;

	if (panel->top)
		return panel->top;
	for (size_t s = 0; s < panel->count && !panel->bars; s++) {
		most = fmax(most, series_most(panel->series[s]));
		if (is_drawn(panel->series[s]))
			most = fmax(most, panel->series[s]->limit);
	}
	for (size_t i = 0; i < SERIES_SLOTS && panel->bars; i++) {
		sum = 0;
		for (size_t s = 0; s < panel->count; s++)
			sum += fmax(panel->series[s]->values[i], 0);
		most = fmax(most, sum);
	}
	return most < 4 ? 4 : most * 1.05;
}

static void put_values(struct chart *chart, const struct panel *panel, double bottom, double most)
{
	double step = round_up(most / 5), y;
	char *label;

	for (double value = 0; value <= most; value += step) {
		y = bottom - HEIGHT * value / most;
		svg_line(&chart->svg, "grid", LEFT, y, LEFT + SERIES_SLOTS, y);
		label = xasprintf("%.0f%s", value, panel->unit);
		svg_text(&chart->svg, "faint", SVG_END, LEFT - 8, y + 4, label);
		free(label);
	}
}

/* Thresholds that are higher than the panel are not in it. */
static void put_marks(struct chart *chart, const struct panel *panel, double bottom, double most)
{
	double y;

	for (const struct chart_mark *mark = panel->marks; mark && mark->name; mark++) {
		if (mark->value > most || mark->value <= 0)
			continue;
		y = bottom - HEIGHT * mark->value / most;
		svg_line(&chart->svg, "mark", LEFT, y, LEFT + SERIES_SLOTS, y);
		svg_text(&chart->svg, "marked", SVG_START, LEFT + SERIES_SLOTS + 6, y + 4,
			 mark->name);
	}
}

static void put_limit(struct chart *chart, const struct series *series, const char *color,
		      double bottom, double most)
{
	double y = bottom - HEIGHT * series->limit / most;
	char *label = xasprintf("max %.0f", series->limit);
	char *title = xasprintf("limit of %s, with those below it", series->name);

	svg_rect(&chart->svg, color, LEFT, y, SERIES_SLOTS, 1, title);
	svg_text(&chart->svg, "marked", SVG_START, LEFT + SERIES_SLOTS + 6, y + 4, label);
	free(title);
	free(label);
}

static void put_curve(struct chart *chart, const struct series *series, const char *color,
		      double bottom, double most)
{
	double slots = chart->gap * SERIES_SLOTS / (chart->until - chart->since);
	int last = -SERIES_SLOTS;

	/* However long the chart is, neighbours are connected. */
	slots = fmax(slots, 2);
	svg_path_begin(&chart->svg, color);
	for (int i = 0; i < SERIES_SLOTS; i++) {
		if (series->values[i] < 0)
			continue;
		svg_path_to(&chart->svg, LEFT + i + 0.5,
			    bottom - HEIGHT * fmin(series->values[i] / most, 1), i - last <= slots);
		last = i;
	}
	svg_path_end(&chart->svg, series->name);
}

static void put_bars(struct chart *chart, const struct panel *panel, double bottom, double most)
{
	double width = chart->step * SERIES_SLOTS / (chart->until - chart->since) - 1, y, height;
	char *title;

	width = fmax(width, 2);
	for (int i = 0; i < SERIES_SLOTS; i++) {
		y = bottom;
		for (size_t s = 0; s < panel->count; s++) {
			if (panel->series[s]->values[i] <= 0)
				continue;
			height = fmax(HEIGHT * panel->series[s]->values[i] / most, 1);
			y -= height;
			title = xasprintf("%.0f %s", panel->series[s]->values[i],
					  panel->series[s]->name);
			svg_rect(&chart->svg, color_of(panel, s),
				 fmax(LEFT, LEFT + i + 1 - width), y, width, height, title);
			free(title);
		}
	}
}

/* Its beginning and its end say what it is; the bytes of a character stay together. */
static char *shorten(const char *name)
{
	size_t len = strlen(name);
	const char *end = name + len - LEGEND_END;
	int head = LEGEND_HEAD;

	if (len <= LEGEND_HEAD + LEGEND_END)
		return xstrdup(name);
	while (head && (name[head] & 0xc0) == 0x80)
		head--;
	while ((*end & 0xc0) == 0x80)
		end++;
	return xasprintf("%.*s…%s", head, name, end);
}

static double put_legend(struct chart *chart, const struct panel *panel, double y)
{
	double x = LEFT + 20 + 8.6 * strlen(panel->title), width;
	char *name;

	svg_text(&chart->svg, "head", SVG_START, LEFT, y, panel->title);
	for (size_t s = 0; s < panel->count; s++) {
		name = shorten(panel->series[s]->name);
		width = 24 + 7.2 * strlen(name);
		if (x + width > WIDTH) {
			x = LEFT + 16;
			y += 16;
		}
		svg_rect(&chart->svg, color_of(panel, s), x, y - 9, 10,
			 10, panel->series[s]->name);
		svg_text(&chart->svg, "", SVG_START, x + 14, y, name);
		x += width;
		free(name);
	}
	return y;
}

/**
 * chart_panel - the next panel
 * @chart: the chart
 * @panel: what is in it
 */
void chart_panel(struct chart *chart, const struct panel *panel)
{
	double most = top_of(panel), top, bottom;

	top = put_legend(chart, panel, chart->y + 14) + 14;
	bottom = top + HEIGHT;
	put_times(chart, top, bottom);
	put_values(chart, panel, bottom, most);
	if (panel->bars)
		put_bars(chart, panel, bottom, most);
	for (size_t s = 0; s < panel->count && !panel->bars; s++) {
		put_curve(chart, panel->series[s], color_of(panel, s), bottom, most);
		if (is_drawn(panel->series[s]))
			put_limit(chart, panel->series[s], color_of(panel, s), bottom, most);
	}
	put_marks(chart, panel, bottom, most);
	svg_line(&chart->svg, "axis", LEFT, top, LEFT, bottom);
	svg_line(&chart->svg, "axis", LEFT, bottom, LEFT + SERIES_SLOTS, bottom);
	chart->y = bottom + FOOT;
}

/**
 * chart_lanes_begin - begin lanes; chart_lanes_end() is due
 * @chart: the chart
 * @count: how many there will be
 */
void chart_lanes_begin(struct chart *chart, size_t count)
{
	double bottom = chart->y + count * LANE;

	put_times(chart, chart->y, bottom);
	svg_line(&chart->svg, "axis", LEFT, chart->y, LEFT, bottom);
}

/**
 * chart_lane - the next lane, for spans of one kind
 * @chart: the chart
 * @name: what they are
 */
void chart_lane(struct chart *chart, const char *name)
{
	svg_text(&chart->svg, "", SVG_END, LEFT - 8, chart->y + LANE - 5, name);
	svg_line(&chart->svg, "grid", LEFT, chart->y + LANE, LEFT + SERIES_SLOTS, chart->y + LANE);
	chart->y += LANE;
}

/**
 * chart_span - something that was for a time, in the lane that was begun last
 * @chart: the chart
 * @color: its colour
 * @from: from then, in seconds since 1970
 * @until: until then
 * @title: what it was
 */
void chart_span(struct chart *chart, const char *color, double from, double until,
		const char *title)
{
	double x = x_of(chart, from), width = fmax(x_of(chart, until) - x, 4);

	svg_rect(&chart->svg, color, fmin(x, LEFT + SERIES_SLOTS - 4), chart->y - LANE + 4, width,
		 LANE - 7, title);
}

/**
 * chart_lanes_end - the end of lanes
 * @chart: the chart
 */
void chart_lanes_end(struct chart *chart)
{
	svg_line(&chart->svg, "axis", LEFT, chart->y, LEFT + SERIES_SLOTS, chart->y);
	chart->y += FOOT;
}

/**
 * chart_print - write a chart to standard output, and give it back
 * @chart: the chart
 * @title: what stands above it
 * @subtitle: and below that
 */
void chart_print(struct chart *chart, const char *title, const char *subtitle)
{
	svg_text(&chart->svg, "title", SVG_START, 20, 30, title);
	svg_text(&chart->svg, "faint", SVG_START, 20, 50, subtitle);
	svg_print(&chart->svg, WIDTH, chart->y, title);
}

/**
 * chart_drop - give a chart back without writing it
 * @chart: the chart
 */
void chart_drop(struct chart *chart)
{
	svg_drop(&chart->svg);
}
