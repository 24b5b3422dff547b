// SPDX-License-Identifier: GPL-2.0-only
/* ThreadSanitizer: two threads change a number at once, and it is not atomic. */
#include <kunit/test.h>
#include <linux/kthread.h>

static int number;

static int run(void *unused)
{
	number++;	/* WRONG */
	return 0;
}

static void bad(struct kunit *test)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(run, NULL, "one")));
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(run, NULL, "other")));
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
	.name = "race",
	.test_cases = cases,
};

kunit_test_suite(suite);
