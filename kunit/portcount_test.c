// SPDX-License-Identifier: GPL-2.0-only
/* Suite of portcount: how many distinct ports are held. */
#include <kunit/test.h>

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

static struct kunit_case portcount_cases[] = {
	KUNIT_CASE(portcount_counts_a_port_once),
	KUNIT_CASE(portcount_knows_every_port),
	KUNIT_CASE(portcount_never_negative),
	{}
};

static struct kunit_suite portcount_suite = {
	.name = "portquota_portcount",
	.init = portcount_init,
	.exit = portcount_exit,
	.test_cases = portcount_cases,
};

kunit_test_suite(portcount_suite);
