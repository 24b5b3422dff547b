// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine on which nothing changes is not woken by the module, and nothing is
 * missed for that: what begins to grow is looked at again, and what was passed over
 * in mode off is told of when the mode is another.
 *
 * The kernel's tracepoint of workqueues tells when the tick has run.
 */
#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
	int listener;
};

#define EXECUTED TRACING "events/workqueue/workqueue_execute_start/enable"

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	self->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
	file_write(EXECUTED, "1");
}

FIXTURE_TEARDOWN(world)
{
	file_write(EXECUTED, "0");
	must_write(PQ_PARAMETERS "/mode", "enforce");
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

/* How often the tick has run in @ms. */
static unsigned int ticks(unsigned int ms)
{
	char *text, *line, *rest;
	unsigned int n = 0;

	trace_clear();
	sleep_ms(ms);
	text = must_slurp(TRACING "trace");
	for (rest = text; (line = strsep(&rest, "\n"));)
		n += strstr(line, "workqueue_execute_start") &&
		     strstr(line, "function tick [portquota]");
	free(text);
	return n;
}

/* Waits until there are none. What tests before this one have left may still change. */
static bool comes_to_rest(void)
{
	unsigned int tries;

	for (tries = 0; tries < 20; tries++)
		if (!ticks(2500))
			return true;
	return false;
}

WORLD_TEST_LONG(is_not_woken, 120)
{
	struct pair p[40];
	unsigned int i;

	if (access(EXECUTED, W_OK))
		SKIP(return, "no tracepoints of workqueues in this kernel");
	for (i = 0; i < 5; i++)
		p[i] = pair_open(self->listener);
	ASSERT_TRUE(comes_to_rest());
	EXPECT_EQ(0U, ticks(4000));
	/* Reading changes nothing. */
	EXPECT_STAT(tcp_current, 5);
	free(must_slurp(PQ_ACCOUNTS));
	EXPECT_EQ(0U, ticks(2000));
	/* Growth is looked at, and then no more. */
	for (; i < ARRAY_SIZE(p); i++)
		p[i] = pair_open(self->listener);
	EXPECT_LE(2U, ticks(2500));
	EXPECT_TRUE(comes_to_rest());
	pairs_close(p, ARRAY_SIZE(p), CLOSE_RST);
	EXPECT_LE(2U, ticks(2500));
	EXPECT_TRUE(comes_to_rest());
}

/* Growth out of a rest, far below any threshold */
WORLD_TEST_LONG(growth_out_of_a_rest_is_forecast, 120)
{
	struct event e = { 0 };
	unsigned int i, n;

	rule_set("%s tcp.max=400 tcp.warn=max", self->w.base);
	pair_open(self->listener);
	ASSERT_TRUE(comes_to_rest());
	for (i = 0; i < 100 && !e.level[0]; i++) {
		for (n = 0; n < 2; n++)
			pair_open(self->listener);
		sleep_ms(50);
		if (events_next(self->r, &e, 0) > 0 && strcmp(e.path, self->w.base))
			e.level[0] = '\0';
	}
	EXPECT_STREQ("forecast", e.level);
	EXPECT_LT(e.current, 300);
	EXPECT_LE(e.left, 30);
}

WORLD_TEST_LONG(a_mode_is_followed_at_rest, 120)
{
	unsigned int i;

	rule_set("%s tcp.max=max tcp.warn=5", self->w.base);
	must_write(PQ_PARAMETERS "/mode", "off");
	for (i = 0; i < 8; i++)
		pair_open(self->listener);
	EXPECT_EQ(0U, events_count(self->r, self->w.base, "warn", "tcp", lane_scale(500, 2000)));
	EXPECT_TRUE(comes_to_rest());
	must_write(PQ_PARAMETERS "/mode", "audit");
	EXPECT_EQ(1U, events_count(self->r, self->w.base, "warn", "tcp",
				   lane_scale(2500, 8000)));
}

/* The range is looked at when a program comes by that was not the last one. */
WORLD_TEST_LONG(a_range_is_followed_at_rest, 120)
{
	struct event e;
	unsigned int i;

	for (i = 0; i < 20; i++)
		pair_open(self->listener);
	ASSERT_TRUE(comes_to_rest());
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40039");
	for (i = 0; i < 30; i++)
		pair_open(self->listener);
	EXPECT_TRUE(events_find(self->r, &e, "/", "warn", lane_scale(2500, 8000)));
	EXPECT_STREQ("tcp.ports", e.resource);
	EXPECT_EQ(40, e.limit);
}

WORLD_MAIN
