/* SPDX-License-Identifier: GPL-2.0-only */
/* A mutex that knows its owner, for lockdep_assert_held(). */
#ifndef _UNIT_LINUX_MUTEX_H
#define _UNIT_LINUX_MUTEX_H

#include <assert.h>
#include <pthread.h>

#include <linux/compiler.h>
#include <linux/unit.h>

struct mutex {
	pthread_mutex_t lock;
	const struct unit_thread *owner;
};

#define DEFINE_MUTEX(name)	struct mutex name = { .lock = PTHREAD_MUTEX_INITIALIZER }

static inline void mutex_init(struct mutex *mutex)
{
	*mutex = (struct mutex){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

static inline void mutex_lock(struct mutex *mutex)
{
	assert(READ_ONCE(mutex->owner) != &unit_self);
	pthread_mutex_lock(&mutex->lock);
	WRITE_ONCE(mutex->owner, &unit_self);
}

/* Lockdep's alone */
#define SINGLE_DEPTH_NESTING	1
#define mutex_lock_nested(mutex, subclass)	mutex_lock(mutex)

static inline void mutex_unlock(struct mutex *mutex)
{
	assert(READ_ONCE(mutex->owner) == &unit_self);
	WRITE_ONCE(mutex->owner, NULL);
	pthread_mutex_unlock(&mutex->lock);
}

#define lockdep_assert_held(mutex)	assert(READ_ONCE((mutex)->owner) == &unit_self)

#endif
