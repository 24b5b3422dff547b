// SPDX-License-Identifier: GPL-2.0-only
/* Suite of usage, the part with limits: try, commit, cancel. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/lib/counter.h"

/* root <- middle <- leaf, and a second leaf below the root */
struct limit_tree {
	struct pq_usage root, middle, leaf, other;
};

static int limit_init(struct kunit *test)
{
	struct limit_tree *tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tree);
	pq_usage_init(&tree->root, NULL);
	pq_usage_init(&tree->middle, &tree->root);
	pq_usage_init(&tree->leaf, &tree->middle);
	pq_usage_init(&tree->other, &tree->root);
	test->priv = tree;
	return 0;
}

static void expect_held(struct kunit *test, long leaf, long middle, long root)
{
	struct limit_tree *tree = test->priv;

	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->leaf, PQ_TCP), leaf);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->middle, PQ_TCP), middle);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TCP), root);
}

/* Tries and commits; who refused, or NULL. */
static struct pq_usage *charge(struct pq_usage *usage, enum pq_resource res,
			       enum pq_resource *why)
{
	struct pq_usage *full = pq_usage_try_charge(usage, res, NULL, why);

	if (!full)
		pq_usage_commit(usage, res, 0);
	return full;
}

static void limit_try_holds_commit_counts(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	atomic_long_t *begun = &tree->root.begun[PQ_TCP];
	enum pq_resource why;

	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	expect_held(test, 1, 1, 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(begun), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TCP), 0);
	pq_usage_commit(&tree->leaf, PQ_TCP, 0);
	expect_held(test, 1, 1, 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(begun), 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), 1);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TCP), 1);
}

static void limit_cancel_leaves_no_trace(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_max(&tree->middle, PQ_TCP, 1);
	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	pq_usage_cancel(&tree->leaf, PQ_TCP);
	expect_held(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.begun[PQ_TCP]), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).ended, 0);
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->root));
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
}

/* What was uncharged meanwhile has not tripped, because the try was held too. */
static void limit_cancel_trips_downwards(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	KUNIT_ASSERT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	KUNIT_ASSERT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	tree->root.trips[PQ_TCP].untrip = 1;
	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	KUNIT_EXPECT_FALSE(test, pq_usage_uncharge(&tree->leaf, PQ_TCP, 0));
	KUNIT_EXPECT_TRUE(test, pq_usage_cancel(&tree->leaf, PQ_TCP));
	tree->root.trips[PQ_TCP].untrip = -1;
	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	KUNIT_EXPECT_FALSE(test, pq_usage_cancel(&tree->leaf, PQ_TCP));
}

static void limit_refuses_at_the_limit(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;
	int i;

	pq_usage_set_max(&tree->leaf, PQ_TCP, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->leaf);
	KUNIT_EXPECT_EQ(test, (int)why, PQ_TCP);
	expect_held(test, 3, 3, 3);
	pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	expect_held(test, 3, 3, 3);
}

static void limit_zero_refuses_all(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_max(&tree->root, PQ_UDP, 0);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_UDP, &why), &tree->root);
	KUNIT_EXPECT_EQ(test, (int)why, PQ_UDP);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->leaf, PQ_UDP), 0);
}

/* The limit of an ancestor bounds the sum; who refuses is who is full. */
static void limit_of_an_ancestor_bounds_the_sum(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_max(&tree->leaf, PQ_TCP, 10);
	pq_usage_set_max(&tree->root, PQ_TCP, 3);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	KUNIT_EXPECT_NULL(test, charge(&tree->other, PQ_TCP, &why));
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->root);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->other, PQ_TCP, &why), &tree->root);
	expect_held(test, 2, 2, 3);
	pq_usage_set_max(&tree->middle, PQ_TCP, 2);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->middle);
	expect_held(test, 2, 2, 3);
}

static void limit_lowered_below_usage(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;
	int i;

	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	pq_usage_set_max(&tree->leaf, PQ_TCP, 3);
	expect_held(test, 5, 5, 5);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->leaf);
		pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	}
	expect_held(test, 2, 2, 2);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
}

/* TIME_WAIT at its limit: no TCP that would become more of it, UDP is free. */
static void limit_of_timewait_refuses_tcp(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_max(&tree->middle, PQ_TIMEWAIT, 2);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->middle);
	KUNIT_EXPECT_EQ(test, (int)why, PQ_TIMEWAIT);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_UDP, &why));
	KUNIT_EXPECT_NULL(test, charge(&tree->other, PQ_TCP, &why));
	/* TIME_WAIT itself is never refused: it is there already. */
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->middle, PQ_TIMEWAIT), 3);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, 0);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	expect_held(test, 2, 2, 3);
}

/* Who waits comes first, whoever else finds room. */
static void limit_with_a_queue_lets_only_the_first_in(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_max(&tree->middle, PQ_TCP, 5);
	pq_usage_set_queued(&tree->middle, true);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->middle);
	KUNIT_EXPECT_NULL(test, charge(&tree->other, PQ_TCP, &why));
	KUNIT_EXPECT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, &tree->middle, &why));
	expect_held(test, 1, 1, 2);
	pq_usage_cancel(&tree->leaf, PQ_TCP);
}

/*
 * Without a limit there is nothing to wait for, but while the last ones leave, a
 * connect() of a socket that one of them waits for must not pass unseen.
 */
static void queue_without_a_limit_is_seen(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_set_queued(&tree->middle, true);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->middle);
	KUNIT_EXPECT_FALSE(test, pq_usage_bounded(&tree->middle, PQ_TCP));
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_UDP, &why));
	KUNIT_EXPECT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, &tree->middle, &why));
	expect_held(test, 1, 1, 1);
	/* Setting and removing another limit does not let it pass either. */
	pq_usage_set_max(&tree->middle, PQ_TIMEWAIT, 5);
	pq_usage_set_max(&tree->middle, PQ_TIMEWAIT, LONG_MAX);
	KUNIT_EXPECT_PTR_EQ(test, charge(&tree->leaf, PQ_TCP, &why), &tree->middle);
	pq_usage_set_queued(&tree->middle, false);
	KUNIT_EXPECT_FALSE(test, tree->middle.limited);
	KUNIT_EXPECT_NULL(test, charge(&tree->leaf, PQ_TCP, &why));
	expect_held(test, 2, 2, 2);
}

static void limit_is_asked_for(struct kunit *test)
{
	struct limit_tree *tree = test->priv;

	KUNIT_EXPECT_FALSE(test, pq_usage_limited(&tree->leaf, PQ_TCP));
	pq_usage_set_max(&tree->root, PQ_UDP, 1);
	KUNIT_EXPECT_FALSE(test, pq_usage_limited(&tree->leaf, PQ_TCP));
	KUNIT_EXPECT_TRUE(test, pq_usage_limited(&tree->leaf, PQ_UDP));
	pq_usage_set_max(&tree->middle, PQ_TCP, 1);
	KUNIT_EXPECT_TRUE(test, pq_usage_limited(&tree->leaf, PQ_TCP));
	KUNIT_EXPECT_FALSE(test, pq_usage_limited(&tree->other, PQ_TCP));
}

static void limit_trips(struct kunit *test)
{
	struct limit_tree *tree = test->priv;

	tree->root.trips[PQ_TCP].trip = 2;
	tree->root.trips[PQ_TCP].untrip = 1;
	KUNIT_EXPECT_FALSE(test, pq_usage_charge(&tree->leaf, PQ_TCP, 0));
	KUNIT_EXPECT_TRUE(test, pq_usage_charge(&tree->other, PQ_TCP, 0));
	KUNIT_EXPECT_FALSE(test, pq_usage_charge(&tree->leaf, PQ_UDP, 0));
	KUNIT_EXPECT_TRUE(test, pq_usage_uncharge(&tree->leaf, PQ_TCP, 0));
}

#define RACERS		4
#define ROUNDS		20000
#define CAP		7

struct racer {
	struct pq_usage *usage;
	struct completion done;
	unsigned long in, refused;
	long highest;
};

/* Holds up to three at a time, so that the cap is always near. */
static int race(void *data)
{
	struct racer *racer = data;
	struct pq_usage *root = racer->usage;
	enum pq_resource why;
	int i, mine = 0;

	while (root->parent)
		root = root->parent;
	for (i = 0; i < ROUNDS; i++) {
		if (!pq_usage_try_charge(racer->usage, PQ_TCP, NULL, &why)) {
			racer->highest = max(racer->highest, pq_usage_held(root, PQ_TCP));
			if (i % 5 == 0) {
				pq_usage_cancel(racer->usage, PQ_TCP);
				continue;
			}
			pq_usage_commit(racer->usage, PQ_TCP, 0);
			racer->in++;
			mine++;
		} else {
			racer->refused++;
		}
		if (mine == 3 || (mine && i % 3 == 0)) {
			pq_usage_uncharge(racer->usage, PQ_TCP, 0);
			mine--;
		}
		if (i % 256 == 0)
			cond_resched();
	}
	while (mine--)
		pq_usage_uncharge(racer->usage, PQ_TCP, 0);
	complete(&racer->done);
	return 0;
}

static void limit_survives_a_race(struct kunit *test)
{
	struct limit_tree *tree = test->priv;
	struct racer racers[RACERS] = {};
	unsigned long in = 0, refused = 0;
	struct task_struct *task;
	int i;

	pq_usage_set_max(&tree->root, PQ_TCP, CAP);
	for (i = 0; i < RACERS; i++) {
		racers[i].usage = i % 2 ? &tree->leaf : &tree->other;
		init_completion(&racers[i].done);
		task = kthread_run(race, &racers[i], "pq-limit/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++) {
		wait_for_completion(&racers[i].done);
		KUNIT_EXPECT_LE(test, racers[i].highest, CAP);
		in += racers[i].in;
		refused += racers[i].refused;
	}
	KUNIT_EXPECT_LE(test, atomic_long_read(&tree->root.peak[PQ_TCP]), CAP);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.begun[PQ_TCP]), in);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).ended, in);
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->root));
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->leaf));
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->other));
	kunit_info(test, "%lu let in, %lu refused", in, refused);
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(limit_try_holds_commit_counts),
	KUNIT_CASE(limit_cancel_leaves_no_trace),
	KUNIT_CASE(limit_cancel_trips_downwards),
	KUNIT_CASE(limit_refuses_at_the_limit),
	KUNIT_CASE(limit_zero_refuses_all),
	KUNIT_CASE(limit_of_an_ancestor_bounds_the_sum),
	KUNIT_CASE(limit_lowered_below_usage),
	KUNIT_CASE(limit_of_timewait_refuses_tcp),
	KUNIT_CASE(limit_with_a_queue_lets_only_the_first_in),
	KUNIT_CASE(queue_without_a_limit_is_seen),
	KUNIT_CASE(limit_is_asked_for),
	KUNIT_CASE(limit_trips),
	KUNIT_CASE(limit_survives_a_race),
	{}
};

static struct kunit_suite limit_suite = {
	.name = "portquota_limit",
	.init = limit_init,
	.test_cases = limit_cases,
};

kunit_test_suite(limit_suite);
