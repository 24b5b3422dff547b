/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expectations on single counters.  What a socket call starts may end in a
 * softirq a moment later, so a counter is given a moment to become what it
 * should be; the value returned is the last one seen.
 */
#ifndef PQ_SETTLE_H
#define PQ_SETTLE_H

#include "counters.h"

long long stat_settled(size_t offset, long long want);
long long account_settled(const char *path, size_t offset, long long want);
long long deleted_settled(const char *path, size_t offset, long long want);

#define EXPECT_STAT(field, want)						\
	EXPECT_EQ((long long)(want),						\
		  stat_settled(offsetof(struct counters, field), (long long)(want)))

#define EXPECT_ACCOUNT(path, field, want)					\
	EXPECT_EQ((long long)(want),						\
		  account_settled(path, offsetof(struct counters, field), (long long)(want)))

#define EXPECT_DELETED(path, field, want)					\
	EXPECT_EQ((long long)(want),						\
		  deleted_settled(path, offsetof(struct counters, field), (long long)(want)))

#endif
