// SPDX-License-Identifier: GPL-2.0-only
/*
 * A number that crosses its threshold again and again: as of a max of 3, where 10 %
 * below is nothing. It is told a few times, and then a warning stands until it has
 * been clear for a while. It does not push out what others have to tell.
 */
#include <time.h>

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
}

FIXTURE_TEARDOWN(world)
{
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

#define QUIET	lane_scale(700, 2000)
#define FREE	8	/* PQ_FREE_FLAPS */
/* The first wait for calm is 2 s; a destination is looked at every 5 s. */
#define CALM	(8000 + lane_scale(4000, 20000))

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/*
 * How many warnings there may have been since @begin, where one crossing is one of each of
 * @thresholds: those of the first, those that are free, and those after each wait for
 * calm. Each wait is twice as long as the one before, less the time between two ticks,
 * which may be 5 s.
 */
static unsigned int most_since(long begin, unsigned int thresholds)
{
	unsigned int crossings = 1 + (FREE + thresholds - 1) / thresholds;
	long left = seconds() + 1 - begin, wait;

	for (wait = 2; left > 0 && wait <= 256; wait *= 2) {
		left -= wait > 6 ? wait - 5 : 1;
		crossings += left >= 0;
	}
	return crossings * thresholds;
}

/* A cgroup that has a warning of its own. */
static void warn_once(struct world *w, int listener, const char *name)
{
	const char *path = world_cgroup(w, name);

	rule_set("%s tcp.warn=1", path);
	cgroup_enter(path);
	pair_open(listener);
	cgroup_enter(w->base);
}

static unsigned int count_in(const char *file, const char *path, const char *level,
			     const char *resource)
{
	struct events *late = malloc(sizeof(*late));
	unsigned int n;

	events_open(late, file);
	n = events_count(late, path, level, resource, QUIET);
	events_close(late);
	free(late);
	return n;
}

WORLD_TEST_LONG(tiny_max, 120)
{
	const char *tame = world_cgroup(&self->w, "tame");
	unsigned int i, times = lane_count(600, 600, 120);
	unsigned int most;
	long begin;
	struct pair p;

	warn_once(&self->w, self->listener, "other");
	rule_set("%s tcp.max=3 tcp.warn=1", tame);
	cgroup_enter(tame);
	begin = seconds();
	for (i = 0; i < times; i++) {
		p = pair_open(self->listener);
		pair_close(&p, CLOSE_RST);
		EXPECT_ACCOUNT(tame, tcp_current, 0);
	}
	/* The first, and each other one has a clear before it. A wait may be over meanwhile. */
	most = most_since(begin, 1);
	EXPECT_LE(count_in(PQ_EVENTS, tame, "warn", "tcp"), most);
	EXPECT_LE(count_in(PQ_HOST_EVENTS, tame, "warn", "tcp"), most);
	EXPECT_LE((unsigned int)FREE, count_in(PQ_EVENTS, tame, "clear", "tcp"));
	EXPECT_EQ(1U, count_in(PQ_EVENTS, world_cgroup(&self->w, "other"), "warn", "tcp"));
	EXPECT_EQ(1U, count_in(PQ_HOST_EVENTS, world_cgroup(&self->w, "other"), "warn", "tcp"));
}

/* The last event of @path is a clear, within the time that it may take. */
static bool ends_clear(struct events *r, const char *path, const char *resource)
{
	bool clear = false;
	struct event e;

	while (events_next(r, &e, CALM) > 0) {
		if (strcmp(e.resource, resource) || (path && strcmp(e.path, path)))
			continue;
		clear = !strcmp(e.level, "clear");
	}
	return clear;
}

WORLD_TEST_LONG(clear_is_told_in_the_end, 120)
{
	unsigned int i;
	struct pair p;

	events_open(self->r, PQ_EVENTS);
	rule_set("%s tcp.warn=1", self->w.base);
	for (i = 0; i < 30; i++) {
		p = pair_open(self->listener);
		pair_close(&p, CLOSE_RST);
		EXPECT_STAT(tcp_current, 0);
	}
	EXPECT_TRUE(ends_clear(self->r, self->w.base, "tcp"));
}

/* Nobody uses it any more: it stays until its clear is told. */
WORLD_TEST_LONG(destination, 120)
{
	unsigned int i;
	unsigned int most;
	long begin;
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40001");
	stat_settled(offsetof(struct counters, range_usable), 2);
	events_open(self->r, PQ_EVENTS);
	begin = seconds();
	for (i = 0; i < 100; i++) {
		p = pair_open(self->listener);
		pair_close(&p, CLOSE_RST);
		EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
	}
	/* One of two ports is all three: a half, three quarters and nine tenths, rounded down. */
	most = most_since(begin, 3);
	EXPECT_LE(count_in(PQ_EVENTS, self->w.base, "destination", "destination"), most);
	EXPECT_TRUE(ends_clear(self->r, NULL, "destination"));
	EXPECT_STAT(destinations, 0);
}

WORLD_MAIN
