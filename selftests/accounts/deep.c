// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cgroup with many above it, of which none has an account yet: they are made with
 * softirqs on, wherever a program gives the occasion.
 */
#include <linux/portquota.h>

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

/* A cgroup on that level, which is counted, and one three levels below it. */
static void levels_make(struct world *w, char *counted, char *below)
{
	unsigned int level = 0;
	const char *p;

	sprintf(counted, "%s", w->base);
	for (p = counted; *p; p++)
		level += *p == '/';
	for (; level < PORTQUOTA_LEVELS_MAX; level++)
		strcat(counted, "/d");
	sprintf(below, "%s/e/e/e", counted);
	cgroup_make(below);
}

/* Each charge goes over all levels: so many are counted, and the lowest pays for those below. */
WORLD_TEST(below_the_last_level)
{
	char counted[2 * PORTQUOTA_LEVELS_MAX + 64], below[sizeof(counted) + 8];
	struct addr zero = addr_make(V4, 1, 0);
	int fd;

	levels_make(&self->w, counted, below);
	refusals_count();
	rule_set("%s tcp.max=1", counted);
	EXPECT_EQ(-ENAMETOOLONG, rule_write("%s/e tcp.max=1", counted));
	cgroup_enter(below);
	fd = tcp_socket(V4);
	EXPECT_EQ(0, ask_bind(fd, &zero));
	EXPECT_ACCOUNT(counted, tcp_current, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 1);
	EXPECT_ACCOUNT(below, tcp_current, 0);
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &zero));
	close(fd);
	EXPECT_ACCOUNT(counted, tcp_current, 0);
}

WORLD_MAIN
