// SPDX-License-Identifier: GPL-2.0-only
/* An expectation that fails does not end its case: the second one is looked at too. */
#include <kunit/test.h>

static void bad(struct kunit *test)
{
	int three = 3;

	KUNIT_EXPECT_EQ(test, three, 4);	/* WRONG */
	KUNIT_EXPECT_STREQ(test, "left", "right");
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
	.name = "expectation",
	.test_cases = cases,
};

kunit_test_suite(suite);
