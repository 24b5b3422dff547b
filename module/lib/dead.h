/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dead: memory of what was taken out of a table, until no RCU section sees it any more.
 *
 * kfree_rcu() frees five hundred of them at one stretch, a page of pointers, and that
 * takes 180,000 to 330,000 instructions. The gc, which takes out thousands, has time to
 * wait for a grace period, and then frees a few at a time.
 */
#ifndef _PORTQUOTA_DEAD_H
#define _PORTQUOTA_DEAD_H

#include <linux/llist.h>

/**
 * struct pq_dead - in an object that ends that way
 * @node: in the list of all
 * @memory: the object, from kmalloc()
 */
struct pq_dead {
	struct llist_node node;
	void *memory;
};

void pq_dead_add(struct pq_dead *dead, void *memory);
void pq_dead_free(void);

#endif
