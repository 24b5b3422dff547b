// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the events files say about cgroups and namespaces that are gone: their
 * names stay readable for as long as an event is kept, and nothing else of them
 * is kept for it.
 */
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

#define QUIET lane_scale(700, 2000)

/* Removed cgroups of the whole host that something still refers to. */
static unsigned int dying(void)
{
	char *text = must_slurp(CGROUP_ROOT "/cgroup.stat"), *at;
	unsigned int n;

	at = strstr(text, "nr_dying_descendants ");
	if (!at || sscanf(at, "nr_dying_descendants %u", &n) != 1)
		die("no nr_dying_descendants in cgroup.stat");
	free(text);
	return n;
}

/* An account of a removed cgroup goes with the next gc, that is within five seconds. */
static unsigned int dying_settled(unsigned int want)
{
	unsigned long long end = now_ms() + lane_scale(15000, 60000);
	unsigned int n;

	while ((n = dying()) > want && now_ms() < end)
		sleep_ms(100);
	return n;
}

#define REMOVED 20

/* Each has a warning, and when its port is given back another event. */
static void warn_in_cgroups(struct world *w, int listener)
{
	unsigned int i;

	rule_set("%s/* tcp.warn=1", w->base);
	for (i = 0; i < REMOVED; i++) {
		char name[16];
		const char *path;
		struct pair p;

		snprintf(name, sizeof(name), "gone-%u", i);
		path = world_cgroup(w, name);
		cgroup_enter(path);
		p = pair_open(listener);
		pair_close(&p, CLOSE_RST);
		cgroup_enter(w->base);
		if (account_settled(path, offsetof(struct counters, tcp_current), 0) ||
		    cgroup_remove(path))
			die("cannot remove %s", path);
	}
}

WORLD_TEST_LONG(removed_cgroups_are_named_and_not_kept, 60)
{
	unsigned int before = dying(), warn = 0, clear = 0;
	struct event e;
	char path[96];

	warn_in_cgroups(&self->w, self->listener);
	EXPECT_LE(dying_settled(before), before);
	while (events_next(self->r, &e, QUIET) > 0) {
		if (strcmp(e.resource, "tcp"))
			continue;
		snprintf(path, sizeof(path), "%s/gone-%u", self->w.base,
			 !strcmp(e.level, "warn") ? warn++ : clear++);
		EXPECT_STREQ(path, e.path);
	}
	EXPECT_EQ((unsigned int)REMOVED, warn);
	EXPECT_EQ((unsigned int)REMOVED, clear);
}

/* A namespace goes with its cgroups, though the host's stream tells of both. */
WORLD_TEST_LONG(removed_namespace_is_named_and_not_kept, 60)
{
	struct events *host = malloc(sizeof(*host));
	int home = netns_open(), listener;
	unsigned int before = dying(), warn = 0;
	struct event e;
	char name[64];

	events_open(host, PQ_HOST_EVENTS);
	/* What is kept may be of a namespace that had the same number before. */
	while (events_next(host, &e, 0) > 0)
		;
	netns_new();
	netns_name(name, sizeof(name));
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	warn_in_cgroups(&self->w, listener);
	close(listener);
	netns_enter(home);
	EXPECT_TRUE(netns_wait_gone(name, lane_scale(15000, 60000)));
	EXPECT_LE(dying_settled(before), before);
	while (events_next(host, &e, QUIET) > 0)
		warn += !strcmp(e.level, "warn") && !strcmp(e.netns, name);
	EXPECT_EQ((unsigned int)REMOVED, warn);
	events_close(host);
	free(host);
}

WORLD_MAIN
