// SPDX-License-Identifier: GPL-2.0-only
/* dead: see dead.h for what it promises. */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "dead.h"

#define DEAD_SLICE	16	/* freed between two pauses: some hundred instructions each */

static LLIST_HEAD(list);

/**
 * pq_dead_add() - an object is found no more: free its memory some time
 * @dead: in the object
 * @memory: the object
 *
 * Context: any; that pq_dead_free() is called is the caller's affair.
 */
void pq_dead_add(struct pq_dead *dead, void *memory)
{
	dead->memory = memory;
	llist_add(&dead->node, &list);
}

/**
 * pq_dead_free() - free what has been added before
 *
 * Context: process, waits for a grace period if there is any.
 */
void pq_dead_free(void)
{
	struct llist_node *all = llist_del_all(&list);
	struct pq_dead *dead, *next;
	unsigned int freed = 0;

	if (!all)
		return;
	synchronize_rcu();
	llist_for_each_entry_safe(dead, next, all, node) {
		kfree(dead->memory);
		if (!(++freed % DEAD_SLICE))
			cond_resched();
	}
}
