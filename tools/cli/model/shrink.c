// SPDX-License-Identifier: GPL-2.0-only
/* Shrinking: see shrink.h. What comes first in a list is the largest, and stays longest. */
#include "lib/cli.h"
#include "model/row.h"
#include "model/shrink.h"

#define THIN_SPACES	8
#define THIN_LIST	5
#define SHORT_SPACES	4

static void cut(json_t *list, size_t most)
{
	while (json_array_size(list) > most)
		json_array_remove(list, json_array_size(list) - 1);
}

/**
 * shrink_thin - leave out what is small
 * @row: the row: it keeps a few namespaces, and in each a few of its lists; and its events
 */
void shrink_thin(json_t *row)
{
	json_t *spaces = json_object_get(row, "namespaces"), *space;
	size_t i;

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
	size_t i;

	json_array_foreach(json_object_get(row, "namespaces"), i, space) {
		if (i >= SHORT_SPACES)
			break;
		kept = json_object();
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (json_object_get(space, keys[k]))
				json_object_set(kept, keys[k], json_object_get(space, keys[k]));
		json_array_append_new(list, kept);
	}
	json_object_set_new(row, "namespaces", list);
	json_object_del(row, "others");
	json_object_del(row, "thin");
	row_leave_events_out(row);
	json_object_set_new(row, "short", json_true());
}
