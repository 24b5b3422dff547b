// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stories: see story.h. What failed and what was crossed is from events, which are exact. How full
 * something was is from rows, which are moments: what was fuller between two of them is not known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/row.h"
#include "resource/heights.h"
#include "resource/story.h"

#define GAP	2.5	/* times as long as rows usually are apart there should have been one */
#define STEP	5	/* seconds: that far from the other one a clock has been set */

/**
 * story_begin - begin a story
 * @story: filled in; story_end() is due
 * @since: what was over before that is not told
 * @until: nor what began later
 * @cgroup: only what is of it and of those below it is told; NULL for all
 */
void story_begin(struct story *story, double since, double until, const char *cgroup)
{
	*story = (struct story){
		.since = since, .until = until, .cgroup = cgroup, .list = json_array(),
		.open = json_array(), .seen = json_object(), .peaks = json_object(),
		.holders = json_object(), .failed = json_object(), .counters = json_object(), .steps = json_array(),
	};
}

static json_t *add(struct story *story, double when, const char *what)
{
	json_t *incident = json_pack("{s:f, s:s}", "time", when, "what", what);

	json_array_append_new(story->list, incident);
	return incident;
}

static bool is_of_boot(const json_t *row, const json_t *other)
{
	return json_equal(json_object_get(row, "boot"), json_object_get(other, "boot"));
}

/* What another load had begun, no event will end: it was seen until the last row before. */
static void cut_open(struct story *story, const json_t *row)
{
	const char *by = is_of_boot(row, story->before) ? "reload" : "reboot";
	json_t *incident;
	size_t i;

	json_array_foreach(story->open, i, incident) {
		json_object_set_new(incident, "until", json_real(row_time(story->before)));
		json_object_set_new(incident, "cut", json_string(by));
	}
	json_array_clear(story->open);
}

/* Rows of another boot, of another load, much later, or by a clock that has been set */
static void take_break(struct story *story, const json_t *row)
{
	const json_t *before = story->before;
	double was = row_time(before), now = row_time(row), seconds;
	json_t *incident = NULL;

	if (!before)
		return;
	if (!row_is_of_load(row, before))
		cut_open(story, row);
	if (!row_follows(row, before, &seconds)) {
		if (!is_of_boot(row, before))
			incident = add(story, was, "reboot");
		else if (seconds > 0)
			incident = add(story, was, "reload");
	} else if (fabs(now - was - seconds) > STEP) {
		incident = add(story, was, "clock");
		json_object_set_new(incident, "seconds", json_real(now - was - seconds));
	} else {
		json_array_append_new(story->steps, json_pack("[f, f]", was, now));
	}
	if (incident)
		json_object_set_new(incident, "until", json_real(now));
}

/* Rows can have an event twice, where a recorder did not find the row before. */
static bool is_seen(struct story *story, const json_t *row, const json_t *event)
{
	char *key;
	bool seen;

	if (!json_object_get(event, "seq"))
		return false;
	key = xasprintf("%s %s %.0f", json_text_of(row, "boot"), json_text_of(row, "load"),
			json_number_of(event, "seq"));
	seen = json_object_get(story->seen, key);
	json_object_set_new(story->seen, key, json_null());
	free(key);
	return seen;
}

/* What is known of an event. The number of its namespace is one of the row's boot. */
static void copy(json_t *to, const json_t *from, const json_t *row)
{
	static const char *const keys[] = {
		"netns", "netns.name", "netns.pid", "netns.command", "cgroup", "resource",
		"current", "threshold", "limit", "left", "source", "destination", "port", "reason",
		"lasted",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(from, keys[i]))
			json_object_set(to, keys[i], json_object_get(from, keys[i]));
	if (json_is_true(json_object_get(from, "audit")))
		json_object_set_new(to, "audit", json_true());
	if (json_object_get(row, "boot"))
		json_object_set(to, "boot", json_object_get(row, "boot"));
}

static bool is_same(const json_t *a, const json_t *b, bool threshold)
{
	static const char *const keys[] = {
		"netns", "cgroup", "resource", "source", "destination", "port",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(json_text_of(a, keys[i]), json_text_of(b, keys[i])) ||
		    json_number_of(a, keys[i]) != json_number_of(b, keys[i]))
			return false;
	return !threshold || json_number_of(a, "threshold") == json_number_of(b, "threshold");
}

/* What an end or a clear is of; the beginning of it may be older than the record. */
static void close_open(struct story *story, const json_t *row, const json_t *event)
{
	const char *of = json_text_of(event, "of");
	bool is_run = !strcmp(json_text_of(event, "level"), "end");
	double until = json_number_of(event, is_run && json_number_of(event, "last") ? "last" : "time");
	json_t *incident = NULL;
	size_t i = json_array_size(story->open);

	while (!incident && i-- > 0) {
		incident = json_array_get(story->open, i);
		if (strcmp(json_text_of(incident, "what"), of) || !is_same(incident, event, !is_run))
			incident = NULL;
	}
	/* What ends later than what is asked for is not over then. */
	if (incident && until >= story->until)
		return;
	if (incident) {
		json_incref(incident);
		json_array_remove(story->open, i);
	} else {
		incident = json_incref(add(story, until - json_number_of(event, "seconds"), of));
		copy(incident, event, row);
	}
	json_object_set_new(incident, "until",
			    until < story->until ? json_real(until) : json_null());
	if (is_run && until < story->until)
		json_object_set(incident, "calls", json_object_get(event, "count"));
	if (is_run && until < story->until && json_number_of(event, "elsewhere"))
		json_object_set(incident, "elsewhere", json_object_get(event, "elsewhere"));
	json_decref(incident);
}

static bool is_lasting(const char *level)
{
	static const char *const levels[] = {
		"warn", "destination", "deny", "exhausted", "taken",
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i], level))
			return true;
	return false;
}

/* Many rows one after the other, each of which has lost some, are one incident. */
static void add_lost(struct story *story, double from, double until, json_int_t count)
{
	json_t *lost = story->lost;

	if (lost && from >= json_number_of(lost, "time") && from <= json_number_of(lost, "until")) {
		count += json_integer_value(json_object_get(lost, "events"));
		until = fmax(until, json_number_of(lost, "until"));
	} else {
		lost = add(story, from, "lost");
		story->lost = lost;
	}
	json_object_set_new(lost, "until", json_real(until));
	json_object_set_new(lost, "events", json_integer(count));
}

static void take_event(struct story *story, const json_t *row, const json_t *event)
{
	const char *level = json_text_of(event, "level");
	double when = json_number_of(event, "time");
	json_t *incident;

	if (is_seen(story, row, event) ||
	    !heights_is_wanted(story->cgroup, json_object_get(event, "cgroup")))
		return;
	if (!strcmp(level, "end") || !strcmp(level, "clear")) {
		close_open(story, row, event);
		return;
	}
	if (!strcmp(level, "lost")) {
		if (when >= story->since && when < story->until)
			add_lost(story, when, when,
				 json_integer_value(json_object_get(event, "lost")));
		return;
	}
	incident = add(story, when, level);
	copy(incident, event, row);
	if (is_lasting(level)) {
		json_object_set_new(incident, "until", json_null());
		json_array_append(story->open, incident);
	} else {
		json_object_set(incident, "until", json_object_get(incident, "time"));
	}
}

static void add_missed(struct story *story, const json_t *row, const char *key)
{
	json_int_t count = json_integer_value(json_object_get(row, key));

	if (count)
		add_lost(story, row_time(story->before ?: row), row_time(row), count);
}

/* Of rows that have less in them than others, what was not seen in them may have been all the same. */
static void note_less(struct story *story, const json_t *row)
{
	const char *what = json_is_true(json_object_get(row, "short")) ? "short" : "thin";

	if (!json_is_true(json_object_get(row, what))) {
		story->less = NULL;
		return;
	}
	if (!story->less || strcmp(json_text_of(story->less, "what"), what))
		story->less = add(story, row_time(row), what);
	json_object_set_new(story->less, "until", json_real(row_time(row)));
}

static void note_row(struct story *story, json_t *row)
{
	double when = row_time(row);

	note_less(story, row);
	heights_take(story->peaks, story->holders, row, story->cgroup);
	if (!story->rows++ || when < story->first)
		story->first = when;
	if (when > story->last)
		story->last = when;
}

/**
 * story_take - take the next row
 * @row: the row
 * @data: the story
 *
 * Return: true, to be given more.
 */
bool story_take(json_t *row, void *data)
{
	struct story *story = data;
	double when = row_time(row);
	bool wanted = when >= story->since && when < story->until;
	json_t *event;
	size_t i;

	take_break(story, row);
	/* The first row behind the time that is asked for has what was lost at its end. */
	if (wanted || (when >= story->since && story->before &&
		       row_time(story->before) < story->until)) {
		add_missed(story, row, "events.lost");
		add_missed(story, row, "events.left_out");
	}
	if (wanted)
		note_row(story, row);
	story->goes_on = story->goes_on || when >= story->until;
	heights_count(story->failed, story->counters, row, wanted);
	json_array_foreach(json_object_get(row, "events"), i, event)
		take_event(story, row, event);
	json_decref(story->before);
	story->before = json_incref(row);
	return true;
}

/* What is not over has no number for its end. A clock that was set back ends before it begins. */
static bool is_told(const struct story *story, const json_t *incident)
{
	const json_t *end = json_object_get(incident, "until");
	double from = json_number_of(incident, "time"), until = json_number_value(end);

	if (!json_is_number(end))
		return from < story->until;
	return fmin(from, until) < story->until && fmax(from, until) >= story->since;
}

static double length_of(const json_t *step)
{
	return json_number_value(json_array_get(step, 1)) -
	       json_number_value(json_array_get(step, 0));
}

static int by_length(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How far rows are apart the timer says, which the administrator may have changed. */
static void find_gaps(struct story *story)
{
	size_t count = json_array_size(story->steps), i;
	double *lengths = xrealloc(NULL, count + 1, sizeof(*lengths));
	json_t *step, *incident;

	json_array_foreach(story->steps, i, step)
		lengths[i] = length_of(step);
	qsort(lengths, count, sizeof(*lengths), by_length);
	story->gap = count ? GAP * lengths[count / 2] : 0;
	free(lengths);
	json_array_foreach(story->steps, i, step) {
		if (length_of(step) <= story->gap)
			continue;
		incident = add(story, json_number_value(json_array_get(step, 0)), "gap");
		json_object_set(incident, "until", json_array_get(step, 1));
	}
}

static int by_time(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	double s = json_number_of(x, "time"), t = json_number_of(y, "time");

	if (s != t)
		return s < t ? -1 : 1;
	return strcmp(json_text_of(x, "what"), json_text_of(y, "what")) ?:
	       strcmp(json_text_of(x, "cgroup"), json_text_of(y, "cgroup"));
}

static json_t *sorted(const struct story *story, json_t *list)
{
	size_t count = json_array_size(list), i;
	json_t **array = xrealloc(NULL, count, sizeof(*array)), *value, *result = json_array();

	count = 0;
	json_array_foreach(list, i, value)
		if (is_told(story, value))
			array[count++] = value;
	qsort(array, count, sizeof(*array), by_time);
	for (i = 0; i < count; i++)
		json_array_append(result, array[i]);
	free(array);
	return result;
}

/**
 * story_end - the story
 * @story: what was taken; given back
 *
 * Return: a new reference to a list, in the order of time.
 */
json_t *story_end(struct story *story)
{
	json_t *list;

	if (!story->rows) {
		story->first = story->since;
		story->last = story->until;
	}
	find_gaps(story);
	heights_tell(story->peaks, story->holders, STORY_HOLDERS, story->list);
	if (!story->cgroup)
		heights_tell_failed(story->failed, story->first, story->last, story->list);
	list = sorted(story, story->list);
	json_decref(story->list);
	json_decref(story->open);
	json_decref(story->steps);
	json_decref(story->seen);
	json_decref(story->peaks);
	json_decref(story->holders);
	json_decref(story->failed);
	json_decref(story->counters);
	json_decref(story->before);
	return list;
}
