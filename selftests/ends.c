// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why TIME_WAITs end, over thousands that end for different reasons: each is
 * counted as what it was, their lifetimes add up, and early ends are told.
 */
#include "test.h"

WORLD_FIXTURE

#define DELAY_S		30
#define OTHER_PORT	(PORT_OUTSIDE + 1)

/* The key of stat that begins with @key, or the sum of all that do. */
static long long stat_sum(const char *key)
{
	char name[100];
	long long value, sum = 0;
	FILE *stat = fopen("/proc/net/portquota/stat", "r");

	if (!stat)
		die("no stat");
	while (fscanf(stat, "%99s %lld%*[^\n]", name, &value) >= 1)
		if (!strncmp(name, key, strlen(key)))
			sum += value;
	fclose(stat);
	return sum;
}

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

static void wait_for_fin_wait2(unsigned int n)
{
	unsigned int tries = 0;

	while (stat_sum("timewait.fin_wait2") < n && tries++ < 1000)
		sleep_ms(10);
}

/* FIN_WAIT2 remainders, each ended by a reset: the server does not read what it was sent. */
static void end_by_reset(int listener, unsigned int n)
{
	struct pair p;

	while (n--) {
		p = pair_open(listener);
		if (write(p.client, "x", 1) != 1)
			die("cannot write");
		close(p.client);
		wait_for_fin_wait2(1);
		close(p.server);
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

static bool is_other(const struct holder *h)
{
	return h->remainder && h->rport == OTHER_PORT;
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
	struct events events;
	struct stat_file st;
	int err;

	descriptors_raise();
	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	events_open(&events, PQ_EVENTS);
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

	for (n = 0; stat_sum("timewait.expired") < expired && n < 2 * DELAY_S; n++)
		sleep_ms(1000);
	EXPECT_STAT(tw_expired, expired);
	EXPECT_ACCOUNT(e, tw_expired, expired);
	stat_read(&st);
	diag("%lld entered: %lld expired, %lld reused, %lld recycled, %lld killed, %lld left; %lld not made",
	     st.c.tw_entered, st.c.tw_expired, st.c.tw_reused, st.c.tw_recycled,
	     st.c.tw_killed, st.c.tw_current, st.c.tw_overflow);
	EXPECT_EQ(st.c.tw_entered, st.c.tw_current + st.c.tw_expired + st.c.tw_reused +
		  st.c.tw_recycled + st.c.tw_killed);
	EXPECT_EQ(stat_sum("timewait.lifetime."),
		  st.c.tw_expired + st.c.tw_reused + st.c.tw_recycled + st.c.tw_killed);
	/* A timer may be late by a second or so: from 16 to 32 s, or a little more. */
	EXPECT_LE(expired, stat_sum("timewait.lifetime.32") + stat_sum("timewait.lifetime.64"));

	/* Once a run; never where the administrator had it so. */
	EXPECT_EQ(1U, events_count(&events, s, "early", "timewait", 100));
	events_close(&events);
	events_open(&events, PQ_EVENTS);
	EXPECT_EQ(1U, events_count(&events, o, "early", "timewait", 100));
	events_close(&events);
	events_open(&events, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(&events, r, "early", "timewait", 100));
	events_close(&events);
	events_open(&events, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(&events, k, "early", "timewait", 100));
	events_close(&events);
	events_open(&events, PQ_EVENTS);
	EXPECT_EQ(0U, events_count(&events, e, "early", "timewait", 100));
	events_close(&events);
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
}

WORLD_MAIN
