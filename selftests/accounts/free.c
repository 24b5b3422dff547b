// SPDX-License-Identifier: GPL-2.0-only
/*
 * free= of a destination is how many connect()s from there still get a port: each test
 * reads it, and then connects until the kernel says that there is none. What bind() and
 * listen() take from all destinations is counted by the port: tcp.exclusive_ports while
 * they have it, and tcp.spoiled while connections keep it from being shared.
 */
#include "test.h"

WORLD_FIXTURE

#define LOW	40000
#define PORTS	40
#define RANGE	"40000 40039"

#define SOURCE	"127.0.0.1"
#define TO(n)	"127.0.0.1:808" #n	/* PORT_OUTSIDE + n */

static void begin(void)
{
	descriptors_raise();
	time_wait_unlimited();
	sysctl_set("net.ipv4.ip_local_port_range", RANGE);
	stat_settled(offsetof(struct counters, range_usable), PORTS);
}

static struct addr listener_make(unsigned int n)
{
	return addr_local(tcp_listen(V4, 1, (uint16_t)(PORT_OUTSIDE + n)));
}

/* How many connect()s find a port; with @keep they stay, else they are reset. */
static long long connects(const struct addr *to, bool keep)
{
	struct linger reset = { 1, 0 };
	int fd[2 * PORTS];
	long long n = 0, i;

	while (n < 2 * PORTS) {
		fd[n] = tcp_socket(V4);
		if (try_connect(fd[n], to))
			break;
		n++;
	}
	if (n < 2 * PORTS)
		close(fd[n]);
	for (i = 0; i < n && !keep; i++) {
		setsockopt(fd[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd[i]);
	}
	return n;
}

/* Something is connected there, or there is no line. */
#define EXPECT_FREE(where, address, want)						\
	do {										\
		struct destination _d;							\
											\
		ASSERT_TRUE(destination_get(SOURCE, where, &_d));			\
		EXPECT_EQ((long long)(want), _d.free);					\
		EXPECT_EQ((long long)(want), connects(address, false));			\
		EXPECT_DESTINATION(SOURCE, where, _d.used);			\
	} while (0)

/* The same port is not taken off twice. */
WORLD_TEST(bound_and_connected)
{
	struct addr any = addr_make(V4, 1, 0), a, b;
	unsigned int i;
	int fd;

	begin();
	a = listener_make(0);
	b = listener_make(1);
	must_connect(tcp_socket(V4), &b);
	for (i = 0; i < PORTS / 2; i++) {
		fd = tcp_socket(V4);
		must_bind(fd, &any);
		must_connect(fd, &a);
	}
	EXPECT_STAT(tcp_exclusive_ports, PORTS / 2);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &a, PORTS / 2);
	EXPECT_FREE(TO(1), &b, PORTS / 2 - 1);
	/* A TIME_WAIT keeps its port as the connection did. */
	close_half(fd);
	EXPECT_STAT(tw_current, 1);
	EXPECT_FREE(TO(0), &a, PORTS / 2);
	EXPECT_FREE(TO(1), &b, PORTS / 2 - 1);
	/* And a socket that keeps its port without a connection. */
	EXPECT_EQ(PORTS / 2, connects(&a, true));
	EXPECT_FREE(TO(0), &a, 0);
	EXPECT_FREE(TO(1), &b, PORTS / 2 - 1);
}

/* One that its program has named */
WORLD_TEST(disconnected_keeps_its_port)
{
	struct addr there = addr_make(V4, 1, LOW + 5), a, b;
	int fd = tcp_socket(V4);

	begin();
	a = listener_make(0);
	b = listener_make(1);
	must_connect(tcp_socket_at(LOW + 20), &a);
	must_connect(tcp_socket_at(LOW + 21), &b);
	must_bind(fd, &there);
	must_connect(fd, &a);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	ASSERT_EQ(0, disconnect(fd));
	EXPECT_DESTINATION(SOURCE, TO(0), 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	must_connect(fd, &b);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	EXPECT_FREE(TO(1), &b, PORTS - 2);
}

/* Many workers listen on one port: that is one port less. */
WORLD_TEST(one_port_of_many_workers)
{
	struct addr one = addr_make(V4, 0, LOW + 7), a;
	int fd[PORTS], i;

	begin();
	a = listener_make(0);
	must_connect(tcp_socket_at(LOW + 20), &a);
	for (i = 0; i < PORTS; i++) {
		fd[i] = tcp_socket(V4);
		socket_option(fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		must_bind(fd[i], &one);
		ASSERT_EQ(0, try_listen(fd[i]));
	}
	EXPECT_STAT(tcp_exclusive, PORTS);
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	for (i = 0; i < PORTS; i++)
		close(fd[i]);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
}

/* With SO_REUSEADDR and net.ipv4.ip_autobind_reuse, bind() with port 0 shares ports. */
WORLD_TEST(autobind_reuse)
{
	struct addr any = addr_make(V4, 2, 0), to[4], spare;
	unsigned int i, n = 0;
	int fd;

	begin();
	sysctl_set("net.ipv4.ip_autobind_reuse", "1");
	for (i = 0; i < ARRAY_SIZE(to); i++)
		to[i] = listener_make(i);
	spare = listener_make(5);
	must_connect(tcp_socket(V4), &spare);
	for (i = 0; i < 3 * PORTS; i++) {
		fd = tcp_socket(V4);
		socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		if (try_bind(fd, &any) || try_connect(fd, &to[i % ARRAY_SIZE(to)]))
			close(fd);
		else
			n++;
	}
	EXPECT_GT(n, (unsigned int)PORTS);
	EXPECT_STAT(tcp_exclusive, n);
	EXPECT_STAT(tcp_exclusive_ports, PORTS);
	EXPECT_FREE(TO(5), &spare, 0);
}

/* Ten connections to each of four destinations, each on a port of its own */
static void share_out(const struct addr *to, int *fd)
{
	unsigned int i;

	for (i = 0; i < PORTS; i++) {
		fd[i] = tcp_socket_at((uint16_t)(LOW + i));
		must_connect(fd[i], &to[i % 4]);
	}
}

static void bind_and_close(unsigned int first, unsigned int n, bool reuse)
{
	struct addr there = addr_make(V4, 2, 0);
	int fd;

	for (; n; first++, n--) {
		addr_set_port(&there, (uint16_t)(LOW + first));
		fd = tcp_socket(V4);
		socket_option(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
		must_bind(fd, &there);
		close(fd);
	}
}

/* A bind() that is let onto a shared port spoils it for connect() until all are gone. */
WORLD_TEST(spoiled)
{
	struct addr to[4];
	int fd[PORTS];
	unsigned int i;

	if (connect_shares_again())
		SKIP(return, "this kernel shares such ports again");
	begin();
	for (i = 0; i < ARRAY_SIZE(to); i++)
		to[i] = listener_make(i);
	share_out(to, fd);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &to[0], 30);
	/* Of 15, four are used towards each of the first three, and three towards the last. */
	bind_and_close(0, 10, false);
	bind_and_close(10, 5, true);
	EXPECT_STAT(tcp_spoiled, 15);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_FREE(TO(0), &to[0], 25 - 6);
	EXPECT_FREE(TO(1), &to[1], 25 - 6);
	EXPECT_FREE(TO(2), &to[2], 25 - 6);
	EXPECT_FREE(TO(3), &to[3], 25 - 7);
	bind_and_close(0, PORTS, false);
	EXPECT_STAT(tcp_spoiled, PORTS);
	for (i = 0; i < ARRAY_SIZE(to); i++)
		EXPECT_EQ(0, connects(&to[i], false));
	EXPECT_FREE(TO(0), &to[0], 0);
	EXPECT_FREE(TO(3), &to[3], 0);
	/* What is left of a connection spoils its port too. */
	for (i = 0; i < PORTS; i++)
		close_half(fd[i]);
	EXPECT_STAT(tw_current, PORTS);
	EXPECT_STAT(tcp_spoiled, PORTS);
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_STAT(tcp_exclusive_ports, 0);
}

/* Newer kernels share it again when what was bound there is gone, accepted sockets too. */
WORLD_TEST(shared_again)
{
	struct addr to[4], there;
	int fd[PORTS], bound[10], listener;
	unsigned int i;
	struct pair p;

	if (!connect_shares_again())
		SKIP(return, "this kernel does not share such ports again");
	begin();
	for (i = 0; i < ARRAY_SIZE(to); i++)
		to[i] = listener_make(i);
	share_out(to, fd);
	for (i = 0; i < ARRAY_SIZE(bound); i++) {
		there = addr_make(V4, 2, (uint16_t)(LOW + i));
		bound[i] = tcp_socket(V4);
		must_bind(bound[i], &there);
	}
	EXPECT_STAT(tcp_exclusive_ports, 10);
	EXPECT_STAT(tcp_spoiled, 0);
	/* Of ten, three are used towards each of the first two, and two towards the others. */
	EXPECT_FREE(TO(0), &to[0], PORTS - 10 - 7);
	EXPECT_FREE(TO(2), &to[2], PORTS - 10 - 8);
	for (i = 0; i < ARRAY_SIZE(bound); i++)
		close(bound[i]);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_spoiled, 0);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		char where[32];

		snprintf(where, sizeof(where), "127.0.0.1:%u", PORT_OUTSIDE + i);
		EXPECT_FREE(where, &to[i], PORTS - 10);
	}

	listener = tcp_listen(V4, 2, LOW + 1);
	p = pair_open(listener);
	close(listener);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_spoiled, 1);
	EXPECT_FREE(TO(1), &to[1], PORTS - 10);
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &to[0], PORTS - 10);

	/* What is left of a connection was not bound either. */
	for (i = 0; i < PORTS; i++)
		close_half(fd[i]);
	EXPECT_STAT(tw_current, PORTS);
	bind_and_close(0, PORTS, false);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &to[0], PORTS - 10);
}

/* While the bound socket lives the port is its, and only then spoiled. */
WORLD_TEST(bound_onto_a_connection)
{
	struct addr there = addr_make(V4, 2, LOW + 3), a, b;
	int bound = tcp_socket(V4), spoiled = !connect_shares_again();

	begin();
	a = listener_make(0);
	b = listener_make(1);
	must_connect(tcp_socket_at(LOW + 3), &a);
	must_connect(tcp_socket_at(LOW + 9), &b);
	must_bind(bound, &there);
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
	EXPECT_FREE(TO(1), &b, PORTS - 2);
	close(bound);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_spoiled, spoiled);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
	EXPECT_FREE(TO(1), &b, PORTS - 1 - spoiled);
}

/* Accepted connections are no reservations, and keep their listener's port all the same. */
WORLD_TEST(spoiled_by_accepted)
{
	struct addr a;
	int listener, i;
	struct pair p[2];

	begin();
	a = listener_make(0);
	must_connect(tcp_socket_at(LOW + 20), &a);
	listener = tcp_listen(V4, 1, LOW + 5);
	for (i = 0; i < 2; i++)
		p[i] = pair_open(listener);
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	close(listener);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_spoiled, 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
	pair_close(&p[0], CLOSE_RST);
	EXPECT_STAT(tcp_spoiled, 1);
	pair_close(&p[1], CLOSE_RST);
	EXPECT_STAT(tcp_spoiled, 0);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
}

/* IPv4 and IPv6 have the same ports. */
WORLD_TEST(families)
{
	struct addr six = addr_make(V6, 1, LOW + 1), a;
	int fd = tcp_socket(V6);

	begin();
	a = listener_make(0);
	must_connect(tcp_socket_at(LOW + 20), &a);
	socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	must_bind(fd, &six);
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
}

/* bind() of an address alone takes no port, if the program says so. */
WORLD_TEST(address_without_port)
{
	struct addr any = addr_make(V4, 1, 0), a;
	int fd = tcp_socket(V4);

	begin();
	a = listener_make(0);
	ASSERT_EQ(0, socket_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
	must_bind(fd, &any);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	must_connect(fd, &a);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
}

#define VRF	"pq-vrf"

static int in_vrf(int fd)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, VRF, sizeof(VRF)))
		die("no SO_BINDTODEVICE");
	return fd;
}

/* A VRF is another network, with ports of its own, though the addresses may be the same. */
WORLD_TEST(in_a_vrf)
{
	struct addr vrf = addr_make(V4, 1, PORT_OUTSIDE), a;
	int fd;

	begin();
	if (system("modprobe -q vrf; ip link add " VRF " type vrf table 100 2>/dev/null"))
		SKIP(return, "no VRF");
	/* The table of local addresses comes behind those of VRFs, or 127.0.0.1 would be lo's. */
	if (system("ip addr add 127.0.0.1/8 dev " VRF " && ip link set " VRF " up && "
		   "ip rule add pref 32765 table local && ip rule del pref 0"))
		die("no address in the VRF");
	a = listener_make(0);
	fd = in_vrf(tcp_socket(V4));
	must_bind(fd, &vrf);
	ASSERT_EQ(0, try_listen(fd));
	for (fd = 0; fd < PORTS / 2; fd++)
		must_connect(in_vrf(tcp_socket(V4)), &vrf);
	EXPECT_FREE(TO(0), &a, PORTS);
	must_connect(tcp_socket(V4), &a);
	EXPECT_FREE(TO(0), &a, PORTS - 1);
}

/* Reserved ports are nobody's, also those that were bound before they were reserved. */
WORLD_TEST(reserved)
{
	struct addr there = addr_make(V4, 1, LOW + 2), a;

	begin();
	a = listener_make(0);
	must_connect(tcp_socket_at(LOW + 30), &a);
	must_bind(tcp_socket(V4), &there);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40009");
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_FREE(TO(0), &a, PORTS - 11);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "1");
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_FREE(TO(0), &a, PORTS - 2);
}

/* What was connected before the range was moved leaves the new one as free as it is. */
WORLD_TEST(range_moved)
{
	struct destination d;
	struct addr a;

	begin();
	a = listener_make(0);
	EXPECT_EQ(PORTS, connects(&a, true));
	sysctl_set("net.ipv4.ip_local_port_range", "50000 50039");
	ASSERT_TRUE(destination_get(SOURCE, TO(0), &d));
	EXPECT_EQ(PORTS, d.used);
	EXPECT_EQ(PORTS, d.free);
	EXPECT_EQ(PORTS, connects(&a, true));
}

/* A cgroup's own range has its own exclusive ports, and others do not see them as theirs. */
WORLD_TEST(own_range)
{
	struct addr bind_to = addr_make(V4, 2, 0), a;
	const char *own = world_cgroup(&self->w, "own");
	struct destination d;
	unsigned int i;
	int fd;

	begin();
	a = listener_make(0);
	must_connect(tcp_socket(V4), &a);
	rule_set("%s tcp.range=10000-10255", own);
	cgroup_enter(own);
	for (i = 0; i < 200; i++) {
		fd = tcp_socket(V4);
		must_bind(fd, &bind_to);
		ASSERT_EQ(0, try_listen(fd));
	}
	EXPECT_ACCOUNT(own, tcp_exclusive_ports, 200);
	EXPECT_ACCOUNT(own, tcp_usable, 256);
	for (i = 0; i < 30; i++)
		must_connect(tcp_socket(V4), &a);
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "10000-10255", &d));
	EXPECT_EQ(30, d.used);
	EXPECT_EQ(26, d.free);
	EXPECT_EQ(26, connects(&a, true));
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "10000-10255", &d));
	EXPECT_EQ(0, d.free);
	world_enter(&self->w, NULL);
	EXPECT_ACCOUNT("/", tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "", &d));
	EXPECT_EQ(PORTS - 1, d.free);
	EXPECT_EQ(PORTS - 1, connects(&a, false));
}

/* A cgroup's own range within the namespace's: their connections keep each other's ports. */
WORLD_TEST(own_range_within)
{
	const char *own = world_cgroup(&self->w, "own");
	struct destination d;
	struct addr a;
	int i;

	begin();
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40299");
	stat_settled(offsetof(struct counters, range_usable), 300);
	a = listener_make(0);
	must_connect(tcp_socket_at(40290), &a);
	rule_set("%s tcp.range=40000-40255", own);
	cgroup_enter(own);
	for (i = 0; i < 256; i++)
		must_connect(tcp_socket(V4), &a);
	world_enter(&self->w, NULL);
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "40000-40255", &d));
	EXPECT_EQ(256, d.used);
	EXPECT_EQ(0, d.free);
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "", &d));
	EXPECT_EQ(1, d.used);
	EXPECT_EQ(43, d.free);
	EXPECT_EQ(43, connects(&a, true));
	ASSERT_TRUE(destination_get_ranged(SOURCE, TO(0), "", &d));
	EXPECT_EQ(0, d.free);
}

WORLD_MAIN
