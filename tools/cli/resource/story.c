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

#define GAP	150	/* seconds: longer than that there should have been a row */
#define STEP	5	/* seconds: that far from the other one a clock has been set */

/**
 * story_begin - begin a story
 * @story: filled in; story_end() is due
 * @since: what was before that is not told
 * @cgroup: only what is of it and of those below it is told; NULL for all
 */
void story_begin(struct story *story, double since, const char *cgroup)
{
	*story = (struct story){
		.since = since, .cgroup = cgroup, .list = json_array(), .open = json_array(),
		.seen = json_object(), .peaks = json_object(), .holders = json_object(),
		.failed = json_object(),
	};
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static json_t *add(struct story *story, double when, const char *what)
{
	json_t *incident = json_pack("{s:f, s:s}", "time", when, "what", what);

	json_array_append_new(story->list, incident);
	return incident;
}

/* Rows of another boot, of another load, much later, or by a clock that has been set */
static void take_break(struct story *story, const json_t *row)
{
	const json_t *before = story->before;
	double was = row_time(before), now = row_time(row), seconds;
	json_t *incident = NULL;

	if (!before)
		return;
	/* What another load had begun, no event will end. */
	if (!row_is_of_load(row, before))
		json_array_clear(story->open);
	if (!row_follows(row, before, &seconds)) {
		if (!json_equal(json_object_get(row, "boot"), json_object_get(before, "boot")))
			incident = add(story, was, "reboot");
		else if (seconds > 0)
			incident = add(story, was, "reload");
	} else if (fabs(now - was - seconds) > STEP) {
		incident = add(story, was, "clock");
		json_object_set_new(incident, "seconds", json_real(now - was - seconds));
	} else if (seconds > GAP) {
		incident = add(story, was, "gap");
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
	key = xasprintf("%s %s %.0f", text_of(row, "boot"), text_of(row, "load"),
			number_of(event, "seq"));
	seen = json_object_get(story->seen, key);
	json_object_set_new(story->seen, key, json_null());
	free(key);
	return seen;
}

static void copy(json_t *to, const json_t *from)
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
}

static bool is_same(const json_t *a, const json_t *b, bool threshold)
{
	static const char *const keys[] = {
		"netns", "cgroup", "resource", "source", "destination", "port",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(text_of(a, keys[i]), text_of(b, keys[i])) ||
		    number_of(a, keys[i]) != number_of(b, keys[i]))
			return false;
	return !threshold || number_of(a, "threshold") == number_of(b, "threshold");
}

/* What an end or a clear is of; the beginning of it may be older than the record. */
static void close_open(struct story *story, const json_t *event)
{
	const char *of = text_of(event, "of");
	bool is_run = !strcmp(text_of(event, "level"), "end");
	double until = number_of(event, is_run && number_of(event, "last") ? "last" : "time");
	json_t *incident = NULL;
	size_t i = json_array_size(story->open);

	while (!incident && i-- > 0) {
		incident = json_array_get(story->open, i);
		if (strcmp(text_of(incident, "what"), of) || !is_same(incident, event, !is_run))
			incident = NULL;
	}
	if (incident) {
		json_incref(incident);
		json_array_remove(story->open, i);
	} else {
		incident = json_incref(add(story, until - number_of(event, "seconds"), of));
		copy(incident, event);
	}
	json_object_set_new(incident, "until", json_real(until));
	if (is_run)
		json_object_set(incident, "calls", json_object_get(event, "count"));
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

static void take_event(struct story *story, const json_t *row, const json_t *event)
{
	const char *level = text_of(event, "level");
	json_t *incident;

	if (is_seen(story, row, event) || number_of(event, "time") < story->since ||
	    !heights_is_wanted(story->cgroup, json_object_get(event, "cgroup")))
		return;
	if (!strcmp(level, "end") || !strcmp(level, "clear")) {
		close_open(story, event);
		return;
	}
	incident = add(story, number_of(event, "time"), level);
	copy(incident, event);
	if (json_object_get(event, "lost"))
		json_object_set(incident, "events", json_object_get(event, "lost"));
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
	json_t *incident;

	if (!count)
		return;
	incident = add(story, story->before ? row_time(story->before) : row_time(row), "lost");
	json_object_set_new(incident, "until", json_real(row_time(row)));
	json_object_set_new(incident, "events", json_integer(count));
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
	bool wanted = row_time(row) >= story->since;
	json_t *event;
	size_t i;

	if (wanted) {
		take_break(story, row);
		add_missed(story, row, "events.lost");
		add_missed(story, row, "events.left_out");
		heights_take(story->peaks, story->holders, row, story->cgroup);
		heights_count(story->failed, row, story->before);
		if (!story->rows++ || row_time(row) < story->first)
			story->first = row_time(row);
		if (row_time(row) > story->last)
			story->last = row_time(row);
	}
	json_array_foreach(json_object_get(row, "events"), i, event)
		take_event(story, row, event);
	json_decref(story->before);
	story->before = json_incref(row);
	return true;
}

static int by_time(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	double s = number_of(x, "time"), t = number_of(y, "time");

	if (s != t)
		return s < t ? -1 : 1;
	return strcmp(text_of(x, "what"), text_of(y, "what")) ?:
	       strcmp(text_of(x, "cgroup"), text_of(y, "cgroup"));
}

static json_t *sorted(json_t *list)
{
	size_t count = json_array_size(list), i;
	json_t **array = xrealloc(NULL, count, sizeof(*array)), *value, *result = json_array();

	json_array_foreach(list, i, value)
		array[i] = value;
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

	heights_tell(story->peaks, story->holders, STORY_HOLDERS, story->list);
	if (!story->cgroup)
		heights_tell_failed(story->failed, story->first, story->last, story->list);
	list = sorted(story->list);
	json_decref(story->list);
	json_decref(story->open);
	json_decref(story->seen);
	json_decref(story->peaks);
	json_decref(story->holders);
	json_decref(story->failed);
	json_decref(story->before);
	return list;
}
