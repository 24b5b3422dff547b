/* SPDX-License-Identifier: GPL-2.0-only */
/* Curves: what the rows of a record have of one namespace, over time, as series of a chart. */
#ifndef PORTQUOTA_CURVES_H
#define PORTQUOTA_CURVES_H

#include <stdbool.h>

#include "lib/json.h"
#include "show/chart.h"

/* What there is of the namespace as a whole */
enum whole {
	TCP_PORTS, UDP_PORTS, TIMEWAIT, RESERVING, DENIED, EXHAUSTED, TAKEN, WHOLES,
};

/**
 * struct group - a series each of things that have names; starts as all zero
 * @list: the series
 * @count: how many
 * @room: how many fit
 * @index: which of them a name has
 */
struct group {
	struct series **list;
	size_t count;
	size_t room;
	json_t *index;
};

/**
 * struct curves - the curves; starts with curves_begin()
 * @chart: in whose slots values are kept
 * @asked: which namespace, as of row_space_is()
 * @numbers: its number in each boot
 * @called: what people call it; NULL until a row has it
 * @usable: how many ports it has
 * @buckets: how many TIME_WAITs it may have
 * @wholes: of the namespace as a whole
 * @cgroups: what each cgroup holds
 * @destinations: how full each of them is, in percent
 * @step: seconds from one row to the next, where these are fewest; 0 if there is one row only
 * @before: the row before
 */
struct curves {
	const struct chart *chart;
	const char *asked;
	json_t *numbers;
	char *called;
	double usable;
	double buckets;
	struct series *wholes[WHOLES];
	struct group cgroups;
	struct group destinations;
	double step;
	json_t *before;
};

void curves_begin(struct curves *curves, const struct chart *chart, const char *asked);
void curves_take(struct curves *curves, json_t *row);
bool curves_have(const struct curves *curves, const json_t *incident);
size_t curves_largest(struct group *group, size_t most);
void curves_free(struct curves *curves);

#endif
