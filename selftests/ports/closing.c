// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each way of closing a connection leaves behind (by the client, by the
 * server, by both at once, with a reset, with unread data), and that a FIN_WAIT2
 * remainder that becomes TIME_WAIT is one reservation all along.
 */
#include "test.h"

FIXTURE(closing) {
	struct world w;
};

FIXTURE_VARIANT(closing) {
	enum closing how;
	enum family family;
};

FIXTURE_VARIANT_ADD(closing, client) { .how = CLOSE_CLIENT, .family = V4 };
FIXTURE_VARIANT_ADD(closing, client_v6) { .how = CLOSE_CLIENT, .family = V6 };
FIXTURE_VARIANT_ADD(closing, client_mapped) { .how = CLOSE_CLIENT, .family = MAPPED };
FIXTURE_VARIANT_ADD(closing, server) { .how = CLOSE_SERVER, .family = V4 };
FIXTURE_VARIANT_ADD(closing, server_v6) { .how = CLOSE_SERVER, .family = V6 };
FIXTURE_VARIANT_ADD(closing, both) { .how = CLOSE_BOTH, .family = V4 };
FIXTURE_VARIANT_ADD(closing, both_v6) { .how = CLOSE_BOTH, .family = V6 };
FIXTURE_VARIANT_ADD(closing, rst) { .how = CLOSE_RST, .family = V4 };
FIXTURE_VARIANT_ADD(closing, server_rst) { .how = CLOSE_SERVER_RST, .family = V4 };
FIXTURE_VARIANT_ADD(closing, unread) { .how = CLOSE_UNREAD, .family = V4 };
FIXTURE_VARIANT_ADD(closing, unread_v6) { .how = CLOSE_UNREAD, .family = V6 };

FIXTURE_SETUP(closing)
{
	(void)variant;
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
}

FIXTURE_TEARDOWN(closing)
{
	(void)variant;
	EXPECT_EQ(0U, world_close(&self->w));
}

/* The client in cgroup c, the server in s: each pays what its own side leaves. */
TEST_F_TIMEOUT(closing, leaves_what_the_kernel_does, lane_timeout(30))
{
	const char *c = world_cgroup(&self->w, "c"), *s = world_cgroup(&self->w, "s");
	unsigned int at_client, at_server, i;
	struct pair p[4];
	int listener;

	closing_leaves(variant->how, &at_client, &at_server);
	cgroup_enter(s);
	listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	cgroup_enter(c);
	for (i = 0; i < 4; i++)
		p[i] = pair_open(listener);
	EXPECT_ACCOUNT(c, tcp_current, 4);
	EXPECT_ACCOUNT(s, tcp_current, 0);

	pairs_close(p, 4, variant->how);
	EXPECT_STAT(tw_current, 4 * (at_client + at_server));
	EXPECT_STAT(tw_reserving, 4 * at_client);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_STAT(tw_entered, 4 * (at_client + at_server));
	EXPECT_STAT(tcp_current, 4 * at_client);
	/* The reservation moved; it did not end and begin again. */
	EXPECT_STAT(tcp_begun, 4);
	EXPECT_STAT(tcp_ended, 4 - 4 * at_client);
	EXPECT_ACCOUNT(c, tw_current, 4 * at_client);
	EXPECT_ACCOUNT(c, tcp_current, 4 * at_client);
	EXPECT_ACCOUNT(s, tw_current, 4 * at_server);
	EXPECT_ACCOUNT(s, tcp_current, 0);
	EXPECT_ACCOUNT(self->w.base, tw_current, 4 * (at_client + at_server));
	EXPECT_ACCOUNT(self->w.base, tw_local, 0);
}

FIXTURE(half) {
	struct world w;
};

FIXTURE_SETUP(half)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
}

FIXTURE_TEARDOWN(half)
{
	EXPECT_EQ(0U, world_close(&self->w));
}

TEST_F_TIMEOUT(half, fin_wait2_becomes_time_wait, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);

	close_half(p.client);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_fin_wait2, 1);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("with a FIN_WAIT2 remainder"));
	close(p.server);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_STAT(tw_entered, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_ended, 0);
}

TEST_F_TIMEOUT(half, fin_wait2_expires, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p;

	sysctl_set("net.ipv4.tcp_fin_timeout", "1");
	p = pair_open(listener);
	close_half(p.client);
	EXPECT_STAT(tw_fin_wait2, 1);
	sleep_ms(1500);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_STAT(tw_expired, 1);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, 1);
	close(p.server);
}

/* With a long tcp_fin_timeout the kernel keeps the socket itself for a while. */
TEST_F_TIMEOUT(half, orphan_in_fin_wait2, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct endpoints eps;
	struct pair p;

	sysctl_set("net.ipv4.tcp_fin_timeout", "120");
	p = pair_open(listener);
	close(p.client);
	/* The answer to the FIN may be delayed. */
	sleep_ms(lane_scale(300, 1000));
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tcp_current, 1);
	ASSERT_EQ(0, reservations_read(&eps));
	ASSERT_EQ(1U, eps.n);
	EXPECT_EQ(ENDPOINT_FIN_WAIT_2, eps.ep[0].state);
	EXPECT_FALSE(eps.ep[0].remainder);
	endpoints_free(&eps);
	EXPECT_EQ(0U, invariants_at_rest("with an orphan in FIN_WAIT2"));
	close(p.server);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_ended, 0);
}

/* The accepted side closes first and the client never does. */
TEST_F_TIMEOUT(half, server_fin_wait2, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);
	struct endpoints eps;

	close_half(p.server);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_fin_wait2, 1);
	EXPECT_STAT(tw_reserving, 0);
	EXPECT_STAT(tcp_current, 1);
	ASSERT_EQ(0, reservations_read(&eps));
	ASSERT_EQ(1U, eps.n);
	EXPECT_EQ(ENDPOINT_CLOSE_WAIT, eps.ep[0].state);
	endpoints_free(&eps);
	close(p.client);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_STAT(tcp_current, 0);
}

/* shutdown() leaves the socket with its owner: it becomes TIME_WAIT by itself. */
TEST_F_TIMEOUT(half, shutdown_only, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);

	shutdown(p.client, SHUT_WR);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tw_current, 0);
	EXPECT_EQ(0U, invariants_at_rest("in FIN_WAIT2 with an owner"));
	close(p.server);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	close(p.client);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 1);
	EXPECT_STAT(tcp_ended, 0);
}

/* The same of a socket whose port was bound by hand: it keeps that, beside the TIME_WAIT. */
TEST_F_TIMEOUT(half, shutdown_only_by_hand, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4), server;
	struct addr to = addr_local(listener), from = addr_make(V4, 1, 20161);
	struct addr other = addr_make(V4, 1, 20162);
	struct endpoints eps;

	sysctl_set("net.ipv4.ip_local_port_range", "20000 20999");
	rule_set("%s tcp.max=1", self->w.base);
	must_bind(fd, &from);
	must_connect(fd, &to);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	shutdown(fd, SHUT_WR);
	close(server);
	EXPECT_STAT(tw_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("closed, with its port"));
	ASSERT_EQ(0, reservations_read(&eps));
	EXPECT_EQ(2U, eps.n);
	endpoints_free(&eps);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &other));
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 1);
	/* Nor does it connect again: with each connection there would be one more. */
	EXPECT_EQ(0, disconnect(fd));
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &to));
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 2);
	close(fd);
	EXPECT_STAT(tcp_current, 1);
}

/* And connects again to where it was: its own TIME_WAIT makes room for it. */
TEST_F_TIMEOUT(half, again_by_hand, lane_timeout(30))
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4), server;
	struct addr to = addr_local(listener), from = addr_make(V4, 1, 20161);
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "20000 20999");
	must_bind(fd, &from);
	must_connect(fd, &to);
	for (i = 1; i <= 3; i++) {
		server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		shutdown(fd, SHUT_WR);
		close(server);
		EXPECT_STAT(tcp_current, 2);
		EXPECT_STAT(tw_reserving, 1);
		sleep_ms(REUSABLE_MS);
		EXPECT_EQ(0, disconnect(fd));
		must_connect(fd, &to);
		EXPECT_STAT(tcp_current, 1);
		EXPECT_STAT(tw_current, 0);
		EXPECT_STAT(tw_reused, i);
		EXPECT_EQ(0U, invariants_at_rest("connected again"));
	}
}

WORLD_MAIN
