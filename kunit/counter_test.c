// SPDX-License-Identifier: GPL-2.0-only
/* Suite of usage: hierarchical counters. */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/completion.h>

#include "../module/lib/counter.h"

/* root <- middle <- leaf, and a second leaf below the root */
struct usage_tree {
	struct pq_usage root, middle, leaf, other;
};

static int usage_init(struct kunit *test)
{
	struct usage_tree *tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tree);
	tree->middle.parent = &tree->root;
	tree->leaf.parent = &tree->middle;
	tree->other.parent = &tree->root;
	test->priv = tree;
	return 0;
}

static void expect_counter(struct kunit *test, const struct pq_usage *usage, enum pq_resource res,
			   long held, long peak, long begun, long ended)
{
	const struct pq_counter *c = &usage->counter[res];

	KUNIT_EXPECT_EQ(test, atomic_long_read(&c->held), held);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&c->peak), peak);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&c->begun), begun);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&c->ended), ended);
}

static void usage_charges_ancestors(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->other, PQ_TCP, 0);
	expect_counter(test, &tree->leaf, PQ_TCP, 2, 2, 2, 0);
	expect_counter(test, &tree->middle, PQ_TCP, 2, 2, 2, 0);
	expect_counter(test, &tree->other, PQ_TCP, 1, 1, 1, 0);
	expect_counter(test, &tree->root, PQ_TCP, 3, 3, 3, 0);
}

static void usage_keeps_resources_apart(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->leaf, PQ_UDP, 0);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	pq_usage_uncharge(&tree->leaf, PQ_UDP, 0);
	expect_counter(test, &tree->root, PQ_TCP, 1, 1, 1, 0);
	expect_counter(test, &tree->root, PQ_UDP, 0, 1, 1, 1);
	expect_counter(test, &tree->root, PQ_TIMEWAIT, 1, 1, 1, 0);
}

static void usage_peak_stays(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	int i;

	for (i = 0; i < 5; i++)
		pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	for (i = 0; i < 5; i++)
		pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	expect_counter(test, &tree->leaf, PQ_TCP, 1, 5, 6, 5);
	expect_counter(test, &tree->root, PQ_TCP, 1, 5, 6, 5);
}

/* The root saw both leaves at once, no leaf did. */
static void usage_peak_is_of_the_sum(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->other, PQ_TCP, 0);
	pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->other, PQ_TCP, 0);
	expect_counter(test, &tree->leaf, PQ_TCP, 0, 1, 1, 1);
	expect_counter(test, &tree->other, PQ_TCP, 2, 2, 2, 0);
	expect_counter(test, &tree->root, PQ_TCP, 2, 2, 3, 1);
}

static void usage_local_is_own(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->middle, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->leaf.local[PQ_TCP]), 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->middle.local[PQ_TCP]), 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.local[PQ_TCP]), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->middle, PQ_TCP), 2);
	pq_usage_uncharge(&tree->middle, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->middle.local[PQ_TCP]), 0);
}

/* A TIME_WAIT that holds no port is told from one that does, and both are one's own. */
static void usage_local_knows_portless(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	unsigned int reserving = BIT(PQ_TW_RESERVING), both = reserving | BIT(PQ_TW_FIN_WAIT2);

	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, both);
	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, reserving);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TIMEWAIT), 3);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->leaf.local[PQ_TIMEWAIT]), 2);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->middle, PQ_TIMEWAIT), 0);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->leaf.local[PQ_TIMEWAIT]), 2);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, both);
	pq_usage_uncharge_timewait(&tree->leaf, reserving, PQ_TW_EXPIRED);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TIMEWAIT), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TIMEWAIT), 0);
}

static void usage_tallies_reach_the_root(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_add(&tree->leaf, PQ_TW_FIN_WAIT2, 1);
	pq_usage_add(&tree->other, PQ_TW_FIN_WAIT2, 1);
	pq_usage_add(&tree->leaf, PQ_TW_FIN_WAIT2, -1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->leaf.tally[PQ_TW_FIN_WAIT2]), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.tally[PQ_TW_FIN_WAIT2]), 1);
}

static void usage_idle_when_nothing_is_held(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++) {
		KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->root));
		pq_usage_charge(&tree->leaf, res, 0);
		KUNIT_EXPECT_FALSE(test, pq_usage_idle(&tree->root));
		pq_usage_uncharge(&tree->leaf, res, 0);
	}
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->root));
}

#define RACERS		4
#define ROUNDS		20000

struct racer {
	struct pq_usage *usage;
	struct completion done;
	long lowest;
};

static int race(void *data)
{
	struct racer *racer = data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pq_usage_charge(racer->usage, PQ_TCP, 0);
		pq_usage_uncharge(racer->usage, PQ_TCP, 0);
		racer->lowest = min(racer->lowest, pq_usage_held(racer->usage, PQ_TCP));
	}
	complete(&racer->done);
	return 0;
}

static void usage_survives_a_race(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	struct racer racers[RACERS];
	struct task_struct *task;
	long peak;
	int i;

	for (i = 0; i < RACERS; i++) {
		racers[i].usage = i % 2 ? &tree->leaf : &tree->other;
		racers[i].lowest = LONG_MAX;
		init_completion(&racers[i].done);
		task = kthread_run(race, &racers[i], "pq-race/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++) {
		wait_for_completion(&racers[i].done);
		KUNIT_EXPECT_GE(test, racers[i].lowest, 0);
	}
	peak = atomic_long_read(&tree->root.counter[PQ_TCP].peak);
	KUNIT_EXPECT_GE(test, peak, 1);
	KUNIT_EXPECT_LE(test, peak, RACERS);
	expect_counter(test, &tree->root, PQ_TCP, 0, peak, RACERS * ROUNDS, RACERS * ROUNDS);
}

static struct kunit_case usage_cases[] = {
	KUNIT_CASE(usage_charges_ancestors),
	KUNIT_CASE(usage_keeps_resources_apart),
	KUNIT_CASE(usage_peak_stays),
	KUNIT_CASE(usage_peak_is_of_the_sum),
	KUNIT_CASE(usage_local_is_own),
	KUNIT_CASE(usage_local_knows_portless),
	KUNIT_CASE(usage_tallies_reach_the_root),
	KUNIT_CASE(usage_idle_when_nothing_is_held),
	KUNIT_CASE(usage_survives_a_race),
	{}
};

static struct kunit_suite usage_suite = {
	.name = "portquota_usage",
	.init = usage_init,
	.test_cases = usage_cases,
};

kunit_test_suite(usage_suite);
