/* SPDX-License-Identifier: GPL-2.0-only */
/* Chart: panels over one axis of time, one below the other, as a picture. */
#ifndef PORTQUOTA_CHART_H
#define PORTQUOTA_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "show/series.h"
#include "show/svg.h"

/**
 * struct chart_mark - a value that matters in a panel
 * @value: the value
 * @name: what it is called
 */
struct chart_mark {
	double value;
	const char *name;
};

/**
 * struct panel - some series over one another
 * @title: what they are
 * @series: the series, of which the first has the first colour
 * @count: how many
 * @top: the highest value; 0 if that is the highest there is
 * @unit: of the values; "" for numbers
 * @marks: lines at values; ends with one without a name
 * @bars: the values are drawn as bars, on top of each other
 * @colors: of the series; NULL for those that all panels have
 */
struct panel {
	const char *title;
	struct series **series;
	size_t count;
	double top;
	const char *unit;
	const struct chart_mark *marks;
	bool bars;
	const char *const *colors;
};

/**
 * struct chart - a chart being drawn; starts with chart_begin()
 * @svg: the picture
 * @since: when it begins, in seconds since 1970
 * @until: when it ends
 * @gap: seconds: values that are further from each other are not connected; 0 at first
 * @step: seconds: bars are that wide
 * @y: where the next panel begins
 */
struct chart {
	struct svg svg;
	double since;
	double until;
	double gap;
	double step;
	double y;
};

void chart_begin(struct chart *chart, double since, double until);
int chart_slot(const struct chart *chart, double when);
void chart_panel(struct chart *chart, const struct panel *panel);
void chart_lanes_begin(struct chart *chart, size_t count);
void chart_lane(struct chart *chart, const char *name);
void chart_span(struct chart *chart, const char *color, double from, double until,
		const char *title);
void chart_lanes_end(struct chart *chart);
void chart_print(struct chart *chart, const char *title, const char *subtitle);
void chart_drop(struct chart *chart);

#endif
