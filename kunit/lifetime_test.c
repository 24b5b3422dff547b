// SPDX-License-Identifier: GPL-2.0-only
/* Suite of lifetime: which class a TIME_WAIT falls into. */
#include <kunit/test.h>

#include "../module/lifetime.h"

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

static struct kunit_case lifetime_test_cases[] = {
	KUNIT_CASE_PARAM(lifetime_has_its_class, lifetime_gen_params),
	KUNIT_CASE(lifetime_none_is_the_first),
	{}
};

static struct kunit_suite lifetime_suite = {
	.name = "portquota_lifetime",
	.test_cases = lifetime_test_cases,
};

kunit_test_suite(lifetime_suite);
