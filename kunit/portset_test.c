// SPDX-License-Identifier: GPL-2.0-only
/* Suite of portset: which ports are held, and how many of them are in a range. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/lib/portset.h"

struct portset_test {
	struct pq_portset set, other;
	unsigned long reserved[65536 / BITS_PER_LONG];
};

static int portset_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct portset_test), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void portset_exit(struct kunit *test)
{
	struct portset_test *t = test->priv;

	pq_portset_free(&t->set);
	pq_portset_free(&t->other);
}

static void portset_counts_a_port_once(struct kunit *test)
{
	struct portset_test *t = test->priv;

	pq_portset_hold(&t->set, 40000);
	pq_portset_hold(&t->set, 40000);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 1);
	KUNIT_EXPECT_EQ(test, pq_portset_holders(&t->set, 40000), 2);
	KUNIT_EXPECT_FALSE(test, pq_portset_release(&t->set, 40000));
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 1);
	KUNIT_EXPECT_TRUE(test, pq_portset_release(&t->set, 40000));
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 0);
	KUNIT_EXPECT_EQ(test, pq_portset_holders(&t->set, 40000), 0);
}

/* What could not be held for want of memory is let go of all the same. */
static void portset_never_negative(struct kunit *test)
{
	struct portset_test *t = test->priv;

	KUNIT_EXPECT_FALSE(test, pq_portset_release(&t->set, 50000));
	pq_portset_hold(&t->set, 50001);
	KUNIT_EXPECT_FALSE(test, pq_portset_release(&t->set, 50000));
	pq_portset_hold(&t->set, 50000);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 2);
}

/* At each port, of ranges that begin and end there, next to it, and elsewhere */
static void portset_knows_both_ends(struct kunit *test)
{
	static const u16 ports[] = { 0, 1, 63, 64, 255, 256, 40000, 65534, 65535 };
	struct portset_test *t = test->priv;
	unsigned int i, port;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		port = ports[i];
		pq_portset_hold(&t->set, port);
		KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 1);
		KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, port, port), 1);
		KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, port), 1);
		KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, port, 65535), 1);
		if (port > 0)
			KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, port - 1),
					0);
		if (port < 65535)
			KUNIT_EXPECT_EQ(test,
					pq_portset_count(&t->set, NULL, NULL, port + 1, 65535),
					0);
		pq_portset_release(&t->set, port);
	}
	for (port = 32768; port < 61000; port++)
		pq_portset_hold(&t->set, port);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), 28232);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 40000, 40039), 40);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 60990, 61010), 10);
}

static void portset_counts_without_others(struct kunit *test)
{
	struct portset_test *t = test->priv;
	unsigned int port;

	for (port = 40000; port < 40040; port++)
		pq_portset_hold(&t->set, port);
	for (port = 40030; port < 40100; port++)
		pq_portset_hold(&t->other, port);
	bitmap_set(t->reserved, 40025, 10);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, &t->other, NULL, 40000, 40039), 30);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->other, &t->set, NULL, 0, 65535), 60);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, t->reserved, 0, 65535), 30);
	KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, &t->other, t->reserved, 0, 65535), 25);
}

#define RACERS		4
#define ROUNDS		20000

struct racer {
	struct pq_portset *set;
	struct completion done;
};

/* All take and leave the same port: its bit goes with the number, whoever comes last. */
static int race(void *data)
{
	struct racer *racer = data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pq_portset_hold(racer->set, 40000);
		pq_portset_release(racer->set, 40000);
		if (i % 256 == 0)
			cond_resched();
	}
	complete(&racer->done);
	return 0;
}

static void portset_survives_a_race(struct kunit *test)
{
	struct portset_test *t = test->priv;
	struct racer racers[RACERS];
	struct task_struct *task;
	int i, kept;

	for (kept = 0; kept < 2; kept++) {
		if (kept)
			pq_portset_hold(&t->set, 40000);
		for (i = 0; i < RACERS; i++) {
			racers[i].set = &t->set;
			init_completion(&racers[i].done);
			task = kthread_run(race, &racers[i], "pq-portset/%d", i);
			KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		}
		for (i = 0; i < RACERS; i++)
			wait_for_completion(&racers[i].done);
		KUNIT_EXPECT_EQ(test, pq_portset_holders(&t->set, 40000), kept);
		KUNIT_EXPECT_EQ(test, pq_portset_count(&t->set, NULL, NULL, 0, 65535), kept);
	}
}

static struct kunit_case portset_cases[] = {
	KUNIT_CASE(portset_counts_a_port_once),
	KUNIT_CASE(portset_never_negative),
	KUNIT_CASE(portset_knows_both_ends),
	KUNIT_CASE(portset_counts_without_others),
	KUNIT_CASE(portset_survives_a_race),
	{}
};

static struct kunit_suite portset_suite = {
	.name = "portquota_portset",
	.init = portset_init,
	.exit = portset_exit,
	.test_cases = portset_cases,
};

kunit_test_suite(portset_suite);
