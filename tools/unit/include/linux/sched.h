/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_SCHED_H
#define _UNIT_LINUX_SCHED_H

#include <sched.h>

static inline void cond_resched(void)
{
	sched_yield();
}

#endif
