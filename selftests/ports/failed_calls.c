// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connect() that is refused, unreachable, timed out or interrupted leaves
 * nothing charged, and the kernel's own exhaustion keeps its errno and is counted
 * as exhausted, not as denied.
 */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/time.h>

#include "test.h"

WORLD_FIXTURE_FAMILIES

/* An address that is routed into the void, or no route at all where a family has none. */
static struct addr nowhere(enum family f)
{
	struct addr a = addr_make(f, 1, 9);

	if (f == V6)
		a.in6.sin6_addr.s6_addr32[0] = htonl(0x20010db8);
	else if (f == V4)
		a.in.sin_addr.s_addr = htonl(0xc6336401);	/* 198.51.100.1 */
	else
		a.in6.sin6_addr.s6_addr32[3] = htonl(0xc6336401);
	return a;
}

static void route_into_void(void)
{
	/* Loopback drops what is not for this host: a SYN without an answer. */
	if (system("ip -4 route add 198.51.100.0/24 dev lo && ip -6 route add 2001:db8::/32 dev lo"))
		die("cannot add a route");
}

WORLD_TEST(refused)
{
	struct addr a = addr_make(variant->family, 1, 9);
	int fd = tcp_socket(variant->family);
	int listener;

	EXPECT_EQ(-ECONNREFUSED, try_connect(fd, &a));
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(-ECONNREFUSED, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 0);
	/* The same socket can connect afterwards. */
	listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	pair_open_from(fd, listener);
	EXPECT_STAT(tcp_current, 1);
}

WORLD_TEST(refused_from_explicit_port)
{
	struct addr from = addr_make(variant->family, 1, 40000);
	struct addr a = addr_make(variant->family, 1, 9);
	int fd = tcp_socket(variant->family);

	must_bind(fd, &from);
	EXPECT_EQ(-ECONNREFUSED, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("after a refusal"));
	EXPECT_STAT(tcp_bound, 1);
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(unreachable)
{
	struct addr a = nowhere(variant->family);
	int fd = tcp_socket(variant->family);

	EXPECT_EQ(-ENETUNREACH, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(unanswered_then_closed)
{
	struct addr a = nowhere(variant->family);
	int fd = tcp_socket(variant->family);

	route_into_void();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("in SYN-SENT"));
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(timed_out)
{
	struct addr a = nowhere(variant->family);
	int fd = tcp_socket(variant->family), err;

	route_into_void();
	socket_option(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
	err = try_connect(fd, &a);
	/* IPv6 was told meanwhile that there is no way, and says so in the end. */
	EXPECT_TRUE(err == -ETIMEDOUT || (variant->family == V6 && err == -ENETUNREACH))
		TH_LOG("connect() gave %d", err);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_current, 0);
}

static void on_alarm(int sig)
{
	(void)sig;
}

WORLD_TEST(interrupted)
{
	struct itimerval in_200_ms = { .it_value.tv_usec = 200000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct addr a = nowhere(variant->family);
	int fd = tcp_socket(variant->family);

	route_into_void();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &in_200_ms, NULL);
	EXPECT_EQ(-EINTR, try_connect(fd, &a));
	/* The kernel goes on trying; only closing ends it. */
	EXPECT_STAT(tcp_current, 1);
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(connect_exhausts)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	int other = tcp_listen(variant->family, 1, PORT_OUTSIDE + 1);
	struct addr a = addr_local(listener);
	int fd = tcp_socket(variant->family);
	struct pair p[10];
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < 10; i++)
		p[i] = pair_open(listener);
	EXPECT_STAT(tcp_current, 10);
	EXPECT_STAT(tcp_ports, 10);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 10);
	EXPECT_STAT(tcp_begun, 10);
	EXPECT_STAT(tcp_exhausted, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_exhausted, 1);
	/* To another destination every port is free. */
	pair_open(other);
	EXPECT_STAT(tcp_current, 11);
	EXPECT_STAT(tcp_ports, 10);
	pair_close(&p[3], CLOSE_RST);
	EXPECT_EQ(0, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 11);
	EXPECT_STAT(tcp_exhausted, 1);
}

WORLD_TEST(bind_exhausts)
{
	struct addr any = addr_make(variant->family, 1, 0);
	int fd[10], more = tcp_socket(variant->family);
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < 10; i++) {
		fd[i] = tcp_socket(variant->family);
		must_bind(fd[i], &any);
	}
	EXPECT_EQ(-EADDRINUSE, try_bind(more, &any));
	EXPECT_STAT(tcp_current, 10);
	EXPECT_STAT(tcp_exhausted, 1);
	EXPECT_EQ(-EADDRINUSE, try_listen(more));
	EXPECT_STAT(tcp_current, 10);
	close(fd[0]);
	EXPECT_EQ(0, try_bind(more, &any));
	EXPECT_STAT(tcp_current, 10);
}

WORLD_TEST(exclusive_ports_are_closed_to_connect)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr any = addr_make(variant->family, 1, 0);
	struct addr a = addr_local(listener);
	int bound = tcp_socket(variant->family), fd = tcp_socket(variant->family);

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	must_bind(bound, &any);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &a));
	EXPECT_STAT(tcp_exhausted, 1);
	EXPECT_STAT(tcp_current, 1);
}

WORLD_MAIN
