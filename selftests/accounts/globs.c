// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many long globs: matching them with a path takes milliseconds, and keeps no softirq
 * off meanwhile. Nor does to make a long path. A cgroup whose account a softirq has
 * made gets its rules all the same, before any task takes a port by it.
 */
#include "calls.h"
#include "test.h"

WORLD_FIXTURE

#define MATCHES "pq_rule_parts_match"
#define PATHS "pq_cgroup_path"

#define LONG_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NR_GLOBS 40

/* None of them means LONG_NAME, which takes long to find out. */
static void globs_set(const char *base)
{
	unsigned int i;

	for (i = 0; i < NR_GLOBS; i++)
		rule_set("%s/*a*a*aaaaaaaaaaaaaaaaaab%u tcp.warn=5", base, i);
}

/* The accepted connection's end is the first that is counted in its cgroup, in a softirq. */
static void accepted_time_wait(const char *server, const char *client)
{
	struct pair p;
	int listener;

	cgroup_enter(server);
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	cgroup_enter(client);
	p = pair_open(listener);
	pair_close(&p, CLOSE_SERVER);
	close(listener);
}

WORLD_TEST_LONG(softirqs_are_on, 60)
{
	const char *at = world_cgroup(&self->w, LONG_NAME);
	struct addr zero = addr_make(V4, 1, 0);
	struct calls c;
	int fd;

	globs_set(self->w.base);
	if (!calls_trace(MATCHES))
		SKIP(return, MATCHES "() cannot be traced");
	/* A new account, and a rule that concerns those there are */
	cgroup_enter(at);
	fd = tcp_socket(V4);
	EXPECT_EQ(0, try_bind(fd, &zero));
	rule_set("%s/*c* tcp.warn=6", self->w.base);
	c = calls_traced(MATCHES);
	EXPECT_LE(2U * NR_GLOBS, c.all);
	EXPECT_EQ(0U, c.softirqs_off);
	close(fd);
}

/* Nobody need use the account for it to have its rule. */
static void wait_for_rule(const char *at)
{
	unsigned long long end = now_ms() + lane_scale(1500, 8000);

	while (!account_says(at, "timewait.max=7") && now_ms() < end)
		sleep_ms(5);
}

WORLD_TEST_LONG(softirq_puts_them_off, 60)
{
	const char *at = world_cgroup(&self->w, LONG_NAME);
	struct calls c;

	globs_set(self->w.base);
	rule_set("%s/aaaa* timewait.max=7 tcp.max=0", self->w.base);
	if (!calls_trace(MATCHES))
		SKIP(return, MATCHES "() cannot be traced");
	accepted_time_wait(at, self->w.base);
	EXPECT_ACCOUNT(at, tw_current, 1);
	wait_for_rule(at);
	c = calls_traced(MATCHES);
	EXPECT_ACCOUNT(at, tw_max, 7);
	EXPECT_LE((unsigned int)NR_GLOBS, c.all);
	EXPECT_EQ(0U, c.softirqs_off);
}

#define LEVEL "bbb"
#define TEN LEVEL "/" LEVEL "/" LEVEL "/" LEVEL "/" LEVEL "/" \
	LEVEL "/" LEVEL "/" LEVEL "/" LEVEL "/" LEVEL

/* No glob, but a path that takes long for all of its levels */
WORLD_TEST_LONG(softirq_makes_no_long_path, 60)
{
	struct addr zero = addr_make(V4, 1, 0);
	const char *above = TEN "/" TEN "/" TEN "/" TEN;
	char below[200];
	struct calls c;
	const char *at;
	int fd;

	/* Their paths are shorter, and are not what this is about. */
	cgroup_enter(world_cgroup(&self->w, above));
	fd = tcp_socket(V4);
	EXPECT_EQ(0, try_bind(fd, &zero));
	snprintf(below, sizeof(below), "%s/" LEVEL, above);
	at = world_cgroup(&self->w, below);
	rule_set("%s timewait.max=7", at);
	if (!calls_trace(PATHS))
		SKIP(return, PATHS "() cannot be traced");
	accepted_time_wait(at, self->w.base);
	EXPECT_ACCOUNT(at, tw_current, 1);
	wait_for_rule(at);
	c = calls_traced(PATHS);
	EXPECT_ACCOUNT(at, tw_max, 7);
	EXPECT_LE(1U, c.all);
	EXPECT_EQ(0U, c.softirqs_off);
	close(fd);
}

/* The rule holds for the very next connect(), which does not wait for anything either. */
WORLD_TEST(limit_holds_at_once)
{
	unsigned int i, n = lane_count(20, 10, 5);
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	char name[128];
	const char *at;

	refusals_count();
	globs_set(self->w.base);
	rule_set("%s/aaaa* tcp.max=0", self->w.base);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), LONG_NAME "%u", i);
		at = world_cgroup(&self->w, name);
		accepted_time_wait(at, self->w.base);
		cgroup_enter(at);
		EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(tcp_socket(V4), &to));
		cgroup_enter(self->w.base);
	}
}

static bool is_accepted(const struct endpoint *ep)
{
	return ep->remainder && ep->lport == PORT_OUTSIDE;
}

/* A few globs are matched in the softirq itself: how long that TIME_WAIT lasts is known. */
WORLD_TEST(few_globs_hold_in_a_softirq)
{
	const char *at = world_cgroup(&self->w, "server");
	struct endpoints eps = {};
	unsigned int found = 0;
	size_t i;

	rule_set("%s/s* timewait.delay=30", self->w.base);
	accepted_time_wait(at, self->w.base);
	diag_read(&eps);
	for (i = 0; i < eps.n; i++) {
		if (!is_accepted(&eps.ep[i]))
			continue;
		found++;
		EXPECT_LE(eps.ep[i].left_ms, 31000U);
	}
	EXPECT_EQ(1U, found);
	endpoints_free(&eps);
}

WORLD_MAIN
