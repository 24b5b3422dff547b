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
	pq_usage_init(&tree->root, NULL);
	pq_usage_init(&tree->middle, &tree->root);
	pq_usage_init(&tree->leaf, &tree->middle);
	pq_usage_init(&tree->other, &tree->root);
	test->priv = tree;
	return 0;
}

static void expect_counter(struct kunit *test, struct pq_usage *usage, enum pq_resource res,
			   long held, long peak, long begun, long ended)
{
	struct pq_count count = pq_usage_read(usage, res);

	KUNIT_EXPECT_EQ(test, pq_usage_held(usage, res), held);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&usage->peak[res]), peak);
	KUNIT_EXPECT_EQ(test, count.held, held);
	KUNIT_EXPECT_EQ(test, count.begun, begun);
	KUNIT_EXPECT_EQ(test, count.ended, ended);
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
	pq_usage_uncharge_timewait(&tree->leaf, 0, PQ_TW_RECYCLED);
	expect_counter(test, &tree->root, PQ_TCP, 0, 1, 1, 1);
	expect_counter(test, &tree->root, PQ_TIMEWAIT, 0, 1, 1, 1);
}

/* TCP and TIME_WAIT are in one word: neither carries into the other, however many. */
static void usage_halves_do_not_meet(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	long many = INT_MAX;

	atomic64_set(&tree->root.held[0], many);
	pq_usage_charge(&tree->root, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TCP), many + 1);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TIMEWAIT), 0);
	pq_usage_charge(&tree->root, PQ_TIMEWAIT, 0);
	pq_usage_uncharge(&tree->root, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TCP), many);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TIMEWAIT), 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), many + 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TIMEWAIT]), 1);
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
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TCP), 1);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->middle, PQ_TCP), 1);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->root, PQ_TCP), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->middle, PQ_TCP), 2);
	pq_usage_uncharge(&tree->middle, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->middle, PQ_TCP), 0);
}

/* A TIME_WAIT that holds no port is told from one that does, and both are one's own. */
static void usage_local_knows_portless(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	unsigned int portless = PQ_GAUGE(PQ_TW_PORTLESS);
	unsigned int waiting = PQ_GAUGE(PQ_TW_FIN_WAIT2);

	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, portless);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, waiting);
	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_charge(&tree->leaf, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_local_timewaits(&tree->leaf), 3);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TIMEWAIT), 2);
	KUNIT_EXPECT_EQ(test, pq_usage_local_timewaits(&tree->middle), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_reserving(&tree->leaf), 2);
	KUNIT_EXPECT_EQ(test, pq_usage_reserving(&tree->root), 2);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, portless);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TIMEWAIT), 2);
	KUNIT_EXPECT_EQ(test, pq_usage_reserving(&tree->root), 2);
	pq_usage_uncharge(&tree->leaf, PQ_TIMEWAIT, waiting);
	pq_usage_uncharge_timewait(&tree->leaf, 0, PQ_TW_EXPIRED);
	KUNIT_EXPECT_EQ(test, pq_usage_local_timewaits(&tree->leaf), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_held(&tree->root, PQ_TIMEWAIT), 0);
	KUNIT_EXPECT_EQ(test, pq_usage_reserving(&tree->root), 0);
}

/* More without a port than there are can be read in passing. */
static void usage_reserving_is_never_negative(struct kunit *test)
{
	struct usage_tree *tree = test->priv;

	pq_usage_add(&tree->leaf, PQ_TW_PORTLESS, 1);
	KUNIT_EXPECT_EQ(test, pq_usage_reserving(&tree->leaf), 0);
}

/* A try is held already and has not begun: that takes nothing back of what has ended. */
static void usage_ended_never_falls(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	enum pq_resource why;

	pq_usage_charge(&tree->leaf, PQ_TCP, 0);
	pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).ended, 1);
	pq_usage_set_max(&tree->root, PQ_TCP, 5);
	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).held, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).ended, 1);
	pq_usage_commit(&tree->leaf, PQ_TCP, 0);
	expect_counter(test, &tree->root, PQ_TCP, 1, 1, 2, 1);
	pq_usage_uncharge(&tree->leaf, PQ_TCP, 0);
	expect_counter(test, &tree->root, PQ_TCP, 0, 1, 2, 2);
}

/* Nor does it come too early: a try has not begun, so when it is given up, nothing ended. */
static void usage_cancelled_has_not_ended(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	enum pq_resource why;

	KUNIT_ASSERT_NULL(test, pq_usage_try_charge(&tree->leaf, PQ_TCP, NULL, &why));
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TCP).ended, 0);
	pq_usage_cancel(&tree->leaf, PQ_TCP);
	expect_counter(test, &tree->root, PQ_TCP, 0, 0, 0, 0);
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

/* What has happened, counted before it does: nobody may say that it is more. */
struct truth {
	atomic_long_t begun;
	atomic_long_t ended;
};

struct racer {
	struct pq_usage *usage;
	struct truth *truth;
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
	peak = atomic_long_read(&tree->root.peak[PQ_TCP]);
	KUNIT_EXPECT_GE(test, peak, 1);
	KUNIT_EXPECT_LE(test, peak, RACERS);
	expect_counter(test, &tree->root, PQ_TCP, 0, peak, RACERS * ROUNDS, RACERS * ROUNDS);
}

#define READERS		2

struct reader {
	struct pq_usage *usage;
	struct truth *truth;
	enum pq_resource res;
	struct completion done;
	bool stop;
	unsigned long reads;
	unsigned long wrong;
};

static int read_on(void *data)
{
	struct reader *reader = data;
	struct pq_count last = {}, now;

	while (!READ_ONCE(reader->stop)) {
		now = pq_usage_read(reader->usage, reader->res);
		reader->wrong += now.held < 0 || now.held > RACERS ||
				 now.begun - now.ended != now.held ||
				 now.begun < last.begun || now.ended < last.ended ||
				 now.ended > atomic_long_read(&reader->truth->ended) ||
				 now.begun > atomic_long_read(&reader->truth->begun);
		last = now;
		if (!(++reader->reads % 256))
			cond_resched();
	}
	complete(&reader->done);
	return 0;
}

static int try_and_charge(void *data)
{
	struct racer *racer = data;
	enum pq_resource why;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (pq_usage_try_charge(racer->usage, PQ_TCP, NULL, &why))
			continue;
		if (i % 3) {
			atomic_long_inc(&racer->truth->begun);
			pq_usage_commit(racer->usage, PQ_TCP, 0);
			pq_usage_charge(racer->usage, PQ_TIMEWAIT, 0);
			atomic_long_inc(&racer->truth->ended);
			pq_usage_uncharge_timewait(racer->usage, 0, PQ_TW_EXPIRED + i % PQ_TW_ENDS);
		} else {
			pq_usage_cancel(racer->usage, PQ_TCP);
		}
		if (!(i % 256))
			cond_resched();
	}
	complete(&racer->done);
	return 0;
}

/* What is read agrees at each moment, whatever is on its way. */
static void usage_reads_agree(struct kunit *test)
{
	struct usage_tree *tree = test->priv;
	struct reader readers[READERS] = {};
	struct racer racers[RACERS] = {};
	struct task_struct *task;
	struct truth truth = {};
	int i;

	for (i = 0; i < READERS; i++) {
		readers[i].usage = &tree->root;
		readers[i].truth = &truth;
		readers[i].res = i % 2 ? PQ_TIMEWAIT : PQ_TCP;
		init_completion(&readers[i].done);
		task = kthread_run(read_on, &readers[i], "pq-read/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++) {
		racers[i].usage = i % 2 ? &tree->leaf : &tree->other;
		racers[i].truth = &truth;
		init_completion(&racers[i].done);
		task = kthread_run(try_and_charge, &racers[i], "pq-race/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++)
		wait_for_completion(&racers[i].done);
	for (i = 0; i < READERS; i++) {
		WRITE_ONCE(readers[i].stop, true);
		wait_for_completion(&readers[i].done);
		KUNIT_EXPECT_EQ(test, readers[i].wrong, 0);
		kunit_info(test, "%lu reads", readers[i].reads);
	}
	for (i = 0; i < READERS; i++) {
		KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, readers[i].res).held, 0);
		KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, readers[i].res).ended,
				RACERS * (ROUNDS - (ROUNDS + 2) / 3));
	}
}

static struct kunit_case usage_cases[] = {
	KUNIT_CASE(usage_charges_ancestors),
	KUNIT_CASE(usage_keeps_resources_apart),
	KUNIT_CASE(usage_halves_do_not_meet),
	KUNIT_CASE(usage_peak_stays),
	KUNIT_CASE(usage_peak_is_of_the_sum),
	KUNIT_CASE(usage_local_is_own),
	KUNIT_CASE(usage_local_knows_portless),
	KUNIT_CASE(usage_reserving_is_never_negative),
	KUNIT_CASE(usage_ended_never_falls),
	KUNIT_CASE(usage_cancelled_has_not_ended),
	KUNIT_CASE(usage_tallies_reach_the_root),
	KUNIT_CASE(usage_idle_when_nothing_is_held),
	KUNIT_CASE(usage_survives_a_race),
	KUNIT_CASE(usage_reads_agree),
	{}
};

static struct kunit_suite usage_suite = {
	.name = "portquota_usage",
	.init = usage_init,
	.test_cases = usage_cases,
};

kunit_test_suite(usage_suite);
