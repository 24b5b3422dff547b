// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps: who is refused, with which errno, by which cgroup's limit, and what is
 * counted.
 */
#include "test.h"

WORLD_FIXTURE_FAMILIES

/* A connection to @listener with a socket of its own; the refusal, or the socket. */
static int try_pair(int listener, struct pair *p)
{
	struct addr a = addr_local(listener);
	int ret;

	p->client = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->server = -1;
	if (p->client < 0)
		die("no socket");
	ret = ask_connect(p->client, &a);
	if (!ret)
		p->server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	else
		close(p->client);
	return ret;
}

/* How many of @n connects get in; what the others saw has to be @refused. */
static unsigned int connects(int listener, unsigned int n, int refused)
{
	unsigned int in = 0;
	struct pair p;
	int ret;

	while (n--) {
		ret = try_pair(listener, &p);
		if (ret && ret != -refused)
			die("connect gave %d", -ret);
		in += !ret;
	}
	return in;
}

WORLD_TEST(connect_at_the_cap)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p;

	refusals_count();
	rule_set("%s tcp.max=3", self->w.base);
	cap_holds(self->w.base, 3, -1);
	ASSERT_EQ(0, try_pair(listener, &p));
	EXPECT_EQ(2U, connects(listener, 6, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_current, 3);
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 4);
	EXPECT_ACCOUNT(self->w.base, tcp_max, 3);
	EXPECT_ACCOUNT("/", tcp_denied, 4);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_STAT(tcp_begun, 3);
	EXPECT_EQ(0U, invariants_at_rest("at the cap"));
	/* TIME_WAIT holds its port, and goes on counting. */
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_EQ(-EADDRNOTAVAIL, try_pair(listener, &p));
	EXPECT_STAT(tcp_denied, 5);
}

WORLD_TEST(released_is_there_again)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p, q;
	unsigned int i;

	refusals_count();
	rule_set("%s tcp.max=1", self->w.base);
	cap_holds(self->w.base, 1, -1);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, try_pair(listener, &p));
		ASSERT_EQ(-EADDRNOTAVAIL, try_pair(listener, &q));
		pair_close(&p, CLOSE_RST);
		EXPECT_STAT(tcp_current, 0);
	}
	EXPECT_STAT(tcp_denied, 20);
}

/* A socket that was refused can be used again. */
WORLD_TEST(same_socket_after_a_refusal)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr a = addr_local(listener);
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rule_set("%s tcp.max=0", self->w.base);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &a));
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &a));
	EXPECT_EQ(0, port_of(fd));
	rule_set("%s tcp.max=1", self->w.base);
	EXPECT_EQ(0, try_connect(fd, &a));
	EXPECT_STAT(tcp_denied, 2);
	EXPECT_STAT(tcp_current, 1);
}

WORLD_TEST(bind_and_listen_at_the_cap)
{
	struct addr any = addr_make(variant->family, 1, 0);
	struct addr inside = addr_make(variant->family, 1, 40000);
	struct addr outside = addr_make(variant->family, 1, PORT_OUTSIDE);
	int fd[4];
	unsigned int i;

	refusals_count();
	for (i = 0; i < ARRAY_SIZE(fd); i++)
		fd[i] = tcp_socket(variant->family);
	rule_set("%s tcp.max=1", self->w.base);
	cap_holds(self->w.base, 1, -1);
	ASSERT_EQ(0, ask_bind(fd[0], &any));
	EXPECT_EQ(-EADDRINUSE, ask_bind(fd[1], &any));
	/* An explicit port inside the range would dodge the cap; one outside does not count. */
	EXPECT_EQ(-EADDRINUSE, ask_bind(fd[1], &inside));
	EXPECT_EQ(-EADDRINUSE, ask_listen(fd[2]));
	EXPECT_EQ(0, ask_bind(fd[3], &outside));
	EXPECT_EQ(0, ask_listen(fd[3]));
	EXPECT_STAT(tcp_denied, 3);
	EXPECT_STAT(tcp_current, 1);
	/* A socket that has its port already is not asked again. */
	EXPECT_EQ(0, ask_listen(fd[0]));
	EXPECT_STAT(tcp_denied, 3);
	close(fd[0]);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(0, ask_bind(fd[1], &any));
}

WORLD_TEST(udp_at_the_cap)
{
	struct addr to = addr_make(variant->family, 1, 53);
	struct addr any = addr_make(variant->family, 1, 0);
	int fd[4];
	unsigned int i;

	refusals_count();
	for (i = 0; i < ARRAY_SIZE(fd); i++)
		fd[i] = udp_socket(variant->family);
	rule_set("%s udp.max=1 tcp.max=0", self->w.base);
	cap_holds(self->w.base, 0, 1);
	EXPECT_EQ(0, ask_udp_connect(fd[0], &to));
	EXPECT_EQ(-EAGAIN, ask_udp_connect(fd[1], &to));
	EXPECT_EQ(-EAGAIN, ask_udp_send(fd[2], &to));
	EXPECT_EQ(-EADDRINUSE, ask_udp_bind(fd[3], &any));
	EXPECT_STAT(udp_denied, 3);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(udp_current, 1);
	EXPECT_ACCOUNT(self->w.base, udp_denied, 3);
	close(fd[0]);
	EXPECT_EQ(0, ask_udp_send(fd[2], &to));
	EXPECT_STAT(udp_current, 1);
}

WORLD_TEST(tightest_ancestor_refuses)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "a/b");
	const char *c = world_cgroup(&self->w, "a/c");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct events *r = malloc(sizeof(*r));
	struct event e;

	refusals_count();
	events_open(r, PQ_EVENTS);
	rule_set("%s tcp.max=10 tcp.warn=max", self->w.base);
	rule_set("%s tcp.max=4 tcp.warn=max", a);
	rule_set("%s tcp.max=3 tcp.warn=max", b);
	cap_holds(a, 4, -1);
	cap_holds(b, 3, -1);
	cgroup_enter(b);
	EXPECT_EQ(3U, connects(listener, 5, EADDRNOTAVAIL));
	ASSERT_TRUE(events_find(r, &e, NULL, "deny", 2000));
	EXPECT_STREQ(b, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(3, e.limit);
	EXPECT_EQ(3, e.current);
	EXPECT_FALSE(e.audit);
	cgroup_enter(c);
	EXPECT_EQ(1U, connects(listener, 3, EADDRNOTAVAIL));
	ASSERT_TRUE(events_find(r, &e, NULL, "deny", 2000));
	EXPECT_STREQ(a, e.path);
	EXPECT_EQ(4, e.limit);
	/* The cgroup that was refused counts it, with all above it; its sibling does not. */
	EXPECT_ACCOUNT(b, tcp_denied, 2);
	EXPECT_ACCOUNT(c, tcp_denied, 2);
	EXPECT_ACCOUNT(a, tcp_denied, 4);
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 4);
	EXPECT_STAT(tcp_denied, 4);
	/* A refusal further up has left nothing further down. */
	EXPECT_ACCOUNT(c, tcp_current, 1);
	EXPECT_ACCOUNT(c, tcp_peak, 1);
	events_close(r);
	free(r);
}

/* A cap lowered below its usage: live sockets stay, new ones are refused, one warning comes. */
WORLD_TEST(lowered_below_usage)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct events *r = malloc(sizeof(*r));
	struct pair p[5], q;
	unsigned int i;

	refusals_count();
	for (i = 0; i < ARRAY_SIZE(p); i++)
		ASSERT_EQ(0, try_pair(listener, &p[i]));
	events_open(r, PQ_EVENTS);
	rule_set("%s tcp.max=3", self->w.base);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 5);
	EXPECT_EQ(-EADDRNOTAVAIL, try_pair(listener, &q));
	EXPECT_EQ(-EADDRNOTAVAIL, try_pair(listener, &q));
	EXPECT_EQ(1U, events_count(r, self->w.base, "warn", "tcp", lane_scale(1200, 3000)));
	/* Live ones stay as they are. */
	for (i = 0; i < ARRAY_SIZE(p); i++)
		EXPECT_EQ(1, write(p[i].client, "x", 1));
	pair_close(&p[0], CLOSE_RST);
	pair_close(&p[1], CLOSE_RST);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 3);
	EXPECT_EQ(-EADDRNOTAVAIL, try_pair(listener, &q));
	pair_close(&p[2], CLOSE_RST);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 2);
	EXPECT_EQ(0, try_pair(listener, &q));
	EXPECT_EQ(0, rule_write("-%s", self->w.base));
	EXPECT_EQ(3U, connects(listener, 3, EADDRNOTAVAIL));
	events_close(r);
	free(r);
}

/* A percentage is of the ports that the kernel hands out now, and follows them at once. */
WORLD_TEST(percent_follows_the_range)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct counters c;

	refusals_count();
	rule_set("%s tcp.max=10%%", self->w.base);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40049");
	EXPECT_EQ(5U, connects(listener, 7, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, 5);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40099");
	EXPECT_EQ(5U, connects(listener, 7, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, 10);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	EXPECT_EQ(0U, connects(listener, 1, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, 1);
	EXPECT_STAT(tcp_denied, 5);
	/* Reserved ports are not handed out. A reader sees that at once, without a tick. */
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40099");
	account_get(self->w.base, &c);
	EXPECT_EQ(10, c.tcp_max);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40049");
	account_get(self->w.base, &c);
	EXPECT_EQ(5, c.tcp_max);
}

WORLD_TEST(hosts_rule_and_namespaces_rule)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);

	refusals_count();
	host_rule_set("%s tcp.max=4", self->w.base);
	EXPECT_EQ(4U, connects(listener, 5, EADDRNOTAVAIL));
	/* The namespace cannot loosen it, */
	rule_set("%s tcp.max=max", self->w.base);
	EXPECT_EQ(0U, connects(listener, 1, EADDRNOTAVAIL));
	rule_set("%s tcp.max=100", self->w.base);
	EXPECT_EQ(0U, connects(listener, 1, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, 4);
	/* but make it stricter, and that is all its own. */
	rule_set("%s tcp.max=2", self->w.base);
	EXPECT_ACCOUNT(self->w.base, tcp_max, 2);
	host_rule_set("%s tcp.max=6", self->w.base);
	EXPECT_ACCOUNT(self->w.base, tcp_max, 2);
	EXPECT_EQ(0, rule_write("-%s", self->w.base));
	EXPECT_EQ(2U, connects(listener, 4, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, 6);
	EXPECT_EQ(0, host_rule_write("-%s", self->w.base));
	EXPECT_EQ(1U, connects(listener, 1, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(self->w.base, tcp_max, NO_LIMIT);
}

/* The same cgroup in two namespaces: each has that many. */
WORLD_TEST(hosts_rule_is_for_each_namespace)
{
	int first = netns_open();
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE), other;

	host_rule_set("%s tcp.max=2", self->w.base);
	EXPECT_EQ(2U, connects(listener, 4, EADDRNOTAVAIL));
	netns_new();
	other = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	EXPECT_EQ(2U, connects(other, 4, EADDRNOTAVAIL));
	EXPECT_STAT(tcp_denied, 2);
	netns_enter(first);
	EXPECT_STAT(tcp_denied, 2);
}

WORLD_TEST(modes)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_make(variant->family, 1, 53);
	struct events *r = malloc(sizeof(*r));
	struct event e;
	int udp = udp_socket(variant->family);

	refusals_count();
	events_open(r, PQ_EVENTS);
	rule_set("%s tcp.max=2 tcp.warn=max udp.max=0", self->w.base);
	mode_set("audit");
	EXPECT_EQ(5U, connects(listener, 5, 0));
	EXPECT_EQ(0, ask_udp_connect(udp, &to));
	EXPECT_ACCOUNT(self->w.base, tcp_current, 5);
	EXPECT_ACCOUNT(self->w.base, tcp_would_deny, 3);
	EXPECT_ACCOUNT(self->w.base, udp_would_deny, 1);
	EXPECT_STAT(tcp_would_deny, 3);
	EXPECT_STAT(tcp_denied, 0);
	ASSERT_TRUE(events_find(r, &e, self->w.base, "deny", 2000));
	EXPECT_TRUE(e.audit);
	mode_set("off");
	EXPECT_EQ(2U, connects(listener, 2, 0));
	EXPECT_STAT(tcp_would_deny, 3);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(tcp_current, 7);
	mode_set("enforce");
	EXPECT_EQ(0U, connects(listener, 2, EADDRNOTAVAIL));
	EXPECT_STAT(tcp_would_deny, 3);
	EXPECT_STAT(tcp_denied, 2);
	events_close(r);
	free(r);
}

WORLD_TEST(timewait_max)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_make(variant->family, 1, 53);
	const struct endpoint *ep;
	struct endpoints eps;
	struct pair p[4], q;
	unsigned int i;
	uint16_t port;

	refusals_count();
	time_wait_unlimited();
	rule_set("%s timewait.max=2", self->w.base);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, try_pair(listener, &p[i]));
	port = port_of(p[0].client);
	/* Those that live may all become TIME_WAIT: none is cut short, none left out. */
	for (i = 0; i < 4; i++)
		pair_close(&p[i], CLOSE_CLIENT);
	EXPECT_ACCOUNT(self->w.base, tw_current, 4);
	EXPECT_EQ(-EADDRNOTAVAIL, try_pair(listener, &q));
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 1);
	EXPECT_ACCOUNT(self->w.base, tw_denied, 1);
	EXPECT_STAT(tw_overflow, 0);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	EXPECT_GT(ep->r.left, 30);
	endpoints_free(&eps);
	/* UDP makes no TIME_WAIT. */
	EXPECT_EQ(0, ask_udp_connect(udp_socket(variant->family), &to));
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tw_current, 0);
	EXPECT_EQ(0, try_pair(listener, &q));
}

/* What the kernel refuses by itself is counted as exhausted, not as denied. */
WORLD_TEST(exhausted_is_not_denied)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr any = addr_make(variant->family, 1, 0);

	refusals_count();
	rule_set("%s tcp.max=100", self->w.base);
	/* An even number: of an odd one the kernel leaves out one port, now and then. */
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40003");
	EXPECT_EQ(4U, connects(listener, 7, EADDRNOTAVAIL));
	EXPECT_STAT(tcp_exhausted, 3);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(variant->family), &any));
	EXPECT_STAT(tcp_exhausted, 4);
	EXPECT_STAT(tcp_denied, 0);
	/* The attempts that failed hold nothing. */
	EXPECT_ACCOUNT(self->w.base, tcp_current, 4);
	/* Both at once: the cap is asked first. */
	rule_set("%s tcp.max=4", self->w.base);
	EXPECT_EQ(0U, connects(listener, 1, EADDRNOTAVAIL));
	EXPECT_STAT(tcp_exhausted, 4);
	EXPECT_STAT(tcp_denied, 1);
}

/* Attempts that fail after they took a place below the cap give it back. */
WORLD_TEST(failed_attempts_give_back)
{
	struct addr nobody = addr_make(variant->family, 1, PORT_OUTSIDE + 1);
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	unsigned int i;

	refusals_count();
	rule_set("%s tcp.max=2", self->w.base);
	cap_holds(self->w.base, 2, -1);
	for (i = 0; i < 50; i++) {
		int fd = tcp_socket(variant->family);

		ASSERT_EQ(-ECONNREFUSED, ask_connect(fd, &nobody));
		close(fd);
	}
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_EQ(2U, connects(listener, 3, EADDRNOTAVAIL));
}

/* When the same path is made again, its rule applies to the new cgroup. */
WORLD_TEST(same_path_again)
{
	const char *path = world_cgroup(&self->w, "again");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct pair p;

	refusals_count();
	rule_set("%s tcp.max=2", path);
	cgroup_enter(path);
	ASSERT_EQ(0, try_pair(listener, &p));
	EXPECT_EQ(1U, connects(listener, 2, EADDRNOTAVAIL));
	pair_close(&p, CLOSE_CLIENT);
	cgroup_enter(self->w.base);
	ASSERT_EQ(0, cgroup_remove(path));
	cgroup_make(path);
	cgroup_enter(path);
	/* What the removed cgroup holds does not count for the new one; the rule applies to it. */
	EXPECT_EQ(2U, connects(listener, 4, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(path, tcp_max, 2);
	EXPECT_ACCOUNT(path, tcp_denied, 2);
	EXPECT_TRUE(account_get_deleted(path, &(struct counters){ 0 }));
}

/* The cap of the socket's cgroup holds, not that of the cgroup its task has moved to. */
WORLD_TEST(moved_task)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	int fd[3];
	unsigned int i;

	refusals_count();
	rule_set("%s tcp.max=1", a);
	rule_set("%s tcp.max=0", b);
	cap_holds(a, 1, -1);
	cgroup_enter(a);
	for (i = 0; i < ARRAY_SIZE(fd); i++)
		fd[i] = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cgroup_enter(b);
	EXPECT_EQ(0, ask_connect(fd[0], &to));
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(fd[1], &to));
	EXPECT_ACCOUNT(a, tcp_denied, 1);
	EXPECT_ACCOUNT(b, tcp_denied, 0);
	EXPECT_EQ(0U, connects(listener, 1, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(b, tcp_denied, 1);
}

/* Accepted sockets pay nothing, so a server at its cap goes on accepting. */
WORLD_TEST(accepting_needs_no_room)
{
	const char *server = world_cgroup(&self->w, "server");
	int listener;

	cgroup_enter(server);
	listener = tcp_listen(variant->family, 1, 0);
	rule_set("%s tcp.max=1", server);
	cgroup_enter(self->w.base);
	EXPECT_EQ(20U, connects(listener, 20, EADDRNOTAVAIL));
	EXPECT_ACCOUNT(server, tcp_denied, 0);
	EXPECT_ACCOUNT(server, tcp_current, 1);
}

/* A disconnected socket gives its place back, and has to ask again. */
WORLD_TEST(reconnecting_asks_again)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	struct pair p, q;

	refusals_count();
	rule_set("%s tcp.max=1", self->w.base);
	cap_holds(self->w.base, 1, -1);
	ASSERT_EQ(0, try_pair(listener, &p));
	ASSERT_EQ(0, disconnect(p.client));
	EXPECT_STAT(tcp_current, 0);
	ASSERT_EQ(0, try_pair(listener, &q));
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(p.client, &to));
	pair_close(&q, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(0, ask_connect(p.client, &to));
}

/* TCP fast open takes its port when it first sends. */
WORLD_TEST(fast_open_at_the_cap)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	int fd = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int two = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rule_set("%s tcp.max=0", self->w.base);
	if (socket_option(two, IPPROTO_TCP, 30 /* TCP_FASTOPEN_CONNECT */, 1))
		SKIP(return, "no TCP_FASTOPEN_CONNECT");
	EXPECT_EQ(-1, sendto(fd, "x", 1, 0x20000000 /* MSG_FASTOPEN */, &to.sa, to.len));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	/* Whether this one connects at once depends on a cookie; it does not get a port. */
	if (!connect(two, &to.sa, to.len))
		EXPECT_EQ(-1, send(two, "x", 1, MSG_NOSIGNAL));
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_begun, 0);
}

WORLD_MAIN
