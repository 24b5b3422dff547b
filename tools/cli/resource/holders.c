// SPDX-License-Identifier: GPL-2.0-only
/* Holders: see holders.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/holders.h"

#define RESOURCES	10	/* of which a row tells the holders, the shortest */
#define HOLDERS		5	/* of each, the largest */

static const char *const kinds[] = {
	[RESOURCE_RANGE] = "range", [RESOURCE_DESTINATION] = "destination",
	[RESOURCE_LIMIT] = "limit", [RESOURCE_PORT] = "port", [RESOURCE_BUCKETS] = "buckets",
};

static const struct {
	const char *key;
	size_t at;
} counts[] = {
	{ "exclusive", offsetof(struct users, exclusive) },
	{ "old", offsetof(struct users, old) },
	{ "reusable", offsetof(struct users, reusable) },
	{ "fresh", offsetof(struct users, fresh) },
	{ "longest", offsetof(struct users, longest) },
};

static json_t *of_part(const struct part *part)
{
	json_t *object = json_object();

	json_object_set_new(object, "cgroup", json_text(part->cgroup));
	if (part->deleted)
		json_object_set_new(object, "deleted", json_true());
	if (part->removed)
		json_object_set_new(object, "removed", json_integer(part->removed));
	if (*part->comm)
		json_object_set_new(object, "command", json_text(part->comm));
	if (part->pid)
		json_object_set_new(object, "pid", json_integer(part->pid));
	json_object_set_new(object, "held", json_integer(part->count));
	return object;
}

static json_t *of_resource(const struct resource *res)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:I}", "kind", kinds[res->kind], "resource",
				   res->name, "range", res->range ?: "", "count",
				   (json_int_t)res->users.count);
	struct part parts[HOLDERS];
	size_t count = users_parts(&res->users, parts, HOLDERS);
	json_t *holders = json_array(), *states = json_object();

	json_object_set_new(object, "of", json_text(res->path));
	if (res->source)
		json_object_set_new(object, "source", json_text(res->source));
	if (res->destination)
		json_object_set_new(object, "destination", json_text(res->destination));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(holders, of_part(&parts[i]));
	for (size_t i = 0; i < STATES; i++)
		if (res->users.states[i])
			json_object_set_new(states, users_state_name(i),
					    json_integer(res->users.states[i]));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		json_object_set_new(object, counts[i].key, json_integer(*(const uint64_t *)
				    ((const char *)&res->users + counts[i].at)));
	json_object_set_new(object, "states", states);
	json_object_set_new(object, "holders", holders);
	return object;
}

/**
 * holders_tell - who holds what is short
 * @resources: the resources, looked at closely and judged
 *
 * Return: a new reference to a list.
 */
json_t *holders_tell(const struct resources *resources)
{
	json_t *list = json_array();
	const struct resource *res;

	for (enum resource_level level = LEVEL_FULL; level >= LEVEL_NOTED; level--) {
		for (size_t i = 0; i < resources->count; i++) {
			res = &resources->list[i];
			if (res->level == level && res->kind != RESOURCE_PORT &&
			    res->users.count && json_array_size(list) < RESOURCES)
				json_array_append_new(list, of_resource(res));
		}
	}
	return list;
}

static bool is_same(const char *text, const json_t *object, const char *key)
{
	return !strcmp(text ?: "", json_string_value(json_object_get(object, key)) ?: "");
}

static struct resource *find(const struct resources *resources, const json_t *object)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (is_same(kinds[res->kind], object, "kind") &&
		    is_same(res->name, object, "resource") && is_same(res->path, object, "of") &&
		    is_same(res->range, object, "range") &&
		    is_same(res->source, object, "source") &&
		    is_same(res->destination, object, "destination"))
			return res;
	}
	return NULL;
}

/* What many removed cgroups held together, none of them did. */
static void restore_part(struct users *users, const json_t *object)
{
	const char *cgroup = json_string_value(json_object_get(object, "cgroup"));
	const char *command = json_string_value(json_object_get(object, "command"));
	json_int_t removed = json_integer_value(json_object_get(object, "removed"));
	char *name = removed ? xasprintf("%lld removed cgroups", (long long)removed) :
			       xstrdup(cgroup ?: "?");
	const struct holding who = {
		.cgroup = name,
		.deleted = !removed && json_is_true(json_object_get(object, "deleted")),
		.comm = (char *)(command ?: ""),
		.pid = json_integer_value(json_object_get(object, "pid")),
	};

	users_add(users, &who, json_integer_value(json_object_get(object, "held")));
	free(name);
}

static void restore(struct resource *res, const json_t *object)
{
	json_t *states = json_object_get(object, "states"), *value;
	size_t h;

	users_free(&res->users);
	json_array_foreach(json_object_get(object, "holders"), h, value)
		restore_part(&res->users, value);
	res->users.count = json_integer_value(json_object_get(object, "count"));
	for (size_t i = 0; i < STATES; i++) {
		value = json_object_get(states, users_state_name(i));
		res->users.states[i] = json_integer_value(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		*(uint64_t *)((char *)&res->users + counts[i].at) =
			json_integer_value(json_object_get(object, counts[i].key));
	res->seen = true;
}

/**
 * holders_restore - let resources made from a row have who held them
 * @resources: the resources
 * @list: what holders_tell() told then; NULL for nothing
 */
void holders_restore(struct resources *resources, json_t *list)
{
	struct resource *res;
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object) {
		res = find(resources, object);
		if (res)
			restore(res, object);
	}
}
