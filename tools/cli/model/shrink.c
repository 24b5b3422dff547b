// SPDX-License-Identifier: GPL-2.0-only
/* Shrinking: see shrink.h. What comes first in a list is the largest, and stays longest. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/json.h"
#include "model/shrink.h"

#define THIN_SPACES	8
#define THIN_LIST	5
#define THIN_EVENTS	8192	/* bytes: less than the share that a minute has of a day */
#define SHORT_SPACES	4
#define SHORT_NAME	31	/* bytes: a longer name of a namespace is not in a short row */

static void cut(json_t *list, size_t most)
{
	while (json_array_size(list) > most)
		json_array_remove(list, json_array_size(list) - 1);
}

static void count_left_out(json_t *row, size_t count)
{
	json_int_t before = json_integer_value(json_object_get(row, "events.left_out"));

	if (count)
		json_object_set_new(row, "events.left_out", json_integer(before + count));
}

static size_t bytes_of(const json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT);
	size_t len = text ? strlen(text) + 1 : 0;

	free(text);
	return len;
}

/**
 * shrink_events - leave out the oldest events
 * @row: the row; those that are left out are counted
 * @bytes: so many can stay
 */
void shrink_events(json_t *row, size_t bytes)
{
	json_t *list = json_object_get(row, "events"), *kept = json_array();
	size_t at = json_array_size(list), used = 0;

	while (at) {
		used += bytes_of(json_array_get(list, at - 1));
		if (used > bytes)
			break;
		at--;
	}
	count_left_out(row, at);
	for (size_t i = at; i < json_array_size(list); i++)
		json_array_append(kept, json_array_get(list, i));
	json_object_set_new(row, "events", kept);
}

/* Whose calls failed, and what ends something that a row before has begun */
static bool is_needed(const json_t *event)
{
	static const char *const levels[] = { "deny", "exhausted", "end", "clear", "lost" };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i], json_text_of(event, "level")))
			return true;
	return false;
}

static void thin_events(json_t *row)
{
	json_t *list = json_object_get(row, "events"), *kept = json_array(), *event;
	size_t i;

	json_array_foreach(list, i, event)
		if (is_needed(event))
			json_array_append(kept, event);
	count_left_out(row, json_array_size(list) - json_array_size(kept));
	json_object_set_new(row, "events", kept);
	shrink_events(row, THIN_EVENTS);
}

/**
 * shrink_thin - leave out what is small
 * @row: the row: it keeps a few namespaces, in each a few of its lists, and events of failed calls.
 *	It is so small that a day which has had too much comes back to its share.
 */
void shrink_thin(json_t *row)
{
	json_t *spaces = json_object_get(row, "namespaces"), *space;
	size_t i;

	thin_events(row);
	cut(spaces, THIN_SPACES);
	json_array_foreach(spaces, i, space) {
		cut(json_object_get(space, "cgroups"), THIN_LIST);
		cut(json_object_get(space, "destinations"), THIN_LIST);
		cut(json_object_get(space, "short"), THIN_LIST);
	}
	json_object_set_new(row, "thin", json_true());
}

/**
 * shrink_short - leave out all but some totals of the largest namespaces
 * @row: the row, which then has less than SHRINK_SHORT bytes; its events are counted
 */
void shrink_short(json_t *row)
{
	static const char *const keys[] = {
		"netns", "host", "range", "range.usable", "tcp.current", "tcp.ports", "udp.current",
		"udp.ports", "timewait.current", "tcp.denied", "udp.denied", "tcp.exhausted",
		"udp.exhausted", "tcp.taken", "udp.taken",
	};
	json_t *list = json_array(), *space, *kept;
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(row, "namespaces"), i, space) {
		if (i >= SHORT_SPACES)
			break;
		kept = json_object();
		name = json_text_of(space, "netns.name");
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (json_object_get(space, keys[k]))
				json_object_set(kept, keys[k], json_object_get(space, keys[k]));
		if (*name && strlen(name) <= SHORT_NAME)
			json_object_set(kept, "netns.name", json_object_get(space, "netns.name"));
		json_array_append_new(list, kept);
	}
	json_object_set_new(row, "namespaces", list);
	json_object_del(row, "others");
	json_object_del(row, "thin");
	shrink_events(row, 0);
	json_object_set_new(row, "short", json_true());
}
