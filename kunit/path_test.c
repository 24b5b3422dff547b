// SPDX-License-Identifier: GPL-2.0-only
/* Suite of path: the paths of cgroups of which there is only what is looked at. */
#include <kunit/test.h>
#include <linux/cgroup.h>

#include "../module/lib/path.h"
#include "cgroup_fake.h"

static void path_of_the_root(struct kunit *test)
{
	char path[2];

	KUNIT_EXPECT_EQ(test, pq_cgroup_path(&cgrp_dfl_root.cgrp, path, sizeof(path)), 1);
	KUNIT_EXPECT_STREQ(test, path, "/");
}

static void path_has_all_above(struct kunit *test)
{
	struct cgroup *a = cgroup_below(test, &cgrp_dfl_root.cgrp, "system.slice");
	struct cgroup *b = cgroup_below(test, a, "a b\\");
	char path[64];

	KUNIT_EXPECT_EQ(test, pq_cgroup_path(a, path, sizeof(path)), 13);
	KUNIT_EXPECT_STREQ(test, path, "/system.slice");
	KUNIT_EXPECT_EQ(test, pq_cgroup_path(b, path, sizeof(path)), 18);
	KUNIT_EXPECT_STREQ(test, path, "/system.slice/a b\\");
}

/* Whether it ends in the middle of a name, behind one, or at a slash */
static void path_without_room(struct kunit *test)
{
	struct cgroup *a = cgroup_below(test, &cgrp_dfl_root.cgrp, "aa");
	struct cgroup *b = cgroup_below(test, a, "bb");
	char path[8];
	size_t size;

	for (size = 2; size < 7; size++)
		KUNIT_EXPECT_EQ(test, pq_cgroup_path(b, path, size), -E2BIG);
	KUNIT_EXPECT_EQ(test, pq_cgroup_path(b, path, 7), 6);
	KUNIT_EXPECT_STREQ(test, path, "/aa/bb");
}

static struct kunit_case path_cases[] = {
	KUNIT_CASE(path_of_the_root),
	KUNIT_CASE(path_has_all_above),
	KUNIT_CASE(path_without_room),
	{}
};

static struct kunit_suite path_suite = {
	.name = "portquota_path",
	.test_cases = path_cases,
};

kunit_test_suite(path_suite);
