// SPDX-License-Identifier: GPL-2.0-only
/* UndefinedBehaviorSanitizer: a sum is too large for its type. */
#include <kunit/test.h>

static void bad(struct kunit *test)
{
	volatile int large = 2147483647;

	KUNIT_EXPECT_LT(test, large + 1, 0);	/* WRONG */
}

static void good(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bad),
	KUNIT_CASE(good),
	{}
};

static struct kunit_suite suite = {
	.name = "undefined",
	.test_cases = cases,
};

kunit_test_suite(suite);
