// SPDX-License-Identifier: GPL-2.0-only
/* Suite of subject: what is kept of a cgroup, and how its path is seen from others. */
#include <kunit/test.h>
#include <linux/cgroup.h>

#include "../module/warn/subject.h"

/* /a/b, of which only what is asked for is filled in */
static struct pq_subject *made(struct kunit *test)
{
	struct pq_subject *subject;

	subject = kunit_kzalloc(test, struct_size(subject, id, 3), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, subject);
	subject->path = "/a/b";
	subject->level = 2;
	subject->id[0] = 1;
	subject->id[1] = 50;
	subject->id[2] = 60;
	return subject;
}

static void subject_path_is_below_the_readers_root(struct kunit *test)
{
	struct pq_subject *subject = made(test);

	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 0, 1), "/a/b");
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 1, 50), "/b");
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 2, 60), "/");
	KUNIT_EXPECT_EQ(test, pq_subject_cgroup(subject), 60);
}

/* Another cgroup that has the same name, and one further down, are not the same. */
static void subject_outside_has_no_path(struct kunit *test)
{
	struct pq_subject *subject = made(test);

	KUNIT_EXPECT_NULL(test, pq_subject_path(subject, 1, 51));
	KUNIT_EXPECT_NULL(test, pq_subject_path(subject, 1, 60));
	KUNIT_EXPECT_NULL(test, pq_subject_path(subject, 2, 50));
	KUNIT_EXPECT_NULL(test, pq_subject_path(subject, 3, 60));
}

static void subject_of_the_root(struct kunit *test)
{
	struct cgroup *root = &cgrp_dfl_root.cgrp;
	struct pq_subject *subject = pq_subject_new(true, root);

	KUNIT_ASSERT_NOT_NULL(test, subject);
	KUNIT_EXPECT_STREQ(test, subject->path, "/");
	KUNIT_EXPECT_EQ(test, pq_subject_cgroup(subject), cgroup_id(root));
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 0, cgroup_id(root)), "/");
	KUNIT_EXPECT_TRUE(test, subject->foreign);
	pq_subject_put(subject);
}

static void subject_before_load(struct kunit *test)
{
	struct pq_subject *subject = pq_subject_new(false, NULL);

	KUNIT_ASSERT_NOT_NULL(test, subject);
	KUNIT_EXPECT_NULL(test, subject->path);
	KUNIT_EXPECT_EQ(test, pq_subject_cgroup(subject), 0);
	pq_subject_put(subject);
}

static struct kunit_case subject_cases[] = {
	KUNIT_CASE(subject_path_is_below_the_readers_root),
	KUNIT_CASE(subject_outside_has_no_path),
	KUNIT_CASE(subject_of_the_root),
	KUNIT_CASE(subject_before_load),
	{}
};

static struct kunit_suite subject_suite = {
	.name = "portquota_subject",
	.test_cases = subject_cases,
};

kunit_test_suite(subject_suite);
