/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rebind: the tasks that are inside connect() of a socket that has its port already.
 *
 * If such a connect() takes over a TIME_WAIT, that ends before its time, by nothing that
 * tells it from one that was killed, but that the task is here.
 */
#ifndef _PORTQUOTA_REBIND_H
#define _PORTQUOTA_REBIND_H

#include <linux/list_bl.h>

struct task_struct;

/**
 * struct pq_rebind - a task inside such a connect(), on its stack
 * @node: among the others of its bucket, whose bit lock protects it
 * @task: the task
 */
struct pq_rebind {
	struct hlist_bl_node node;
	const struct task_struct *task;
};

void pq_rebind_begin(struct pq_rebind *rebind);
void pq_rebind_end(struct pq_rebind *rebind);
bool pq_rebinding(void);

#endif
