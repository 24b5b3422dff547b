/* SPDX-License-Identifier: GPL-2.0-only */
/* tools/unit/runner.c has the function, and joins the threads when their case ends. */
#ifndef _UNIT_LINUX_KTHREAD_H
#define _UNIT_LINUX_KTHREAD_H

#include <linux/compiler_types.h>
#include <linux/err.h>
#include <linux/sched.h>

struct task_struct;

__printf(3, 4)
struct task_struct *kthread_run(int (*function)(void *data), void *data, const char *name, ...);

#endif
