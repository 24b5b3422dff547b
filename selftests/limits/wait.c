// SPDX-License-Identifier: GPL-2.0-only
/*
 * over=wait: a blocking connect() at the cap waits its turn, and gives way to
 * signals, to time, and to whoever removes what it waits for.
 */
#include <signal.h>
#include <sys/times.h>
#include <sys/wait.h>

#include "test.h"

WORLD_FIXTURE

/* A connect() in a child, which says when it came in, and how it ended. */
struct waiter {
	struct addr to;
	unsigned int flags;	/* SOCK_NONBLOCK */
	unsigned int sndtimeo;	/* ms; 0: none */
	unsigned int restart;	/* SA_RESTART */
	char cgroup[128];
	pid_t pid;
	int ret;
	unsigned long long took, clock;
	unsigned int place;	/* who got in first, second, … */
	unsigned int *arrivals;
	struct gate ready;
};

/*
 * In ms, of the kernel's ticks: what waits in the kernel is counted in those,
 * and in a busy guest they may go at another pace than the clock.
 */
static unsigned long long ticks_ms(void)
{
	return (unsigned long long)times(NULL) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The connections that are there are the parent's alone, or it could not end them. */
static void leave_descriptors(const struct gate *g)
{
	close_range(3, (unsigned int)g->fd[0] - 1, 0);
	close_range((unsigned int)g->fd[1] + 1, 1000000, 0);
}

static void wait_in_connect(void *arg)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct sigaction sa = { .sa_handler = on_signal };
	struct waiter *w = arg;
	unsigned long long clock;
	int fd, ret;

	leave_descriptors(&w->ready);
	sa.sa_flags = w->restart ? SA_RESTART : 0;
	sigaction(SIGUSR1, &sa, NULL);
	if (w->cgroup[0])
		cgroup_enter(w->cgroup);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (int)w->flags, 0);
	if (w->sndtimeo) {
		struct timeval t = { w->sndtimeo / 1000, w->sndtimeo % 1000 * 1000 };

		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	}
	/*
	 * When it is killed, its port is free: with a FIN it might go on as
	 * FIN_WAIT2 for a minute, if the answer comes in the middle of close().
	 */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	gate_open(&w->ready);
	w->took = ticks_ms();
	clock = now_ms();
	ret = ask_connect(fd, &w->to);
	w->took = ticks_ms() - w->took;
	w->clock = now_ms() - clock;
	w->place = __atomic_add_fetch(w->arrivals, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&w->ret, ret, __ATOMIC_SEQ_CST);
	pause();	/* and hold it */
}

static struct waiter *waiter_make(int listener)
{
	struct waiter *w = shared_memory(sizeof(*w));

	w->to = addr_local(listener);
	w->arrivals = shared_memory(sizeof(*w->arrivals));
	w->ret = 1;		/* still in there */
	gate_make(&w->ready);
	return w;
}

/* Starts it, and gives it time to come to its place in the queue. */
static void waiter_start(struct waiter *w)
{
	w->pid = child_start(wait_in_connect, w);
	gate_wait(&w->ready);
	sleep_ms(lane_scale(60, 300));
}

/* Whether it comes back within @ms. */
static bool waiter_back(struct waiter *w, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	while (__atomic_load_n(&w->ret, __ATOMIC_SEQ_CST) == 1) {
		if (now_ms() >= end)
			return false;
		sleep_ms(5);
	}
	return true;
}

/* The cap is full: with one connection that can be ended. */
static struct pair fill(const char *path, int listener, const char *wait)
{
	struct pair p = pair_open(listener);

	rule_set("%s tcp.max=1 over=wait:%s", path, wait);
	return p;
}

#define SOON lane_scale(1500, 8000)

WORLD_TEST(time_is_up)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	struct events r;

	refusals_count();
	fill(self->w.base, listener, "500ms");
	waiter_start(w);
	EXPECT_STAT(tcp_denied, 0);
	ASSERT_TRUE(waiter_back(w, 500 + SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
	EXPECT_GE(w->took, 480U);
	EXPECT_LE(w->took, 500U + SOON);
	events_open(&r, PQ_EVENTS);
	EXPECT_EQ(1U, events_count(&r, self->w.base, "deny", "tcp", SOON / 4));
	events_close(&r);
	diag("500 ms took %llu ms of ticks, %llu ms of the clock", w->took, w->clock);
	EXPECT_STAT(tcp_denied, 1);
	EXPECT_STAT(tcp_begun, 1);
}

WORLD_TEST(wakes_on_release)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	struct events r;
	struct pair p;

	refusals_count();
	p = fill(self->w.base, listener, "30s");
	waiter_start(w);
	EXPECT_EQ(1, w->ret);
	pair_close(&p, CLOSE_RST);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(0, w->ret);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(tcp_peak, 1);
	/* No connect() was refused, so no event tells of a refusal. */
	events_open(&r, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(&r, self->w.base, "deny", "tcp", SOON / 4));
	events_close(&r);
}

/* A change of the rule or of the mode holds for connect()s that wait already. */
static void change_while_waiting(struct __test_metadata *_metadata, struct world *world,
				 void (*change)(struct world *w), int want)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w[3];
	unsigned int i;

	refusals_count();
	fill(world->base, listener, "60s");
	for (i = 0; i < 3; i++)
		waiter_start(w[i] = waiter_make(listener));
	change(world);
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(waiter_back(w[i], SOON));
		EXPECT_EQ(want, w[i]->ret);
	}
	EXPECT_STAT(tcp_current, want ? 1 : 4);
	EXPECT_STAT(tcp_denied, want ? 3 : 0);
}

static void to_deny(struct world *w)
{
	rule_set("%s tcp.max=1 over=deny", w->base);
}

WORLD_TEST(rule_no_longer_waits)
{
	change_while_waiting(_metadata, &self->w, to_deny, -EADDRNOTAVAIL);
}

static void to_no_rule(struct world *w)
{
	if (rule_write("-%s", w->base))
		die("cannot remove the rule");
}

WORLD_TEST(rule_is_gone)
{
	change_while_waiting(_metadata, &self->w, to_no_rule, 0);
}

static void to_audit(struct world *w)
{
	(void)w;
	mode_set("audit");
}

WORLD_TEST(mode_is_audit)
{
	change_while_waiting(_metadata, &self->w, to_audit, 0);
	EXPECT_STAT(tcp_would_deny, 3);
}

static void to_off(struct world *w)
{
	(void)w;
	mode_set("off");
}

WORLD_TEST(mode_is_off)
{
	change_while_waiting(_metadata, &self->w, to_off, 0);
	EXPECT_STAT(tcp_would_deny, 0);
}

WORLD_TEST(wakes_when_the_cap_is_raised)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w[3];
	unsigned int i;

	refusals_count();
	fill(self->w.base, listener, "30s");
	for (i = 0; i < 3; i++)
		waiter_start(w[i] = waiter_make(listener));
	rule_set("%s tcp.max=2 over=wait:30s", self->w.base);
	ASSERT_TRUE(waiter_back(w[0], SOON));
	EXPECT_FALSE(waiter_back(w[1], 200));
	/* No rule, no limit, no reason to wait. */
	EXPECT_EQ(0, rule_write("-%s", self->w.base));
	ASSERT_TRUE(waiter_back(w[1], SOON));
	ASSERT_TRUE(waiter_back(w[2], SOON));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, w[i]->ret);
	EXPECT_STAT(tcp_current, 4);
	EXPECT_STAT(tcp_denied, 0);
}

WORLD_TEST_LONG(in_order_of_arrival, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w[6];
	struct pair p;
	unsigned int i;

	refusals_count();
	p = fill(self->w.base, listener, "60s");
	for (i = 0; i < 6; i++) {
		w[i] = waiter_make(listener);
		w[i]->arrivals = w[0]->arrivals;
		waiter_start(w[i]);
	}
	pair_close(&p, CLOSE_RST);
	for (i = 0; i < 6; i++) {
		ASSERT_TRUE(waiter_back(w[i], SOON));
		EXPECT_EQ(0, w[i]->ret);
		if (i < 5)
			EXPECT_EQ(1, w[i + 1]->ret);
		child_kill(w[i]->pid);
	}
	for (i = 0; i < 6; i++)
		EXPECT_EQ(i + 1, w[i]->place);
	EXPECT_ACCOUNT(self->w.base, tcp_peak, 1);
}

WORLD_TEST(nobody_overtakes)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct waiter *w = waiter_make(listener);
	struct addr to = addr_local(listener);

	refusals_count();
	fill(self->w.base, listener, "30s");
	waiter_start(w);
	/* Non-blocking ones are refused at once, and do not get in before. */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(fd, &to));
	EXPECT_EQ(1, w->ret);
}

WORLD_TEST(nonblocking_is_refused_at_once)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	refusals_count();
	fill(self->w.base, listener, "30s");
	w->flags = SOCK_NONBLOCK;
	waiter_start(w);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
	EXPECT_LE(w->took, (unsigned long long)SOON);
	EXPECT_STAT(tcp_denied, 1);
}

/* bind() never waits, and nor does UDP. */
WORLD_TEST(only_connect_waits)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr any = addr_make(V4, 1, 0), to = addr_make(V4, 1, 53);
	unsigned long long begin;

	refusals_count();
	fill(self->w.base, listener, "20s");
	rule_set("%s tcp.max=1 udp.max=0 over=wait:20s", self->w.base);
	begin = now_ms();
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &any));
	EXPECT_EQ(-EADDRINUSE, ask_listen(tcp_socket(V4)));
	EXPECT_EQ(-EAGAIN, ask_udp_connect(udp_socket(V4), &to));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
}

WORLD_TEST(send_timeout_is_respected)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	refusals_count();
	fill(self->w.base, listener, "30s");
	w->sndtimeo = 300;
	waiter_start(w);
	ASSERT_TRUE(waiter_back(w, 300 + SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
	EXPECT_GE(w->took, 280U);
}

WORLD_TEST(signal_interrupts)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	refusals_count();
	fill(self->w.base, listener, "30s");
	waiter_start(w);
	kill(w->pid, SIGUSR1);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(-EINTR, w->ret);
	/* Neither taken nor refused. */
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(tcp_current, 1);
}

WORLD_TEST(signal_with_restart_goes_on)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	struct pair p;

	refusals_count();
	p = fill(self->w.base, listener, "30s");
	w->restart = 1;
	waiter_start(w);
	kill(w->pid, SIGUSR1);
	EXPECT_FALSE(waiter_back(w, 300));
	pair_close(&p, CLOSE_RST);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(0, w->ret);
}

/* With a send timeout there is no restart: as the kernel's own connect(). */
WORLD_TEST(signal_with_timeout_is_eintr)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	fill(self->w.base, listener, "30s");
	w->restart = 1;
	w->sndtimeo = 20000;
	waiter_start(w);
	kill(w->pid, SIGUSR1);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(-EINTR, w->ret);
}

WORLD_TEST(killed_while_waiting)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener), *next = waiter_make(listener);
	struct pair p;

	refusals_count();
	p = fill(self->w.base, listener, "30s");
	waiter_start(w);
	waiter_start(next);
	child_kill(w->pid);
	EXPECT_EQ(1, next->ret);
	pair_close(&p, CLOSE_RST);
	ASSERT_TRUE(waiter_back(next, SOON));
	EXPECT_EQ(0, next->ret);
	EXPECT_STAT(tcp_current, 1);
}

/* Two limits, one above the other: a place in one queue is no place in the other. */
WORLD_TEST(nested_limits)
{
	const char *inner = world_cgroup(&self->w, "inner");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	struct pair outer, p;

	refusals_count();
	outer = pair_open(listener);
	cgroup_enter(inner);
	p = pair_open(listener);
	cgroup_enter(self->w.base);
	rule_set("%s tcp.max=2 over=wait:30s", self->w.base);
	rule_set("%s tcp.max=1 over=wait:30s", inner);
	cap_holds(self->w.base, 2, -1);
	cap_holds(inner, 1, -1);
	snprintf(w->cgroup, sizeof(w->cgroup), "%s", inner);
	waiter_start(w);
	pair_close(&outer, CLOSE_RST);
	EXPECT_FALSE(waiter_back(w, 300));
	outer = pair_open(listener);
	pair_close(&p, CLOSE_RST);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(0, w->ret);
	EXPECT_ACCOUNT(inner, tcp_current, 1);
	EXPECT_STAT(tcp_current, 2);
	close(outer.client);
}

/* over=deny of the host is stricter than over=wait of the namespace. */
WORLD_TEST(hosts_deny_is_stricter)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	host_rule_set("%s over=deny", self->w.base);
	fill(self->w.base, listener, "30s");
	waiter_start(w);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
}

/*
 * Two limits, one above the other, and a connect() waits at each: the first in the
 * upper queue is not held up by the one that waits at the lower limit.
 */
WORLD_TEST_LONG(two_queues_do_not_wait_for_each_other, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	const char *inner = world_cgroup(&self->w, "inner");
	struct waiter *upper = waiter_make(listener), *lower = waiter_make(listener);
	struct pair p;

	refusals_count();
	snprintf(upper->cgroup, sizeof(upper->cgroup), "%s", inner);
	snprintf(lower->cgroup, sizeof(lower->cgroup), "%s", inner);
	cgroup_enter(inner);
	p = pair_open(listener);
	cgroup_enter(self->w.base);
	rule_set("%s tcp.max=1 over=wait:60s", self->w.base);
	waiter_start(upper);
	rule_set("%s tcp.max=1 over=wait:60s", inner);
	waiter_start(lower);
	pair_close(&p, CLOSE_RST);
	ASSERT_TRUE(waiter_back(upper, SOON));
	EXPECT_EQ(0, upper->ret);
	EXPECT_FALSE(waiter_back(lower, 300));
	child_kill(upper->pid);
	ASSERT_TRUE(waiter_back(lower, SOON));
	EXPECT_EQ(0, lower->ret);
	EXPECT_ACCOUNT(self->w.base, tcp_peak, 1);
}

/* A limit of the host that says nothing of waiting refuses at once, as by default. */
WORLD_TEST(hosts_limit_is_stricter)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	fill(self->w.base, listener, "30s");
	host_rule_set("%s tcp.max=1", self->w.base);
	waiter_start(w);
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
}

WORLD_TEST(hosts_shorter_wait_is_stricter)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);

	host_rule_set("%s tcp.max=1 over=wait:400ms", self->w.base);
	fill(self->w.base, listener, "60s");
	waiter_start(w);
	ASSERT_TRUE(waiter_back(w, 400 + SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, w->ret);
	EXPECT_GE(w->took, 380U);
}

/* TIME_WAIT at its limit is waited for, too. */
WORLD_TEST(timewait_max_is_waited_for)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	struct pair p = pair_open(listener);

	refusals_count();
	pair_close(&p, CLOSE_CLIENT);
	rule_set("%s timewait.max=1 over=wait:30s", self->w.base);
	waiter_start(w);
	EXPECT_EQ(1, w->ret);
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	ASSERT_TRUE(waiter_back(w, SOON));
	EXPECT_EQ(0, w->ret);
}

/* The socket's cgroup goes while its connect() waits: neither holds the other up. */
WORLD_TEST(cgroup_removed_under_a_waiter)
{
	const char *gone = world_cgroup(&self->w, "gone");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct addr to = addr_local(listener);
	unsigned long long begin;
	int ret, status;
	struct pair p;
	pid_t pid;

	refusals_count();
	cgroup_enter(gone);
	p = fill(gone, listener, "20s");
	fd = tcp_socket(V4);
	cgroup_enter(self->w.base);
	pid = fork();
	if (!pid) {
		close(p.client);
		close(p.server);
		ret = ask_connect(fd, &to);
		_exit(ret ? 1 : 0);
	}
	sleep_ms(lane_scale(100, 500));
	begin = now_ms();
	EXPECT_EQ(0, cgroup_remove(gone));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	pair_close(&p, CLOSE_RST);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(fd);
}

/* rmmod sends the waiters away, and does not wait for them. */
WORLD_TEST_LONG(module_removed_under_waiters, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w[8];
	unsigned long long begin;
	unsigned int i;

	fill(self->w.base, listener, "60s");
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(w[i] = waiter_make(listener));
	begin = now_ms();
	portquota_unload();
	EXPECT_LE(now_ms() - begin, lane_scale(3000, 15000));
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		EXPECT_TRUE(waiter_back(w[i], SOON));
		EXPECT_EQ(-EADDRNOTAVAIL, w[i]->ret);
	}
	portquota_load();
}

/* The namespace's last process is the one that waits: killed, all goes. */
static void wait_alone(void *arg)
{
	struct waiter *w = arg;

	netns_new();
	netns_name(w->cgroup, sizeof(w->cgroup));
	rule_set("/ tcp.max=0 over=wait:60s");
	gate_open(&w->ready);
	ask_connect(tcp_socket(V4), &w->to);
}

WORLD_TEST(namespace_of_a_waiter_goes)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct waiter *w = waiter_make(listener);
	pid_t pid;

	pid = child_start(wait_alone, w);
	gate_wait(&w->ready);
	sleep_ms(lane_scale(100, 500));
	child_kill(pid);
	EXPECT_TRUE(netns_wait_gone(w->cgroup, lane_scale(10000, 60000)));
}

struct crowd {
	struct addr to;
	unsigned int rounds, in, refused, other;
};

static void connect_in_crowd(void *arg)
{
	struct crowd *c = arg;
	struct linger l = { .l_onoff = 1 };
	unsigned int i;

	for (i = 0; i < c->rounds; i++) {
		int fd = tcp_socket(V4), ret = ask_connect(fd, &c->to);

		__atomic_add_fetch(!ret ? &c->in : ret == -EADDRNOTAVAIL ? &c->refused : &c->other,
				   1, __ATOMIC_SEQ_CST);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		close(fd);
	}
}

/* More connect()s than there is room for, and time enough: each gets in, in its turn. */
WORLD_TEST_LONG(crowd, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct crowd *c = shared_memory(sizeof(*c));
	unsigned int i, n = 16, running;
	pid_t pid[16];

	refusals_count();
	c->to = addr_local(listener);
	c->rounds = lane_count(200, 30, 30);
	rule_set("%s tcp.max=2 tcp.warn=max over=wait:60s", self->w.base);
	cap_holds(self->w.base, 2, -1);
	for (i = 0; i < n; i++)
		pid[i] = child_start(connect_in_crowd, c);
	do {
		struct timeval t = { 0, 200000 };

		setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
		while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
			close(fd);
		running = c->in + c->refused + c->other < n * c->rounds;
	} while (running);
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
	EXPECT_EQ(n * c->rounds, c->in);
	EXPECT_EQ(0U, c->refused);
	EXPECT_EQ(0U, c->other);
}

WORLD_MAIN
