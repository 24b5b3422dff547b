// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads at one cap: the cap is never exceeded, and the refusals that the
 * threads saw are those that were counted.
 */
#include <pthread.h>
#include <sched.h>

#include "test.h"

WORLD_FIXTURE

#define THREADS 16
#define KEEP 128		/* sockets a thread keeps at most */

struct race {
	struct addr to;
	unsigned int attempts;	/* of each thread */
	bool stop;
	pthread_barrier_t start;
};

struct racer {
	struct race *race;
	unsigned int seed;
	unsigned long in, refused;
	int wrong;
};

static void reset(int fd)
{
	struct linger l = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

/*
 * The port is taken in connect() itself, so non-blocking connects to a backlog
 * that no accept() empties will do: most never become a connection, and all count.
 */
static void *run(void *arg)
{
	struct racer *r = arg;
	unsigned int i, n = 0, at;
	int fd[KEEP], ret;

	pthread_barrier_wait(&r->race->start);
	for (i = 0; i < r->race->attempts; i++) {
		if (n == KEEP || (n && rand_r(&r->seed) % 64 == 0)) {
			/* Some come free, so that the cap is reached again and again. */
			at = (unsigned int)rand_r(&r->seed) % n;
			reset(fd[at]);
			fd[at] = fd[--n];
		}
		fd[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd[n] < 0) {
			r->wrong = -errno;
			break;
		}
		ret = ask_connect(fd[n], &r->race->to);
		if (!ret || ret == -EINPROGRESS || ret == -ECONNREFUSED) {
			r->in++;
			n++;
		} else if (ret == -EADDRNOTAVAIL) {
			r->refused++;
			close(fd[n]);
		} else {
			r->wrong = ret;
			close(fd[n]);
		}
	}
	while (n)
		reset(fd[--n]);
	return NULL;
}

/* Looks all the time; the highest it saw. */
static void *watch(void *arg)
{
	struct race *race = arg;
	struct stat_file s;
	long highest = 0;

	pthread_barrier_wait(&race->start);
	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		stat_read(&s);
		highest = s.c.tcp_current > highest ? (long)s.c.tcp_current : highest;
		sched_yield();
	}
	return (void *)highest;
}

static long run_race(struct race *race, struct racer *racers)
{
	pthread_t thread[THREADS], watcher;
	void *highest;
	unsigned int i;

	pthread_barrier_init(&race->start, NULL, THREADS + 1);
	pthread_create(&watcher, NULL, watch, race);
	for (i = 0; i < THREADS; i++) {
		racers[i].race = race;
		racers[i].seed = i;
		if (pthread_create(&thread[i], NULL, run, &racers[i]))
			die("no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	race->stop = true;
	pthread_join(watcher, &highest);
	return (long)highest;
}

static void expect_race(struct __test_metadata *_metadata, const char *base, unsigned int cap,
			unsigned int attempts)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct race race = { .to = addr_local(listener), .attempts = attempts / THREADS };
	struct racer racers[THREADS] = { 0 };
	unsigned long in = 0, refused = 0, begin;
	struct counters c;
	unsigned int i;
	long highest;

	descriptors_raise();
	time_wait_unlimited();
	refusals_count();
	rule_set("%s tcp.max=%u", base, cap);
	cap_holds(base, cap, -1);
	begin = now_ms();
	highest = run_race(&race, racers);
	begin = now_ms() - begin;
	for (i = 0; i < THREADS; i++) {
		in += racers[i].in;
		refused += racers[i].refused;
		EXPECT_EQ(0, racers[i].wrong);
	}
	diag("%u attempts by %d threads at a cap of %u: %lu let in, %lu refused, highest seen %ld, %lu ms",
	     attempts, THREADS, cap, in, refused, highest, begin);
	EXPECT_LE(highest, (long)cap);
	EXPECT_EQ(attempts / THREADS * THREADS, in + refused);
	EXPECT_ACCOUNT(base, tcp_denied, refused);
	account_get(base, &c);
	EXPECT_LE(c.tcp_peak, (long long)cap);
	EXPECT_GT(refused, 0U);
	/* The cap was worth something: all of it was used. */
	EXPECT_GE(c.tcp_peak, (long long)cap * 9 / 10);
	EXPECT_STAT(tcp_exhausted, 0);
}

/* 100,000 attempts at a cap of 1,000; fewer at 200 on the debug kernel and in a short run. */
WORLD_TEST_LONG(sixteen_threads_at_a_cap, 120)
{
	expect_race(_metadata, self->w.base, lane_count(1000, 200, 200),
		    lane_count(100000, 6400, lane_scale(6400, 1600)));
}

/* Room for one: each time it comes free, exactly one gets it. */
WORLD_TEST_LONG(sixteen_threads_at_a_cap_of_one, 60)
{
	expect_race(_metadata, self->w.base, 1, lane_count(20000, 3200, lane_scale(3200, 1600)));
}

struct last {
	struct addr to;
	pthread_barrier_t round, done;
	unsigned int rounds, in;
	bool wrong;
};

static void *run_last(void *arg)
{
	struct last *l = arg;
	unsigned int i;

	for (i = 0; i < l->rounds; i++) {
		int fd = tcp_socket(V4), ret;

		pthread_barrier_wait(&l->round);
		ret = ask_connect(fd, &l->to);
		if (!ret)
			__atomic_add_fetch(&l->in, 1, __ATOMIC_SEQ_CST);
		else if (ret != -EADDRNOTAVAIL)
			l->wrong = true;
		pthread_barrier_wait(&l->done);
		reset(fd);
		pthread_barrier_wait(&l->round);
	}
	return NULL;
}

/* One place is left below the cap, all threads want it at once, exactly one gets it. */
WORLD_TEST_LONG(one_below_the_cap, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct last l = { .to = addr_local(listener), .rounds = lane_count(200, 40, 40) };
	pthread_t thread[THREADS];
	unsigned int i, k;

	refusals_count();
	for (i = 0; i < 3; i++)
		pair_open(listener);
	rule_set("%s tcp.max=4", self->w.base);
	cap_holds(self->w.base, 4, -1);
	pthread_barrier_init(&l.round, NULL, THREADS + 1);
	pthread_barrier_init(&l.done, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run_last, &l))
			die("no thread");
	for (k = 0; k < l.rounds; k++) {
		l.in = 0;
		pthread_barrier_wait(&l.round);
		pthread_barrier_wait(&l.done);
		EXPECT_EQ(1U, l.in) TH_LOG("round %u", k);
		close(accept(listener, NULL, NULL));
		pthread_barrier_wait(&l.round);
		EXPECT_STAT(tcp_current, 3);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	EXPECT_FALSE(l.wrong);
	EXPECT_STAT(tcp_denied, l.rounds * (THREADS - 1));
}

struct churn {
	struct addr to;
	char base[64];
	bool stop;
	unsigned long connects;
};

static void *churn_rules(void *arg)
{
	struct churn *c = arg;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&c->stop, __ATOMIC_RELAXED); i++) {
		if (i % 7 == 0)
			rule_write("-%s/*", c->base);	/* the other thread may have done it */
		rule_set("%s/* tcp.max=%u", c->base, i % 20);
		if (i % 3 == 0)
			rule_set("%s tcp.max=%u tcp.warn=%u%% over=wait:1ms", c->base, 10 + i % 20,
				 i % 101);
		if (i % 5 == 0)
			sysctl_set("net.ipv4.ip_local_port_range", "%u 60999", 32768 + i % 1000);
	}
	return NULL;
}

static void *churn_connects(void *arg)
{
	struct churn *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		int fd[8], i;

		for (i = 0; i < 8; i++) {
			fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
			ask_connect(fd[i], &c->to);
		}
		for (i = 0; i < 8; i++)
			reset(fd[i]);
		__atomic_add_fetch(&c->connects, 8, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Rules and range change under traffic; at the end everything adds up. */
WORLD_TEST_LONG(rules_change_under_traffic, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct churn c = { .to = addr_local(listener) };
	pthread_t thread[6];
	unsigned int i;

	refusals_count();
	snprintf(c.base, sizeof(c.base), "%s", self->w.base);
	rule_set("%s/* tcp.max=1", c.base);
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_create(&thread[i], NULL, i < 2 ? churn_rules : churn_connects, &c);
	/* No accept() is called: connect() takes a port although the backlog is full. */
	sleep_ms(lane_count(5000, 10000, 2000));
	c.stop = true;
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_join(thread[i], NULL);
	diag("%lu connects", c.connects);
}

WORLD_MAIN
