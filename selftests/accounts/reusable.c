// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME_WAITs that connect() may take over: reusable= of a destination says how many it
 * is, by net.ipv4.tcp_tw_reuse, the addresses, timestamps and who has the port; each
 * test then lets connect() show it. Events of a destination are about the ports that
 * are lost, and these are not.
 */
#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
};

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

#define LOW	40000
#define PORTS	40
#define RANGE	"40000 40039"

#define SOURCE	"127.0.0.1"
#define TO	"127.0.0.1:8080"
#define OTHER	"10.1.1.1"	/* an address of the host's own that is not of 127.0.0.0/8 */

/* How long is quiet */
#define QUIET	lane_scale(1200, 3000)

static int begin(const char *reuse)
{
	descriptors_raise();
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "%s", reuse);
	sysctl_set("net.ipv4.ip_local_port_range", RANGE);
	stat_settled(offsetof(struct counters, range_usable), PORTS);
	return tcp_listen(V4, 0, PORT_OUTSIDE);
}

/* A TIME_WAIT on each of @n ports, by a client that has bound an address or not */
static void leave(int listener, struct addr to, const struct addr *bound, unsigned int n)
{
	struct addr from;
	struct pair p;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (bound) {
			from = *bound;
			addr_set_port(&from, (uint16_t)(LOW + i));
			p.client = tcp_socket(V4);
			must_bind(p.client, &from);
		} else {
			p.client = tcp_socket_at((uint16_t)(LOW + i));
		}
		must_connect(p.client, &to);
		p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pair_close(&p, CLOSE_CLIENT);
	}
}

static long long reusable(const char *source, const char *to)
{
	struct destination d;

	return destination_get(source, to, &d) ? d.reusable : -1;
}

/* How many connect()s find a port; they stay. */
static unsigned int connects(const struct addr *to, unsigned int most)
{
	unsigned int n = 0;
	int fd;

	while (n < most) {
		fd = tcp_socket(V4);
		if (try_connect(fd, to)) {
			close(fd);
			break;
		}
		n++;
	}
	return n;
}

static unsigned int edges_of(struct events *r, const char *resource, const char *level)
{
	struct event next;
	unsigned int n = 0;

	while (events_next(r, &next, QUIET) > 0)
		n += !strcmp(next.resource, resource) && !strcmp(next.level, level);
	return n;
}

static unsigned int edges(struct events *r, const char *level)
{
	return edges_of(r, "destination", level);
}

WORLD_TEST(loopback_by_default)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int listener = begin("2");
	struct destination d;

	leave(listener, to, NULL, PORTS);
	ASSERT_TRUE(destination_get(SOURCE, TO, &d));
	EXPECT_EQ(PORTS, d.used);
	EXPECT_EQ(PORTS, d.timewait);
	EXPECT_EQ(0, d.free);
	EXPECT_EQ(PORTS, d.reusable);
	/* Nothing is lost: nothing was told. The sysctl is followed, within a tick. */
	EXPECT_EQ(0U, edges(self->r, "destination"));
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	EXPECT_EQ(0, reusable(SOURCE, TO));
	EXPECT_EQ(3U, edges(self->r, "destination"));
	EXPECT_EQ(0U, connects(&to, 1));
	sysctl_set("net.ipv4.tcp_tw_reuse", "2");
	EXPECT_EQ(PORTS, reusable(SOURCE, TO));
	EXPECT_EQ(3U, edges(self->r, "clear"));
	/* Those that are taken over are lost, though no port is used more than before. */
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(PORTS / 2 + 5U, connects(&to, PORTS / 2 + 5));
	EXPECT_STAT(tw_reused, PORTS / 2 + 5);
	EXPECT_EQ(1U, edges(self->r, "destination"));
	EXPECT_EQ(PORTS / 2 - 5, reusable(SOURCE, TO));
	EXPECT_EQ(PORTS / 2 - 5U, connects(&to, PORTS));
	EXPECT_EQ(2U, edges(self->r, "destination"));
	EXPECT_EQ(0, reusable(SOURCE, TO));
}

/* The range is as short of ports as it is towards its one destination; check agrees. */
WORLD_TEST(range_by_default)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int listener = begin("2"), verdict;
	char *line = NULL;

	leave(listener, to, NULL, PORTS);
	EXPECT_STAT(tcp_ports, PORTS);
	EXPECT_EQ(0U, edges_of(self->r, "tcp.ports", "warn"));
	verdict = answer_check("", &line);
	EXPECT_TRUE(!verdict || verdict == 127) TH_LOG("%s", line);
	free(line);
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	EXPECT_EQ(2U, edges_of(self->r, "tcp.ports", "warn"));
	sysctl_set("net.ipv4.tcp_tw_reuse", "2");
	EXPECT_EQ(2U, edges_of(self->r, "tcp.ports", "clear"));
	/* Those that are taken over are lost. */
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(PORTS - 5U, connects(&to, PORTS - 5));
	EXPECT_EQ(1U, edges_of(self->r, "tcp.ports", "warn"));
	EXPECT_EQ(5U, connects(&to, PORTS));
	EXPECT_EQ(1U, edges_of(self->r, "tcp.ports", "warn"));
}

WORLD_TEST(loopback_v6)
{
	struct destination d;
	struct pair p;
	int listener;

	begin("2");
	listener = tcp_listen(V6, 1, PORT_OUTSIDE + 1);
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_DESTINATION("[::1]", "[::1]:8081", 1);
	ASSERT_TRUE(destination_get("[::1]", "[::1]:8081", &d));
	EXPECT_EQ(1, d.timewait);
	EXPECT_EQ(1, d.reusable);
}

WORLD_TEST(not_loopback)
{
	struct addr to = { .len = sizeof(struct sockaddr_in) };
	int listener = begin("2");

	if (system("ip addr add " OTHER "/32 dev lo"))
		die("no address");
	ASSERT_TRUE(addr_parse(&to, OTHER ":8080"));
	leave(listener, to, NULL, PORTS);
	EXPECT_EQ(0, reusable(OTHER, OTHER ":8080"));
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(0U, connects(&to, 1));
	EXPECT_EQ(3U, edges(self->r, "destination"));
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	EXPECT_EQ(PORTS, reusable(OTHER, OTHER ":8080"));
	EXPECT_EQ(3U, edges(self->r, "clear"));
	EXPECT_EQ(3U, connects(&to, 3));
}

/* Without timestamps no TIME_WAIT is taken over, whatever the sysctl says. */
WORLD_TEST(without_timestamps)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int listener = begin("1");

	sysctl_set("net.ipv4.tcp_timestamps", "0");
	leave(listener, to, NULL, PORTS);
	EXPECT_EQ(0, reusable(SOURCE, TO));
	EXPECT_EQ(3U, edges(self->r, "destination"));
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(0U, connects(&to, 1));
	/* They had none when they lived: it is too late now. */
	sysctl_set("net.ipv4.tcp_timestamps", "1");
	EXPECT_EQ(0, reusable(SOURCE, TO));
	EXPECT_EQ(0U, connects(&to, 1));
}

/* Where connect() waits longer than the second it was, it is not known which are old enough. */
WORLD_TEST(longer_delay)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int listener;

	if (access("/proc/sys/net/ipv4/tcp_tw_reuse_delay", F_OK))
		SKIP(return, "the kernel has no tcp_tw_reuse_delay");
	listener = begin("1");
	sysctl_set("net.ipv4.tcp_tw_reuse_delay", "30000");
	leave(listener, to, NULL, PORTS);
	EXPECT_EQ(0, reusable(SOURCE, TO));
	EXPECT_EQ(3U, edges(self->r, "destination"));
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(0U, connects(&to, 1));
	sysctl_set("net.ipv4.tcp_tw_reuse_delay", "500");
	EXPECT_EQ(PORTS, reusable(SOURCE, TO));
	EXPECT_EQ((unsigned int)PORTS, connects(&to, PORTS));
}

/* connect() does not look at ports that were bound. */
WORLD_TEST(bound_before)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE), from = addr_make(V4, 1, 0);
	int listener = begin("1");

	leave(listener, to, &from, PORTS);
	EXPECT_STAT(tcp_exclusive_ports, PORTS);
	EXPECT_EQ(0, reusable(SOURCE, TO));
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(0U, connects(&to, 1));
}

/* Nor at those that are spoiled, from then on; newer kernels share them again. */
WORLD_TEST(spoiled)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE), there = addr_make(V4, 2, 0);
	int spoiled = connect_shares_again() ? 0 : 10;
	int listener = begin("1"), fd, i;

	leave(listener, to, NULL, PORTS);
	EXPECT_EQ(PORTS, reusable(SOURCE, TO));
	for (i = 0; i < 10; i++) {
		addr_set_port(&there, (uint16_t)(LOW + i));
		fd = tcp_socket(V4);
		must_bind(fd, &there);
		close(fd);
	}
	EXPECT_STAT(tcp_spoiled, spoiled);
	EXPECT_EQ(PORTS - spoiled, reusable(SOURCE, TO));
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ((unsigned int)(PORTS - spoiled), connects(&to, PORTS));
	EXPECT_EQ(0, reusable(SOURCE, TO));
}

/* A remainder in FIN_WAIT2 is not to be taken over, the TIME_WAIT that it becomes is. */
WORLD_TEST(fin_wait2)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int listener = begin("1"), client, server;

	client = tcp_socket_at(LOW);
	must_connect(client, &to);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close_half(client);
	EXPECT_STAT(tw_fin_wait2, 1);
	EXPECT_EQ(0, reusable(SOURCE, TO));
	close(server);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_EQ(1, reusable(SOURCE, TO));
}

WORLD_MAIN
