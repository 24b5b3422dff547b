/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No suite reads under RCU in one thread and frees in another. So a grace period is over as soon as
 * the thread that frees is no reader itself, and memory is freed at once: AddressSanitizer tells of
 * who still uses it.
 */
#ifndef _UNIT_LINUX_RCUPDATE_H
#define _UNIT_LINUX_RCUPDATE_H

#include <assert.h>
#include <stdlib.h>

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/unit.h>

struct rcu_head {
	void *unused;
};

static inline void rcu_read_lock(void)
{
	unit_self.rcu_readers++;
}

static inline void rcu_read_unlock(void)
{
	assert(unit_self.rcu_readers);
	unit_self.rcu_readers--;
}

static inline bool rcu_read_lock_held(void)
{
	return unit_self.rcu_readers;
}

static inline bool rcu_read_lock_any_held(void)
{
	return rcu_read_lock_held();
}

#define RCU_LOCKDEP_WARN(wrong, why)	assert(!(wrong) && (why))

#define kfree_rcu(ptr, head)				\
do {							\
	static_assert(__same_type((ptr)->head, struct rcu_head), "no rcu_head"); \
	assert(!rcu_read_lock_held());			\
	free(ptr);					\
} while (0)

#endif
