// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes and gives back a UDP reservation, for IPv4, IPv6 and IPv4 in an
 * IPv6 socket: connect(), sending without bind(), bind() to a port inside the
 * range but not to one outside, a range of the socket's own, a port that sockets
 * share.  connect(AF_UNSPEC) gives an automatic port back and keeps one that was
 * asked for, and the kernel's own exhaustion keeps its errno.
 */
#include "test.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

WORLD_FIXTURE_FAMILIES

static int udp_bound(enum family f, unsigned int host, uint16_t port)
{
	struct addr a = addr_make(f, host, port);
	int fd = udp_socket(f);

	must_bind(fd, &a);
	return fd;
}

WORLD_TEST(connect_takes_one)
{
	struct addr to = addr_make(variant->family, 1, 53);
	int fd = udp_socket(variant->family);
	const struct endpoint *ep;
	struct endpoints eps;

	must_connect(fd, &to);
	EXPECT_STAT(udp_current, 1);
	EXPECT_STAT(udp_ports, 1);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_ACCOUNT(self->w.base, udp_current, 1);
	EXPECT_ACCOUNT(self->w.base, udp_local, 1);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_UDP, port_of(fd), 53);
	ASSERT_NE(NULL, ep);
	EXPECT_EQ(ENDPOINT_ESTAB, ep->state);
	EXPECT_EQ(getpid(), ep->r.pid);
	endpoints_free(&eps);
	EXPECT_EQ(0U, invariants_at_rest("with a connected socket"));
	close(fd);
	EXPECT_STAT(udp_current, 0);
	EXPECT_STAT(udp_ended, 1);
}

WORLD_TEST(send_takes_one)
{
	struct addr to = addr_make(variant->family, 1, 53);
	int fd = udp_socket(variant->family);
	const struct endpoint *ep;
	struct endpoints eps;

	ASSERT_EQ(1, sendto(fd, "x", 1, 0, &to.sa, to.len));
	EXPECT_STAT(udp_current, 1);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_UDP, port_of(fd), 0);
	ASSERT_NE(NULL, ep);
	EXPECT_EQ(ENDPOINT_UNCONN, ep->state);
	endpoints_free(&eps);
	sendto(fd, "x", 1, 0, &to.sa, to.len);
	EXPECT_STAT(udp_begun, 1);
	close(fd);
	EXPECT_STAT(udp_current, 0);
}

WORLD_TEST(bind_inside_and_outside)
{
	int zero = udp_bound(variant->family, 1, 0);
	int inside = udp_bound(variant->family, 1, port_of(zero) == 40000 ? 40001 : 40000);
	int outside = udp_bound(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_make(variant->family, 1, 53);

	EXPECT_STAT(udp_current, 2);
	/* bind then connect: still one each. */
	must_connect(inside, &to);
	must_connect(outside, &to);
	EXPECT_STAT(udp_current, 2);
	EXPECT_STAT(udp_begun, 2);
	close(zero);
	close(inside);
	close(outside);
	EXPECT_STAT(udp_current, 0);
}

WORLD_TEST(any_address)
{
	int fd = udp_bound(variant->family, 0, 0);

	EXPECT_STAT(udp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("bound to any address"));
	close(fd);
	EXPECT_STAT(udp_current, 0);
}

WORLD_TEST(disconnect_releases_automatic)
{
	struct addr to = addr_make(variant->family, 1, 53);
	int fd = udp_socket(variant->family);

	must_connect(fd, &to);
	EXPECT_STAT(udp_current, 1);
	ASSERT_EQ(0, disconnect(fd));
	EXPECT_STAT(udp_current, 0);
	must_connect(fd, &to);
	EXPECT_STAT(udp_current, 1);
	EXPECT_STAT(udp_begun, 2);
}

WORLD_TEST(disconnect_keeps_explicit)
{
	struct addr to = addr_make(variant->family, 1, 53);
	int fd = udp_bound(variant->family, 1, 40000);

	must_connect(fd, &to);
	ASSERT_EQ(0, disconnect(fd));
	EXPECT_STAT(udp_current, 1);
	must_connect(fd, &to);
	EXPECT_STAT(udp_current, 1);
	EXPECT_STAT(udp_begun, 1);
}

WORLD_TEST(reuseport_shares_one_port)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int fd[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fd[i] = udp_socket(variant->family);
		ASSERT_EQ(0, socket_option(fd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		must_bind(fd[i], &a);
	}
	EXPECT_STAT(udp_current, 3);
	EXPECT_STAT(udp_ports, 1);
	EXPECT_EQ(0U, invariants_at_rest("with three sockets on one port"));
	close(fd[1]);
	EXPECT_STAT(udp_current, 2);
	EXPECT_STAT(udp_ports, 1);
}

WORLD_TEST(refused_bind_takes_none)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int first = udp_socket(variant->family), second = udp_socket(variant->family);

	must_bind(first, &a);
	EXPECT_EQ(-EADDRINUSE, try_bind(second, &a));
	EXPECT_STAT(udp_current, 1);
	EXPECT_STAT(udp_exhausted, 0);
}

WORLD_TEST(exhausts)
{
	struct addr to = addr_make(variant->family, 1, 53);
	struct addr any = addr_make(variant->family, 1, 0);
	int more = udp_socket(variant->family);
	int fd[10];
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < 10; i++)
		fd[i] = udp_bound(variant->family, 1, 0);
	EXPECT_STAT(udp_current, 10);
	EXPECT_STAT(udp_ports, 10);
	EXPECT_EQ(-EADDRINUSE, try_bind(more, &any));
	EXPECT_STAT(udp_exhausted, 1);
	EXPECT_EQ(-EAGAIN, try_connect(more, &to));
	EXPECT_STAT(udp_exhausted, 2);
	EXPECT_EQ(-1, sendto(more, "x", 1, 0, &to.sa, to.len));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_STAT(udp_exhausted, 3);
	EXPECT_ACCOUNT(self->w.base, udp_exhausted, 3);
	EXPECT_STAT(udp_current, 10);
	EXPECT_STAT(tcp_exhausted, 0);
	close(fd[7]);
	EXPECT_EQ(0, try_bind(more, &any));
	EXPECT_STAT(udp_current, 10);
}

WORLD_TEST(socket_port_range_pays)
{
	struct addr any = addr_make(variant->family, 1, 0);
	int fd = udp_socket(variant->family);

	if (socket_option(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, 45009 << 16 | 45000))
		SKIP(return, "the kernel has no IP_LOCAL_PORT_RANGE");
	must_bind(fd, &any);
	EXPECT_GE(port_of(fd), 45000);
	EXPECT_LE(port_of(fd), 45009);
	EXPECT_STAT(udp_current, 1);
}

WORLD_TEST(many_then_none)
{
	unsigned int i, n = lane_count(2000, 300, 300);
	struct addr to = addr_make(variant->family, 1, 53);

	descriptors_raise();
	for (i = 0; i < n; i++) {
		int fd = udp_socket(variant->family);

		must_connect(fd, &to);
	}
	EXPECT_STAT(udp_current, n);
	EXPECT_STAT(udp_ports, n);
	close_range(self->w.ns + 1, ~0U, 0);
	EXPECT_STAT(udp_current, 0);
	EXPECT_STAT(udp_ended, n);
	EXPECT_STAT(udp_peak, n);
}

WORLD_MAIN
