// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's log has of the warnings: each threshold its own line, however
 * soon it comes after another; what a line says is what the events file says.
 */
#include <stdarg.h>

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
	log_begin();
	must_write(PQ_PARAMETERS "/log_interval_ms", "60000");
	self->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	must_write(PQ_PARAMETERS "/log_interval_ms", "5000");
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

/* How long the log may take; and how long is quiet */
#define QUIET lane_scale(700, 2000)

/* How often the log has @fmt of the test's namespace. */
#define LOGGED(fmt, ...) logged(&self->w, fmt, ##__VA_ARGS__)
__attribute__((format(printf, 2, 3)))
static unsigned int logged(const struct world *w, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return log_lines(w->ns_name, line);
}

static unsigned int count(struct events *r, const char *level, const char *resource,
			  const char *of)
{
	struct event e;
	unsigned int n = 0;

	while (events_next(r, &e, QUIET) > 0)
		n += !strcmp(e.level, level) && !strcmp(e.resource, resource) &&
		     !strcmp(e.of, of);
	return n;
}

/* 75 % and 90 % within a moment: the worse of the two is not the one that is left out. */
WORLD_TEST(each_threshold_has_its_line)
{
	struct pair p[40];
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40039");
	sleep_ms(lane_scale(1200, 3000));
	/* Who reads has the range followed. The tick may rest, and come after QUIET otherwise. */
	EXPECT_STAT(tcp_current, 0);
	for (i = 0; i < 36; i++)
		p[i] = pair_open(self->listener);
	EXPECT_EQ(2U, count(self->r, "warn", "tcp.ports", ""));
	EXPECT_EQ(1U, LOGGED("tcp.ports threshold crossed (30): 30 of 40"));
	EXPECT_EQ(1U, LOGGED("tcp.ports threshold crossed (36): 36 of 40"));
	pairs_close(p, 36, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(2U, count(self->r, "clear", "tcp.ports", "warn"));
	/* And what is over is said of each: at 32 of 40 the lower one is still crossed. */
	EXPECT_EQ(1U, LOGGED("tcp.ports back under 36: 32 of 40"));
	EXPECT_EQ(1U, LOGGED("tcp.ports back under 30: "));
	EXPECT_EQ(0U, LOGGED("clear again"));
}

WORLD_TEST(clear_of_refusals)
{
	struct addr to = addr_local(self->listener);
	struct pair p[4];
	unsigned int i;

	rule_set("%s tcp.max=4 tcp.warn=max", self->w.base);
	for (i = 0; i < 4; i++)
		p[i] = pair_open(self->listener);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	pairs_close(p, 4, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(1U, count(self->r, "clear", "tcp", "deny"));
	EXPECT_EQ(1U, LOGGED("tcp limit reached, refusing new ones: 4 of 4"));
	EXPECT_EQ(1U, LOGGED("tcp has room below its limit again: "));
}

/* How long until it is full is one number, and never 0 while there is room. */
WORLD_TEST_LONG(one_number, 60)
{
	struct event e = { .left = -1 };
	unsigned int n = 0;

	rule_set("%s tcp.max=60 tcp.warn=55", self->w.base);
	while (n < 60) {
		pair_open(self->listener);
		sleep_ms(n++ < 40 ? 40 : 10);
	}
	while (events_find(self->r, &e, self->w.base, "warn", QUIET) && strcmp(e.resource, "tcp"))
		;
	ASSERT_STREQ("warn", e.level);
	EXPECT_EQ(55, e.current);
	EXPECT_GT(e.rate, 5);
	EXPECT_GE(e.left, 1);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, LOGGED("tcp threshold crossed (55): 55 of 60, growing by %lld/s, full in %lld s",
			     e.rate, e.left));
}

/*
 * A path that is longer than a line of the log, each of whose bytes is printed as four: its
 * end is there, and what is said of it.
 */
WORLD_TEST(long_path)
{
	char path[400], *end = path;
	unsigned int i;

	end += snprintf(path, sizeof(path) - 3 * 101, "%s", self->w.base);
	for (i = 1; i <= 3; i++) {
		*end++ = '/';
		memset(end, (int)i, 100);
		end += 100;
	}
	*end = '\0';
	rule_set("%s/*/*/* tcp.max=4 tcp.warn=2", self->w.base);
	cgroup_make(path);
	cgroup_enter(path);
	pair_open(self->listener);
	pair_open(self->listener);
	EXPECT_EQ(1U, count(self->r, "warn", "tcp", ""));
	EXPECT_EQ(1U, LOGGED("tcp threshold crossed (2): 2 of 4"));
	EXPECT_EQ(1U, LOGGED(" ...\\002\\002"));
	EXPECT_EQ(1U, LOGGED("/\\003\\003"));
}

WORLD_MAIN
