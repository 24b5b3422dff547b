// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cgroup with many above it, of which none has an account yet: they are made with
 * softirqs on, wherever a program gives the occasion.
 */
#include "calls.h"
#include "test.h"

WORLD_FIXTURE

#define MADE "pq_account_new"
#define LEVELS 60U
#define AT_ONCE 8U	/* module/account/tree.h, PQ_ACCOUNTS_AT_ONCE */

static const char *deepest(struct world *w)
{
	char name[2 * LEVELS + 1] = "d";
	unsigned int i;

	for (i = 1; i < LEVELS; i++)
		strcat(name, "/d");
	return world_cgroup(w, name);
}

/* The first that is counted in its cgroup is the end of what it has accepted, in a softirq. */
WORLD_TEST_LONG(listener, 60)
{
	const char *at = deepest(&self->w);
	struct calls c;
	struct pair p;
	int fd;

	if (!calls_trace(MADE))
		SKIP(return, MADE "() cannot be traced");
	cgroup_enter(at);
	fd = tcp_listen(V4, 1, PORT_OUTSIDE);
	cgroup_enter(self->w.base);
	p = pair_open(fd);
	pair_close(&p, CLOSE_SERVER);
	c = calls_traced(MADE);
	EXPECT_ACCOUNT(at, tw_current, 1);
	EXPECT_LE(LEVELS, c.all);
	EXPECT_GE(AT_ONCE, c.softirqs_off);
	close(fd);
}

WORLD_TEST_LONG(client, 60)
{
	int fd = tcp_listen(V4, 1, PORT_OUTSIDE);
	const char *at = deepest(&self->w);
	struct calls c;

	if (!calls_trace(MADE))
		SKIP(return, MADE "() cannot be traced");
	cgroup_enter(at);
	pair_open(fd);
	c = calls_traced(MADE);
	EXPECT_ACCOUNT(at, tcp_current, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 1);
	EXPECT_LE(LEVELS, c.all);
	EXPECT_EQ(0U, c.softirqs_off);
}

/* The rule of one far above holds for the very first port. */
WORLD_TEST(limit_far_above)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE), zero = addr_make(V4, 1, 0);
	const char *at = deepest(&self->w);
	int fd = tcp_listen(V4, 1, PORT_OUTSIDE);

	refusals_count();
	rule_set("%s/d tcp.max=0", self->w.base);
	cgroup_enter(at);
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &zero));
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(tcp_socket(V4), &to));
	close(fd);
}

WORLD_MAIN
