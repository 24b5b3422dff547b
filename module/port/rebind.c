// SPDX-License-Identifier: GPL-2.0-only
/* rebind: see rebind.h for what it promises. */
#include <linux/hash.h>
#include <linux/sched.h>

#include "lib/export.h"
#include "rebind.h"

#define BITS	6

static struct hlist_bl_head tasks[1 << BITS];

static struct hlist_bl_head *bucket_of(const struct task_struct *task)
{
	return &tasks[hash_ptr(task, BITS)];
}

/**
 * pq_rebind_begin() - the running task begins such a connect()
 * @rebind: room, until pq_rebind_end()
 *
 * Context: process.
 */
void pq_rebind_begin(struct pq_rebind *rebind)
{
	struct hlist_bl_head *bucket = bucket_of(current);

	rebind->task = current;
	hlist_bl_lock(bucket);
	hlist_bl_add_head(&rebind->node, bucket);
	hlist_bl_unlock(bucket);
}
EXPORT_SYMBOL_IF_KUNIT(pq_rebind_begin);

/**
 * pq_rebind_end() - the running task has ended it
 * @rebind: as for pq_rebind_begin()
 *
 * Context: process.
 */
void pq_rebind_end(struct pq_rebind *rebind)
{
	struct hlist_bl_head *bucket = bucket_of(rebind->task);

	hlist_bl_lock(bucket);
	hlist_bl_del(&rebind->node);
	hlist_bl_unlock(bucket);
}
EXPORT_SYMBOL_IF_KUNIT(pq_rebind_end);

/**
 * pq_rebinding() - is the running task inside such a connect()?
 *
 * Context: process, softirqs on or off. Not in a softirq, which may have interrupted
 * one of the two above with the lock held.
 * Return: true if so.
 */
bool pq_rebinding(void)
{
	struct hlist_bl_head *bucket = bucket_of(current);
	struct pq_rebind *rebind;
	struct hlist_bl_node *pos;
	bool found = false;

	WARN_ON_ONCE(in_serving_softirq());
	if (hlist_bl_empty(bucket))
		return false;
	hlist_bl_lock(bucket);
	hlist_bl_for_each_entry(rebind, pos, bucket, node)
		found |= rebind->task == current;
	hlist_bl_unlock(bucket);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rebinding);
