/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A number that is looked at each millisecond. complete() ends with its store, so the struct may be
 * on the stack of the function that waits, as in the kernel.
 */
#ifndef _UNIT_LINUX_COMPLETION_H
#define _UNIT_LINUX_COMPLETION_H

#include <time.h>

#include <linux/types.h>

struct completion {
	unsigned int done;
};

static inline void init_completion(struct completion *completion)
{
	completion->done = 0;
}

static inline void complete(struct completion *completion)
{
	__atomic_fetch_add(&completion->done, 1, __ATOMIC_RELEASE);
}

static inline bool try_wait_for_completion(struct completion *completion)
{
	unsigned int done = __atomic_load_n(&completion->done, __ATOMIC_ACQUIRE);

	while (done)
		if (__atomic_compare_exchange_n(&completion->done, &done, done - 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static inline void wait_for_completion(struct completion *completion)
{
	while (!try_wait_for_completion(completion))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

#endif
