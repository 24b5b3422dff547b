// SPDX-License-Identifier: GPL-2.0-only
/* Without what its init function makes, a case is not run. */
#include <kunit/test.h>

static int enter(struct kunit *test)
{
	return strcmp(test->name, "bad") ? 0 : -ENOMEM;
}

static void bad(struct kunit *test)
{
	abort();
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
	.name = "init",
	.init = enter,
	.test_cases = cases,
};

kunit_test_suite(suite);
