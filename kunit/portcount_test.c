// SPDX-License-Identifier: GPL-2.0-only
/* Suite of portcount: how many distinct ports are held. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/lib/portcount.h"

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

/* A CPU that counts ports itself tells of them later, and until then they may trip. */
static void portcount_trips_by_what_is_not_counted_yet(struct kunit *test)
{
	struct pq_portcount *map = test->priv;

	map->trip = 10;
	map->untrip = 0;
	KUNIT_EXPECT_FALSE(test, pq_portcount_has_room(map, 4));
	KUNIT_EXPECT_FALSE(test, pq_portcount_more(map, 5));
	KUNIT_EXPECT_TRUE(test, pq_portcount_has_room(map, 3));
	KUNIT_EXPECT_FALSE(test, pq_portcount_has_room(map, 5));
	atomic_set(&map->loose, 3);
	KUNIT_EXPECT_TRUE(test, pq_portcount_has_room(map, 0));
	KUNIT_EXPECT_EQ(test, pq_portcount_hold_only(map, 40000), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_hold_only(map, 40000), 0);
	KUNIT_EXPECT_FALSE(test, pq_portcount_release_only(map, 40000));
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 5);
	KUNIT_EXPECT_FALSE(test, pq_portcount_more(map, 1));
	KUNIT_EXPECT_TRUE(test, pq_portcount_hold(map, 50000));
	KUNIT_EXPECT_FALSE(test, pq_portcount_release(map, 50000));
	KUNIT_EXPECT_FALSE(test, pq_portcount_more(map, -1));
	/* 5 are counted, 4, 3; so there may be 2, 1, none. */
	KUNIT_EXPECT_TRUE(test, pq_portcount_release_only(map, 40000));
	KUNIT_EXPECT_FALSE(test, pq_portcount_one_less(map));
	KUNIT_EXPECT_TRUE(test, pq_portcount_one_less(map));
	map->untrip = -1;
	KUNIT_EXPECT_FALSE(test, pq_portcount_one_less(map));
	/* More have ended one by one than have begun so: the rest lies in stocks. */
	KUNIT_EXPECT_FALSE(test, pq_portcount_one_less(map));
	KUNIT_EXPECT_FALSE(test, pq_portcount_one_less(map));
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
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

/* Those outside of the range have holders, but do not count; also those that come later. */
static void portcount_counts_the_range_only(struct kunit *test)
{
	struct pq_portcount *map = test->priv;

	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40300);
	pq_portcount_hold(map, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 3);
	pq_portcount_fit(map, NULL, 40000, 40299);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_holders(map, 40000), 2);
	KUNIT_EXPECT_EQ(test, pq_portcount_holders(map, 65535), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_holders(map, 65534), 0);
	/* In a chunk that there is, and in one that there is not */
	pq_portcount_hold(map, 39999);
	pq_portcount_hold(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_release(map, 39999);
	pq_portcount_release(map, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_fit(map, NULL, 40300, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 2);
	pq_portcount_release(map, 40000);
	pq_portcount_release(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 2);
	pq_portcount_fit(map, NULL, 0, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 2);
	pq_portcount_release(map, 40300);
	pq_portcount_release(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
}

static void portcount_leaves_out_reserved_ports(struct kunit *test)
{
	unsigned long *reserved = kunit_kzalloc(test, 65536 / 8, GFP_KERNEL);
	struct pq_portcount *map = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, reserved);
	bitmap_set(reserved, 40000, 300);
	pq_portcount_hold(map, 40000);
	pq_portcount_hold(map, 40300);
	pq_portcount_fit(map, reserved, 32768, 60999);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	pq_portcount_hold(map, 40001);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	memset(reserved, 0, 65536 / 8);
	pq_portcount_fit(map, reserved, 32768, 60999);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 3);
}

static void portcount_trips_of_the_range_only(struct kunit *test)
{
	struct pq_portcount *map = test->priv;

	map->trip = 2;
	map->untrip = 0;
	pq_portcount_fit(map, NULL, 40000, 40255);
	KUNIT_EXPECT_EQ(test, pq_portcount_hold(map, 40000), 0);
	KUNIT_EXPECT_EQ(test, pq_portcount_hold(map, 50000), 0);
	KUNIT_EXPECT_EQ(test, pq_portcount_hold(map, 40001), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_hold(map, 50001), 0);
	KUNIT_EXPECT_FALSE(test, pq_portcount_release(map, 50001));
	KUNIT_EXPECT_FALSE(test, pq_portcount_release(map, 40001));
	KUNIT_EXPECT_FALSE(test, pq_portcount_release(map, 50000));
	KUNIT_EXPECT_TRUE(test, pq_portcount_release(map, 40000));
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

static void start_race(struct kunit *test, struct racer *racers)
{
	struct task_struct *task;
	int i;

	for (i = 0; i < RACERS; i++) {
		racers[i].map = test->priv;
		init_completion(&racers[i].done);
		task = kthread_run(race, &racers[i], "pq-portcount/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
}

static void finish_race(struct racer *racers)
{
	int i;

	for (i = 0; i < RACERS; i++)
		wait_for_completion(&racers[i].done);
}

static void portcount_survives_a_race(struct kunit *test)
{
	struct pq_portcount *map = test->priv;
	struct racer racers[RACERS];
	int i;

	start_race(test, racers);
	finish_race(racers);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	for (i = 0; i < RACERS; i++) {
		KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
		pq_portcount_release(map, PQ_PORTCOUNT_CHUNK);
	}
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
}

/* The range is moved over the ports of the race all the time, and back. */
static void portcount_survives_a_move(struct kunit *test)
{
	struct pq_portcount *map = test->priv;
	struct racer racers[RACERS];
	unsigned int i;

	start_race(test, racers);
	for (i = 0; i < ROUNDS / 10; i++) {
		pq_portcount_fit(map, NULL, i % (PORTS * PQ_PORTCOUNT_CHUNK), 65535);
		KUNIT_EXPECT_LE(test, pq_portcount_ports(map), PORTS);
	}
	finish_race(racers);
	pq_portcount_fit(map, NULL, PQ_PORTCOUNT_CHUNK + 1, 65535);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 0);
	pq_portcount_fit(map, NULL, 1, PQ_PORTCOUNT_CHUNK);
	KUNIT_EXPECT_EQ(test, pq_portcount_ports(map), 1);
	KUNIT_EXPECT_EQ(test, pq_portcount_holders(map, PQ_PORTCOUNT_CHUNK), RACERS);
}

static struct kunit_case portcount_cases[] = {
	KUNIT_CASE(portcount_counts_a_port_once),
	KUNIT_CASE(portcount_knows_every_port),
	KUNIT_CASE(portcount_trips_by_what_is_not_counted_yet),
	KUNIT_CASE(portcount_never_negative),
	KUNIT_CASE(portcount_counts_the_range_only),
	KUNIT_CASE(portcount_leaves_out_reserved_ports),
	KUNIT_CASE(portcount_trips_of_the_range_only),
	KUNIT_CASE(portcount_survives_a_race),
	KUNIT_CASE(portcount_survives_a_move),
	{}
};

static struct kunit_suite portcount_suite = {
	.name = "portquota_portcount",
	.init = portcount_init,
	.exit = portcount_exit,
	.test_cases = portcount_cases,
};

kunit_test_suite(portcount_suite);
