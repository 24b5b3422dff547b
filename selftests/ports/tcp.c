// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes and gives back a TCP reservation, for IPv4, IPv6 and IPv4 in an
 * IPv6 socket.  bind() and then listen() or connect() take one; an explicit port
 * inside the range takes one and one outside none; with IP_BIND_ADDRESS_NO_PORT it
 * is taken at connect(); a range of the socket's own and ports that sockets share
 * count; accepted sockets take none; connect(AF_UNSPEC) gives an automatic port
 * back and keeps one that was asked for; and usable ports follow the range and
 * the reserved ports while they change.
 */
#include "test.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

WORLD_FIXTURE_FAMILIES

WORLD_TEST(connect_takes_one)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);

	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_shareable, 1);
	EXPECT_STAT(tcp_exclusive, 0);
	EXPECT_STAT(tcp_bound, 0);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_local, 1);
	EXPECT_ACCOUNT("/", tcp_current, 1);
	EXPECT_ACCOUNT("/", tcp_local, 0);
	EXPECT_EQ(0U, invariants_at_rest("with one connection"));

	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_peak, 1);
	EXPECT_STAT(tcp_ended, 1);
	EXPECT_STAT(tcp_ports, 0);
}

WORLD_TEST(reservation_tells_who)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);
	uint16_t port = port_of(p.client);
	const struct endpoint *ep;
	struct endpoints eps;

	ASSERT_EQ(0, reservations_read(&eps));
	ASSERT_EQ(1U, eps.n);
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	EXPECT_EQ(ENDPOINT_ESTAB, ep->state);
	EXPECT_STREQ(self->w.base, ep->r.account);
	EXPECT_EQ(getpid(), ep->r.pid);
	EXPECT_STREQ("tcp", ep->r.comm);
	EXPECT_LE(ep->r.age, 5);
	EXPECT_FALSE(ep->r.exclusive);
	EXPECT_FALSE(ep->remainder);
	endpoints_free(&eps);

	pair_close(&p, CLOSE_CLIENT);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	EXPECT_EQ(ENDPOINT_TIME_WAIT, ep->state);
	EXPECT_STREQ(self->w.base, ep->r.account);
	EXPECT_EQ(getpid(), ep->r.pid);
	EXPECT_TRUE(ep->remainder);
	EXPECT_GT(ep->r.left, 30);
	EXPECT_LE(ep->r.left, 60.5);
	endpoints_free(&eps);
}

WORLD_TEST(accepted_take_none)
{
	int listener = tcp_listen(variant->family, 1, 0);
	uint16_t port = port_of(listener);
	struct pair p[3];
	struct endpoints eps;
	unsigned int i;

	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_exclusive, 1);
	for (i = 0; i < 3; i++)
		p[i] = pair_open(listener);
	EXPECT_STAT(tcp_current, 4);
	EXPECT_STAT(tcp_shareable, 3);
	EXPECT_STAT(tcp_begun, 4);
	ASSERT_EQ(0, reservations_read(&eps));
	EXPECT_EQ(1U, endpoints_count_port(&eps, port));
	endpoints_free(&eps);

	/* The listener goes first: the accepted ones keep its port and still pay nothing. */
	close(listener);
	EXPECT_STAT(tcp_current, 3);
	EXPECT_STAT(tcp_exclusive, 0);
	pair_close(&p[0], CLOSE_SERVER);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 0);
	EXPECT_STAT(tcp_current, 2);
	pair_close(&p[1], CLOSE_RST);
	pair_close(&p[2], CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(bind_then_listen_is_one)
{
	struct addr any = addr_make(variant->family, 1, 0);
	int fd = tcp_socket(variant->family);

	must_bind(fd, &any);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_exclusive, 1);
	EXPECT_STAT(tcp_bound, 1);
	EXPECT_EQ(0U, invariants_at_rest("with a bound socket"));
	ASSERT_EQ(0, try_listen(fd));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_bound, 0);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_EQ(0U, invariants_at_rest("with a listener"));
	close(fd);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, 1);
}

WORLD_TEST(listen_without_bind)
{
	int fd = tcp_socket(variant->family);

	ASSERT_EQ(0, try_listen(fd));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_exclusive, 1);
	EXPECT_STAT(tcp_bound, 0);
	/* shutdown() ends listening and gives an automatic port back. */
	shutdown(fd, SHUT_RDWR);
	EXPECT_EQ(0U, invariants_at_rest("after a listener was shut down"));
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

/* Nothing but stat is read here: a reader of reservations would correct it. */
WORLD_TEST(bound_at_once)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int outside = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	int fd = tcp_listen(variant->family, 1, 40001);
	struct stat_file s;
	struct pair p;
	int lone;

	stat_read(&s);
	EXPECT_EQ(0, s.c.tcp_bound);
	shutdown(fd, SHUT_RDWR);
	stat_read(&s);
	EXPECT_EQ(1, s.c.tcp_bound);
	EXPECT_EQ(1, s.c.tcp_current);
	ASSERT_EQ(0, try_listen(fd));
	stat_read(&s);
	EXPECT_EQ(0, s.c.tcp_bound);
	EXPECT_EQ(1, s.c.tcp_current);
	close(fd);

	fd = tcp_socket(variant->family);
	must_bind(fd, &a);
	p = pair_open_from(fd, outside);
	stat_read(&s);
	EXPECT_EQ(0, s.c.tcp_bound);
	ASSERT_EQ(0, disconnect(p.client));
	stat_read(&s);
	EXPECT_EQ(1, s.c.tcp_bound);
	EXPECT_EQ(1, s.c.tcp_current);
	close(p.server);
	close(p.client);

	/* Refused by nobody's port: connect() itself takes the connection back. */
	lone = tcp_socket(variant->family);
	addr_set_port(&a, 40002);
	must_bind(lone, &a);
	addr_set_port(&a, 1);
	EXPECT_EQ(-ECONNREFUSED, try_connect(lone, &a));
	stat_read(&s);
	EXPECT_EQ(1, s.c.tcp_bound);
	EXPECT_EQ(1, s.c.tcp_current);
	close(lone);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_bound, 0);
}

WORLD_TEST(bind_then_connect_is_one)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr any = addr_make(variant->family, 1, 0);
	int fd = tcp_socket(variant->family);
	struct pair p;

	must_bind(fd, &any);
	EXPECT_STAT(tcp_bound, 1);
	p = pair_open_from(fd, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_exclusive, 1);
	EXPECT_STAT(tcp_bound, 0);
	EXPECT_STAT(tcp_begun, 1);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_ended, 0);
	EXPECT_STAT(tw_reserving, 1);
}

WORLD_TEST(explicit_bind_inside_and_outside)
{
	struct addr inside = addr_make(variant->family, 1, 40000);
	struct addr outside = addr_make(variant->family, 1, PORT_OUTSIDE);
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE + 1);
	int a = tcp_socket(variant->family), b = tcp_socket(variant->family);
	struct pair p;

	must_bind(a, &inside);
	EXPECT_STAT(tcp_current, 1);
	must_bind(b, &outside);
	EXPECT_STAT(tcp_current, 1);
	/* A connection from a port outside is none either. */
	p = pair_open_from(b, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 0);
	close(a);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(reserved_port_is_outside)
{
	struct addr a = addr_make(variant->family, 1, 40001);
	int fd = tcp_socket(variant->family);

	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40002");
	must_bind(fd, &a);
	EXPECT_STAT(tcp_current, 0);
	close(fd);
}

WORLD_TEST(refused_bind_takes_none)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int first = tcp_socket(variant->family), second = tcp_socket(variant->family);

	must_bind(first, &a);
	EXPECT_EQ(-EADDRINUSE, try_bind(second, &a));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	/* Another socket has that port; the range is not exhausted. */
	EXPECT_STAT(tcp_exhausted, 0);
}

WORLD_TEST(address_no_port_pays_at_connect)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr any = addr_make(variant->family, 1, 0);
	int fd = tcp_socket(variant->family);
	struct pair p;

	ASSERT_EQ(0, socket_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
	must_bind(fd, &any);
	EXPECT_EQ(0, port_of(fd));
	EXPECT_STAT(tcp_current, 0);
	p = pair_open_from(fd, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_shareable, 1);
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(socket_port_range_pays)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr any = addr_make(variant->family, 1, 0);
	int a = tcp_socket(variant->family), b = tcp_socket(variant->family);
	int range = 45009 << 16 | 45000;
	struct pair p;

	if (socket_option(a, IPPROTO_IP, IP_LOCAL_PORT_RANGE, range))
		SKIP(return, "the kernel has no IP_LOCAL_PORT_RANGE");
	ASSERT_EQ(0, socket_option(b, IPPROTO_IP, IP_LOCAL_PORT_RANGE, range));
	p = pair_open_from(a, listener);
	EXPECT_GE(port_of(a), 45000);
	EXPECT_LE(port_of(a), 45009);
	EXPECT_STAT(tcp_current, 1);
	must_bind(b, &any);
	EXPECT_GE(port_of(b), 45000);
	EXPECT_LE(port_of(b), 45009);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_exclusive, 1);
	pair_close(&p, CLOSE_RST);
	close(b);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(range_and_usable_follow)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct stat_file s;
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "50000 50099");
	stat_read(&s);
	EXPECT_EQ(50000, s.range_low);
	EXPECT_EQ(50099, s.range_high);
	EXPECT_EQ(100, s.c.range_usable);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "50010-50019,60000");
	EXPECT_STAT(range_usable, 90);
	p = pair_open(listener);
	EXPECT_GE(port_of(p.client), 50000);
	EXPECT_LE(port_of(p.client), 50099);
	EXPECT_STAT(tcp_current, 1);
	/* A port that was taken stays charged until it is closed when the range moves away. */
	sysctl_set("net.ipv4.ip_local_port_range", "32768 60999");
	EXPECT_STAT(range_usable, 60999 - 32768 + 1 - 11);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, 1);
}

WORLD_TEST(reuseport_shares_one_port)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int fd[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fd[i] = tcp_socket(variant->family);
		ASSERT_EQ(0, socket_option(fd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		must_bind(fd[i], &a);
		ASSERT_EQ(0, try_listen(fd[i]));
	}
	EXPECT_STAT(tcp_current, 3);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_EQ(0U, invariants_at_rest("with three listeners on one port"));
	close(fd[0]);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	close(fd[1]);
	close(fd[2]);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ports, 0);
}

WORLD_TEST(reuseaddr_shares_one_port)
{
	struct addr a = addr_make(variant->family, 1, 40000);
	int one = tcp_socket(variant->family), two = tcp_socket(variant->family);

	socket_option(one, SOL_SOCKET, SO_REUSEADDR, 1);
	socket_option(two, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(one, &a);
	must_bind(two, &a);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(tcp_bound, 2);
	close(one);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_ports, 1);
}

WORLD_TEST(connects_share_one_port)
{
	int one = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	int two = tcp_listen(variant->family, 1, PORT_OUTSIDE + 1);
	struct pair p, q;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	p = pair_open(one);
	q = pair_open(two);
	EXPECT_EQ(40000, port_of(p.client));
	EXPECT_EQ(40000, port_of(q.client));
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(tcp_shareable, 2);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tcp_current, 2);
	pair_close(&q, CLOSE_RST);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_ports, 1);
}

WORLD_TEST(disconnect_releases_automatic)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);

	EXPECT_STAT(tcp_current, 1);
	ASSERT_EQ(0, disconnect(p.client));
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, 1);
	close(p.server);
	p = pair_open_from(p.client, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 2);
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(disconnect_keeps_explicit)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr a = addr_make(variant->family, 1, 40000);
	int fd = tcp_socket(variant->family);
	struct pair p;

	must_bind(fd, &a);
	p = pair_open_from(fd, listener);
	EXPECT_STAT(tcp_bound, 0);
	ASSERT_EQ(0, disconnect(p.client));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_bound, 1);
	EXPECT_EQ(0U, invariants_at_rest("after connect(AF_UNSPEC)"));
	close(p.server);
	p = pair_open_from(p.client, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_bound, 0);
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(reset_by_peer_gives_back)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr a = addr_make(variant->family, 1, 40000);
	struct pair p = pair_open(listener), q;
	struct linger l = { 1, 0 };
	int fd = tcp_socket(variant->family);

	must_bind(fd, &a);
	q = pair_open_from(fd, listener);
	EXPECT_STAT(tcp_current, 2);
	setsockopt(p.server, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	setsockopt(q.server, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(p.server);
	close(q.server);
	/* Both descriptors are still open; only the explicit port is still held. */
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("after resets by the peer"));
	EXPECT_STAT(tcp_bound, 1);
	close(p.client);
	close(q.client);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_MAIN
