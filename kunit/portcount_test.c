// SPDX-License-Identifier: GPL-2.0-only
/* Suite of portmap: how many distinct ports are held. */
#include <kunit/test.h>

#include "../module/lib/portcount.h"

static int portmap_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pq_portmap), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void portmap_exit(struct kunit *test)
{
	pq_portmap_free(test->priv);
}

static void portmap_counts_a_port_once(struct kunit *test)
{
	struct pq_portmap *map = test->priv;

	pq_portmap_hold(map, 40000);
	pq_portmap_hold(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 1);
	pq_portmap_release(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 1);
	pq_portmap_release(map, 40000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 0);
}

static void portmap_knows_every_port(struct kunit *test)
{
	struct pq_portmap *map = test->priv;
	unsigned int port;

	for (port = 0; port <= U16_MAX; port++)
		pq_portmap_hold(map, port);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 65536);
	for (port = 0; port <= U16_MAX; port += 2)
		pq_portmap_release(map, port);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 32768);
}

/* What could not be counted when it was taken must not count when it goes. */
static void portmap_never_negative(struct kunit *test)
{
	struct pq_portmap *map = test->priv;

	pq_portmap_release(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 0);
	pq_portmap_hold(map, 50001);
	pq_portmap_release(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 1);
	pq_portmap_hold(map, 50000);
	KUNIT_EXPECT_EQ(test, pq_portmap_ports(map), 2);
}

static struct kunit_case portmap_cases[] = {
	KUNIT_CASE(portmap_counts_a_port_once),
	KUNIT_CASE(portmap_knows_every_port),
	KUNIT_CASE(portmap_never_negative),
	{}
};

static struct kunit_suite portmap_suite = {
	.name = "portquota_portmap",
	.init = portmap_init,
	.exit = portmap_exit,
	.test_cases = portmap_cases,
};

kunit_test_suite(portmap_suite);
