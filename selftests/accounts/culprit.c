// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event of a destination names the cgroup that holds most there, not the one whose
 * connect() has crossed the threshold; and the clear names whom the warning named.
 */
#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
	struct addr to;
	int listener;
};

#define LOW	40000
#define PORTS	40
#define RANGE	"40000 40039"
#define HALF	20	/* thresholds of these */
#define MOST	30
#define NEARLY	36

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	descriptors_raise();
	time_wait_unlimited();
	sysctl_set("net.ipv4.ip_local_port_range", RANGE);
	stat_settled(offsetof(struct counters, range_usable), PORTS);
	self->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	self->to = addr_local(self->listener);
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

/* How long to wait for an event, or until there is none. */
#define SOON	lane_scale(3000, 10000)
#define QUIET	lane_scale(700, 2000)

static void connect_in(struct world *w, const char *cgroup, const struct addr *to, int *fd,
		       unsigned int n)
{
	world_enter(w, cgroup);
	for (; n; n--, fd++) {
		*fd = tcp_socket(to->sa.sa_family == AF_INET ? V4 : V6);
		must_connect(*fd, to);
	}
	world_enter(w, NULL);
}

static void reset(int *fd, unsigned int n)
{
	struct linger reset = { 1, 0 };

	for (; n; n--, fd++) {
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(*fd);
	}
}

static bool next_edge(struct events *r, const char *level, struct event *e)
{
	while (events_find(r, e, NULL, level, SOON))
		if (!strcmp(e->resource, "destination"))
			return true;
	return false;
}

/* The next event of a destination is about @crossed, and names @cgroup. */
#define EXPECT_EDGE(what, crossed, cgroup)						\
	do {										\
		struct event _e = { 0 };						\
											\
		ASSERT_TRUE(next_edge(self->r, what, &_e));				\
		EXPECT_EQ(crossed, _e.threshold);					\
		EXPECT_STREQ(cgroup, _e.path);						\
	} while (0)

WORLD_TEST(who_holds_most)
{
	const char *many = world_cgroup(&self->w, "many");
	int a[MOST], b[PORTS];
	unsigned int i;

	/* One connection per program, as a shell's loop makes them, is many all the same. */
	connect_in(&self->w, "many", &self->to, a, HALF - 1);
	connect_in(&self->w, "few", &self->to, b, 1);
	EXPECT_EDGE("destination", HALF, many);
	connect_in(&self->w, "few", &self->to, b + 1, MOST - HALF);
	EXPECT_EDGE("destination", MOST, many);
	connect_in(&self->w, "few", &self->to, b + 1 + MOST - HALF, NEARLY - MOST);
	EXPECT_EDGE("destination", NEARLY, many);
	/* It is over when those of many are gone; who is left is not to blame for what was. */
	for (i = 0; i < HALF - 1; i++)
		reset(a + i, 1);
	EXPECT_EDGE("clear", NEARLY, many);
	EXPECT_EDGE("clear", MOST, many);
	EXPECT_EDGE("clear", HALF, many);
	EXPECT_EQ(0U, events_count(self->r, NULL, "clear", "destination", QUIET));
	reset(b, NEARLY - HALF + 1);
}

/* Each threshold names who held most when it was crossed. */
WORLD_TEST(another_at_each_threshold)
{
	const char *first = world_cgroup(&self->w, "first");
	const char *second = world_cgroup(&self->w, "second");
	int a[PORTS], b[PORTS];

	connect_in(&self->w, "second", &self->to, b, HALF / 2 - 1);
	connect_in(&self->w, "first", &self->to, a, HALF / 2 + 1);
	EXPECT_EDGE("destination", HALF, first);
	connect_in(&self->w, "second", &self->to, b + HALF / 2 - 1, MOST - HALF);
	EXPECT_EDGE("destination", MOST, second);
	reset(b, MOST - HALF + HALF / 2 - 1);
	reset(a, HALF / 2 + 1);
	EXPECT_EDGE("clear", MOST, second);
	EXPECT_EDGE("clear", HALF, first);
}

/* A child makes what stays when it and its cgroup are gone: TIME_WAITs. */
static void leave_time_waits(void *arg)
{
	struct world *w = arg;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	struct pair p;
	int i;

	cgroup_enter(world_cgroup(w, "gone"));
	for (i = 0; i < HALF - 1; i++) {
		p.client = tcp_socket_at((uint16_t)(LOW + i));
		p = pair_open_from(p.client, listener);
		pair_close(&p, CLOSE_CLIENT);
	}
	_exit(0);
}

WORLD_TEST(removed_cgroup)
{
	const char *gone = world_cgroup(&self->w, "gone");
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE + 1);
	int fd;

	ASSERT_EQ(0, child_wait(child_start(leave_time_waits, &self->w)));
	ASSERT_EQ(0, cgroup_remove(gone));
	tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	connect_in(&self->w, "left", &to, &fd, 1);
	EXPECT_EDGE("destination", HALF, gone);
	EXPECT_DELETED(gone, tw_current, HALF - 1);
}

WORLD_TEST(in_ipv6)
{
	const char *many = world_cgroup(&self->w, "many");
	struct addr to = addr_local(tcp_listen(V6, 1, PORT_OUTSIDE));
	int fd[HALF];

	connect_in(&self->w, "many", &to, fd, HALF - 1);
	connect_in(&self->w, "few", &to, fd + HALF - 1, 1);
	EXPECT_EDGE("destination", HALF, many);
	reset(fd, HALF);
	EXPECT_EDGE("clear", HALF, many);
}

/* IPv4 in IPv6 sockets is the same destination as IPv4: both are counted. */
WORLD_TEST(mapped)
{
	const char *many = world_cgroup(&self->w, "many");
	struct addr mapped = addr_make(MAPPED, 1, PORT_OUTSIDE);
	int fd[HALF];

	connect_in(&self->w, "many", &mapped, fd, HALF / 2 + 2);
	connect_in(&self->w, "few", &self->to, fd + HALF / 2 + 2, HALF / 2 - 2);
	EXPECT_EDGE("destination", HALF, many);
}

/* In a range of a cgroup's own, whose cgroups share it */
WORLD_TEST(own_range)
{
	char many[300], few[300];
	int fd[128];

	world_cgroup(&self->w, "own");
	snprintf(many, sizeof(many), "%s", world_cgroup(&self->w, "own/many"));
	snprintf(few, sizeof(few), "%s", world_cgroup(&self->w, "own/few"));
	rule_set("%s tcp.range=10000-10255", world_cgroup(&self->w, "own"));
	connect_in(&self->w, "own/many", &self->to, fd, 127);
	connect_in(&self->w, "own/few", &self->to, fd + 127, 1);
	EXPECT_EDGE("destination", 128, many);
}

WORLD_MAIN
