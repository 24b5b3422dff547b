// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of 100,000 refusals a second costs a bounded amount of memory, lines of
 * the log and events, and locks nobody up. Where a machine is slower than that, it
 * lasts until there have been as many.
 */
#include <pthread.h>

#include "test.h"

WORLD_FIXTURE

#define THREADS	4
#define RATE	100	/* refusals in a ms */
#define LONGEST	60000	/* ms for as many, where they come slower */

struct storm {
	struct addr tcp, udp;
	unsigned long long end;
	/* Where that is not enough for @least of each thread, it lasts until @last. */
	unsigned long long last;
	unsigned long least;
	unsigned long refused[THREADS];
	bool wrong;
	pthread_barrier_t start;
};

struct thrower {
	struct storm *storm;
	unsigned int number;
};

/* A refused socket is as it was, so one is enough for all attempts. */
static void *throw(void *arg)
{
	struct thrower *t = arg;
	struct storm *s = t->storm;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int udp = udp_socket(V4);
	unsigned long n = 0;
	unsigned int i;

	pthread_barrier_wait(&s->start);
	while (now_ms() < s->end || (n < s->least && now_ms() < s->last)) {
		for (i = 0; i < 64; i++)
			if (ask_connect(fd, &s->tcp) != -EADDRNOTAVAIL)
				s->wrong = true;
		if (ask_udp_connect(udp, &s->udp) != -EAGAIN)
			s->wrong = true;
		n += 65;
	}
	s->refused[t->number] = n;
	return NULL;
}

/* kB that slabs have grown to. */
static long slab_kb(void)
{
	char *text = must_slurp("/proc/meminfo"), *at = strstr(text, "\nSlab:");
	long kb = at ? strtol(at + 6, NULL, 10) : 0;

	free(text);
	return kb;
}

static unsigned long run_storm(struct storm *s, unsigned int ms)
{
	struct thrower t[THREADS];
	pthread_t thread[THREADS];
	unsigned long sum = 0;
	unsigned int i;

	pthread_barrier_init(&s->start, NULL, THREADS);
	s->end = now_ms() + ms;
	for (i = 0; i < THREADS; i++) {
		t[i].storm = s;
		t[i].number = i;
		if (pthread_create(&thread[i], NULL, throw, &t[i]))
			die("no thread");
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		sum += s->refused[i];
	}
	return sum;
}

static unsigned int all_events(const char *path, const char *level)
{
	struct events *r = malloc(sizeof(*r));
	unsigned int n = 0;
	struct event e;

	events_open(r, PQ_EVENTS);
	while (events_next(r, &e, 0) > 0)
		n += !strncmp(e.path, path, strlen(path)) && !strcmp(e.level, level);
	events_close(r);
	free(r);
	return n;
}

static void expect_storm(struct __test_metadata *_metadata, const char *base)
{
	unsigned int ms = lane_count(10000, 10000, 2000), lines, took;
	struct storm s = {
		.tcp = addr_make(V4, 1, PORT_OUTSIDE),
		.udp = addr_make(V4, 1, 53),
	};
	unsigned long long began;
	unsigned long refused;
	long before;

	refusals_count();
	run_storm(&s, 500);	/* so that all that is allocated once is allocated */
	before = slab_kb();
	lines = log_lines(base, "");
	began = now_ms();
	s.least = (unsigned long)ms * RATE / THREADS;
	s.last = began + LONGEST;
	refused = run_storm(&s, ms);
	took = now_ms() - began;
	diag("%lu refusals in %u ms: %lu a second, with %d threads on %u cpus; slabs %+ld kB",
	     refused, took, refused * 1000 / took, THREADS, cpus_online(), slab_kb() - before);
	EXPECT_FALSE(s.wrong);
	EXPECT_LE(slab_kb() - before, 2048);
	/* An account, two levels (warn, deny), two resources: one line each 5 s */
	sleep_ms(lane_scale(300, 1500));
	lines = log_lines(base, "") - lines;
	diag("%u lines of the kernel's log", lines);
	EXPECT_LE(lines, 4 * (took / 5000 + 1));
	EXPECT_LE(all_events(base, "deny"), 2U);
	EXPECT_LE(all_events(base, "clear"), 2U);
	/* An emulated machine takes longer for as many; one that cannot do that is no test. */
	if (_metadata->exit_code == KSFT_PASS && refused < (unsigned long)ms * RATE)
		SKIP(return, "%lu refusals are all that this host can do, of %lu", refused,
		     (unsigned long)ms * RATE);
}

WORLD_TEST_LONG(at_a_cap_of_zero, 90)
{
	rule_set("%s tcp.max=0 udp.max=0", self->w.base);
	expect_storm(_metadata, self->w.base);
}

WORLD_TEST_LONG(at_a_cap_of_some, 90)
{
	struct addr to = addr_make(V4, 1, 53);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	unsigned int i;

	for (i = 0; i < 10; i++) {
		pair_open(listener);
		must_connect(udp_socket(V4), &to);
	}
	rule_set("%s tcp.max=10 udp.max=10", self->w.base);
	expect_storm(_metadata, self->w.base);
}

/* The cap a few cgroups further up, and a rule on each on the way. */
WORLD_TEST_LONG(far_below_the_cap, 90)
{
	const char *deep = world_cgroup(&self->w, "a/b/c/d/e/f/g/h");

	rule_set("%s/a tcp.max=0 udp.max=0", self->w.base);
	rule_set("%s/a/* tcp.max=1000 udp.max=1000", self->w.base);
	rule_set("%s/a/b/* tcp.max=1000 udp.max=1000", self->w.base);
	cgroup_enter(deep);
	expect_storm(_metadata, self->w.base);
}

static void *read_files(void *arg)
{
	struct storm *s = arg;
	struct accounts a;

	while (now_ms() < s->end) {
		accounts_read(&a);
		accounts_free(&a);
	}
	return NULL;
}

/* Tasks that read accounts or write rules make progress during a storm. */
WORLD_TEST_LONG(others_get_through, 60)
{
	struct storm s = {
		.tcp = addr_make(V4, 1, PORT_OUTSIDE),
		.udp = addr_make(V4, 1, 53),
	};
	unsigned int i, ms = lane_scale(3000, 6000), rules = 0;
	struct thrower t[THREADS];
	pthread_t thread[THREADS], reader;

	refusals_count();
	rule_set("%s tcp.max=0 udp.max=0", self->w.base);
	pthread_barrier_init(&s.start, NULL, THREADS);
	s.end = now_ms() + ms;
	pthread_create(&reader, NULL, read_files, &s);
	for (i = 0; i < THREADS; i++) {
		t[i].storm = &s;
		t[i].number = i;
		pthread_create(&thread[i], NULL, throw, &t[i]);
	}
	while (now_ms() < s.end) {
		rule_set("%s tcp.max=0 udp.max=0 tcp.warn=%u", self->w.base, rules++ % 100);
		sleep_ms(1);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_join(reader, NULL);
	EXPECT_FALSE(s.wrong);
	diag("%u rules written meanwhile", rules);
	EXPECT_GE(rules, lane_scale(50, 5));
}

WORLD_MAIN
