// SPDX-License-Identifier: GPL-2.0-only
/* Suite of range: how many ports there are to be had. */
#include <kunit/test.h>
#include <linux/bitmap.h>

#include "../module/lib/range.h"

struct range_case {
	const char *name;
	int low, high;
	int reserved_low, reserved_high;	/* -1: none */
	unsigned int usable;
};

static const struct range_case range_cases_table[] = {
	{ "the kernel's default", 32768, 60999, -1, -1, 28232 },
	{ "one port", 40000, 40000, -1, -1, 1 },
	{ "all ports", 0, 65535, -1, -1, 65536 },
	{ "the first is reserved", 1000, 1999, 1000, 1000, 999 },
	{ "the last is reserved", 1000, 1999, 1999, 1999, 999 },
	{ "reserved outside", 1000, 1999, 2000, 3000, 1000 },
	{ "reserved over the lower end", 1000, 1999, 500, 1009, 990 },
	{ "reserved over the upper end", 1000, 1999, 1990, 5000, 990 },
	{ "reserved in the words of both ends", 1030, 1980, 1029, 1981, 0 },
	{ "reserved beside the lower end", 1030, 1999, 1024, 1029, 970 },
	{ "reserved beside the upper end", 1000, 1980, 1981, 1983, 981 },
	{ "everything reserved", 1000, 1999, 0, 65535, 0 },
	{ "the last port of all", 65535, 65535, 65535, 65535, 0 },
};

static void range_describe(const struct range_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases_table, range_describe);

static void range_counts_usable(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	unsigned long *reserved = kunit_kzalloc(test, BITS_TO_LONGS(65536) * sizeof(long),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reserved);
	if (c->reserved_low >= 0)
		bitmap_set(reserved, c->reserved_low, c->reserved_high - c->reserved_low + 1);
	KUNIT_EXPECT_EQ(test, pq_range_count(reserved, c->low, c->high), c->usable);
}

static void range_without_a_bitmap(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, pq_range_count(NULL, 32768, 60999), 28232);
}

static struct kunit_case range_cases[] = {
	KUNIT_CASE_PARAM(range_counts_usable, range_gen_params),
	KUNIT_CASE(range_without_a_bitmap),
	{}
};

static struct kunit_suite range_suite = {
	.name = "portquota_range",
	.test_cases = range_cases,
};

kunit_test_suite(range_suite);
