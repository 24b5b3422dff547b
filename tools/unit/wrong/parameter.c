// SPDX-License-Identifier: GPL-2.0-only
/* One of the parameters of a case fails: that case has failed. */
#include <kunit/test.h>

static const int numbers[] = { 1, 2, 3 };

static void describe(const int *number, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "number %d", *number);
}

KUNIT_ARRAY_PARAM(number, numbers, describe);

static void bad(struct kunit *test)
{
	const int *number = test->param_value;

	KUNIT_EXPECT_NE(test, *number, 2);	/* WRONG */
}

static void good(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(bad, number_gen_params),
	KUNIT_CASE(good),
	{}
};

static struct kunit_suite suite = {
	.name = "parameter",
	.test_cases = cases,
};

kunit_test_suite(suite);
