// SPDX-License-Identifier: GPL-2.0-only
/* Suite of subject: what is kept of a cgroup, and how its path is seen from others. */
#include <kunit/test.h>
#include <linux/cgroup.h>

#include "../module/warn/subject.h"
#include "cgroup_fake.h"

/* /a/b, of which only what is asked for is filled in */
static struct pq_subject *made(struct kunit *test)
{
	struct pq_subject *subject;

	subject = kunit_kzalloc(test, struct_size(subject, id, 2), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, subject);
	subject->path = "/a/b";
	subject->level = 2;
	subject->id[0] = 1;
	subject->id[1] = 50;
	subject->cgroup = 60;
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

#define DEEP	(PQ_SUBJECT_LEVELS + 3)

/* The root, /d, /d/d and so on */
static struct cgroup **deep(struct kunit *test)
{
	struct cgroup **at = kunit_kcalloc(test, DEEP + 1, sizeof(*at), GFP_KERNEL);
	struct kernfs_node *kn;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, at);
	at[0] = &cgrp_dfl_root.cgrp;
	for (i = 1; i <= DEEP; i++) {
		at[i] = cgroup_below(test, at[i - 1], "d");
		kn = (struct kernfs_node *)at[i]->kn;
		kn->id = 1000000 + i;
	}
	return at;
}

/* What is kept does not grow with the levels for ever, and who is too deep sees nothing. */
static void subject_keeps_some_levels(struct kunit *test)
{
	struct cgroup **at = deep(test);
	struct pq_subject *subject = pq_subject_new(false, at[DEEP]);
	const char *path;

	KUNIT_ASSERT_NOT_NULL(test, subject);
	KUNIT_EXPECT_EQ(test, strlen(subject->path), 2 * DEEP);
	KUNIT_EXPECT_EQ(test, pq_subject_cgroup(subject), cgroup_id(at[DEEP]));
	path = pq_subject_path(subject, PQ_SUBJECT_LEVELS - 1,
			       cgroup_id(at[PQ_SUBJECT_LEVELS - 1]));
	KUNIT_EXPECT_STREQ(test, path, "/d/d/d/d");
	path = pq_subject_path(subject, PQ_SUBJECT_LEVELS, cgroup_id(at[PQ_SUBJECT_LEVELS]));
	KUNIT_EXPECT_NULL(test, path);
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, DEEP, cgroup_id(at[DEEP])), "/");
	KUNIT_EXPECT_NULL(test, pq_subject_path(subject, DEEP, cgroup_id(at[1])));
	pq_subject_put(subject);
}

/* Of a path that was cut there is always a last name. */
static void subject_of_a_path_that_was_cut(struct kunit *test)
{
	struct pq_subject *subject = made(test);

	subject->path = "/(id:60)";
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 0, 1), "/(id:60)");
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 1, 50), "/(id:60)");
	KUNIT_EXPECT_STREQ(test, pq_subject_path(subject, 2, 60), "/");
}

static struct kunit_case subject_cases[] = {
	KUNIT_CASE(subject_path_is_below_the_readers_root),
	KUNIT_CASE(subject_outside_has_no_path),
	KUNIT_CASE(subject_of_the_root),
	KUNIT_CASE(subject_before_load),
	KUNIT_CASE(subject_keeps_some_levels),
	KUNIT_CASE(subject_of_a_path_that_was_cut),
	{}
};

static struct kunit_suite subject_suite = {
	.name = "portquota_subject",
	.test_cases = subject_cases,
};

kunit_test_suite(subject_suite);
