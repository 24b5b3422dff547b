/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_RCULIST_H
#define _UNIT_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#define UNIT_PUBLISH(ptr, value)	__atomic_store_n(&(ptr), (value), __ATOMIC_RELEASE)

static inline void list_add_tail_rcu(struct list_head *node, struct list_head *head)
{
	node->next = head;
	node->prev = head->prev;
	UNIT_PUBLISH(head->prev->next, node);
	head->prev = node;
}

/* @node->next stays, for those who are at @node. */
static inline void list_del_rcu(struct list_head *node)
{
	node->next->prev = node->prev;
	UNIT_PUBLISH(node->prev->next, node->next);
	node->prev = NULL;
}

static inline void list_replace_rcu(struct list_head *old, struct list_head *node)
{
	node->next = old->next;
	node->prev = old->prev;
	UNIT_PUBLISH(node->prev->next, node);
	node->next->prev = node;
	old->prev = NULL;
}

#define list_entry_rcu(ptr, type, member)	container_of(READ_ONCE(ptr), type, member)

#define list_for_each_entry_rcu(pos, head, member)				\
	for (assert(rcu_read_lock_held()),					\
	     (pos) = list_entry_rcu((head)->next, __typeof__(*(pos)), member);	\
	     &(pos)->member != (head);						\
	     (pos) = list_entry_rcu((pos)->member.next, __typeof__(*(pos)), member))

#endif
