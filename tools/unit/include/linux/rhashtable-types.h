/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_RHASHTABLE_TYPES_H
#define _UNIT_LINUX_RHASHTABLE_TYPES_H

#include <linux/types.h>

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable;

struct rhashtable_compare_arg {
	struct rhashtable *ht;
	const void *key;
};

struct rhashtable_params {
	size_t head_offset;
	bool automatic_shrinking;
	u32 (*hashfn)(const void *key, u32 length, u32 seed);
	u32 (*obj_hashfn)(const void *object, u32 length, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *object);
};

struct rhashtable {
	struct rhash_head **buckets;
};

#endif
