// SPDX-License-Identifier: GPL-2.0-only
/*
 * How TIME_WAIT ends before its time: when connect() takes it over
 * (tcp_tw_reuse), one ends as reused and one reservation begins; a new SYN takes
 * it over; it is destroyed.  And how it is never made: at tcp_max_tw_buckets the
 * overflow is counted and the port released.
 */
#include "test.h"

WORLD_FIXTURE

/* One port only: the next connect() must take over the TIME_WAIT on it. */
static void reuse(struct __test_metadata *_metadata, const char *mode, enum family f)
{
	int listener = tcp_listen(f, 1, PORT_OUTSIDE);
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "%s", mode);
	sysctl_set("net.ipv4.tcp_timestamps", "1");
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tw_reserving, 1);
	sleep_ms(REUSABLE_MS);
	p = pair_open(listener);
	EXPECT_EQ(40000, port_of(p.client));
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_reserving, 0);
	EXPECT_STAT(tw_reused, 1);
	EXPECT_STAT(tw_killed, 0);
	EXPECT_STAT(tw_expired, 0);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_begun, 2);
	EXPECT_STAT(tcp_ended, 1);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_EQ(0U, invariants_at_rest("after a TIME_WAIT was reused"));
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tw_entered, 2);
}

WORLD_TEST(reused_everywhere)
{
	reuse(_metadata, "1", V4);
}

WORLD_TEST(reused_on_loopback)
{
	reuse(_metadata, "2", V4);
}

WORLD_TEST(reused_v6)
{
	reuse(_metadata, "1", V6);
}

/* The new connection is another cgroup's: one account is uncharged, the other charged. */
WORLD_TEST(reused_by_another_cgroup)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	cgroup_enter(a);
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_ACCOUNT(a, tw_reserving, 1);
	sleep_ms(REUSABLE_MS);
	cgroup_enter(b);
	p = pair_open(listener);
	EXPECT_ACCOUNT(a, tcp_current, 0);
	EXPECT_ACCOUNT(a, tw_current, 0);
	EXPECT_ACCOUNT(a, tw_reused, 1);
	EXPECT_ACCOUNT(a, tcp_ended, 1);
	EXPECT_ACCOUNT(b, tcp_current, 1);
	EXPECT_ACCOUNT(b, tw_reused, 0);
	EXPECT_ACCOUNT(b, tcp_begun, 1);
}

/* From a port that was bound: the TIME_WAIT goes, the reservation of bind() stays. */
WORLD_TEST(reused_from_bound_port)
{
	struct addr from = addr_make(V4, 1, 40000);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	int fd = tcp_socket(V4);
	struct pair p;

	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &from);
	p = pair_open_from(fd, listener);
	pair_close(&p, CLOSE_CLIENT);
	sleep_ms(REUSABLE_MS);
	fd = tcp_socket(V4);
	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &from);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	p = pair_open_from(fd, listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tw_reused, 1);
	EXPECT_STAT(tw_current, 0);
}

WORLD_TEST(not_reused_is_exhausted)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr a = addr_local(listener);
	int fd = tcp_socket(V4);
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &a));
	EXPECT_STAT(tcp_exhausted, 1);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tw_current, 1);
}

/* A SYN to the accepted side's TIME_WAIT opens a new connection in its place. */
WORLD_TEST(recycled_by_a_new_syn)
{
	struct addr from = addr_make(V4, 1, 40000);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	int fd = tcp_socket(V4);
	struct pair p;

	must_bind(fd, &from);
	p = pair_open_from(fd, listener);
	pair_close(&p, CLOSE_SERVER);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 0);
	sleep_ms(1100);
	fd = tcp_socket(V4);
	must_bind(fd, &from);
	p = pair_open_from(fd, listener);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_recycled, 1);
	EXPECT_STAT(tw_killed, 0);
	EXPECT_STAT(tw_expired, 0);
	EXPECT_STAT(tcp_current, 1);
}

WORLD_TEST(destroyed)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p;
	unsigned int i;
	int n;

	for (i = 0; i < 5; i++) {
		p = pair_open(listener);
		pair_close(&p, i < 3 ? CLOSE_CLIENT : CLOSE_SERVER);
	}
	EXPECT_STAT(tw_current, 5);
	EXPECT_STAT(tw_reserving, 3);
	n = diag_destroy(diag_is_remainder);
	if (n == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_EQ(5, n);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_killed, 5);
	EXPECT_STAT(tw_expired, 0);
	EXPECT_STAT(tcp_current, 0);
}

static bool is_client(const struct endpoint *ep)
{
	return ep->proto == IPPROTO_TCP && ep->rport == PORT_OUTSIDE;
}

/* ss -K on a live socket: an automatic port goes at once. */
WORLD_TEST(live_socket_destroyed)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);
	int n = diag_destroy(is_client);

	if (n == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_EQ(1, n);
	EXPECT_STAT(tcp_current, 0);
	close(p.client);
	close(p.server);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, 1);
}

WORLD_TEST(overflow_releases)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p;
	unsigned int i;

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "5");
	for (i = 0; i < 12; i++) {
		p = pair_open(listener);
		pair_close(&p, CLOSE_CLIENT);
	}
	EXPECT_EQ(0U, invariants_at_rest("with tcp_max_tw_buckets reached"));
	EXPECT_STAT(tcp_begun, 12);
	EXPECT_STAT(tw_current, sockstat_tw());
	EXPECT_STAT(tcp_current, sockstat_tw());
	EXPECT_STAT(tw_overflow, 12 - sockstat_tw());
	EXPECT_STAT(tw_entered, sockstat_tw());
	EXPECT_STAT(tcp_ended, 12 - sockstat_tw());
	EXPECT_ACCOUNT(self->w.base, tw_overflow, 12 - sockstat_tw());
}

WORLD_TEST(overflow_of_everything)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p = pair_open(listener);

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "0");
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tcp_current, sockstat_tw());
	EXPECT_STAT(tw_overflow, 1 - sockstat_tw());
}

/* Many at once, then all of them destroyed from several processes at a time. */
static void destroy_all(void *arg)
{
	(void)arg;
	diag_destroy(diag_is_remainder);
}

WORLD_TEST_LONG(destroyed_from_all_sides, 60)
{
	unsigned int i, n = lane_count(1000, 200, 200);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct stat_file s;
	pid_t child[4];
	struct pair p;

	time_wait_unlimited();
	for (i = 0; i < n; i++) {
		p = pair_open(listener);
		pair_close(&p, i % 3 ? CLOSE_CLIENT : CLOSE_SERVER);
	}
	EXPECT_STAT(tw_entered, n);
	if (diag_destroy(is_client) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	for (i = 0; i < 4; i++)
		child[i] = child_start(destroy_all, NULL);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_wait(child[i]));
	EXPECT_STAT(tw_current, 0);
	stat_read(&s);
	EXPECT_EQ(n, s.c.tw_killed + s.c.tw_recycled);
	EXPECT_STAT(tcp_ended, n);
}

WORLD_MAIN
