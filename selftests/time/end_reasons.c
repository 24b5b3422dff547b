// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why TIME_WAITs end, over thousands that end for different reasons: each is
 * counted under its reason, their lifetimes add up, and an early end is an event.
 */
#include "test.h"

WORLD_FIXTURE

#define DELAY_S		30
#define KERNEL_S	60
#define OTHER_PORT	(PORT_OUTSIDE + 1)

static struct pair open_from(uint16_t port, int listener)
{
	struct addr from = addr_make(V4, 1, port);
	int fd = tcp_socket(V4);

	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &from);
	return pair_open_from(fd, listener);
}

static void leave(int listener, unsigned int n)
{
	struct pair p;

	while (n--) {
		p = pair_open(listener);
		pair_close(&p, CLOSE_CLIENT);
	}
}

/* On the accepted side, each ended by a SYN from the same port. */
static void end_by_syn(int listener, unsigned int n)
{
	struct pair p;
	unsigned int i;

	for (i = 0; i < n; i++) {
		p = open_from(20000 + i, listener);
		pair_close(&p, CLOSE_SERVER);
	}
	/* A SYN of the same second could be an old one. */
	sleep_ms(1100);
	for (i = 0; i < n; i++) {
		p = open_from(20000 + i, listener);
		pair_close(&p, CLOSE_RST);
	}
}

/* FIN_WAIT2 remainders, each ended by a reset: the server does not read what it was sent. */
static void end_by_reset(int listener, unsigned int n)
{
	struct pair p;

	while (n--) {
		p = pair_open(listener);
		if (write(p.client, "x", 1) != 1)
			die("cannot write");
		close_half(p.client);
		stat_settled(offsetof(struct counters, tw_fin_wait2), 1);
		close(p.server);
		/* Else the next one could take this remainder for its own. */
		stat_settled(offsetof(struct counters, tw_fin_wait2), 0);
	}
}

/* In a range of as many ports, so that each new connection has to take one over. */
static void end_by_reuse(int listener, unsigned int n)
{
	struct pair *p = calloc(n, sizeof(*p));
	char range[40];
	unsigned int i;

	snprintf(range, sizeof(range), "10000 %u", 10000 + n - 1);
	sysctl_set("net.ipv4.ip_local_port_range", range);
	leave(listener, n);
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	sleep_ms(2100);
	for (i = 0; i < n; i++)
		p[i] = pair_open(listener);
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	sysctl_set("net.ipv4.ip_local_port_range", "32768 60999");
	for (i = 0; i < n; i++)
		pair_close(&p[i], CLOSE_RST);
	free(p);
}

static bool is_other(const struct endpoint *ep)
{
	return ep->remainder && ep->rport == OTHER_PORT;
}

/* Of all events that are kept: one of @path that says why, or none (NULL). */
static void expect_early(struct __test_metadata *_metadata, const char *path, const char *reason)
{
	struct events *r = malloc(sizeof(*r));
	unsigned int n = 0;
	struct event e;

	events_open(r, PQ_EVENTS);
	while (events_next(r, &e, 100) > 0) {
		EXPECT_STRNE("lost", e.level);
		if (strcmp(e.path, path) || strcmp(e.level, "early"))
			continue;
		n++;
		EXPECT_STREQ("timewait", e.resource);
		EXPECT_STREQ(reason ?: "none", e.reason);
		EXPECT_EQ(KERNEL_S, e.threshold);
		EXPECT_LE(!!strcmp(e.reason, "overflow"), e.lasted);
		EXPECT_GT(KERNEL_S, e.lasted);
	}
	EXPECT_EQ(!!reason, n) TH_LOG("%s", path);
	events_close(r);
	free(r);
}

WORLD_TEST_LONG(each_is_what_it_was, 300)
{
	unsigned int expired = lane_scale(4500, 300), syn = lane_scale(1500, 150);
	unsigned int reset = lane_scale(1000, 100), reused = lane_scale(1500, 150);
	unsigned int killed = lane_scale(1500, 150), overflow = lane_scale(500, 50), n;
	const char *e = world_cgroup(&self->w, "expired"), *s = world_cgroup(&self->w, "syn");
	const char *r = world_cgroup(&self->w, "reused"), *k = world_cgroup(&self->w, "killed");
	const char *t = world_cgroup(&self->w, "reset"), *o = world_cgroup(&self->w, "overflow");
	int listener, other;
	struct stat_file st;
	int err;

	descriptors_raise();
	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	rule_set("%s timewait.delay=%u", e, DELAY_S);
	cgroup_enter(s);	/* the accepted side pays for what the SYNs end */
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	other = tcp_listen(V4, 1, OTHER_PORT);

	cgroup_enter(e);
	leave(listener, expired);
	cgroup_enter(s);
	end_by_syn(listener, syn);
	cgroup_enter(t);
	end_by_reset(listener, reset);
	cgroup_enter(r);
	end_by_reuse(listener, reused);
	cgroup_enter(k);
	leave(other, killed);
	err = diag_destroy(is_other);
	if (err == -EOPNOTSUPP)
		killed = 0;
	cgroup_enter(o);
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "0");
	leave(other, overflow);
	time_wait_unlimited();
	EXPECT_EQ(0U, invariants_at_rest("before the rest expires"));

	EXPECT_STAT(tw_recycled, syn + reset);
	EXPECT_STAT(tw_reused, reused);
	EXPECT_STAT(tw_killed, killed);
	EXPECT_STAT(tw_overflow, overflow);
	EXPECT_ACCOUNT(s, tw_recycled, syn);
	EXPECT_ACCOUNT(t, tw_recycled, reset);
	EXPECT_ACCOUNT(r, tw_reused, reused);
	EXPECT_ACCOUNT(k, tw_killed, killed);
	EXPECT_ACCOUNT(o, tw_overflow, overflow);

	stat_read(&st);
	/* Those that ended at once, and those that a second or two were waited for. */
	EXPECT_LE(killed, st.c.lasted_1 + st.c.lasted_2 + st.c.lasted_4 + st.c.lasted_8 +
		  st.c.lasted_16);
	EXPECT_LE(syn + reused, st.c.lasted_2 + st.c.lasted_4 + st.c.lasted_8 + st.c.lasted_16 +
		  st.c.lasted_32);
	EXPECT_EQ(0, st.c.lasted_max + st.c.lasted_512);
	for (n = 0; st.c.tw_expired < expired && n < 2 * DELAY_S; n++) {
		sleep_ms(1000);
		stat_read(&st);
	}
	EXPECT_STAT(tw_expired, expired);
	EXPECT_ACCOUNT(e, tw_expired, expired);
	stat_read(&st);
	diag("%lld entered: %lld expired, %lld reused, %lld recycled, %lld killed, %lld left; %lld not made",
	     st.c.tw_entered, st.c.tw_expired, st.c.tw_reused, st.c.tw_recycled,
	     st.c.tw_killed, st.c.tw_current, st.c.tw_overflow);
	EXPECT_EQ(st.c.tw_entered, st.c.tw_current + st.c.tw_expired + st.c.tw_reused +
		  st.c.tw_recycled + st.c.tw_killed);
	/* 30 s, to the second. On a slow machine others may have had to wait as long. */
	EXPECT_LE(expired, st.c.lasted_32);

	/* Once a run; never where the administrator had it so, nor before it was TIME_WAIT. */
	expect_early(_metadata, s, "recycled");
	expect_early(_metadata, o, "overflow");
	expect_early(_metadata, t, NULL);
	expect_early(_metadata, r, NULL);
	expect_early(_metadata, k, NULL);
	expect_early(_metadata, e, NULL);
}

/* The same reason again after ten seconds without is a new run. */
WORLD_TEST_LONG(early_is_told_once_a_run, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct events events;
	unsigned int i;

	events_open(&events, PQ_EVENTS);
	for (i = 0; i < 5; i++) {
		end_by_syn(listener, 1);
		EXPECT_EQ(!i, events_count(&events, self->w.base, "early", "timewait", 100));
	}
	sleep_ms(12000);
	end_by_syn(listener, 1);
	EXPECT_EQ(1U, events_count(&events, self->w.base, "early", "timewait", 100));
	events_close(&events);
	EXPECT_EQ(2U, log_lines(self->w.base, "the peer has ended a TIME_WAIT after "));
}

struct removed {
	unsigned int n, netns;
	char name[64];
};

static void leave_namespace(void *arg)
{
	struct removed *r = arg;
	struct pair p;
	unsigned int i;
	int listener;

	netns_new();
	netns_name(r->name, sizeof(r->name));
	r->netns = trace_netns();
	time_wait_unlimited();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	for (i = 0; i < r->n; i++) {
		p = pair_open(listener);
		pair_close(&p, i % 2 ? CLOSE_CLIENT : CLOSE_SERVER);
	}
	if (stat_settled(offsetof(struct counters, tw_current), r->n) != r->n)
		die("not all of them are TIME_WAIT");
}

/* A namespace takes its TIME_WAITs with it: each one ends, once, and gives back what it held. */
WORLD_TEST_LONG(killed_with_the_namespace, 60)
{
	struct removed *r = shared_memory(sizeof(*r));
	unsigned long long end;

	r->n = lane_scale(400, 100);
	if (!trace_on())
		SKIP(return, "no tracefs: nobody sees it");
	EXPECT_EQ(0, child_wait(child_start(leave_namespace, r)));
	EXPECT_TRUE(netns_wait_gone(r->name, 60000));
	/* Gone from the list: only then does TCP take away what is left in it. */
	end = now_ms() + lane_rest_ms();
	while (trace_count("timewait_end", "netns=%u", r->netns) < r->n && now_ms() < end)
		sleep_ms(50);
	trace_off();
	EXPECT_EQ(r->n, trace_count("timewait_begin", "netns=%u", r->netns));
	EXPECT_EQ(r->n, trace_count("timewait_end", "netns=%u", r->netns));
	EXPECT_EQ(trace_count("charge", "netns=%u", r->netns),
		  trace_count("uncharge", "netns=%u", r->netns));
}

WORLD_MAIN
