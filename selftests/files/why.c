// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota why: each cause that it knows is made for real, and has to be among
 * those that it finds, with the program or cgroup that it is due to.
 */
#include "test.h"

WORLD_FIXTURE

#define SMALL		40	/* ports, where a range is to run out */
#define SMALL_RANGE	"40000 40039"

static const char *const causes[] = {
	"none", "rule", "range", "destination", "churn", "leak", "overflow",
};

/* Asks, and expects @cause, and none of the others but those in @may. */
#define EXPECT_CAUSE(text, cause, may)						\
	do {									\
		const char *_text = (text);					\
		unsigned int _i;						\
										\
		if (!_text)							\
			SKIP(return, "portquota is not on the PATH");		\
		EXPECT_TRUE(answer_says(_text, "cause", cause)) {			\
			TH_LOG("no %s in %s", cause, _text);			\
		}								\
		for (_i = 0; _i < ARRAY_SIZE(causes); _i++) {			\
			if (!strcmp(causes[_i], cause) || strstr(may, causes[_i])) \
				continue;					\
			EXPECT_FALSE(answer_says(_text, "cause", causes[_i])) {	\
				TH_LOG("%s in %s", causes[_i], _text);		\
			}							\
		}								\
	} while (0)

WORLD_TEST(nothing)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned int i;
	char *text;

	for (i = 0; i < 10; i++)
		pair_open(listener);
	text = answer_why();
	EXPECT_CAUSE(text, "none", "");
	free(text);
}

WORLD_TEST(rule)
{
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	const char *mine = world_cgroup(&self->w, "mine");
	unsigned int i;
	char *text;

	rule_set("%s tcp.max=3", mine);
	cgroup_enter(mine);
	for (i = 0; i < 3; i++)
		must_connect(tcp_socket(V4), &to);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	text = answer_why();
	EXPECT_CAUSE(text, "rule", "");
	EXPECT_TRUE(answer_says(text, "cgroup", mine));
	EXPECT_TRUE(answer_says(text, "certainty", "certain"));
	free(text);
}

/* All ports are bound and unused, which why may report as a leak as well. */
WORLD_TEST(range_full_of_exclusive_ports)
{
	struct addr any = addr_make(V4, 0, 0);
	unsigned int i;
	char *text;

	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++)
		must_bind(tcp_socket(V4), &any);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &any));
	text = answer_why();
	EXPECT_CAUSE(text, "range", "leak");
	EXPECT_TRUE(answer_says(text, "range", "40000-40039"));
	EXPECT_TRUE(answer_says(text, "certainty", "certain"));
	free(text);
}

WORLD_TEST(own_range_full)
{
	const char *mine = world_cgroup(&self->w, "mine");
	struct addr any = addr_make(V4, 0, 0);
	unsigned int i;
	char *text;

	rule_set("%s tcp.range=10000-10255", mine);
	cgroup_enter(mine);
	for (i = 0; i < 256; i++)
		must_bind(tcp_socket(V4), &any);
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &any));
	text = answer_why();
	EXPECT_CAUSE(text, "range", "leak");
	EXPECT_TRUE(answer_says(text, "range", "10000-10255"));
	EXPECT_TRUE(answer_says(text, "cgroup", mine));
	free(text);
}

/* The distinct ports are all of the range: that is told too. */
WORLD_TEST(one_destination_full)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	unsigned int i;
	char *text;

	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++)
		pair_open(listener);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	text = answer_why();
	EXPECT_CAUSE(text, "destination", "range");
	EXPECT_TRUE(answer_says(text, "source", "127.0.0.1"));
	EXPECT_TRUE(answer_says(text, "destination", "127.0.0.1:8080"));
	EXPECT_TRUE(answer_says(text, "certainty", "certain"));
	free(text);
}

WORLD_TEST(churn)
{
	struct pair p[SMALL];
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned int i;
	char *text;

	time_wait_unlimited();
	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL * 3 / 4; i++)
		p[i] = pair_open(listener);
	pairs_close(p, SMALL * 3 / 4, CLOSE_CLIENT);
	text = answer_why();
	EXPECT_CAUSE(text, "churn", "destination range");
	free(text);
}

/* why knows a leak by its growth, so a child goes on leaking while it looks. */
struct leaking {
	int listener;		/* -1: ports are bound, and nothing is done with them */
	struct gate ready;
};

static void leak_one(struct leaking *l)
{
	struct addr any = addr_make(V4, 0, 0);

	if (l->listener < 0)
		must_bind(tcp_socket(V4), &any);
	else
		close(pair_open(l->listener).server);
}

static void leak(void *arg)
{
	struct leaking *l = arg;
	unsigned int i;

	for (i = 0; i < 80; i++)
		leak_one(l);
	gate_open(&l->ready);
	for (i = 0; i < 400; i++) {
		leak_one(l);
		sleep_ms(lane_scale(100, 200));
	}
	sleep_ms(3600000);
}

static char *ask_why_of_leak(struct world *w, struct leaking *l)
{
	char *text;
	pid_t pid;

	gate_make(&l->ready);
	range_set("40000 40999", 1000);
	world_enter(w, "leaking");
	pid = child_start(leak, l);
	gate_wait(&l->ready);
	text = answer_why();
	child_kill(pid);
	return text;
}

WORLD_TEST(leak_close_wait)
{
	struct leaking *l = shared_memory(sizeof(*l));
	char *text;

	l->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	text = ask_why_of_leak(&self->w, l);
	EXPECT_CAUSE(text, "leak", "");
	EXPECT_TRUE(answer_says(text, "state", "CLOSE-WAIT"));
	EXPECT_TRUE(answer_says(text, "cgroup", world_cgroup(&self->w, "leaking")));
	free(text);
}

WORLD_TEST(leak_bound)
{
	struct leaking *l = shared_memory(sizeof(*l));
	char *text;

	l->listener = -1;
	text = ask_why_of_leak(&self->w, l);
	EXPECT_CAUSE(text, "leak", "");
	EXPECT_TRUE(answer_says(text, "state", "BOUND"));
	EXPECT_TRUE(answer_says(text, "cgroup", world_cgroup(&self->w, "leaking")));
	free(text);
}

WORLD_TEST(overflow)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p[20];
	unsigned int i;
	char *text;

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "5");
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = pair_open(listener);
	pairs_close(p, ARRAY_SIZE(p), CLOSE_CLIENT);
	text = answer_why();
	EXPECT_CAUSE(text, "overflow", "");
	free(text);
}

WORLD_MAIN
