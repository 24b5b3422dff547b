// SPDX-License-Identifier: GPL-2.0-only
/*
 * The overview as JSON: the whole of stat, or of the cgroup's account, what is short under "short",
 * the largest accounts under "top", all limits under "limits", the largest "owner" and the busiest
 * "destination".
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/overview.h"
#include "lib/cli.h"
#include "resource/concern.h"
#include "resource/sentence.h"
#include "show/json.h"

static json_t *json_of_owner(const struct culprit *owner)
{
	struct record rec = { 0 };
	json_t *object;

	record_add_text(&rec, "path", owner->cgroup);
	record_add_flag(&rec, "deleted", owner->deleted);
	record_add_text(&rec, "owner.comm", owner->comm);
	record_add_number(&rec, "owner.pid", owner->pid);
	record_add_number(&rec, "owner.processes", owner->pids);
	record_add_number(&rec, "owner.held", owner->comm_held);
	if (owner->removed)
		record_add_number(&rec, "owner.removed", owner->removed);
	object = json_of_record(&rec);
	record_free(&rec);
	return object;
}

static json_t *json_of_short(const struct overview *view)
{
	const struct resources *resources = &view->resources;
	static const char *const words[] = {
		[LEVEL_WARNING] = "warning", [LEVEL_CRITICAL] = "critical", [LEVEL_FULL] = "full",
	};
	const struct resource *res;
	json_t *list = json_array(), *object;
	char *text;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->level < LEVEL_WARNING || !resource_concerns(res, view->cgroup))
			continue;
		text = resource_sentence(res);
		object = json_object();
		json_object_set_new(object, "level", json_string(words[res->level]));
		json_object_set_new(object, "what", json_text(text));
		json_array_append_new(list, object);
		free(text);
	}
	return list;
}

/**
 * overview_put_json - print it as an object
 * @view: what is looked at
 */
void overview_put_json(const struct overview *view)
{
	const struct account_list *accounts = &view->now.accounts;
	json_t *object = json_of_record(view->of);
	json_t *list = json_array();
	struct record rec = { 0 };
	struct culprit owner;

	for (size_t i = 0; i < view->top; i++)
		json_array_append_new(list, json_of_record(&accounts->recs[i]));
	json_object_set_new(object, "short", json_of_short(view));
	json_object_set_new(object, "top", list);
	if (overview_owner(view, &owner))
		json_object_set_new(object, "owner", json_of_owner(&owner));
	if (view->now.destinations.count && !view->cgroup)
		json_object_set_new(object, "destination",
				    json_of_record(view->now.destinations.recs));
	list = json_array();
	for (size_t i = 0; i < view->limits.count; i++) {
		record_reset(&rec);
		limit_record(&view->limits.limits[i], &rec);
		json_array_append_new(list, json_of_record(&rec));
	}
	json_object_set_new(object, "limits", list);
	json_print(object);
	putchar('\n');
	record_free(&rec);
}
