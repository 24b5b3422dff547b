// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU charges some connections beforehand where there never were fewer: see
 * module/account/stocks.h. Nothing of that can be seen, whichever CPU connects: the last
 * port below a limit is had, a warning comes with the connection that crosses its
 * threshold, and the peak is what there was at most.
 */
#include <sched.h>

#include "test.h"

#define PEAK	260U	/* of each cgroup, before */
#define FIRST	120U	/* of the first one: more than are let go by until a CPU has a stock */
#define LIMIT	200U
#define WARNED	170U	/* beyond the threshold of that limit */
#define MORE	20U	/* than a CPU lets go by after that */

struct sockets {
	struct addr to;
	int fd[2 * PEAK];
	unsigned int nr;
};

FIXTURE(stocks) {
	struct world w;
	cpu_set_t all;
	struct sockets s;
};

static void reset_all(struct sockets *s)
{
	struct linger l = { .l_onoff = 1 };

	while (s->nr) {
		setsockopt(s->fd[--s->nr], SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		close(s->fd[s->nr]);
	}
}

/* Connects @n times, or fewer if one is refused; returns how many. No accept() is needed. */
static unsigned int connect_some(struct sockets *s, unsigned int n)
{
	unsigned int i;
	int fd, ret;

	for (i = 0; i < n; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			die("no socket");
		ret = ask_connect(fd, &s->to);
		if (ret == -EADDRNOTAVAIL) {
			close(fd);
			break;
		}
		if (ret && ret != -EINPROGRESS && ret != -ECONNREFUSED)
			die("connect: %d", ret);
		s->fd[s->nr++] = fd;
	}
	return i;
}

FIXTURE_SETUP(stocks)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	sched_getaffinity(0, sizeof(self->all), &self->all);
	if (CPU_COUNT(&self->all) < 2) {
		world_close(&self->w);
		SKIP(return, "needs two CPUs");
	}
	descriptors_raise();
	refusals_count();
	self->s.to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	world_enter(&self->w, "b");
	run_on(1);
	ASSERT_EQ(PEAK, connect_some(&self->s, PEAK));
	reset_all(&self->s);
	world_enter(&self->w, "a");
	run_on(0);
	ASSERT_EQ(PEAK, connect_some(&self->s, PEAK));
	reset_all(&self->s);
}

FIXTURE_TEARDOWN(stocks)
{
	reset_all(&self->s);
	sched_setaffinity(0, sizeof(self->all), &self->all);
	EXPECT_EQ(0U, world_close(&self->w));
}

/* What lies in the first CPU's stock is in nobody's way. */
TEST_F(stocks, hold_up_nobody_at_a_limit)
{
	struct counters c;
	unsigned int i;

	rule_set("%s tcp.max=%u", self->w.base, LIMIT);
	/* Refusals do not make the second time another one. */
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(FIRST, connect_some(&self->s, FIRST));
		world_enter(&self->w, "b");
		run_on(1);
		EXPECT_EQ(WARNED - FIRST, connect_some(&self->s, WARNED - FIRST));
		/* The warning has emptied the stocks: there is another one behind these. */
		world_enter(&self->w, "a");
		run_on(0);
		EXPECT_EQ(MORE, connect_some(&self->s, MORE));
		world_enter(&self->w, "b");
		run_on(1);
		EXPECT_EQ(LIMIT - WARNED - MORE, connect_some(&self->s, PEAK));
		EXPECT_EQ(0U, connect_some(&self->s, 1));
		account_get(self->w.base, &c);
		EXPECT_EQ((long long)LIMIT, c.tcp_current);
		reset_all(&self->s);
		world_enter(&self->w, "a");
		run_on(0);
	}
}

static void expect_warning(struct __test_metadata *_metadata, struct events *r, const char *base)
{
	struct event e;

	ASSERT_TRUE(events_find(r, &e, base, "warn", lane_scale(2000, 20000)));
	EXPECT_EQ((long long)LIMIT / 10 * 8, e.current);
}

TEST_F(stocks, warn_neither_early_nor_late)
{
	struct events *r = malloc(sizeof(*r));

	rule_set("%s tcp.max=%u", self->w.base, LIMIT);
	events_open(r, PQ_EVENTS);
	EXPECT_EQ(FIRST, connect_some(&self->s, FIRST));
	world_enter(&self->w, "b");
	run_on(1);
	EXPECT_EQ(LIMIT / 10 * 8 - 1 - FIRST, connect_some(&self->s, LIMIT / 10 * 8 - 1 - FIRST));
	EXPECT_EQ(0U, events_count(r, self->w.base, "warn", "tcp", lane_scale(100, 1000)));
	EXPECT_EQ(1U, connect_some(&self->s, 1));
	expect_warning(_metadata, r, self->w.base);
	events_close(r);
	free(r);
}

TEST_F(stocks, make_no_peak)
{
	struct counters c;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(FIRST, connect_some(&self->s, FIRST));
		world_enter(&self->w, "b");
		run_on(1);
		EXPECT_EQ(PEAK - FIRST - 3, connect_some(&self->s, PEAK - FIRST - 3));
		account_get(self->w.base, &c);
		EXPECT_EQ((long long)PEAK + 7 * i, c.tcp_peak);
		EXPECT_EQ((long long)PEAK - 3, c.tcp_current);
		EXPECT_EQ(c.tcp_current, c.tcp_begun - c.tcp_ended);
		/* Others have a stock again while these go beyond. */
		world_enter(&self->w, "a");
		run_on(0);
		EXPECT_EQ(5U, connect_some(&self->s, 5));
		world_enter(&self->w, "b");
		run_on(1);
		EXPECT_EQ(5U, connect_some(&self->s, 5));
		account_get(self->w.base, &c);
		EXPECT_EQ((long long)PEAK + 7, c.tcp_peak);
		reset_all(&self->s);
		world_enter(&self->w, "a");
		run_on(0);
		EXPECT_EQ(0, file_write(PQ_PARAMETERS "/stocks", "N"));
	}
	EXPECT_EQ(0, file_write(PQ_PARAMETERS "/stocks", "Y"));
}

/* The last ports of a range come from a stock, and are not counted by the namespace yet. */
TEST_F(stocks, are_in_what_a_failure_says)
{
	struct events *r = malloc(sizeof(*r));
	char path[128];
	struct event e;

	snprintf(path, sizeof(path), "%s/a", self->w.base);
	sysctl_set("net.ipv4.ip_local_port_range", "%u %u", 40000, 40000 + LIMIT - 1);
	events_open(r, PQ_EVENTS);
	EXPECT_EQ(LIMIT, connect_some(&self->s, PEAK));
	ASSERT_TRUE(events_find(r, &e, path, "exhausted", lane_scale(2000, 20000)));
	EXPECT_EQ((long long)LIMIT, e.current);
	EXPECT_EQ((long long)LIMIT, e.limit);
	events_close(r);
	free(r);
}

TEST_HARNESS_MAIN
