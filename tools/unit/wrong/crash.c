// SPDX-License-Identifier: GPL-2.0-only
/* AddressSanitizer: memory is read that was freed. */
#include <kunit/test.h>

static void bad(struct kunit *test)
{
	int *volatile memory = kzalloc(sizeof(int), GFP_KERNEL);

	kfree(memory);
	KUNIT_EXPECT_EQ(test, *memory, 0);	/* WRONG */
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
	.name = "crash",
	.test_cases = cases,
};

kunit_test_suite(suite);
