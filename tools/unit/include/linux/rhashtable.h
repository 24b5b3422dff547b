/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of one size and for one thread. Its functions return what the kernel's do. */
#ifndef _UNIT_LINUX_RHASHTABLE_H
#define _UNIT_LINUX_RHASHTABLE_H

#include <errno.h>
#include <stdlib.h>

#include <linux/rhashtable-types.h>

#define UNIT_BUCKETS	4096

static inline int rhashtable_init(struct rhashtable *table, const struct rhashtable_params *params)
{
	(void)params;
	table->buckets = calloc(UNIT_BUCKETS, sizeof(*table->buckets));
	return table->buckets ? 0 : -ENOMEM;
}

/* What is still in it belongs to the caller. */
static inline void rhashtable_destroy(struct rhashtable *table)
{
	free(table->buckets);
}

static inline void *unit_object(struct rhash_head *node, const struct rhashtable_params params)
{
	return (char *)node - params.head_offset;
}

static inline struct rhash_head **unit_bucket(struct rhashtable *table, struct rhash_head *node,
					      const struct rhashtable_params params)
{
	u32 hash = params.obj_hashfn(unit_object(node, params), 0, 0);

	return &table->buckets[hash % UNIT_BUCKETS];
}

/* Where it is told that @node comes next, or where the chain ends */
static inline struct rhash_head **unit_link(struct rhashtable *table, struct rhash_head *node,
					    const struct rhashtable_params params)
{
	struct rhash_head **link = unit_bucket(table, node, params);

	while (*link && *link != node)
		link = &(*link)->next;
	return link;
}

static inline void *rhashtable_lookup_fast(struct rhashtable *table, const void *key,
					   const struct rhashtable_params params)
{
	struct rhashtable_compare_arg arg = { .ht = table, .key = key };
	struct rhash_head *node = table->buckets[params.hashfn(key, 0, 0) % UNIT_BUCKETS];

	for (; node; node = node->next)
		if (!params.obj_cmpfn(&arg, unit_object(node, params)))
			return unit_object(node, params);
	return NULL;
}

/* As the kernel's, it does not look for another one with the same key. */
static inline int rhashtable_insert_fast(struct rhashtable *table, struct rhash_head *node,
					 const struct rhashtable_params params)
{
	struct rhash_head **bucket = unit_bucket(table, node, params);

	node->next = *bucket;
	*bucket = node;
	return 0;
}

static inline int rhashtable_replace_fast(struct rhashtable *table, struct rhash_head *old,
					  struct rhash_head *node,
					  const struct rhashtable_params params)
{
	struct rhash_head **link = unit_link(table, old, params);

	if (unit_bucket(table, old, params) != unit_bucket(table, node, params))
		return -EINVAL;
	if (!*link)
		return -ENOENT;
	node->next = old->next;
	*link = node;
	return 0;
}

static inline int rhashtable_remove_fast(struct rhashtable *table, struct rhash_head *node,
					 const struct rhashtable_params params)
{
	struct rhash_head **link = unit_link(table, node, params);

	if (!*link)
		return -ENOENT;
	*link = node->next;
	return 0;
}

#endif
