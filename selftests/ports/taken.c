// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call that names its port, or connects from a port that it has already, and is
 * refused it because somebody else has it: it is counted as taken, at the cgroup
 * that was refused and those above it, and never as exhausted or denied.
 */
#include "test.h"

WORLD_FIXTURE_FAMILIES

#define PORT	40017
#define RANGE	"40000 40999"

/* A connection to @listener that the kernel gives PORT. */
static struct pair has_port(int listener)
{
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40017 40017");
	p = pair_open(listener);
	if (port_of(p.client) != PORT)
		die("not port %d", PORT);
	sysctl_set("net.ipv4.ip_local_port_range", RANGE);
	return p;
}

static int reuse_socket(enum family f)
{
	int fd = tcp_socket(f);

	if (socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		die("no SO_REUSEADDR");
	return fd;
}

WORLD_TEST(service_and_a_connection)
{
	const char *agent = world_cgroup(&self->w, "agent");
	const char *service = world_cgroup(&self->w, "service");
	struct addr a = addr_make(variant->family, 0, PORT);
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	unsigned int i;
	struct pair p;

	cgroup_enter(agent);
	p = has_port(listener);
	cgroup_enter(service);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRINUSE, try_bind(reuse_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 3);
	EXPECT_ACCOUNT(service, tcp_taken, 3);
	EXPECT_ACCOUNT(self->w.base, tcp_taken, 3);
	EXPECT_ACCOUNT(agent, tcp_taken, 0);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(udp_taken, 0);
	EXPECT_STAT(tcp_current, 1);
	/* The connection's TIME_WAIT has it all the same. */
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_EQ(-EADDRINUSE, try_bind(reuse_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 4);
}

WORLD_TEST(listen)
{
	struct addr a = addr_make(variant->family, 1, PORT);
	int first = reuse_socket(variant->family), second = reuse_socket(variant->family);

	must_bind(first, &a);
	must_bind(second, &a);
	EXPECT_EQ(0, try_listen(first));
	EXPECT_EQ(-EADDRINUSE, try_listen(second));
	EXPECT_STAT(tcp_taken, 1);
	EXPECT_STAT(tcp_exhausted, 0);
	/* It keeps its port. */
	EXPECT_STAT(tcp_bound, 1);
	close(first);
	EXPECT_EQ(0, try_listen(second));
	EXPECT_STAT(tcp_taken, 1);
}

/* The same two ends are in use already: EADDRNOTAVAIL, with ports free. */
WORLD_TEST(connect_from_a_bound_port)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	int first = reuse_socket(variant->family), second = reuse_socket(variant->family);
	int other = tcp_listen(variant->family, 1, PORT_OUTSIDE + 1);
	struct addr a = addr_make(variant->family, 1, PORT), to = addr_local(listener);
	struct addr elsewhere = addr_local(other);

	must_bind(first, &a);
	must_bind(second, &a);
	must_connect(first, &to);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(second, &to));
	EXPECT_STAT(tcp_taken, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_taken, 1);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_STAT(tcp_bound, 1);
	/* Towards another end that port is free. */
	EXPECT_EQ(0, try_connect(second, &elsewhere));
	EXPECT_STAT(tcp_taken, 1);
}

/* Another failure of the same call is none. */
WORLD_TEST(refused_by_the_other_side)
{
	struct addr a = addr_make(variant->family, 1, PORT);
	struct addr nobody = addr_make(variant->family, 1, 9);
	int fd = tcp_socket(variant->family);

	must_bind(fd, &a);
	EXPECT_EQ(-ECONNREFUSED, try_connect(fd, &nobody));
	EXPECT_STAT(tcp_taken, 0);
}

WORLD_TEST(udp)
{
	struct addr a = addr_make(variant->family, 1, 40053);
	int first = udp_socket(variant->family);

	must_bind(first, &a);
	EXPECT_EQ(-EADDRINUSE, try_bind(udp_socket(variant->family), &a));
	EXPECT_STAT(udp_taken, 1);
	EXPECT_ACCOUNT(self->w.base, udp_taken, 1);
	EXPECT_STAT(udp_exhausted, 0);
	EXPECT_STAT(tcp_taken, 0);
}

/* Only another bind() can have it: nothing of this module's concern. */
WORLD_TEST(outside_the_range)
{
	struct addr a = addr_make(variant->family, 1, PORT_OUTSIDE);
	int udp = udp_socket(variant->family);

	tcp_listen(variant->family, 1, PORT_OUTSIDE);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	must_bind(udp, &a);
	EXPECT_EQ(-EADDRINUSE, try_bind(udp_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 0);
	EXPECT_STAT(udp_taken, 0);
}

/*
 * The cure is to reserve the port, or to narrow the range again. Until the
 * connection ends it has the port, and the service goes on being refused.
 */
WORLD_TEST(range_has_changed)
{
	struct addr a = addr_make(variant->family, 0, PORT);
	struct addr nearby = addr_make(variant->family, 1, PORT + 1);
	int fd = tcp_socket(variant->family);
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p = has_port(listener);

	sysctl_set("net.ipv4.ip_local_reserved_ports", "40017-40018");
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 1);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "1");
	sysctl_set("net.ipv4.ip_local_port_range", "41000 41999");
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 2);
	/* One that was bound out there is no reservation. */
	must_bind(fd, &nearby);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &nearby));
	EXPECT_STAT(tcp_taken, 2);
	pair_close(&p, CLOSE_RST);
	EXPECT_EQ(0, try_bind(tcp_socket(variant->family), &a));
	EXPECT_STAT(tcp_taken, 2);
	EXPECT_STAT(tcp_exhausted, 0);
}

/* Ports that a rule gives a cgroup are its range. */
WORLD_TEST(range_of_its_own)
{
	struct addr a = addr_make(variant->family, 1, 10010);
	const char *mine = world_cgroup(&self->w, "mine");

	rule_set("%s tcp.range=10000-10255", mine);
	cgroup_enter(mine);
	must_bind(tcp_socket(variant->family), &a);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	EXPECT_ACCOUNT(mine, tcp_taken, 1);
	EXPECT_STAT(tcp_taken, 1);
}

/* What a rule refuses did not come so far. */
WORLD_TEST(denied_is_not_taken)
{
	struct addr a = addr_make(variant->family, 1, PORT);

	must_bind(tcp_socket(variant->family), &a);
	rule_set("%s tcp.max=1", self->w.base);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	EXPECT_STAT(tcp_denied, 1);
	EXPECT_STAT(tcp_taken, 0);
	mode_set("audit");
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(variant->family), &a));
	EXPECT_STAT(tcp_would_deny, 1);
	EXPECT_STAT(tcp_taken, 1);
}

WORLD_MAIN
