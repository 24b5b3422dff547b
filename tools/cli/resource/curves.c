// SPDX-License-Identifier: GPL-2.0-only
/* Curves: see curves.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/row.h"
#include "resource/curves.h"

#define MOST	1e15	/* the largest number that is drawn */
#define MANY	4096	/* cgroups, or destinations; those that come later are not drawn */

/**
 * curves_begin - begin curves
 * @curves: filled in; curves_free() is due
 * @chart: in whose slots values are kept
 * @asked: which namespace, as of row_space_is()
 */
void curves_begin(struct curves *curves, const struct chart *chart, const char *asked)
{
	static const char *const names[WHOLES] = {
		"TCP", "UDP", "all", "holding a port", "denied by a rule",
		"exhausted: no port was free", "taken: the port that was named",
	};

	*curves = (struct curves){ .chart = chart, .asked = asked, .numbers = json_object() };
	for (size_t i = 0; i < WHOLES; i++)
		curves->wholes[i] = series_new(names[i]);
	curves->cgroups.index = json_object();
	curves->destinations.index = json_object();
}

/* What somebody has written into a row need not be a number of ports. */
static double amount_of(const json_t *object, const char *key)
{
	return fmin(fmax(json_number_of(object, key), 0), MOST);
}

static json_t *find_by(const json_t *row, const char *asked)
{
	json_t *space;
	size_t i;

	json_array_foreach(json_object_get(row, "namespaces"), i, space)
		if (row_space_is(space, asked))
			return space;
	return NULL;
}

/*
 * Within a boot the namespace keeps its number, while its name may come and go. In another boot it
 * has another number, and its own can be that of somebody else.
 */
static json_t *find_space(struct curves *curves, const json_t *row)
{
	const char *boot = json_text_of(row, "boot");
	json_t *space = find_by(row, curves->asked), *number;

	number = json_object_get(curves->numbers, boot);
	if (!space && number)
		space = find_by(row, json_string_value(number));
	if (!space)
		return NULL;
	json_object_set_new(curves->numbers, boot, json_text(json_text_of(space, "netns")));
	if (!curves->called)
		curves->called = xstrdup(*json_text_of(space, "netns.name") ?
					 json_text_of(space, "netns.name") :
					 curves->asked ? json_text_of(space, "netns") : "host");
	return space;
}

/**
 * curves_have - whether an incident is of the namespace that the curves are of
 * @curves: the curves
 * @incident: of a story; one without a namespace is of the whole host
 */
bool curves_have(const struct curves *curves, const json_t *incident)
{
	const char *netns = json_text_of(incident, "netns");
	const char *own = json_text_of(curves->numbers, json_text_of(incident, "boot"));

	return !*netns || !strcmp(own, netns);
}

static struct series *group_series(struct group *group, const char *name)
{
	json_t *at = json_object_get(group->index, name);

	if (at)
		return group->list[json_integer_value(at)];
	if (group->count >= MANY)
		return NULL;
	group->list = xgrow(group->list, group->count, &group->room, sizeof(*group->list));
	group->list[group->count] = series_new(name);
	json_object_set_new(group->index, name, json_integer(group->count));
	return group->list[group->count++];
}

static void raise_in(struct group *group, const char *name, int slot, double value,
		     double limit)
{
	struct series *series = value > 0 ? group_series(group, name) : NULL;

	if (!series)
		return;
	series_raise(series, slot, value);
	series->limit = limit;
}

static void take_lists(struct curves *curves, const json_t *space, int slot)
{
	double used, usable;
	json_t *object;
	char *name;
	size_t i;

	json_array_foreach(json_object_get(space, "cgroups"), i, object)
		raise_in(&curves->cgroups, json_text_of(object, "cgroup"), slot,
			 amount_of(object, "tcp.local") + amount_of(object, "udp.local"),
			 amount_of(object, "tcp.max"));
	json_array_foreach(json_object_get(space, "destinations"), i, object) {
		used = amount_of(object, "used") - amount_of(object, "reusable");
		usable = amount_of(object, "usable");
		name = xasprintf("%s to %s", json_text_of(object, "source"),
				 json_text_of(object, "destination"));
		raise_in(&curves->destinations, name, slot, usable > 0 ? 100 * used / usable : 0,
			 0);
		free(name);
	}
}

static double since_before(const json_t *space, const json_t *past, const char *tcp,
			   const char *udp)
{
	return amount_of(space, tcp) + amount_of(space, udp) - amount_of(past, tcp) -
	       amount_of(past, udp);
}

static void take_space(struct curves *curves, const json_t *row, const json_t *space)
{
	int slot = chart_slot(curves->chart, row_time(row));
	double seconds;
	json_t *past;

	if (slot < 0)
		return;
	series_raise(curves->wholes[TCP_PORTS], slot, amount_of(space, "tcp.ports"));
	series_raise(curves->wholes[UDP_PORTS], slot, amount_of(space, "udp.ports"));
	series_raise(curves->wholes[TIMEWAIT], slot, amount_of(space, "timewait.current"));
	series_raise(curves->wholes[RESERVING], slot, amount_of(space, "timewait.reserving"));
	curves->usable = fmax(curves->usable, amount_of(space, "range.usable"));
	curves->buckets = amount_of(json_object_get(space, "sysctls"), "tcp_max_tw_buckets");
	take_lists(curves, space, slot);
	if (!row_follows(row, curves->before, &seconds))
		return;
	if (!curves->step || seconds < curves->step)
		curves->step = seconds;
	past = find_space(curves, curves->before);
	if (!past)
		return;
	series_add(curves->wholes[DENIED], slot,
		   since_before(space, past, "tcp.denied", "udp.denied"));
	series_add(curves->wholes[EXHAUSTED], slot,
		   since_before(space, past, "tcp.exhausted", "udp.exhausted"));
	series_add(curves->wholes[TAKEN], slot,
		   since_before(space, past, "tcp.taken", "udp.taken"));
}

/**
 * curves_take - take the next row
 * @curves: the curves
 * @row: the row
 */
void curves_take(struct curves *curves, json_t *row)
{
	json_t *space = find_space(curves, row);

	if (space)
		take_space(curves, row, space);
	json_decref(curves->before);
	curves->before = json_incref(row);
}

static int highest_first(const void *a, const void *b)
{
	double x = series_most(*(struct series *const *)a);
	double y = series_most(*(struct series *const *)b);

	return x != y ? (x > y ? -1 : 1) : 0;
}

/**
 * curves_largest - put the series first that were highest
 * @group: the series
 * @most: so many are wanted
 *
 * Return: how many there are.
 */
size_t curves_largest(struct group *group, size_t most)
{
	if (group->count)
		qsort(group->list, group->count, sizeof(*group->list), highest_first);
	return group->count < most ? group->count : most;
}

static void group_free(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		series_free(group->list[i]);
	free(group->list);
	json_decref(group->index);
}

/**
 * curves_free - give everything back
 * @curves: the curves
 */
void curves_free(struct curves *curves)
{
	for (size_t i = 0; i < WHOLES; i++)
		series_free(curves->wholes[i]);
	group_free(&curves->cgroups);
	group_free(&curves->destinations);
	json_decref(curves->before);
	free(curves->called);
	json_decref(curves->numbers);
}
