// SPDX-License-Identifier: GPL-2.0-only
/* Suite of stock: charges of a node that were made beforehand. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/lib/stock.h"

#define PEAK	1000	/* that was there before */

/* root <- leaf, and another leaf below the root */
struct stock_tree {
	struct pq_usage root, leaf, other;
	struct pq_stock stock;
};

static void was_there_before(struct pq_usage *usage)
{
	atomic_long_set(&usage->peak[PQ_TCP], PEAK);
	atomic_long_set(&usage->peak[PQ_TIMEWAIT], PEAK);
}

static int stock_init(struct kunit *test)
{
	struct stock_tree *tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tree);
	pq_usage_init(&tree->root, NULL);
	pq_usage_init(&tree->leaf, &tree->root);
	pq_usage_init(&tree->other, &tree->root);
	was_there_before(&tree->root);
	was_there_before(&tree->leaf);
	was_there_before(&tree->other);
	test->priv = tree;
	return 0;
}

static bool charge(struct pq_usage *usage, enum pq_resource res)
{
	if (res == PQ_TIMEWAIT)
		return pq_usage_charge(usage, PQ_TIMEWAIT, 0);
	pq_usage_hold(usage, PQ_TCP);
	return pq_usage_commit(usage, PQ_TCP, 0);
}

static bool open_stock(struct stock_tree *tree)
{
	int cap = pq_stock_room(&tree->leaf, 1, 0);

	return cap && pq_stock_open(&tree->stock, &tree->leaf, cap);
}

static void expect_held(struct kunit *test, const struct pq_usage *usage, long tcp, long timewait)
{
	KUNIT_EXPECT_EQ(test, pq_usage_held(usage, PQ_TCP), tcp);
	KUNIT_EXPECT_EQ(test, pq_usage_held(usage, PQ_TIMEWAIT), timewait);
}

static void stock_holds_before_it_is_asked(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	int i;

	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	KUNIT_EXPECT_FALSE(test, pq_stock_take(&tree->stock, PQ_TCP));
	KUNIT_ASSERT_EQ(test, pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP), PQ_STOCK_FILL);
	for (i = 0; i < PQ_STOCK_FILL; i++)
		KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TCP));
	KUNIT_EXPECT_FALSE(test, pq_stock_take(&tree->stock, PQ_TCP));
	expect_held(test, &tree->root, PQ_STOCK_FILL, 0);
	expect_held(test, &tree->other, 0, 0);
}

static void stock_counts_when_it_is_closed(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	struct pq_count count;
	int i;

	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP);
	pq_stock_fill(&tree->stock, &tree->leaf, PQ_TIMEWAIT);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TCP));
	tree->stock.begun = 5;
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TIMEWAIT));
	KUNIT_EXPECT_TRUE(test, pq_stock_give(&tree->stock, PQ_TW_EXPIRED));
	KUNIT_EXPECT_TRUE(test, pq_stock_give(&tree->stock, PQ_TW_REUSED));
	pq_stock_close(&tree->stock, &tree->leaf);
	expect_held(test, &tree->root, 3, 2);
	expect_held(test, &tree->leaf, 3, 2);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TCP), 3);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TIMEWAIT), 2);
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->root, PQ_TCP), 0);
	count = pq_usage_read(&tree->root, PQ_TCP);
	KUNIT_EXPECT_EQ(test, count.begun, 5);
	KUNIT_EXPECT_EQ(test, count.ended, 2);
	count = pq_usage_read(&tree->root, PQ_TIMEWAIT);
	KUNIT_EXPECT_EQ(test, count.begun, 4);
	KUNIT_EXPECT_EQ(test, count.ended, 2);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.tally[PQ_TW_REUSED]), 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), PEAK);
	KUNIT_EXPECT_EQ(test, atomic_read(&tree->root.loose), 0);
	/* Once more does nothing. */
	pq_stock_close(&tree->stock, &tree->leaf);
	expect_held(test, &tree->root, 3, 2);
	KUNIT_EXPECT_FALSE(test, pq_stock_give(&tree->stock, PQ_TW_EXPIRED));
}

static void stock_is_filled_up_to_the_limit(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	enum pq_resource why;
	int n, all = 0;

	pq_usage_set_max(&tree->root, PQ_TCP, 5);
	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	while ((n = pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP)))
		all += n;
	KUNIT_EXPECT_EQ(test, all, 5);
	expect_held(test, &tree->leaf, 5, 0);
	/* Nobody uses any, so what is refused there is to be tried again without the stock. */
	KUNIT_EXPECT_PTR_EQ(test, pq_usage_try_charge(&tree->other, PQ_TCP, NULL, &why),
			    &tree->root);
	KUNIT_EXPECT_TRUE(test, pq_usage_stocked(&tree->root, PQ_TCP));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_NULL(test, pq_usage_try_charge(&tree->other, PQ_TCP, NULL, &why));
	expect_held(test, &tree->root, 1, 0);
}

static void stock_is_filled_below_the_trip(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	int n, all = 0;

	tree->root.trips[PQ_TIMEWAIT].trip = 7;
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 1, 6 * pq_held_one(PQ_TIMEWAIT)),
			PQ_STOCK_MAX);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 1, 7 * pq_held_one(PQ_TIMEWAIT)), 0);
	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	while ((n = pq_stock_fill(&tree->stock, &tree->leaf, PQ_TIMEWAIT)))
		all += n;
	KUNIT_EXPECT_EQ(test, all, 6);
	/* Not true, but near: to be looked at without the stock. */
	KUNIT_EXPECT_TRUE(test, charge(&tree->other, PQ_TIMEWAIT));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_FALSE(test, charge(&tree->other, PQ_TIMEWAIT));
}

/* A connect() that takes TCP from a stock does not ask about TIME_WAIT. */
static void stock_stays_below_the_limit_of_timewait(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	int i;

	pq_usage_set_max(&tree->root, PQ_TIMEWAIT, 3);
	for (i = 0; i < 2; i++)
		charge(&tree->other, PQ_TIMEWAIT);
	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	KUNIT_EXPECT_EQ(test, pq_stock_fill(&tree->stock, &tree->leaf, PQ_TIMEWAIT), 0);
	KUNIT_EXPECT_EQ(test, pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP), PQ_STOCK_FILL);
	KUNIT_EXPECT_TRUE(test, charge(&tree->other, PQ_TIMEWAIT));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_FALSE(test, open_stock(tree));
	KUNIT_EXPECT_FALSE(test, pq_stock_open(&tree->stock, &tree->leaf, PQ_STOCK_MIN));
	KUNIT_EXPECT_EQ(test, atomic_read(&tree->leaf.loose), 0);
}

/* What is given back is what is taken next, so nothing has to be filled in. */
static void stock_serves_at_the_peak(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	int i;

	for (i = 0; i < PEAK; i++) {
		charge(&tree->leaf, PQ_TCP);
		charge(&tree->leaf, PQ_TIMEWAIT);
	}
	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	KUNIT_EXPECT_EQ(test, pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP), 0);
	for (i = 0; i < 3 * PQ_STOCK_MAX; i++) {
		KUNIT_EXPECT_TRUE(test, pq_stock_give(&tree->stock, PQ_TW_EXPIRED));
		KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TCP));
		KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TIMEWAIT));
	}
	/* Not so one more than ever, which only makes the peak when there is no stock. */
	KUNIT_EXPECT_FALSE(test, pq_stock_take(&tree->stock, PQ_TCP));
	KUNIT_EXPECT_TRUE(test, charge(&tree->leaf, PQ_TCP));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), PEAK);
	KUNIT_EXPECT_FALSE(test, pq_usage_raise_peak(&tree->root, PQ_TCP));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_TRUE(test, pq_usage_raise_peak(&tree->root, PQ_TCP));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), PEAK + 1);
}

static void stock_makes_no_peak(struct kunit *test)
{
	struct stock_tree *tree = test->priv;

	atomic_long_set(&tree->root.peak[PQ_TCP], 3);
	KUNIT_ASSERT_TRUE(test, open_stock(tree));
	while (pq_stock_fill(&tree->stock, &tree->leaf, PQ_TCP))
		;
	expect_held(test, &tree->root, 3, 0);
	KUNIT_EXPECT_TRUE(test, pq_stock_take(&tree->stock, PQ_TCP));
	/* There are two now. */
	KUNIT_EXPECT_TRUE(test, charge(&tree->other, PQ_TCP));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_TRUE(test, pq_usage_raise_peak(&tree->root, PQ_TCP));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&tree->root.peak[PQ_TCP]), 3);
	expect_held(test, &tree->root, 2, 0);
}

static void stock_is_small_above_the_untrip(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	int i;

	tree->root.trips[PQ_TCP].untrip = 50;
	for (i = 0; i < 71; i++)
		charge(&tree->leaf, PQ_TCP);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 1, 0), 20);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 4, 0), 5);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 6, 0), 0);
	KUNIT_ASSERT_TRUE(test, pq_stock_open(&tree->stock, &tree->leaf, 5));
	/* 66 may be all that is used. */
	for (i = 0; i < 15; i++)
		KUNIT_EXPECT_FALSE(test, pq_usage_uncharge(&tree->leaf, PQ_TCP, 0));
	KUNIT_EXPECT_TRUE(test, pq_usage_uncharge(&tree->leaf, PQ_TCP, 0));
	pq_stock_close(&tree->stock, &tree->leaf);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 1, 0), 4);
	KUNIT_EXPECT_FALSE(test, pq_stock_open(&tree->stock, &tree->leaf, 5));
}

static void stock_keeps_off_a_queue(struct kunit *test)
{
	struct stock_tree *tree = test->priv;

	pq_usage_set_queued(&tree->root, true);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&tree->leaf, 1, 0), 0);
	KUNIT_EXPECT_FALSE(test, pq_stock_open(&tree->stock, &tree->leaf, PQ_STOCK_MIN));
	KUNIT_EXPECT_EQ(test, atomic_read(&tree->leaf.loose), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&tree->root.loose), 0);
}

static void stock_is_far_from_points(struct kunit *test)
{
	struct stock_tree *tree = test->priv;

	charge(&tree->leaf, PQ_TCP);
	KUNIT_EXPECT_TRUE(test, pq_stock_is_far(&tree->leaf, 10));
	tree->root.trips[PQ_TIMEWAIT].trip = 10;
	KUNIT_EXPECT_FALSE(test, pq_stock_is_far(&tree->leaf, 10));
	tree->root.trips[PQ_TIMEWAIT].trip = 11;
	KUNIT_EXPECT_TRUE(test, pq_stock_is_far(&tree->leaf, 10));
	pq_usage_set_max(&tree->root, PQ_TCP, 10);
	KUNIT_EXPECT_FALSE(test, pq_stock_is_far(&tree->leaf, 10));
	pq_usage_set_max(&tree->root, PQ_TCP, 11);
	KUNIT_EXPECT_TRUE(test, pq_stock_is_far(&tree->leaf, 10));
	tree->leaf.trips[PQ_TCP].untrip = 0;
	KUNIT_EXPECT_FALSE(test, pq_stock_is_far(&tree->leaf, 10));
}

/* What ends makes room below a peak, and at a point a stock would be in the way again. */
static void stock_knows_when_it_is_the_peak(struct kunit *test)
{
	struct stock_tree *tree = test->priv;
	const s64 one = pq_held_one(PQ_TCP);
	int i;

	for (i = 0; i < PEAK; i++)
		charge(&tree->leaf, PQ_TCP);
	KUNIT_EXPECT_TRUE(test, pq_stock_at_peak(&tree->leaf, one));
	KUNIT_EXPECT_FALSE(test, pq_stock_at_peak(&tree->leaf, 0));
	KUNIT_EXPECT_FALSE(test, pq_stock_at_peak(&tree->leaf, pq_held_one(PQ_TIMEWAIT)));
	pq_usage_set_max(&tree->root, PQ_TCP, PEAK);
	KUNIT_EXPECT_FALSE(test, pq_stock_at_peak(&tree->leaf, one));
	pq_usage_set_max(&tree->root, PQ_TCP, PEAK + 1);
	KUNIT_EXPECT_TRUE(test, pq_stock_at_peak(&tree->leaf, one));
	tree->root.trips[PQ_TCP].trip = PEAK + 1;
	KUNIT_EXPECT_FALSE(test, pq_stock_at_peak(&tree->leaf, one));
}

static void stock_of_a_deep_node_is_none(struct kunit *test)
{
	struct pq_usage *usage;
	struct pq_usage *nodes = kunit_kzalloc(test, (PQ_STOCK_DEPTH + 1) * sizeof(*nodes),
					       GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, nodes);
	for (i = 0; i <= PQ_STOCK_DEPTH; i++) {
		usage = &nodes[i];
		pq_usage_init(usage, i ? usage - 1 : NULL);
		was_there_before(usage);
	}
	KUNIT_EXPECT_EQ(test, pq_stock_room(&nodes[PQ_STOCK_DEPTH - 1], 1, 0), PQ_STOCK_MAX);
	KUNIT_EXPECT_EQ(test, pq_stock_room(&nodes[PQ_STOCK_DEPTH], 1, 0), 0);
	KUNIT_EXPECT_TRUE(test, pq_stock_at_peak(&nodes[PQ_STOCK_DEPTH - 1],
						 (PEAK + 1) * pq_held_one(PQ_TCP)));
	KUNIT_EXPECT_FALSE(test, pq_stock_at_peak(&nodes[PQ_STOCK_DEPTH],
						  (PEAK + 1) * pq_held_one(PQ_TCP)));
}

#define RACERS		4
#define ROUNDS		30000
#define MOST		40	/* that a racer holds */

/* What the racers know of how many there are: the first is never too much, the second never less */
struct truth {
	atomic_t surely, perhaps;
	atomic_long_t surely_most, perhaps_most;
};

struct racer {
	struct pq_usage *leaf, *root;
	struct pq_stock stock;
	atomic_t lock;
	struct race *race;
	struct completion done;
	unsigned long begun, refused, from_stock, settled;
	int over, missed;
};

struct race {
	struct racer racers[RACERS];
	struct truth truth;
	atomic_t held_off;	/* no stock is opened */
	long cap;
	long trip;
	atomic_long_t tripped;	/* the most that was seen by who was told */
};

static bool lock(struct racer *racer)
{
	return !atomic_xchg(&racer->lock, 1);
}

static void unlock(struct racer *racer)
{
	atomic_xchg(&racer->lock, 0);
}

static void raise(atomic_long_t *most, long n)
{
	long seen = atomic_long_read(most);

	while (n > seen && !atomic_long_try_cmpxchg(most, &seen, n))
		;
}

static void close_all(struct race *race)
{
	int i;

	for (i = 0; i < RACERS; i++) {
		while (!lock(&race->racers[i]))
			cond_resched();
		pq_stock_close(&race->racers[i].stock, race->racers[i].leaf);
		unlock(&race->racers[i]);
	}
}

/* As pq_trip_charged() */
static void settle(struct racer *racer)
{
	struct pq_usage *at;

	racer->settled++;
	atomic_inc_return(&racer->race->held_off);
	close_all(racer->race);
	for (at = racer->leaf; at; at = at->parent) {
		pq_usage_raise_peak(at, PQ_TCP);
		pq_usage_raise_peak(at, PQ_TIMEWAIT);
	}
	raise(&racer->race->tripped, pq_usage_held(racer->root, PQ_TCP));
	atomic_dec_return(&racer->race->held_off);
}

/* Locked. Opens the stock, if it may be. */
static bool usable(struct racer *racer)
{
	int cap;

	if (racer->stock.cap)
		return true;
	cap = pq_stock_room(racer->leaf, RACERS, 0);
	if (!cap || !pq_stock_open(&racer->stock, racer->leaf, cap))
		return false;
	if (!atomic_read(&racer->race->held_off))
		return true;
	pq_stock_close(&racer->stock, racer->leaf);
	return false;
}

static bool from_stock(struct racer *racer, enum pq_resource res)
{
	struct pq_stock *stock = &racer->stock;
	bool done = false;

	if (!lock(racer))
		return false;
	if (usable(racer)) {
		if (!(res == PQ_TCP ? stock->tcp : stock->timewait))
			pq_stock_fill(stock, racer->leaf, res);
		done = pq_stock_take(stock, res);
		stock->begun += done && res == PQ_TCP;
	}
	unlock(racer);
	racer->from_stock += done;
	return done;
}

static bool begin(struct racer *racer)
{
	struct race *race = racer->race;
	enum pq_resource why;
	bool held;

	if (!from_stock(racer, PQ_TCP)) {
		held = !pq_usage_try_charge(racer->leaf, PQ_TCP, NULL, &why);
		if (!held) {
			atomic_inc_return(&race->held_off);
			close_all(race);
			held = !pq_usage_try_charge(racer->leaf, PQ_TCP, NULL, &why);
			atomic_dec_return(&race->held_off);
		}
		if (!held)
			return false;
		if (pq_usage_commit(racer->leaf, PQ_TCP, 0))
			settle(racer);
	}
	if (!from_stock(racer, PQ_TIMEWAIT) && pq_usage_charge(racer->leaf, PQ_TIMEWAIT, 0))
		settle(racer);
	return true;
}

static void end(struct racer *racer)
{
	bool done = false;

	if (lock(racer)) {
		done = usable(racer) && pq_stock_give(&racer->stock, PQ_TW_EXPIRED);
		if (!done)
			pq_stock_close(&racer->stock, racer->leaf);
		unlock(racer);
	}
	if (!done && pq_usage_uncharge_timewait(racer->leaf, 0, PQ_TW_EXPIRED))
		settle(racer);
}

static int run_racer(void *data)
{
	struct racer *racer = data;
	struct race *race = racer->race;
	struct truth *truth = &race->truth;
	unsigned int random = racer - race->racers + 1;
	int i, mine = 0;

	for (i = 0; i < ROUNDS; i++) {
		random = random * 1103515245 + 12345;
		if (mine < MOST && (!mine || random >> 16 & 1)) {
			raise(&truth->perhaps_most, atomic_inc_return(&truth->perhaps));
			if (begin(racer)) {
				long surely = atomic_inc_return(&truth->surely);

				raise(&truth->surely_most, surely);
				racer->over += surely > race->cap;
				racer->missed += surely >= race->trip &&
						 atomic_long_read(&race->tripped) < race->trip;
				racer->begun++;
				mine++;
			} else {
				atomic_dec_return(&truth->perhaps);
				racer->refused++;
			}
		} else {
			atomic_dec_return(&truth->surely);
			end(racer);
			atomic_dec_return(&truth->perhaps);
			mine--;
		}
		if (i % 256 == 0)
			cond_resched();
	}
	while (mine--) {
		atomic_dec_return(&truth->surely);
		end(racer);
		atomic_dec_return(&truth->perhaps);
	}
	complete(&racer->done);
	return 0;
}

/* Peaks, limits and trip points while all begin and end, with a stock for each. */
static void run_race(struct kunit *test, long cap, long trip, long untrip)
{
	struct stock_tree *tree = test->priv;
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	unsigned long begun = 0, refused = 0, from_stock = 0, settled = 0;
	struct task_struct *task;
	struct pq_count count;
	long peak;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->cap = cap;
	race->trip = trip;
	pq_usage_init(&tree->root, NULL);
	atomic_long_set(&tree->root.peak[PQ_TCP], 0);
	pq_usage_set_max(&tree->root, PQ_TCP, cap);
	tree->root.trips[PQ_TCP] = (struct pq_trips){ .trip = trip, .untrip = untrip };
	for (i = 0; i < RACERS; i++) {
		race->racers[i].leaf = i % 2 ? &tree->leaf : &tree->other;
		race->racers[i].root = &tree->root;
		race->racers[i].race = race;
		init_completion(&race->racers[i].done);
	}
	for (i = 0; i < RACERS; i++) {
		task = kthread_run(run_racer, &race->racers[i], "pq-stock/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++) {
		wait_for_completion(&race->racers[i].done);
		KUNIT_EXPECT_EQ(test, race->racers[i].over, 0);
		KUNIT_EXPECT_EQ(test, race->racers[i].missed, 0);
		begun += race->racers[i].begun;
		refused += race->racers[i].refused;
		from_stock += race->racers[i].from_stock;
		settled += race->racers[i].settled;
	}
	close_all(race);
	peak = atomic_long_read(&tree->root.peak[PQ_TCP]);
	KUNIT_EXPECT_GE(test, peak, atomic_long_read(&race->truth.surely_most));
	KUNIT_EXPECT_LE(test, peak, atomic_long_read(&race->truth.perhaps_most));
	KUNIT_EXPECT_LE(test, peak, cap);
	KUNIT_EXPECT_GT(test, from_stock, 0);
	count = pq_usage_read(&tree->root, PQ_TCP);
	KUNIT_EXPECT_EQ(test, count.begun, begun);
	KUNIT_EXPECT_EQ(test, count.ended, begun);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&tree->root, PQ_TIMEWAIT).begun, begun);
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->root));
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&tree->leaf));
	KUNIT_EXPECT_EQ(test, pq_usage_local(&tree->leaf, PQ_TCP), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&tree->root.loose), 0);
	kunit_info(test, "%lu begun, %lu refused, %lu from stocks, settled %lu times, peak %ld",
		   begun, refused, from_stock, settled, peak);
}

static void stock_survives_a_race(struct kunit *test)
{
	run_race(test, LONG_MAX, LONG_MAX, -1);
}

static void stock_survives_a_race_to_the_limit(struct kunit *test)
{
	run_race(test, MOST, LONG_MAX, -1);
}

static void stock_survives_a_race_around_points(struct kunit *test)
{
	run_race(test, LONG_MAX, 2 * MOST, MOST / 2);
}

static struct kunit_case stock_cases[] = {
	KUNIT_CASE(stock_holds_before_it_is_asked),
	KUNIT_CASE(stock_counts_when_it_is_closed),
	KUNIT_CASE(stock_is_filled_up_to_the_limit),
	KUNIT_CASE(stock_is_filled_below_the_trip),
	KUNIT_CASE(stock_stays_below_the_limit_of_timewait),
	KUNIT_CASE(stock_serves_at_the_peak),
	KUNIT_CASE(stock_makes_no_peak),
	KUNIT_CASE(stock_is_small_above_the_untrip),
	KUNIT_CASE(stock_keeps_off_a_queue),
	KUNIT_CASE(stock_is_far_from_points),
	KUNIT_CASE(stock_knows_when_it_is_the_peak),
	KUNIT_CASE(stock_of_a_deep_node_is_none),
	KUNIT_CASE(stock_survives_a_race),
	KUNIT_CASE(stock_survives_a_race_to_the_limit),
	KUNIT_CASE(stock_survives_a_race_around_points),
	{}
};

static struct kunit_suite stock_suite = {
	.name = "portquota_stock",
	.init = stock_init,
	.test_cases = stock_cases,
};

kunit_test_suite(stock_suite);
