/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting records in groups: how many there are of each combination of some of their values. */
#ifndef PORTQUOTA_GROUP_H
#define PORTQUOTA_GROUP_H

#include "lib/record.h"

#define GROUP_KEYS	8

/**
 * struct groups - groups of records
 * @keys: keys whose values tell groups apart
 * @kinds: what their values are
 * @count: how many keys
 * @tree: the groups, by their values
 */
struct groups {
	const char *keys[GROUP_KEYS];
	enum field_kind kinds[GROUP_KEYS];
	size_t count;
	void *tree;
};

void groups_add(struct groups *groups, const struct record *rec);
void groups_each(struct groups *groups, void (*visit)(const struct record *rec, void *data),
		 void *data);
void groups_free(struct groups *groups);

#endif
