// SPDX-License-Identifier: GPL-2.0-only
/* Suite of lifetime and timewait: why a TIME_WAIT ended, after how long, and how it gets there. */
#include <kunit/test.h>

#include "../module/lib/lifetime.h"
#include "../module/port/timewait.h"

struct lifetime_case {
	u32 seconds;
	unsigned int class;	/* of just that long; a tick less is in @below */
	unsigned int below;
};

static const struct lifetime_case lifetime_cases[] = {
	{ 1, 1, 0 },
	{ 2, 2, 1 },
	{ 3, 2, 2 },
	{ 4, 3, 2 },
	{ 30, 5, 5 },
	{ 32, 6, 5 },
	{ 60, 6, 6 },
	{ 64, 7, 6 },
	{ 300, 9, 9 },
	{ 512, 10, 9 },
	{ 1024, 10, 10 },
	{ U32_MAX / HZ, 10, 10 },
};

static void lifetime_describe(const struct lifetime_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u s", c->seconds);
}

KUNIT_ARRAY_PARAM(lifetime, lifetime_cases, lifetime_describe);

static void lifetime_has_its_class(struct kunit *test)
{
	const struct lifetime_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, pq_lifetime_class(c->seconds * HZ), c->class);
	KUNIT_EXPECT_EQ(test, pq_lifetime_class(c->seconds * HZ - 1), c->below);
}

static void lifetime_none_is_the_first(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, pq_lifetime_class(0), 0);
	KUNIT_EXPECT_EQ(test, pq_lifetime_class(U32_MAX), PQ_LIFETIME_CLASSES - 1);
}

static void timewait_has_its_reason(struct kunit *test)
{
	unsigned int i;

	/* An armed timer is connect()'s doing whatever else is true. */
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_timewait_reason(true, i & 1, i & 2, i & 4),
				(int)PQ_TW_REUSED);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, (int)pq_timewait_reason(false, true, i & 1, i & 2),
				(int)PQ_TW_EXPIRED);
		KUNIT_EXPECT_EQ(test, (int)pq_timewait_reason(false, false, true, i & 1),
				(int)PQ_TW_RECYCLED);
	}
	KUNIT_EXPECT_EQ(test, (int)pq_timewait_reason(false, false, false, true),
			(int)PQ_TW_REUSED);
	KUNIT_EXPECT_EQ(test, (int)pq_timewait_reason(false, false, false, false),
			(int)PQ_TW_KILLED);
}

/* By how much the wheel may be late: kernel/time/timer.c, LVL_GRAN() and LVL_START() */
static long wheel_late(long armed)
{
	long granularity = 1, start = 63;

	while (armed >= start) {
		granularity *= 8;
		start *= 8;
	}
	return granularity;
}

/* However late each step is, the end is met to a second. */
static void lifetime_steps_meet_the_end(struct kunit *test)
{
	long whole, left, step, steps;
	int late;

	for (whole = 1; whole <= 300L * HZ; whole += whole / 50 + 1) {
		for (late = 0; late <= 1; late++) {
			for (left = whole, steps = 0; left > 0 && steps < 100; steps++) {
				step = pq_lifetime_step(left);
				KUNIT_ASSERT_GT(test, step, 0);
				left -= step + (late ? wheel_late(step) : 0);
			}
			KUNIT_EXPECT_GT_MSG(test, left, -(long)HZ, "of %ld", whole);
			KUNIT_EXPECT_LE(test, left, 0);
			KUNIT_EXPECT_LT(test, steps, 40);
		}
	}
}

static struct kunit_case lifetime_test_cases[] = {
	KUNIT_CASE_PARAM(lifetime_has_its_class, lifetime_gen_params),
	KUNIT_CASE(lifetime_none_is_the_first),
	KUNIT_CASE(lifetime_steps_meet_the_end),
	KUNIT_CASE(timewait_has_its_reason),
	{}
};

static struct kunit_suite lifetime_suite = {
	.name = "portquota_lifetime",
	.test_cases = lifetime_test_cases,
};

kunit_test_suite(lifetime_suite);
