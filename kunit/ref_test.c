// SPDX-License-Identifier: GPL-2.0-only
/* Suite of ref: what is used is not killed, and what is dead stays dead. */
#include <kunit/test.h>

#include "../module/lib/ref.h"

static void ref_counts_users(struct kunit *test)
{
	struct pq_ref ref;

	pq_ref_init(&ref, 1);
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), 1);
	KUNIT_EXPECT_TRUE(test, pq_ref_get(&ref));
	pq_ref_hold(&ref);
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), 3);
	pq_ref_put(&ref);
	pq_ref_put(&ref);
	pq_ref_put(&ref);
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), 0);
	KUNIT_EXPECT_FALSE(test, pq_ref_dead(&ref));
}

static void ref_without_users_can_be_had_again(struct kunit *test)
{
	struct pq_ref ref;

	pq_ref_init(&ref, 0);
	KUNIT_EXPECT_TRUE(test, pq_ref_get(&ref));
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), 1);
}

static void ref_in_use_is_not_killed(struct kunit *test)
{
	struct pq_ref ref;

	pq_ref_init(&ref, 1);
	KUNIT_EXPECT_FALSE(test, pq_ref_kill(&ref));
	KUNIT_EXPECT_FALSE(test, pq_ref_dead(&ref));
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), 1);
	pq_ref_put(&ref);
	KUNIT_EXPECT_TRUE(test, pq_ref_kill(&ref));
	KUNIT_EXPECT_TRUE(test, pq_ref_dead(&ref));
}

static void ref_is_killed_once(struct kunit *test)
{
	struct pq_ref ref;

	pq_ref_init(&ref, 0);
	KUNIT_EXPECT_TRUE(test, pq_ref_kill(&ref));
	KUNIT_EXPECT_FALSE(test, pq_ref_kill(&ref));
}

static void ref_dead_is_not_had(struct kunit *test)
{
	struct pq_ref ref;

	pq_ref_init(&ref, 0);
	KUNIT_ASSERT_TRUE(test, pq_ref_kill(&ref));
	KUNIT_EXPECT_FALSE(test, pq_ref_get(&ref));
	KUNIT_EXPECT_EQ(test, pq_ref_users(&ref), PQ_REF_DEAD);
}

/* A hold and a put that come too late, as many as there may be, do not revive it. */
static void ref_dead_stays_dead(struct kunit *test)
{
	struct pq_ref ref;
	int i;

	pq_ref_init(&ref, 0);
	KUNIT_ASSERT_TRUE(test, pq_ref_kill(&ref));
	for (i = 0; i < 100000; i++)
		pq_ref_put(&ref);
	KUNIT_EXPECT_TRUE(test, pq_ref_dead(&ref));
	for (i = 0; i < 200000; i++)
		pq_ref_hold(&ref);
	KUNIT_EXPECT_TRUE(test, pq_ref_dead(&ref));
	KUNIT_EXPECT_FALSE(test, pq_ref_get(&ref));
	KUNIT_EXPECT_FALSE(test, pq_ref_kill(&ref));
}

static struct kunit_case ref_cases[] = {
	KUNIT_CASE(ref_counts_users),
	KUNIT_CASE(ref_without_users_can_be_had_again),
	KUNIT_CASE(ref_in_use_is_not_killed),
	KUNIT_CASE(ref_is_killed_once),
	KUNIT_CASE(ref_dead_is_not_had),
	KUNIT_CASE(ref_dead_stays_dead),
	{}
};

static struct kunit_suite ref_suite = {
	.name = "portquota_ref",
	.test_cases = ref_cases,
};

kunit_test_suite(ref_suite);
