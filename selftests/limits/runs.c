// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that fail are told as runs: the first one, and at the end how many there
 * were and for how long. The three ways to fail, deny, exhausted and taken, are
 * told apart, and a storm of failures is two events.
 */
#include <limits.h>
#include <unistd.h>

#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
	int listener;
};

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	self->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

#define QUIET	lane_scale(700, 2000)
#define OVER	(10000 + lane_scale(4000, 20000))	/* a run's end, and a tick */

#define SMALL	10	/* ports */
#define PORT	40017

static int named_bind(uint16_t port)
{
	struct addr a = addr_make(V4, 0, port);
	int fd = tcp_socket(V4), ret = try_bind(fd, &a);

	if (ret)
		close(fd);
	return ret;
}

static int plain_connect(int listener)
{
	struct addr to = addr_local(listener);
	int fd = tcp_socket(V4), ret = try_connect(fd, &to);

	if (ret)
		close(fd);
	return ret;
}

/* Every port of the namespace is used towards @listener. */
static void fill(int listener)
{
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < SMALL; i++)
		pair_open(listener);
}

/* The next event of @level, and for its end of what. */
static bool next_of(struct events *r, struct event *e, const char *level, const char *of)
{
	unsigned long long end = now_ms() + OVER;

	while (now_ms() < end && events_find(r, e, NULL, level, (unsigned int)(end - now_ms())))
		if (!strcmp(e->of, of))
			return true;
	return false;
}

WORLD_TEST_LONG(exhausted, 60)
{
	struct event e;
	double begun;
	unsigned int i;

	fill(self->listener);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	ASSERT_TRUE(next_of(self->r, &e, "exhausted", ""));
	EXPECT_STREQ(self->w.base, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(SMALL, e.current);
	EXPECT_EQ(SMALL, e.limit);
	EXPECT_EQ(SMALL, e.threshold);
	EXPECT_STREQ("127.0.0.1", e.source);
	EXPECT_STREQ("127.0.0.1:8080", e.destination);
	EXPECT_EQ(0, e.port);
	begun = e.time;
	sleep_ms(QUIET);
	EXPECT_EQ(1U, log_lines(self->w.base, "tcp exhausted, no free port from 127.0.0.1 to 127.0.0.1:8080: 10 of 10"));
	EXPECT_EQ(0U, events_count(self->r, self->w.base, "exhausted", "tcp", 0));
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));

	ASSERT_TRUE(next_of(self->r, &e, "end", "exhausted"));
	EXPECT_STREQ(self->w.base, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_STREQ("127.0.0.1:8080", e.destination);
	EXPECT_EQ(6, e.count);
	EXPECT_EQ(0, e.elsewhere);
	EXPECT_GE(e.seconds, 1);
	EXPECT_LE((double)e.seconds, e.last - begun + 1.1);
	EXPECT_GE(e.time - e.last, 9.9);
	EXPECT_STAT(tcp_exhausted, 6);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, log_lines(self->w.base, "tcp exhausted no longer: 6 calls failed within "));
	/* Nobody has been refused by a rule, and no port was named. */
	EXPECT_EQ(0U, log_lines(self->w.base, "taken"));
	EXPECT_EQ(0U, log_lines(self->w.base, "limit"));
}

/* bind() to port 0 and UDP have no destination. */
WORLD_TEST_LONG(exhausted_without_a_destination, 60)
{
	struct addr any = addr_make(V4, 0, 0);
	struct event e;
	unsigned int i;

	fill(self->listener);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &any));
	ASSERT_TRUE(next_of(self->r, &e, "exhausted", ""));
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_STREQ("", e.destination);
	EXPECT_EQ(SMALL, e.current);
	for (i = 0; i < SMALL; i++)
		must_bind(udp_socket(V4), &any);
	EXPECT_EQ(-EADDRINUSE, try_bind(udp_socket(V4), &any));
	ASSERT_TRUE(next_of(self->r, &e, "exhausted", ""));
	EXPECT_STREQ("udp", e.resource);
	EXPECT_EQ(SMALL, e.current);
	EXPECT_EQ(SMALL, e.limit);
	/* A run of each */
	EXPECT_TRUE(next_of(self->r, &e, "end", "exhausted"));
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(1, e.count);
	EXPECT_EQ(0, e.seconds);
	EXPECT_TRUE(next_of(self->r, &e, "end", "exhausted"));
	EXPECT_STREQ("udp", e.resource);
	EXPECT_EQ(1, e.count);
}

WORLD_TEST_LONG(taken, 60)
{
	const char *service = world_cgroup(&self->w, "service");
	struct event e;
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40017 40017");
	pair_open(self->listener);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	cgroup_enter(service);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRINUSE, named_bind(PORT));
	ASSERT_TRUE(next_of(self->r, &e, "taken", ""));
	EXPECT_STREQ(service, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(PORT, e.port);
	EXPECT_EQ(1, e.current);
	EXPECT_EQ(1, e.limit);
	EXPECT_STREQ("", e.destination);
	ASSERT_TRUE(next_of(self->r, &e, "end", "taken"));
	EXPECT_STREQ(service, e.path);
	EXPECT_EQ(PORT, e.port);
	EXPECT_EQ(3, e.count);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, log_lines(service, "tcp port 40017 taken, a call that named it was refused"));
	EXPECT_EQ(1U, log_lines(service, "tcp port 40017 taken no longer: 3 calls failed within "));
}

/* A tuple that is in use has two ends. */
WORLD_TEST(taken_by_a_connection_of_the_same_ends)
{
	struct addr a = addr_make(V4, 1, PORT), to = addr_local(self->listener);
	int fd[2] = { tcp_socket(V4), tcp_socket(V4) };
	struct event e;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		socket_option(fd[i], SOL_SOCKET, SO_REUSEADDR, 1);
		must_bind(fd[i], &a);
	}
	must_connect(fd[0], &to);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd[1], &to));
	ASSERT_TRUE(next_of(self->r, &e, "taken", ""));
	EXPECT_EQ(PORT, e.port);
	EXPECT_STREQ("127.0.0.1", e.source);
	EXPECT_STREQ("127.0.0.1:8080", e.destination);
}

WORLD_TEST_LONG(refused, 90)
{
	struct event e;
	struct pair p;
	unsigned int i;

	rule_set("%s tcp.max=1 tcp.warn=max", self->w.base);
	p = pair_open(self->listener);
	for (i = 0; i < 7; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	ASSERT_TRUE(next_of(self->r, &e, "deny", ""));
	/* By itself, with the limit still reached: nobody has asked for a while. */
	ASSERT_TRUE(next_of(self->r, &e, "end", "deny"));
	EXPECT_STREQ(self->w.base, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(7, e.count);
	EXPECT_EQ(1, e.current);
	EXPECT_EQ(1, e.limit);
	/* The next is a new run, which ends with the clear. */
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	ASSERT_TRUE(next_of(self->r, &e, "deny", ""));
	pair_close(&p, CLOSE_RST);
	ASSERT_EQ(1, events_next(self->r, &e, QUIET));
	EXPECT_STREQ("end", e.level) TH_LOG("got: %s", event_text(&e));
	EXPECT_EQ(2, e.count);
	ASSERT_EQ(1, events_next(self->r, &e, QUIET));
	EXPECT_STREQ("clear", e.level) TH_LOG("got: %s", event_text(&e));
	EXPECT_STREQ("deny", e.of);
	/* Let through is another run than refused. */
	pair_open(self->listener);
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	ASSERT_TRUE(next_of(self->r, &e, "deny", ""));
	EXPECT_FALSE(e.audit);
	mode_set("audit");
	EXPECT_EQ(0, plain_connect(self->listener));
	ASSERT_TRUE(next_of(self->r, &e, "end", "deny"));
	EXPECT_FALSE(e.audit);
	ASSERT_TRUE(next_of(self->r, &e, "deny", ""));
	EXPECT_TRUE(e.audit);
}

/* There is room for four ports at once: what is more counts in the oldest. */
WORLD_TEST_LONG(more_than_fit, 60)
{
	unsigned int i, ends = 0;
	struct event e;

	for (i = 0; i < 6; i++) {
		struct addr a = addr_make(V4, 0, (uint16_t)(PORT + i));

		must_bind(tcp_socket(V4), &a);
	}
	for (i = 0; i < 12; i++)
		EXPECT_EQ(-EADDRINUSE, named_bind((uint16_t)(PORT + i / 2)));
	EXPECT_EQ(4U, events_count(self->r, self->w.base, "taken", "tcp", QUIET));
	EXPECT_STAT(tcp_taken, 12);
	while (ends < 4 && next_of(self->r, &e, "end", "taken")) {
		EXPECT_EQ(e.port == PORT ? 6 : 2, e.count);
		EXPECT_EQ(e.port == PORT ? 4 : 0, e.elsewhere);
		ends++;
	}
	EXPECT_EQ(4U, ends);
}

/* The cgroup may be gone before its run is over. */
WORLD_TEST_LONG(removed_cgroup, 60)
{
	char job[128];
	struct event e;

	snprintf(job, sizeof(job), "%s", world_cgroup(&self->w, "job"));
	fill(self->listener);
	cgroup_enter(job);
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	cgroup_enter(self->w.base);
	ASSERT_EQ(0, cgroup_remove(job));
	ASSERT_TRUE(next_of(self->r, &e, "exhausted", ""));
	EXPECT_STREQ(job, e.path);
	ASSERT_TRUE(next_of(self->r, &e, "end", "exhausted"));
	EXPECT_STREQ(job, e.path);
	EXPECT_EQ(1, e.count);
}

/* A namespace that goes takes its runs with it: the host's stream has the end at once. */
WORLD_TEST_LONG(removed_namespace, 60)
{
	struct events *host = malloc(sizeof(*host));
	int home = netns_open(), listener;
	struct event e;
	char name[64];

	events_open(host, PQ_HOST_EVENTS);
	netns_new();
	netns_name(name, sizeof(name));
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	fill(listener);
	EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(listener));
	netns_enter(home);
	/* Its sockets keep it. */
	close_range((unsigned int)listener, UINT_MAX, 0);
	EXPECT_TRUE(netns_wait_gone(name, lane_scale(9000, 60000)));
	while (next_of(host, &e, "end", "exhausted") && strcmp(e.netns, name))
		;
	EXPECT_STREQ(name, e.netns);
	EXPECT_EQ(1, e.count);
	free(host);
}

WORLD_TEST(off_tells_nothing)
{
	unsigned int i;

	mode_set("off");
	fill(self->listener);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, plain_connect(self->listener));
	EXPECT_EQ(-EADDRINUSE, named_bind(40000));
	EXPECT_EQ(0U, events_count(self->r, self->w.base, "exhausted", "tcp", QUIET));
	EXPECT_STAT(tcp_exhausted, 3);
	EXPECT_STAT(tcp_taken, 1);
}

WORLD_MAIN
