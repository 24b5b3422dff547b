// SPDX-License-Identifier: GPL-2.0-only
/*
 * MPTCP: its subflows are TCP connections that the kernel makes, some of them
 * from a worker, and they pay like other connections, also at a cap.
 */
#include "test.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

FIXTURE(world) {
	struct world w;
	struct addr to;
	int listener;
};

static int mptcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
}

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	if (access("/proc/sys/net/mptcp/enabled", F_OK)) {
		world_close(&self->w);
		SKIP(return, "the kernel has no MPTCP");
	}
	sysctl_set("net.mptcp.enabled", "1");
	time_wait_unlimited();
	self->to = addr_make(V4, 1, PORT_OUTSIDE);
	self->listener = mptcp_socket();
	ASSERT_LE(0, self->listener);
	socket_option(self->listener, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(self->listener, &self->to);
	ASSERT_EQ(0, try_listen(self->listener));
	EXPECT_STAT(tcp_current, 0);
}

FIXTURE_TEARDOWN(world)
{
	EXPECT_EQ(0U, world_close(&self->w));
}

static struct pair mptcp_pair(int listener)
{
	return pair_open_from(mptcp_socket(), listener);
}

WORLD_TEST(pays_for_its_subflow)
{
	const char *a = world_cgroup(&self->w, "a");
	struct pair p;

	cgroup_enter(a);
	p = mptcp_pair(self->listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_shareable, 1);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_local, 0);
	EXPECT_EQ(0U, invariants_at_rest("with an MPTCP connection"));
	close(p.client);
	close(p.server);
	EXPECT_EQ(0U, invariants_at_rest("after an MPTCP connection"));
	EXPECT_STAT(tcp_begun, 1);
}

WORLD_TEST(bind_pays)
{
	struct addr zero = addr_make(V4, 1, 0);
	int fd = mptcp_socket();

	must_bind(fd, &zero);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_bound, 1);
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(refused_at_the_cap)
{
	const char *a = world_cgroup(&self->w, "a");
	struct addr zero = addr_make(V4, 1, 0);
	struct pair p[3];
	unsigned int i;
	int fd;

	refusals_count();
	rule_set("%s tcp.max=3", a);
	cgroup_enter(a);
	for (i = 0; i < 3; i++)
		p[i] = mptcp_pair(self->listener);
	for (i = 0; i < 5; i++) {
		fd = mptcp_socket();
		EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(fd, &self->to));
		close(fd);
		fd = mptcp_socket();
		EXPECT_EQ(-EADDRINUSE, ask_bind(fd, &zero));
		close(fd);
	}
	EXPECT_ACCOUNT(a, tcp_current, 3);
	EXPECT_ACCOUNT(a, tcp_peak, 3);
	EXPECT_ACCOUNT(a, tcp_denied, 10);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_EQ(0U, invariants_at_rest("with MPTCP at a cap"));
	/* TCP and MPTCP have one cap. */
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(tcp_socket(V4), &self->to));
	for (i = 0; i < 3; i++) {
		close(p[i].client);
		close(p[i].server);
	}
	rule_set("%s tcp.max=max", a);
	mptcp_pair(self->listener);
	EXPECT_ACCOUNT(a, tcp_begun, 4);
	EXPECT_ACCOUNT(a, tcp_denied, 11);
}

/* connect() of an MPTCP socket waits for room as that of a TCP socket does. */
WORLD_TEST(waits_at_the_cap)
{
	unsigned long long begin;
	int fd = mptcp_socket();

	refusals_count();
	rule_set("%s tcp.max=0 over=wait:2s", self->w.base);
	begin = now_ms();
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(fd, &self->to));
	EXPECT_GE(now_ms() - begin, 1500ULL);
	close(fd);
}

/* More addresses of this host: the kernel adds a subflow from each, in a worker. */
static bool subflows_allow(void)
{
	return !system("ip mptcp limits set subflows 4 add_addr_accepted 4 2>/dev/null &&"
		       "ip mptcp endpoint add 127.0.0.2 subflow 2>/dev/null &&"
		       "ip mptcp endpoint add 127.0.0.3 subflow 2>/dev/null");
}

/* The kernel adds them once both sides have said something. */
static void talk(const struct pair *p)
{
	unsigned int i;
	char c;

	for (i = 0; i < 3; i++) {
		if (write(p->client, "x", 1) != 1 || read(p->server, &c, 1) != 1 ||
		    write(p->server, "y", 1) != 1 || read(p->client, &c, 1) != 1)
			die("cannot talk over MPTCP");
	}
}

WORLD_TEST(subflows_of_a_worker_pay)
{
	const char *a = world_cgroup(&self->w, "a");
	struct pair p;

	if (!subflows_allow())
		SKIP(return, "no 'ip mptcp', or no endpoints here");
	cgroup_enter(a);
	p = mptcp_pair(self->listener);
	talk(&p);
	EXPECT_ACCOUNT(a, tcp_current, 3);
	EXPECT_STAT(tcp_current, 3);
	EXPECT_EQ(0U, invariants_at_rest("with three subflows"));
	close(p.client);
	close(p.server);
	EXPECT_EQ(0U, invariants_at_rest("after three subflows"));
}

/* A worker is refused and never made to wait; the connection goes on with what it has. */
WORLD_TEST(subflows_at_the_cap)
{
	const char *a = world_cgroup(&self->w, "a");
	struct pair p, q;

	if (!subflows_allow())
		SKIP(return, "no 'ip mptcp', or no endpoints here");
	rule_set("%s tcp.max=2 over=wait:20s", a);
	cgroup_enter(a);
	p = mptcp_pair(self->listener);
	talk(&p);
	EXPECT_ACCOUNT(a, tcp_current, 2);
	EXPECT_ACCOUNT(a, tcp_peak, 2);
	EXPECT_ACCOUNT(a, tcp_denied, 1);
	EXPECT_EQ(0U, invariants_at_rest("with a subflow refused"));
	talk(&p);
	close(p.client);
	close(p.server);
	rule_set("%s tcp.max=max", a);
	q = mptcp_pair(self->listener);
	talk(&q);
	EXPECT_ACCOUNT(a, tcp_begun, 5);
	EXPECT_ACCOUNT(a, tcp_denied, 1);
}

WORLD_MAIN
