/* SPDX-License-Identifier: GPL-2.0-only */
/* What the headers here keep of each thread; tools/unit/runner.c has it. */
#ifndef _UNIT_LINUX_UNIT_H
#define _UNIT_LINUX_UNIT_H

struct unit_thread {
	unsigned int rcu_readers;	/* how often it is in rcu_read_lock() */
};

extern __thread struct unit_thread unit_self;

#endif
