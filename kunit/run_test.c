// SPDX-License-Identifier: GPL-2.0-only
/* Suite of runs: when failures begin one, when it is over, and what is said of it. */
#include <kunit/test.h>

#include "../module/lib/run.h"

/* Close to where jiffies wrap, so that every test goes over it. */
#define START (0UL - 5 * HZ)

static int run_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pq_run), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void run_begins_once(struct kunit *test)
{
	struct pq_run *run = test->priv;
	unsigned long now = START;
	int i;

	KUNIT_EXPECT_FALSE(test, pq_run_more(run, now));
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, now));
	KUNIT_EXPECT_TRUE(test, pq_run_add(run, now));
	for (i = 0; i < 100; i++, now += HZ)
		KUNIT_EXPECT_FALSE(test, pq_run_add(run, now));
	KUNIT_EXPECT_TRUE(test, pq_run_more(run, now));
}

static void run_is_over_after_a_while(struct kunit *test)
{
	struct pq_run *run = test->priv;
	struct pq_run_end end;
	int i;

	for (i = 0; i <= 20; i++)
		pq_run_add(run, START + i * HZ / 2);
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, START + 10 * HZ));
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, START + 20 * HZ - 1));
	KUNIT_EXPECT_TRUE(test, pq_run_over(run, START + 20 * HZ));
	end = pq_run_end(run, START + 20 * HZ);
	KUNIT_EXPECT_EQ(test, end.count, 21);
	KUNIT_EXPECT_EQ(test, end.seconds, 10);
	KUNIT_EXPECT_EQ(test, end.ago, 10 * HZ);
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, START + 40 * HZ));
	KUNIT_EXPECT_FALSE(test, pq_run_more(run, START + 40 * HZ));
}

static void run_of_one_took_no_time(struct kunit *test)
{
	struct pq_run *run = test->priv;
	struct pq_run_end end;

	pq_run_add(run, START);
	end = pq_run_end(run, START + 10 * HZ);
	KUNIT_EXPECT_EQ(test, end.count, 1);
	KUNIT_EXPECT_EQ(test, end.seconds, 0);
	/* A part of a second is one. */
	pq_run_add(run, START);
	pq_run_add(run, START + 1);
	end = pq_run_end(run, START + 10 * HZ);
	KUNIT_EXPECT_EQ(test, end.seconds, 1);
}

/* A clock of another CPU that is ahead ends nothing, and no time is negative. */
static void run_survives_another_clock(struct kunit *test)
{
	struct pq_run *run = test->priv;
	struct pq_run_end end;

	pq_run_add(run, START);
	pq_run_more(run, START + 2);
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, START + 1));
	end = pq_run_end(run, START + 1);
	KUNIT_EXPECT_EQ(test, end.ago, 0);
	KUNIT_EXPECT_EQ(test, end.count, 2);
}

/* One failure each @seconds, for so many: how many runs begin? */
static int runs_of(struct pq_run *run, unsigned int seconds, int failures)
{
	unsigned long now = START;
	int i, begun = 0;
	unsigned int s;

	for (i = 0; i < failures; i++) {
		begun += pq_run_add(run, now);
		for (s = 0; s < seconds; s++, now += HZ)
			if (pq_run_over(run, now))
				pq_run_end(run, now);
	}
	return begun;
}

/* Who tries again for days is a few runs, and then one. */
static void run_of_a_slow_retry_is_one_in_the_end(struct kunit *test)
{
	struct pq_run *run = test->priv;

	KUNIT_EXPECT_EQ(test, runs_of(run, 9, 10000), 1);
	memset(run, 0, sizeof(*run));
	KUNIT_EXPECT_EQ(test, runs_of(run, 15, 10000), 2);
	memset(run, 0, sizeof(*run));
	KUNIT_EXPECT_EQ(test, runs_of(run, 60, 10000), 4);
	memset(run, 0, sizeof(*run));
	KUNIT_EXPECT_EQ(test, runs_of(run, 300, 1000), 6);
}

/* After a rest it begins anew. */
static void run_after_a_rest_is_short_again(struct kunit *test)
{
	struct pq_run *run = test->priv;
	unsigned long now = START;

	pq_run_add(run, now);
	pq_run_end(run, now + 10 * HZ);
	now += 30 * HZ;
	pq_run_add(run, now);
	KUNIT_EXPECT_EQ(test, run->quiet, 2 * PQ_RUN_QUIET);
	pq_run_end(run, now + 20 * HZ);
	now += PQ_RUN_SOON * HZ;
	pq_run_add(run, now);
	KUNIT_EXPECT_EQ(test, run->quiet, PQ_RUN_QUIET);
}

/* Of a cgroup that is removed there is no slow retry. */
static void run_in_a_hurry_is_over_sooner(struct kunit *test)
{
	struct pq_run *run = test->priv;
	unsigned long now = START;

	pq_run_hurry(run);
	KUNIT_EXPECT_EQ(test, run->quiet, 0);
	pq_run_add(run, now);
	pq_run_end(run, now + 10 * HZ);
	now += 30 * HZ;
	pq_run_add(run, now);
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, now + PQ_RUN_QUIET * HZ));
	pq_run_hurry(run);
	KUNIT_EXPECT_FALSE(test, pq_run_over(run, now + PQ_RUN_QUIET * HZ - 1));
	KUNIT_EXPECT_TRUE(test, pq_run_over(run, now + PQ_RUN_QUIET * HZ));
}

/* What came at the very end of a run is not lost: the next one tells it. */
static void run_counts_what_came_too_late(struct kunit *test)
{
	struct pq_run *run = test->priv;
	struct pq_run_end end;

	pq_run_add(run, START);
	end = pq_run_end(run, START + 10 * HZ);
	KUNIT_EXPECT_EQ(test, end.count, 1);
	atomic_long_inc(&run->count);	/* pq_run_more() that had seen it on */
	pq_run_add(run, START + 20 * HZ);
	end = pq_run_end(run, START + 40 * HZ);
	KUNIT_EXPECT_EQ(test, end.count, 2);
}

static struct kunit_case run_cases[] = {
	KUNIT_CASE(run_begins_once),
	KUNIT_CASE(run_is_over_after_a_while),
	KUNIT_CASE(run_of_one_took_no_time),
	KUNIT_CASE(run_survives_another_clock),
	KUNIT_CASE(run_of_a_slow_retry_is_one_in_the_end),
	KUNIT_CASE(run_after_a_rest_is_short_again),
	KUNIT_CASE(run_in_a_hurry_is_over_sooner),
	KUNIT_CASE(run_counts_what_came_too_late),
	{}
};

static struct kunit_suite run_suite = {
	.name = "portquota_run",
	.init = run_init,
	.test_cases = run_cases,
};

kunit_test_suite(run_suite);
