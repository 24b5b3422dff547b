// SPDX-License-Identifier: GPL-2.0-only
/*
 * Warnings before a limit is reached: which events come, in which order, how
 * often, to how many readers, and how many of them get to the kernel's log.  A
 * limit that is lowered below its usage warns once, the event of a refusal names
 * the cgroup whose limit it was, and a storm of refusals is one run of them.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <signal.h>
#include <sys/wait.h>

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
	must_write(PQ_PARAMETERS "/log_interval_ms", "5000");
	must_write(PQ_PARAMETERS "/log", "Y");
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

/* How long to wait for an event that a tick of half a second makes. */
#define TICKS lane_scale(2500, 8000)
/* How long is quiet */
#define QUIET lane_scale(700, 2000)

static struct pair pairs[512];
static unsigned int n_pairs;

static int take(int listener)
{
	struct addr a = addr_local(listener);
	int fd = tcp_socket(V4), ret = ask_connect(fd, &a);

	if (ret) {
		close(fd);
		return ret;
	}
	pairs[n_pairs].client = fd;
	pairs[n_pairs++].server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return 0;
}

static void take_to(int listener, unsigned int n)
{
	while (n_pairs < n)
		if (take(listener))
			die("refused at %u", n_pairs);
}

static void give_to(unsigned int n)
{
	while (n_pairs > n)
		pair_close(&pairs[--n_pairs], CLOSE_RST);
}

static void expect_event(struct __test_metadata *_metadata, struct events *r, const char *path,
			 const char *level, const char *resource, long long current,
			 long long threshold, long long limit)
{
	struct event e = { .level = "none" };
	int ret;

	/* All go to one server, which is told of in between. */
	do {
		ret = events_next(r, &e, TICKS);
	} while (ret == 1 && !strcmp(e.resource, "destination"));
	EXPECT_EQ(1, ret) TH_LOG("no event %s %s", level, resource);
	EXPECT_STREQ(level, e.level) TH_LOG("got: %s", event_text(&e));
	EXPECT_STREQ(path, e.path);
	EXPECT_STREQ(resource, e.resource);
	EXPECT_EQ(current, e.current);
	EXPECT_EQ(threshold, e.threshold);
	EXPECT_EQ(limit, e.limit);
}

/* Before it is clear, the run of refusals is said to be over, and how many there were. */
static void expect_clear(struct __test_metadata *_metadata, struct events *r, const char *path,
			 long long current, long long threshold, long long limit,
			 long long refused)
{
	struct event e = { .level = "none" };
	long long ended = 0;

	while (events_next(r, &e, TICKS) == 1 && strcmp(e.level, "clear"))
		if (!strcmp(e.level, "end") && !strcmp(e.of, "deny"))
			ended += e.count;
	EXPECT_STREQ("clear", e.level);
	EXPECT_STREQ(path, e.path);
	EXPECT_STREQ("tcp", e.resource);
	EXPECT_EQ(current, e.current);
	EXPECT_EQ(threshold, e.threshold);
	EXPECT_EQ(limit, e.limit);
	EXPECT_EQ(refused, ended);
}

static void expect_quiet(struct __test_metadata *_metadata, struct events *r)
{
	struct event e;
	int ret = events_next(r, &e, QUIET);

	EXPECT_EQ(0, ret) {
		if (ret > 0)
			TH_LOG("an event too many: %s", event_text(&e));
	}
}

/* Steps so small and a rest so long before, that nothing is forecast. */
static void no_growth(struct events *r)
{
	struct event e;

	/* The ramp up to here counts as growth: wait until its rate is 0, and drop its events. */
	sleep_ms(lane_scale(3000, 6000));
	while (events_next(r, &e, 0) > 0)
		;
}

WORLD_TEST(edges_of_one_cap)
{
	const char *base = self->w.base;
	unsigned int i;

	rule_set("%s tcp.max=20 tcp.warn=15", base);
	take_to(self->listener, 13);
	no_growth(self->r);
	take_to(self->listener, 15);
	expect_event(_metadata, self->r, base, "warn", "tcp", 15, 15, 20);
	no_growth(self->r);
	take_to(self->listener, 20);
	for (i = 0; i < 50; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, take(self->listener));
	EXPECT_EQ(1U, events_count(self->r, base, "deny", "tcp", QUIET));
	/* At the cap and just below it: one run of refusals, one warning. */
	for (i = 0; i < 10; i++) {
		give_to(16);
		take_to(self->listener, 20);
		EXPECT_EQ(-EADDRNOTAVAIL, take(self->listener));
	}
	EXPECT_EQ(0U, events_count(self->r, base, "deny", "tcp", QUIET));
	give_to(14);
	expect_quiet(_metadata, self->r);
	give_to(13);
	expect_clear(_metadata, self->r, base, 13, 15, 20, 60);
	give_to(0);
	expect_quiet(_metadata, self->r);
	/* And again. */
	take_to(self->listener, 20);
	EXPECT_EQ(-EADDRNOTAVAIL, take(self->listener));
	give_to(0);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, events_count(self->r, base, "clear", "tcp", QUIET));
}

WORLD_TEST(trembling_is_one_warning)
{
	unsigned int i;

	/* 10 % of 20 below it is 18. */
	rule_set("%s tcp.warn=20", self->w.base);
	for (i = 0; i < lane_count(200, 200, 40); i++) {
		take_to(self->listener, 21);
		give_to(19);
		EXPECT_STAT(tcp_current, 19);
	}
	EXPECT_EQ(1U, events_count(self->r, self->w.base, "warn", "tcp", QUIET));
	events_close(self->r);
	events_open(self->r, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(self->r, self->w.base, "clear", "tcp", QUIET));
}

/*
 * The criterion: a ramp gives warn or forecast strictly before the first
 * refusal, one event an edge, and clear afterwards.
 */
WORLD_TEST_LONG(ramp, 60)
{
	unsigned int warn = 0, deny = 0, clear = 0, forecast = 0, n, cap = 100;
	bool refused = false, before = false;
	struct event e;

	refusals_count();
	rule_set("%s tcp.max=%u", self->w.base, cap);
	for (n = 0; n < cap + 20; n++) {
		while (events_next(self->r, &e, 0) > 0) {
			if (strcmp(e.path, self->w.base))
				continue;
			warn += !strcmp(e.level, "warn");
			forecast += !strcmp(e.level, "forecast");
			deny += !strcmp(e.level, "deny");
			before |= !refused && (warn || forecast) && !deny;
			if (!strcmp(e.level, "forecast")) {
				EXPECT_GE(e.left, 0);
				EXPECT_LE(e.left, 30);
				EXPECT_GT(e.rate, 0);
				EXPECT_LT(e.current, e.limit);
			}
		}
		refused |= !!take(self->listener);
		sleep_ms(40);
	}
	EXPECT_TRUE(refused);
	EXPECT_TRUE(before);
	give_to(0);
	while (events_next(self->r, &e, TICKS) > 0) {
		if (strcmp(e.path, self->w.base))
			continue;
		warn += !strcmp(e.level, "warn");
		deny += !strcmp(e.level, "deny");
		clear += !strcmp(e.level, "clear");
		forecast += !strcmp(e.level, "forecast");
	}
	EXPECT_EQ(1U, warn);
	EXPECT_EQ(1U, deny);
	EXPECT_EQ(1U, clear);
	EXPECT_EQ(1U, forecast);
}

/* Growth alone is told too, far below any threshold. */
WORLD_TEST_LONG(forecast_below_the_threshold, 60)
{
	struct event e = { 0 };
	unsigned int i;

	rule_set("%s tcp.max=400 tcp.warn=max", self->w.base);
	for (i = 0; i < 100 && !e.level[0]; i++) {
		take_to(self->listener, n_pairs + 2);
		sleep_ms(50);
		if (events_next(self->r, &e, 0) > 0 && strcmp(e.path, self->w.base))
			e.level[0] = '\0';
	}
	EXPECT_STREQ("forecast", e.level);
	EXPECT_LT(e.current, 300);
	EXPECT_GT(e.rate, 0);
	EXPECT_LE(e.left, 30);
}

/* A number that does not grow is not forecast to be full, also right after a rule was set. */
WORLD_TEST(no_forecast_when_steady)
{
	struct event e;

	take_to(self->listener, 300);
	no_growth(self->r);
	rule_set("%s tcp.max=1000", self->w.base);
	while (events_next(self->r, &e, TICKS) > 0)
		EXPECT_STRNE("forecast", e.level) TH_LOG("%s", event_text(&e));
}

WORLD_TEST(limit_lowered_and_raised)
{
	const char *base = self->w.base;

	rule_set("%s tcp.max=100", base);
	take_to(self->listener, 50);
	no_growth(self->r);
	rule_set("%s tcp.max=20", base);
	expect_event(_metadata, self->r, base, "warn", "tcp", 50, 16, 20);
	EXPECT_EQ(-EADDRNOTAVAIL, take(self->listener));
	expect_event(_metadata, self->r, base, "deny", "tcp", 50, 20, 20);
	rule_set("%s tcp.max=10", base);
	expect_quiet(_metadata, self->r);
	rule_set("%s tcp.max=200", base);
	expect_clear(_metadata, self->r, base, 50, 160, 200, 1);
}

/* Where a limit of 0 allows nothing, a storm of refusals is one run in the stream. */
WORLD_TEST(cap_of_zero)
{
	unsigned long long end = now_ms() + TICKS;

	rule_set("%s tcp.max=0", self->w.base);
	while (now_ms() < end)
		EXPECT_EQ(-EADDRNOTAVAIL, take(self->listener));
	EXPECT_EQ(1U, events_count(self->r, self->w.base, "deny", "tcp", QUIET));
	events_close(self->r);
	events_open(self->r, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(self->r, self->w.base, "clear", "tcp", QUIET));
}

WORLD_TEST(udp_and_timewait)
{
	struct addr to = addr_make(V4, 1, 53);
	const char *base = self->w.base;
	int fd[5];
	unsigned int i;

	time_wait_unlimited();
	rule_set("%s udp.max=5 udp.warn=4 timewait.warn=3", base);
	for (i = 0; i < 5; i++)
		must_connect(fd[i] = udp_socket(V4), &to);
	EXPECT_EQ(-EAGAIN, ask_udp_connect(udp_socket(V4), &to));
	EXPECT_EQ(1U, events_count(self->r, base, "deny", "udp", QUIET));
	for (i = 0; i < 5; i++)
		close(fd[i]);
	EXPECT_EQ(1U, events_count(self->r, base, "clear", "udp", QUIET));
	take_to(self->listener, 3);
	for (i = 0; i < 3; i++)
		pair_close(&pairs[i], CLOSE_CLIENT);
	n_pairs = 0;
	EXPECT_EQ(1U, events_count(self->r, base, "warn", "timewait", QUIET));
	events_close(self->r);
	events_open(self->r, PQ_EVENTS);
	EXPECT_EQ(1U, events_count(self->r, base, "warn", "udp", QUIET));
}

/* Distinct ports of the range itself, with no rule at all: 75 % and 90 %. */
WORLD_TEST(range_without_a_rule)
{
	struct event e;
	unsigned int warn = 0;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40039");
	sleep_ms(lane_scale(1200, 3000));
	take_to(self->listener, 29);
	no_growth(self->r);
	take_to(self->listener, 30);
	expect_event(_metadata, self->r, "/", "warn", "tcp.ports", 30, 30, 40);
	take_to(self->listener, 36);
	while (events_next(self->r, &e, QUIET) > 0)
		if (!strcmp(e.level, "warn") && !strcmp(e.resource, "tcp.ports")) {
			EXPECT_EQ(36, e.threshold);
			warn++;
		}
	EXPECT_EQ(1U, warn);
	give_to(0);
	EXPECT_EQ(2U, events_count(self->r, "/", "clear", "tcp.ports", QUIET));
}

WORLD_TEST(two_readers_and_a_late_one)
{
	struct events *second = malloc(sizeof(*second)), *late = malloc(sizeof(*late));
	struct event a, b, c;

	events_open(second, PQ_EVENTS);
	rule_set("%s tcp.warn=2", self->w.base);
	take_to(self->listener, 2);
	ASSERT_EQ(1, events_next(self->r, &a, TICKS));
	give_to(0);
	ASSERT_EQ(1, events_next(second, &b, TICKS));
	EXPECT_STREQ("warn", a.level);
	EXPECT_EQ(a.time, b.time);
	EXPECT_EQ(0, memcmp(&a, &b, sizeof(a)));
	ASSERT_EQ(1, events_next(self->r, &a, TICKS));
	EXPECT_STREQ("clear", a.level);
	/* A reader that opens the file late gets the events that are kept, too. */
	events_open(late, PQ_EVENTS);
	ASSERT_EQ(1, events_next(late, &c, 0));
	EXPECT_EQ(0, memcmp(&c, &b, sizeof(c)));
	ASSERT_EQ(1, events_next(late, &c, 0));
	EXPECT_EQ(0, memcmp(&c, &a, sizeof(c)));
	events_close(late);
	events_close(second);
	free(late);
	free(second);
}

/* The host's stream names the namespace. */
WORLD_TEST(hosts_events)
{
	struct events *host = malloc(sizeof(*host));
	struct event e;

	events_open(host, PQ_HOST_EVENTS);
	rule_set("%s tcp.warn=2", self->w.base);
	take_to(self->listener, 2);
	ASSERT_TRUE(events_find(host, &e, self->w.base, "warn", TICKS));
	EXPECT_STREQ(self->w.ns_name, e.netns);
	ASSERT_EQ(1, events_next(self->r, &e, TICKS));
	EXPECT_STREQ("", e.netns);
	events_close(host);
	free(host);
}

WORLD_TEST(poll_and_nonblock)
{
	struct pollfd p = { .fd = self->r->fd, .events = POLLIN };
	char buf[4096];

	EXPECT_EQ(0, poll(&p, 1, 0));
	EXPECT_EQ(-1, read(p.fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, read(p.fd, buf, 0));
	rule_set("%s tcp.warn=1", self->w.base);
	take_to(self->listener, 1);
	EXPECT_EQ(1, poll(&p, 1, (int)TICKS));
	EXPECT_EQ(POLLIN, p.revents);
	/* In small pieces: the line comes whole, in the end. */
	EXPECT_EQ(5, read(p.fd, buf, 5));
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_GT(read(p.fd, buf + 5, sizeof(buf) - 5), 5);
	EXPECT_NE(NULL, strstr(buf, " warn "));
	EXPECT_EQ(0, poll(&p, 1, 0));
	EXPECT_EQ(-1, write(p.fd, "x", 1));
	EXPECT_EQ(-1, lseek(p.fd, 0, SEEK_SET));
}

struct waiting {
	int ret, err, opened;
	char buf[1024];
	struct gate ready;
};

static void read_blocking(void *arg)
{
	struct waiting *w = arg;
	int fd = open(PQ_EVENTS, O_RDONLY | O_CLOEXEC);

	w->opened = fd;
	gate_open(&w->ready);
	w->ret = (int)read(fd, w->buf, sizeof(w->buf) - 1);
	w->err = errno;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void read_until_signal(void *arg)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	read_blocking(arg);
}

WORLD_TEST(blocking_read)
{
	struct waiting *w = shared_memory(sizeof(*w));
	pid_t pid;

	gate_make(&w->ready);
	pid = child_start(read_blocking, w);
	gate_wait(&w->ready);
	sleep_ms(100);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	rule_set("%s tcp.warn=1", self->w.base);
	take_to(self->listener, 1);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_GT(w->ret, 0);
	EXPECT_NE(NULL, strstr(w->buf, " warn "));
}

WORLD_TEST(signal_ends_a_read)
{
	struct waiting *w = shared_memory(sizeof(*w));
	pid_t pid;

	gate_make(&w->ready);
	pid = child_start(read_until_signal, w);
	gate_wait(&w->ready);
	sleep_ms(100);
	kill(pid, SIGUSR1);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_EQ(-1, w->ret);
	EXPECT_EQ(EINTR, w->err);
	pid = child_start(read_blocking, w);
	gate_wait(&w->ready);
	child_kill(pid);
}

/* Each crossing is two events; 128 are kept. One cgroup could not make so many. */
WORLD_TEST_LONG(lost_lines_are_told, 60)
{
	unsigned long long lost = 0;
	unsigned int seen = 0, i, rounds = lane_count(200, 200, 80);
	long long before = -1;
	struct event e;
	char name[16];

	rule_set("%s/* tcp.warn=1", self->w.base);
	for (i = 0; i < rounds; i++) {
		snprintf(name, sizeof(name), "lost-%u", i);
		cgroup_enter(world_cgroup(&self->w, name));
		take_to(self->listener, 1);
		give_to(0);
		EXPECT_STAT(tcp_current, 0);
	}
	cgroup_enter(self->w.base);
	while (events_next(self->r, &e, QUIET) > 0) {
		if (!strcmp(e.level, "lost"))
			lost += e.lost;
		else
			seen++;
	}
	EXPECT_EQ(2 * rounds - 128, lost);
	EXPECT_EQ(128U, seen);
	/* A reader that comes now has lost nothing, and sees by the numbers what it has missed. */
	events_close(self->r);
	events_open(self->r, PQ_EVENTS);
	seen = 0;
	while (events_next(self->r, &e, 0) > 0) {
		EXPECT_STRNE("lost", e.level);
		if (seen)
			EXPECT_EQ(before + 1, e.seq);
		before = e.seq;
		seen++;
	}
	EXPECT_EQ(128U, seen);
	EXPECT_EQ(2 * rounds - 1, before);
}

/*
 * An open file keeps its namespace, as /proc/net/tcp does: the kernel removes
 * namespaces one after the other, and a reader's poll() must not hold that up.
 */
WORLD_TEST_LONG(open_file_keeps_its_namespace, 60)
{
	static const char *const file[] = { PQ_EVENTS, PQ_DESTINATIONS, PQ_STAT };
	struct epoll_event ev = { .events = EPOLLIN };
	int home = netns_open(), ep;
	struct pollfd p = { .events = POLLPRI };
	char name[64], other[64], buf[256];
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(file); k++) {
		netns_new();
		netns_name(name, sizeof(name));
		p.fd = open(file[k], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ASSERT_GE(p.fd, 0);
		ep = epoll_create1(EPOLL_CLOEXEC);
		if (k == 0)
			ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &ev));
		netns_new();
		netns_name(other, sizeof(other));
		netns_enter(home);
		if (k == 0)
			EXPECT_EQ(0, poll(&p, 1, 300));
		/* Others go meanwhile. */
		EXPECT_TRUE(netns_wait_gone(other, lane_scale(10000, 60000)));
		EXPECT_FALSE(netns_wait_gone(name, 300));
		EXPECT_GE(read(p.fd, buf, sizeof(buf)), k ? 0 : -1);
		close(p.fd);
		EXPECT_TRUE(netns_wait_gone(name, lane_scale(10000, 60000)));
		close(ep);
	}
}

static void poll_for_ever(void *arg)
{
	struct waiting *w = arg;
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };

	p[0].fd = open(PQ_EVENTS, O_RDONLY | O_CLOEXEC);
	p[1].fd = open(PQ_HOST_EVENTS, O_RDONLY | O_CLOEXEC);
	while (read(p[1].fd, w->buf, 1) > 0 && poll(&p[1], 1, 0) > 0)
		;
	gate_open(&w->ready);
	w->ret = poll(p, 2, -1);
	if (read(p[0].fd, w->buf, 1) > 0)
		w->ret = -1;
}

/* Polls for POLLPRI, which such a file never gives. */
static void poll_for_others(void *arg)
{
	struct waiting *w = arg;
	struct pollfd p = { .events = POLLPRI };

	p.fd = open(PQ_EVENTS, O_RDONLY | O_CLOEXEC);
	gate_open(&w->ready);
	w->ret = poll(&p, 1, -1);
}

static void select_for_others(void *arg)
{
	struct waiting *w = arg;
	int fd = open(PQ_HOST_EVENTS, O_RDONLY | O_CLOEXEC);
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	gate_open(&w->ready);
	w->ret = select(fd + 1, NULL, NULL, &set, NULL);
}

static void read_host_blocking(void *arg)
{
	struct waiting *w = arg;
	int fd = open(PQ_HOST_EVENTS, O_RDONLY | O_CLOEXEC);

	gate_open(&w->ready);
	while ((w->ret = (int)read(fd, w->buf, sizeof(w->buf))) > 0)
		;
	w->err = errno;
}

/* Removing the module does not wait for readers, and leaves none behind. */
WORLD_TEST_LONG(module_removed_under_readers, 60)
{
	struct waiting *w[5];
	struct epoll_event ev = { .events = EPOLLIN };
	pid_t pid[5];
	int fd[2], ep, i;

	for (i = 0; i < 5; i++) {
		w[i] = shared_memory(sizeof(*w[i]));
		gate_make(&w[i]->ready);
	}
	rule_set("%s tcp.warn=1", self->w.base);
	take_to(self->listener, 1);
	pid[0] = child_start(read_until_signal, w[0]);
	pid[1] = child_start(poll_for_ever, w[1]);
	pid[2] = child_start(read_host_blocking, w[2]);
	pid[3] = child_start(poll_for_others, w[3]);
	pid[4] = child_start(select_for_others, w[4]);
	for (i = 0; i < 5; i++)
		gate_wait(&w[i]->ready);
	ep = epoll_create1(EPOLL_CLOEXEC);
	fd[0] = open(PQ_EVENTS, O_RDONLY | O_CLOEXEC);
	fd[1] = open(PQ_HOST_EVENTS, O_RDONLY | O_CLOEXEC);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &ev));
	sleep_ms(100);
	give_to(0);
	portquota_unload();
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
	EXPECT_LE(w[2]->ret, 0);
	EXPECT_EQ(1, w[3]->ret);
	EXPECT_EQ(1, w[4]->ret);
	/* epoll knows files that are removed now: closing them touches no freed memory. */
	EXPECT_GE(epoll_wait(ep, &ev, 1, 1000), 0);
	close(ep);
	close(fd[0]);
	close(fd[1]);
	portquota_load();
}

/* At most one line an account and level in each interval. */
WORLD_TEST(log_is_limited)
{
	unsigned int i;

	must_write(PQ_PARAMETERS "/log_interval_ms", "60000");
	rule_set("%s tcp.warn=1", self->w.base);
	for (i = 0; i < 50; i++) {
		take_to(self->listener, 1);
		give_to(0);
		EXPECT_STAT(tcp_current, 0);
	}
	sleep_ms(QUIET);
	EXPECT_EQ(2U, log_lines(self->w.base, ""));	/* threshold crossed; clear */
	/* Levels do not hide one another. */
	rule_set("%s tcp.max=1 tcp.warn=max", self->w.base);
	take_to(self->listener, 1);
	for (i = 0; i < 50; i++)
		take(self->listener);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, log_lines(self->w.base, "refusing"));
	/* Accounts neither. */
	rule_set("%s/* tcp.warn=1", self->w.base);
	cgroup_enter(world_cgroup(&self->w, "other"));
	rule_set("-%s", self->w.base);
	take_to(self->listener, 2);
	sleep_ms(QUIET);
	EXPECT_EQ(1U, log_lines(self->w.base, "/other"));
}

WORLD_TEST(log_can_be_switched_off)
{
	must_write(PQ_PARAMETERS "/log", "N");
	rule_set("%s tcp.warn=1", self->w.base);
	take_to(self->listener, 1);
	sleep_ms(QUIET);
	EXPECT_EQ(0U, log_lines(self->w.base, ""));
	EXPECT_EQ(1U, events_count(self->r, self->w.base, "warn", "tcp", 0));
}

/* mode off: nothing is said; audit: as if it were refused. */
WORLD_TEST(modes_in_the_stream)
{
	struct event e;

	rule_set("%s tcp.max=4 tcp.warn=2", self->w.base);
	mode_set("off");
	take_to(self->listener, 6);
	expect_quiet(_metadata, self->r);
	give_to(0);
	EXPECT_STAT(tcp_current, 0);
	mode_set("audit");
	take_to(self->listener, 6);
	ASSERT_TRUE(events_find(self->r, &e, self->w.base, "warn", TICKS));
	ASSERT_TRUE(events_find(self->r, &e, self->w.base, "deny", TICKS));
	EXPECT_TRUE(e.audit);
}

WORLD_MAIN
