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

static void path_shown_is_below_the_root(struct kunit *test)
{
	struct cgroup *root = &cgrp_dfl_root.cgrp;
	struct cgroup *a = cgroup_below(test, root, "aa");
	struct cgroup *b = cgroup_below(test, a, "bb");
	char path[32];

	KUNIT_EXPECT_EQ(test, pq_cgroup_path_shown(b, root, path, sizeof(path)), 6);
	KUNIT_EXPECT_STREQ(test, path, "/aa/bb");
	KUNIT_EXPECT_EQ(test, pq_cgroup_path_shown(b, a, path, sizeof(path)), 3);
	KUNIT_EXPECT_STREQ(test, path, "/bb");
	KUNIT_EXPECT_EQ(test, pq_cgroup_path_shown(b, b, path, sizeof(path)), 1);
	KUNIT_EXPECT_STREQ(test, path, "/");
}

/* Where all names have just room, where one has none, and where even the first has none */
static void path_shown_without_room(struct kunit *test)
{
	struct cgroup *root = &cgrp_dfl_root.cgrp;
	struct cgroup *a = cgroup_below(test, root, "aaaaaaaaa");
	struct cgroup *b = cgroup_below(test, a, "bbbbbbbbb");
	struct cgroup *c = cgroup_below(test, b, "ccccccccccccccccccc");
	struct cgroup *d = cgroup_below(test, root, "dddddddddddddddddddddddddddddddddddddddd");
	char path[48];
	ssize_t len;

	((struct kernfs_node *)c->kn)->id = U64_MAX;
	((struct kernfs_node *)d->kn)->id = 5;
	len = pq_cgroup_path_shown(c, root, path, 41);
	KUNIT_EXPECT_STREQ(test, path, "/aaaaaaaaa/bbbbbbbbb/ccccccccccccccccccc");
	KUNIT_EXPECT_EQ(test, len, strlen(path));
	len = pq_cgroup_path_shown(c, root, path, 40);
	KUNIT_EXPECT_STREQ(test, path, "/aaaaaaaaa/(id:18446744073709551615)");
	KUNIT_EXPECT_EQ(test, len, strlen(path));
	len = pq_cgroup_path_shown(d, root, path, 40);
	KUNIT_EXPECT_STREQ(test, path, "/(id:5)");
	KUNIT_EXPECT_EQ(test, len, strlen(path));
}

static struct kunit_case path_cases[] = {
	KUNIT_CASE(path_of_the_root),
	KUNIT_CASE(path_has_all_above),
	KUNIT_CASE(path_without_room),
	KUNIT_CASE(path_shown_is_below_the_root),
	KUNIT_CASE(path_shown_without_room),
	{}
};

static struct kunit_suite path_suite = {
	.name = "portquota_path",
	.test_cases = path_cases,
};

kunit_test_suite(path_suite);
