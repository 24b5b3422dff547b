/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_LIST_H
#define _UNIT_LINUX_LIST_H

#include <linux/kernel.h>

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline size_t list_count_nodes(const struct list_head *head)
{
	const struct list_head *at;
	size_t count = 0;

	for (at = head->next; at != head; at = at->next)
		count++;
	return count;
}

#define list_entry(ptr, type, member)		container_of(ptr, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)

#define list_for_each_entry(pos, head, member)					\
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member);	\
	     &(pos)->member != (head);						\
	     (pos) = list_first_entry(&(pos)->member, __typeof__(*(pos)), member))

/* @pos may be freed: @n is read before. */
#define list_for_each_entry_safe(pos, n, head, member)				\
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member),	\
	     (n) = list_first_entry(&(pos)->member, __typeof__(*(pos)), member); \
	     &(pos)->member != (head);						\
	     (pos) = (n),							\
	     (n) = list_first_entry(&(n)->member, __typeof__(*(n)), member))

#endif
