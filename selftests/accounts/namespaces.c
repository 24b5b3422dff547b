// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network namespaces: each has its own counters, the host's list has all of
 * them, and a namespace that is removed takes the TIME_WAITs it holds with it.
 */
#include "test.h"

WORLD_FIXTURE

/* A namespace kept by a child that holds connections in it until it is killed. */
struct tenant {
	unsigned int live, closed;
	const char *cgroup;
	char name[64];
	struct gate ready;
	pid_t pid;
};

static void occupy(void *arg)
{
	struct tenant *t = arg;
	unsigned int i;
	int listener;

	cgroup_enter(t->cgroup);
	netns_new();
	netns_name(t->name, sizeof(t->name));
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "100000");
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	for (i = 0; i < t->live; i++)
		pair_open(listener);
	for (i = 0; i < t->closed; i++) {
		struct pair p = pair_open(listener);

		pair_close(&p, CLOSE_CLIENT);
	}
	gate_open(&t->ready);
	pause();
}

static struct tenant *tenant_start(const char *cgroup, unsigned int live, unsigned int closed)
{
	struct tenant *t = shared_memory(sizeof(*t));

	t->live = live;
	t->closed = closed;
	t->cgroup = cgroup;
	gate_make(&t->ready);
	t->pid = child_start(occupy, t);
	gate_wait(&t->ready);
	return t;
}

WORLD_TEST(each_counts_its_own)
{
	struct tenant *a = tenant_start(self->w.base, 3, 2);
	struct tenant *b = tenant_start(self->w.base, 1, 4);
	struct stat_file s;
	struct counters c;
	char path[64];

	EXPECT_STAT(tcp_current, 0);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 0);
	ASSERT_TRUE(namespaces_get(a->name, &c));
	EXPECT_EQ(5, c.tcp_current);
	EXPECT_EQ(2, c.tw_current);
	ASSERT_TRUE(namespaces_get(b->name, &c));
	EXPECT_EQ(5, c.tcp_current);
	EXPECT_EQ(4, c.tw_current);
	/* Through another process's /proc/PID/net one sees its namespace. */
	snprintf(path, sizeof(path), "/proc/%d/net/portquota/stat", a->pid);
	stat_read_from(&s, path);
	EXPECT_EQ(5, s.c.tcp_current);
	EXPECT_EQ(2, s.c.tw_current);
	child_kill(a->pid);
	EXPECT_TRUE(netns_wait_gone(a->name, lane_scale(10000, 60000)));
	ASSERT_TRUE(namespaces_get(b->name, &c));
	EXPECT_EQ(5, c.tcp_current);
	child_kill(b->pid);
	EXPECT_TRUE(netns_wait_gone(b->name, lane_scale(10000, 60000)));
}

WORLD_TEST(removed_with_time_wait)
{
	struct tenant *t = tenant_start(self->w.base, 0, 20);
	struct counters c;

	ASSERT_TRUE(namespaces_get(t->name, &c));
	EXPECT_EQ(20, c.tw_current);
	EXPECT_EQ(20, c.tw_reserving);
	child_kill(t->pid);
	EXPECT_TRUE(netns_wait_gone(t->name, lane_scale(10000, 60000)));
	EXPECT_EQ(0U, invariants_at_rest("after a namespace with TIME_WAIT was removed"));
}

/* The cgroup goes first, then the namespace that holds its TIME_WAIT; and the other way round. */
WORLD_TEST(removed_after_its_cgroup)
{
	const char *cg = world_cgroup(&self->w, "first");
	struct tenant *t = tenant_start(cg, 2, 20);

	cgroup_move(self->w.base, t->pid);
	ASSERT_EQ(0, cgroup_remove(cg));
	child_kill(t->pid);
	EXPECT_TRUE(netns_wait_gone(t->name, lane_scale(10000, 60000)));
}

WORLD_TEST(removed_before_its_cgroup)
{
	const char *cg = world_cgroup(&self->w, "second");
	struct tenant *t = tenant_start(cg, 2, 20);

	child_kill(t->pid);
	EXPECT_TRUE(netns_wait_gone(t->name, lane_scale(10000, 60000)));
	ASSERT_EQ(0, cgroup_remove(cg));
}

/* With ports of its own and a warning, of which the host's list of events tells still. */
static void warned_life(void *arg)
{
	struct tenant *t = arg;

	cgroup_enter(t->cgroup);
	netns_new();
	netns_name(t->name, sizeof(t->name));
	rule_set("%s tcp.range=20000-20999 tcp.warn=1", t->cgroup);
	pair_open(tcp_listen(V4, 1, PORT_OUTSIDE));
}

/* Rules of the host that come after it concern it no more. */
WORLD_TEST(rules_after_its_end)
{
	struct tenant *t = shared_memory(sizeof(*t));

	t->cgroup = self->w.base;
	EXPECT_EQ(0, child_wait(child_start(warned_life, t)));
	EXPECT_TRUE(netns_wait_gone(t->name, lane_scale(10000, 60000)));
	sleep_ms(100);
	host_rule_set("%s tcp.range=20000-20500", t->cgroup);
	host_rule_set("%s* tcp.range=20000-20400", t->cgroup);
	host_rule_set("/* tcp.max=1000");
	EXPECT_EQ(0, host_rule_write("-%s", t->cgroup));
}

static void short_life(void *arg)
{
	const char *cgroup = arg;
	unsigned int i, k;

	cgroup_enter(cgroup);
	for (i = 0; i < lane_count(25, 6, 6); i++) {
		int listener;

		netns_new();
		listener = tcp_listen(i % 2 ? V4 : V6, 1, i % 3 ? PORT_OUTSIDE : 0);
		for (k = 0; k < 8; k++) {
			struct pair p = pair_open(listener);

			if (k < 6)
				pair_close(&p, k % CLOSE_BOTH);
			/* the others die with the namespace, connected */
			else
				close(k == 6 ? p.client : p.server);
		}
		close_range(3, ~0U, 0);
	}
}

/* Namespaces with everything in them come and go in several processes at a time. */
WORLD_TEST_LONG(many_come_and_go, 60)
{
	pid_t pid[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		pid[i] = child_start(short_life, (void *)world_cgroup(&self->w, "churn"));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
}

WORLD_TEST_LONG(many_at_once, 90)
{
	unsigned int i, n = lane_count(100, 15, 15);
	struct tenant *t[100];
	struct counters c;

	for (i = 0; i < n; i++)
		t[i] = tenant_start(self->w.base, 1, 1);
	for (i = 0; i < n; i++) {
		ASSERT_TRUE(namespaces_get(t[i]->name, &c));
		EXPECT_EQ(2, c.tcp_current);
		EXPECT_EQ(1, c.tw_current);
	}
	children_end();
	for (i = 0; i < n; i++)
		EXPECT_TRUE(netns_wait_gone(t[i]->name, lane_scale(20000, 60000)));
}

WORLD_MAIN
