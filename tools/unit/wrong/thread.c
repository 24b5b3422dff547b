// SPDX-License-Identifier: GPL-2.0-only
/* An assertion must not fail in a thread that the case has started, and dies there. */
#include <kunit/test.h>

#include <linux/kthread.h>

static int run(void *test)
{
	KUNIT_ASSERT_TRUE((struct kunit *)test, false);	/* WRONG */
	return 0;
}

static void bad(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, IS_ERR(kthread_run(run, test, "run")));
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
	.name = "thread",
	.test_cases = cases,
};

kunit_test_suite(suite);
