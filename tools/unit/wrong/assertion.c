// SPDX-License-Identifier: GPL-2.0-only
/* An assertion that fails ends its case, and only that; the exit function runs. */
#include <kunit/test.h>

static void bad(struct kunit *test)
{
	KUNIT_ASSERT_NOT_NULL(test, test->priv);	/* WRONG */
	abort();
}

static void leave(struct kunit *test)
{
	kunit_info(test, "has left");
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
	.name = "assertion",
	.exit = leave,
	.test_cases = cases,
};

kunit_test_suite(suite);
