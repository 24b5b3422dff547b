// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups. They need memory per group, not per record.
 *
 * groups_each() makes a record of each group: count, then the values that its records share.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/group.h"

/* The values are one after the other in one string, each with its NUL: len bytes. */
struct group {
	uint64_t count;
	size_t len;
	char values[];
};

static int same(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int order = memcmp(x->values, y->values, x->len < y->len ? x->len : y->len);

	return order ?: (x->len > y->len) - (x->len < y->len);
}

static int largest_first(const void *a, const void *b)
{
	const struct group *x = *(const struct group *const *)a;
	const struct group *y = *(const struct group *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return same(x, y);
}

static struct group *group_of(struct groups *groups, const struct record *rec)
{
	const struct field *field;
	struct group *group;
	size_t len = 0;
	char *to;

	for (size_t i = 0; i < groups->count; i++) {
		field = record_find(rec, groups->keys[i]);
		len += strlen(field_text(field)) + 1;
		if (field)
			groups->kinds[i] = field->kind;
	}
	group = xrealloc(NULL, sizeof(*group) + len, 1);
	group->count = 0;
	group->len = len;
	to = group->values;
	for (size_t i = 0; i < groups->count; i++)
		to = stpcpy(to, record_text(rec, groups->keys[i])) + 1;
	return group;
}

/**
 * groups_add - count a record in its group
 * @groups: the groups
 * @rec: the record; not needed any more afterwards
 */
void groups_add(struct groups *groups, const struct record *rec)
{
	struct group *group = group_of(groups, rec);
	struct group **found = tsearch(group, &groups->tree, same);

	if (!found) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
	(*found)->count++;
	if (*found != group)
		free(group);
}

struct list {
	struct group **group;
	size_t count;
	size_t room;
};

static void list_add(const void *node, VISIT which, void *data)
{
	struct list *list = data;

	if (which != postorder && which != leaf)
		return;
	list->group = xgrow(list->group, list->count, &list->room, sizeof(*list->group));
	list->group[list->count++] = *(struct group *const *)node;
}

static void add_value(struct record *rec, const char *key, const char *value, enum field_kind kind)
{
	switch (kind) {
	case FIELD_FLAG:
		record_add_flag(rec, key, !strcmp(value, "yes"));
		break;
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_SIGNED:
		record_add(rec, key, value);
		break;
	case FIELD_TEXT:
		record_add_text(rec, key, value);
		break;
	}
}

/**
 * groups_each - visit every group, the largest first
 * @groups: the groups
 * @visit: called with a record of each
 * @data: for @visit
 */
void groups_each(struct groups *groups, void (*visit)(const struct record *rec, void *data),
		 void *data)
{
	struct record rec = { 0 };
	struct list list = { 0 };
	const char *value;

	twalk_r(groups->tree, list_add, &list);
	if (list.count)
		qsort(list.group, list.count, sizeof(*list.group), largest_first);
	for (size_t i = 0; i < list.count; i++) {
		record_reset(&rec);
		record_add_number(&rec, "count", list.group[i]->count);
		value = list.group[i]->values;
		for (size_t key = 0; key < groups->count; key++) {
			add_value(&rec, groups->keys[key], value, groups->kinds[key]);
			value += strlen(value) + 1;
		}
		visit(&rec, data);
	}
	record_free(&rec);
	free(list.group);
}

/**
 * groups_free - give everything back
 * @groups: the groups
 */
void groups_free(struct groups *groups)
{
	tdestroy(groups->tree, free);
	groups->tree = NULL;
}
