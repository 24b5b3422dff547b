// SPDX-License-Identifier: GPL-2.0-only
/*
 * timewait.delay: how long TIME_WAIT lasts where a rule says so, as seen from
 * outside: what ss shows, and when the port can be had again.  Both ways into
 * it: straight, and from a FIN_WAIT2 remainder whose other side closes later.
 * All cases wait side by side; in a guest with --icount that takes no time.
 */
#include "test.h"

WORLD_FIXTURE

#define KERNEL_S	60
#define TICK_MS		100

/* One TIME_WAIT, and what is expected of it. */
struct probe {
	unsigned int seconds;
	const char *way;
	uint16_t port;
	uint16_t peer;		/* not 0: an accepted side, whose port is not to be had */
	unsigned int slack;	/* seconds that the kernel's own timers may add */
	double shown;		/* by ss, when it began */
	/* The last look that saw it and the first that did not: a busy machine looks late. */
	unsigned long long begin, last, end;
};

/* The seconds that ss shows to be left; -1: it shows none. @peer 0: whoever it is. */
static double shown_by_ss_of(uint16_t port, uint16_t peer)
{
	char command[100], line[256];
	unsigned int minutes = 0, seconds = 0, ms = 0;
	double left = -1;
	char *timer;
	FILE *ss;

	if (peer)
		snprintf(command, sizeof(command), "ss -Htano sport = :%u and dport = :%u", port,
			 peer);
	else
		snprintf(command, sizeof(command), "ss -Htano sport = :%u", port);
	ss = popen(command, "r");
	if (!ss)
		die("cannot start ss");
	while (fgets(line, sizeof(line), ss)) {
		timer = strstr(line, "timer:(timewait,");
		if (!timer)
			continue;
		timer += strlen("timer:(timewait,");
		/* 4min59sec, 1min, 29sec, 1.5sec or 900ms */
		if (sscanf(timer, "%umin%usec", &minutes, &seconds) == 2 ||
		    sscanf(timer, "%umin%u.", &minutes, &seconds) == 2)
			left = minutes * 60 + seconds;
		else if (sscanf(timer, "%usec", &seconds) == 1 && strstr(timer, "sec"))
			left = seconds;
		else if (sscanf(timer, "%ums", &ms) == 1)
			left = ms / 1000.0;
	}
	pclose(ss);
	return left;
}

static double shown_by_ss(uint16_t port)
{
	return shown_by_ss_of(port, 0);
}

static bool is_free(uint16_t port)
{
	struct addr a = addr_make(V4, 1, port);
	int fd = tcp_socket(V4), err = try_bind(fd, &a);

	close(fd);
	return !err;
}

static bool is_over(const struct probe *p)
{
	struct endpoints eps;
	bool over;

	if (!p->peer)
		return is_free(p->port);
	diag_read(&eps);
	over = !endpoints_find(&eps, IPPROTO_TCP, p->port, p->peer);
	endpoints_free(&eps);
	return over;
}

/* It is TIME_WAIT since a moment. */
static void probe_begin(struct probe *p)
{
	p->begin = now_ms();
	p->last = p->begin;
	p->shown = shown_by_ss_of(p->port, p->peer);
}

static void wait_for_fin_wait2(unsigned int n)
{
	stat_settled(offsetof(struct counters, tw_fin_wait2), n);
}

static struct pair open_half(int listener, uint16_t *port)
{
	struct pair p = pair_open(listener);

	*port = port_of(p.client);
	close_half(p.client);
	return p;
}

/* Both ways into TIME_WAIT from @cgroup, to last @seconds. */
static void begin_both(struct probe *p, const char *cgroup, int listener, unsigned int seconds)
{
	struct pair straight, half;

	cgroup_enter(cgroup);
	straight = pair_open(listener);
	p[0] = (struct probe){
		.seconds = seconds, .way = "straight", .port = port_of(straight.client),
	};
	pair_close(&straight, CLOSE_CLIENT);
	probe_begin(&p[0]);

	p[1] = (struct probe){ .seconds = seconds, .way = "from FIN_WAIT2" };
	half = open_half(listener, &p[1].port);
	wait_for_fin_wait2(1);
	sleep_ms(1000);
	close(half.server);
	wait_for_fin_wait2(0);
	probe_begin(&p[1]);
}

static void wait_for(struct probe *p, unsigned int n)
{
	unsigned long long until = 0;
	unsigned int i, left = n;

	for (i = 0; i < n; i++)
		if (p[i].begin + (p[i].seconds + 20) * 1000ULL > until)
			until = p[i].begin + (p[i].seconds + 20) * 1000ULL;
	while (left && now_ms() < until) {
		sleep_ms(TICK_MS);
		for (i = 0; i < n; i++) {
			if (p[i].end)
				continue;
			if (!is_over(&p[i])) {
				p[i].last = now_ms();
				continue;
			}
			p[i].end = now_ms();
			left--;
		}
	}
}

static void expect_lasted(struct __test_metadata *_metadata, const struct probe *p)
{
	double least = (double)(p->last - p->begin) / 1000;
	double most = p->end ? (double)(p->end - p->begin) / 1000 : -1;

	diag("%3u s, %s: between %.1f and %.1f s, ss showed %.1f", p->seconds, p->way, least,
	     most, p->shown);
	/* ss cuts off, and it was a moment ago. */
	EXPECT_LE(p->seconds - 2, p->shown);
	EXPECT_GE(p->seconds, p->shown);
	EXPECT_LE(p->seconds - 1, most);
	EXPECT_GE(p->seconds + 1 + p->slack, least);
}

WORLD_TEST_LONG(lasts_as_the_rule_says, 700)
{
	static const unsigned int delays[] = { 300, 60, 30 };
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct probe p[2 * ARRAY_SIZE(delays)];
	unsigned int n = ARRAY_SIZE(delays), i;
	char name[20];

	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	for (i = 0; i < n; i++) {
		const char *cgroup;

		snprintf(name, sizeof(name), "d%u", delays[i]);
		cgroup = world_cgroup(&self->w, name);
		rule_set("%s timewait.delay=%u", cgroup, delays[i]);
		begin_both(&p[2 * i], cgroup, listener, delays[i]);
	}
	EXPECT_EQ(0U, invariants_at_rest("while they wait"));
	wait_for(p, 2 * n);
	for (i = 0; i < 2 * n; i++)
		expect_lasted(_metadata, &p[i]);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_expired, 2 * n);
	EXPECT_STAT(lasted_32, 2);
	EXPECT_STAT(lasted_64, 2);
	EXPECT_STAT(lasted_512, 2);
}

#define RULE_S		30
#define FIN_TIMEOUT_S	35

/* Both sides at once, the accepted side, and rules that come, change and go meanwhile. */
WORLD_TEST_LONG(other_ways_and_later_rules, 150)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	const char *c = world_cgroup(&self->w, "c"), *d = world_cgroup(&self->w, "d");
	struct probe p[7] = { 0 };
	struct pair pair, half;
	unsigned int n = 0, i;
	int listener;

	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_fin_timeout", "%u", FIN_TIMEOUT_S);
	rule_set("%s timewait.delay=%u", a, RULE_S);
	rule_set("%s timewait.delay=%u", b, RULE_S);
	rule_set("%s timewait.delay=%u", c, RULE_S);
	cgroup_enter(a);
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);

	pair = pair_open(listener);
	p[n].way = "both at once, client";
	p[n++].port = port_of(pair.client);
	p[n].way = "both at once, server";
	p[n].port = PORT_OUTSIDE;
	p[n++].peer = port_of(pair.client);
	pair_close(&pair, CLOSE_BOTH);
	stat_settled(offsetof(struct counters, tw_current), 2);
	probe_begin(&p[0]);
	probe_begin(&p[1]);

	pair = pair_open(listener);
	p[n].way = "accepted";
	p[n].port = PORT_OUTSIDE;
	p[n].peer = port_of(pair.client);
	pair_close(&pair, CLOSE_SERVER);
	probe_begin(&p[n++]);

	/* The rule that held when a TIME_WAIT began is the one that counts. */
	cgroup_enter(b);
	pair = pair_open(listener);
	p[n].way = "rule raised";
	p[n].port = port_of(pair.client);
	pair_close(&pair, CLOSE_CLIENT);
	probe_begin(&p[n++]);
	rule_set("%s timewait.delay=300", b);
	cgroup_enter(c);
	pair = pair_open(listener);
	p[n].way = "rule removed";
	p[n].port = port_of(pair.client);
	pair_close(&pair, CLOSE_CLIENT);
	probe_begin(&p[n++]);
	rule_set("-%s", c);
	for (i = 0; i < n; i++)
		p[i].seconds = RULE_S;

	/* FIN_WAIT2 is not TIME_WAIT: the peer never closes, and a sysctl says how long it is. */
	cgroup_enter(a);
	p[n].way = "FIN_WAIT2 alone";
	p[n].seconds = FIN_TIMEOUT_S;
	p[n].slack = 1 + FIN_TIMEOUT_S / 7;
	half = open_half(listener, &p[n].port);
	wait_for_fin_wait2(1);
	probe_begin(&p[n++]);

	/* As long as the kernel's own, which the debug kernel has not the time for. */
	if (!lane_is_debug()) {
		cgroup_enter(d);
		pair = pair_open(listener);
		p[n].way = "rule came later";
		p[n].seconds = KERNEL_S;
		p[n].slack = 1 + KERNEL_S / 7;
		p[n].port = port_of(pair.client);
		pair_close(&pair, CLOSE_CLIENT);
		probe_begin(&p[n++]);
		rule_set("%s timewait.delay=%u", d, RULE_S);
	}
	cgroup_enter(self->w.base);
	EXPECT_STAT(tw_current, n);
	wait_for(p, n);
	for (i = 0; i < n; i++)
		expect_lasted(_metadata, &p[i]);
	close(half.server);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_expired, n);
	EXPECT_STAT(tw_recycled, 0);
}

/*
 * With the last rule about it the hooks for it go, but not before the last TIME_WAIT that
 * began under a rule: without them, that would end when the first step of its timer does.
 */
WORLD_TEST_LONG(last_rule_goes_meanwhile, 90)
{
	struct probe p = { .way = "last rule removed", .seconds = RULE_S };
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair pair;

	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	rule_set("/ timewait.delay=%u", RULE_S);
	pair = pair_open(listener);
	p.port = port_of(pair.client);
	pair_close(&pair, CLOSE_CLIENT);
	probe_begin(&p);
	rule_set("-/");
	wait_for(&p, 1);
	expect_lasted(_metadata, &p);
	EXPECT_STAT(tw_expired, 1);
	EXPECT_STAT(tw_recycled, 0);
}

#define HOOKS_STAY_S	338	/* 300 s, an eighth for the timer and one for rounding: timewait.c */
#define GC_S		5

/*
 * The hooks for it stay after that, for as long as a TIME_WAIT may last that began
 * when they were last needed; then they go.
 */
WORLD_TEST_LONG(hooks_stay_for_the_last_one, 450)
{
	unsigned int none, some, now, tries, seconds = 0;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair pair;

	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	/* Nothing that tests before this one asked for. */
	portquota_unload();
	portquota_load();
	time_wait_unlimited();
	none = hooked_functions();
	rule_set("/ timewait.delay=%u", RULE_S);
	some = hooked_functions();
	ASSERT_LT(none, some);
	pair = pair_open(listener);
	pair_close(&pair, CLOSE_CLIENT);
	EXPECT_ACCOUNT(self->w.base, tw_current, 1);
	rule_set("-/");
	for (; (now = hooked_functions()) == some && seconds < HOOKS_STAY_S + 10 * GC_S; seconds++)
		sleep_ms(1000);
	/* They go one after the other. */
	for (tries = 0; now != none && tries < GC_S * 10; tries++) {
		ASSERT_GT(some, now);
		sleep_ms(100);
		now = hooked_functions();
	}
	EXPECT_EQ(none, now);
	EXPECT_LE(HOOKS_STAY_S - GC_S, seconds);
	EXPECT_STAT(tw_current, 0);
	diag("the hooks went %u s after the rule", seconds);
}

/* A new TIME_WAIT of @cgroup, and what ss shows of it. */
static double shown_of_new(const char *cgroup, int listener, uint16_t *port)
{
	struct pair p;

	cgroup_enter(cgroup);
	p = pair_open(listener);
	*port = port_of(p.client);
	pair_close(&p, CLOSE_CLIENT);
	return shown_by_ss(*port);
}

/* ss cuts off, and some time has gone since. */
#define EXPECT_SHOWN(seconds, shown)			\
	do {						\
		double _shown = (shown);		\
							\
		EXPECT_GE((seconds), _shown);		\
		EXPECT_LE((seconds) - 5, _shown);	\
	} while (0)

/* By what ss shows when they begin: the rest of their time is the case above. */
WORLD_TEST(paths_and_their_heirs)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "a/b");
	const char *c = world_cgroup(&self->w, "a/c"), *d = world_cgroup(&self->w, "d");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	uint16_t port, old;

	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	EXPECT_SHOWN(KERNEL_S, shown_of_new(c, listener, &port));
	rule_set("%s timewait.delay=100", a);
	rule_set("%s timewait.delay=200", c);
	EXPECT_SHOWN(100, shown_of_new(a, listener, &port));
	EXPECT_SHOWN(100, shown_of_new(b, listener, &port));
	EXPECT_SHOWN(200, shown_of_new(c, listener, &old));
	EXPECT_SHOWN(KERNEL_S, shown_of_new(d, listener, &port));
	/* A rule is for TIME_WAITs that begin: those that are there keep their time. */
	rule_set("-%s", c);
	EXPECT_LE(150, shown_by_ss(old));
	EXPECT_SHOWN(100, shown_of_new(c, listener, &port));
	rule_set("-%s", a);
	EXPECT_SHOWN(KERNEL_S, shown_of_new(c, listener, &port));
	rule_set("/ timewait.delay=45");
	EXPECT_SHOWN(45, shown_of_new(d, listener, &port));
	EXPECT_SHOWN(45, shown_of_new(b, listener, &port));
	/* The host's and the namespace's: the longer, which is the safer. */
	host_rule_set("/ timewait.delay=90");
	EXPECT_SHOWN(90, shown_of_new(d, listener, &port));
	host_rule_set("/ timewait.delay=35");
	EXPECT_SHOWN(45, shown_of_new(d, listener, &port));
	mode_set("audit");
	EXPECT_SHOWN(KERNEL_S, shown_of_new(d, listener, &port));
}

/* Half way with the module gone: the rest of their time is the kernel's business, but they end. */
WORLD_TEST(module_goes_meanwhile)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	uint16_t port;

	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	rule_set("/ timewait.delay=30");
	EXPECT_SHOWN(30, shown_of_new(self->w.base, listener, &port));
	portquota_unload();
	EXPECT_SHOWN(30, shown_by_ss(port));
	portquota_load();
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(before_load, 1);
}

/* They are not cut short to the step of their timer, and are counted for what they are. */
WORLD_TEST_LONG(module_goes_and_comes_back, 120)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned long long begin;
	struct stat_file s;
	struct pair p;
	unsigned int i;

	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	rule_set("/ timewait.delay=30");
	begin = now_ms();
	for (i = 0; i < 5; i++) {
		p = pair_open(listener);
		pair_close(&p, CLOSE_CLIENT);
	}
	EXPECT_STAT(tw_current, 5);
	portquota_unload();
	portquota_load();
	while (now_ms() < begin + 29000)
		sleep_ms(TICK_MS);
	stat_read(&s);
	/* A guest that stood still for a while has not looked in time. */
	if (now_ms() < begin + 30000)
		EXPECT_EQ(5, s.c.tw_current);
	while (s.c.tw_current && now_ms() < begin + 60000) {
		sleep_ms(TICK_MS);
		stat_read(&s);
	}
	EXPECT_EQ(0, s.c.tw_current);
	EXPECT_EQ(5, s.c.tw_expired);
	EXPECT_EQ(0, s.c.tw_recycled);
	EXPECT_EQ(0, s.c.tw_killed);
}

WORLD_MAIN
