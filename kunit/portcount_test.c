// SPDX-License-Identifier: GPL-2.0-only
/* Suite of portcount: how many distinct ports are held. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/lib/portcount.h"
#include "../module/lib/portset.h"

static int portcount_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pq_portcount), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void portcount_exit(struct kunit *test)
{
	pq_portcount_free(test->priv);
}

static void portcount_counts_a_port_once(struct kunit *test)
{
	struct pq_portcount *map = test->priv;

	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_release(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_release(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
}

static void portcount_knows_every_port(struct kunit *test)
{
	struct pq_portcount *map = test->priv;
	unsigned int port;

	for (port = 0; port <= U16_MAX; port++)
		pq_portcount_hold(map, port);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 65536);
	for (port = 0; port <= U16_MAX; port += 2)
		pq_portcount_release(map, port);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 32768);
}

/* What could not be counted when it was taken must not count when it goes. */
static void portcount_never_negative(struct kunit *test)
{
	struct pq_portcount *map = test->priv;

	pq_portcount_release(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
	pq_portcount_hold(map, 50001);
	pq_portcount_release(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_hold(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 2);
}

/* Each reservation counts, those on reserved ports of the range too. */
static void portcount_knows_who_is_outside(struct kunit *test)
{
	struct pq_portcount *map = test->priv;
	unsigned long *reserved = kunit_kzalloc(test, 65536 / 8, GFP_KERNEL);
	struct pq_portset *none = kunit_kzalloc(test, sizeof(*none), GFP_KERNEL);
	struct pq_portset *some = kunit_kzalloc(test, sizeof(*some), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reserved);
	KUNIT_ASSERT_NOT_NULL(test, none);
	KUNIT_ASSERT_NOT_NULL(test, some);
	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40300);
	pq_portcount_hold(map, 40999);
	pq_portcount_hold(map, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, NULL, 0, 65535), 0);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, reserved, 32768, 60999), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, NULL, 40000, 40999), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, NULL, 40001, 40998), 4);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, NULL, 1, 1), 5);
	pq_portset_hold(some, 40000);
	pq_portset_hold(some, 40999);
	pq_portset_hold(some, 40999);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, some, NULL, 1, 1), 3);
	pq_portset_free(some);
	bitmap_set(reserved, 40000, 301);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, reserved, 32768, 60999), 4);
	KUNIT_EXPECT_EQ(test, pq_portcount_outside(map, none, reserved, 0, 65535), 3);
}

#define RACERS		4
#define ROUNDS		5000
#define PORTS		3

struct racer {
	struct pq_portcount *map;
	struct completion done;
};

/* The ports are in three chunks, for which all racers make memory at once. */
static int race(void *data)
{
	struct racer *racer = data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pq_portcount_hold(racer->map, i % PORTS * PQ_PORTCOUNT_CHUNK);
		pq_portcount_hold(racer->map, (i + 1) % PORTS * PQ_PORTCOUNT_CHUNK);
		pq_portcount_release(racer->map, i % PORTS * PQ_PORTCOUNT_CHUNK);
		pq_portcount_release(racer->map, (i + 1) % PORTS * PQ_PORTCOUNT_CHUNK);
		if (i % 256 == 0)
			cond_resched();
	}
	/* One is kept, and it is the same for all. */
	pq_portcount_hold(racer->map, PQ_PORTCOUNT_CHUNK);
	complete(&racer->done);
	return 0;
}

static void portcount_survives_a_race(struct kunit *test)
{
	struct pq_portcount *map = test->priv;
	struct racer racers[RACERS];
	struct task_struct *task;
	int i;

	for (i = 0; i < RACERS; i++) {
		racers[i].map = map;
		init_completion(&racers[i].done);
		task = kthread_run(race, &racers[i], "pq-portcount/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < RACERS; i++)
		wait_for_completion(&racers[i].done);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	for (i = 0; i < RACERS; i++) {
		KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
		pq_portcount_release(map, PQ_PORTCOUNT_CHUNK);
	}
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
}

static struct kunit_case portcount_cases[] = {
	KUNIT_CASE(portcount_counts_a_port_once),
	KUNIT_CASE(portcount_knows_every_port),
	KUNIT_CASE(portcount_never_negative),
	KUNIT_CASE(portcount_knows_who_is_outside),
	KUNIT_CASE(portcount_survives_a_race),
	{}
};

static struct kunit_suite portcount_suite = {
	.name = "portquota_portcount",
	.init = portcount_init,
	.exit = portcount_exit,
	.test_cases = portcount_cases,
};

kunit_test_suite(portcount_suite);
