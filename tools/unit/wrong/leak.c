// SPDX-License-Identifier: GPL-2.0-only
/* LeakSanitizer: memory is not given back. */
#include <kunit/test.h>

static void bad(struct kunit *test)
{
	void *memory = kzalloc(16, GFP_KERNEL);	/* WRONG */

	KUNIT_EXPECT_NOT_NULL(test, memory);
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
	.name = "leak",
	.test_cases = cases,
};

kunit_test_suite(suite);
