// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many rules, cgroups and namespaces: bounded memory, still readable, still
 * fast. The debug kernel has a tenth of each.
 *
 * The kernel takes a while to take a thousand namespaces apart, and others would
 * wait for that.
 *
 * run-all: late
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "test.h"

WORLD_FIXTURE

static long slab_kb(void)
{
	char *text = must_slurp("/proc/meminfo"), *at = strstr(text, "\nSlab:");
	long kb = at ? strtol(at + 6, NULL, 10) : 0;

	free(text);
	return kb;
}

static unsigned long long timed;

static void begin(void)
{
	timed = now_ms();
}

static unsigned int took(void)
{
	return (unsigned int)(now_ms() - timed);
}

static unsigned int lines_of(const char *file)
{
	char *text = must_slurp(file), *at;
	unsigned int n = 0;

	for (at = text; (at = strchr(at, '\n')); at++)
		n++;
	free(text);
	return n;
}

/* How long @n connections take, in ms. */
static unsigned int connects_ms(int listener, unsigned int n)
{
	struct pair p;

	begin();
	while (n--) {
		p = pair_open(listener);
		pair_close(&p, CLOSE_RST);
	}
	return took();
}

static void remove_rules(const char *base, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		rule_set("-%s/r%u", base, i);
}

WORLD_TEST_LONG(many_rules, 120)
{
	unsigned int n = lane_count(10000, 1000, lane_scale(1000, 300)), i;
	unsigned int write_ms, read_ms, before_ms, after_ms;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	long kb = slab_kb();

	before_ms = connects_ms(listener, lane_count(2000, 200, 200));
	begin();
	for (i = 0; i < n; i++)
		rule_set("%s/r%u tcp.max=%u tcp.warn=80%% over=wait:500ms", self->w.base, i, i);
	write_ms = took();
	kb = slab_kb() - kb;
	begin();
	EXPECT_EQ(n, lines_of(PQ_RULES));
	read_ms = took();
	after_ms = connects_ms(listener, lane_count(2000, 200, 200));
	diag("%u rules: %ld kB, written in %u ms, read in %u ms; connections %u ms before, %u ms with them",
	     n, kb, write_ms, read_ms, before_ms, after_ms);
	/* A kB each, at most. What KASAN keeps of freed memory is in the sum too. */
	if (!lane_is_debug())
		EXPECT_LE(kb, (long)n);
	EXPECT_LE(read_ms, lane_scale(2000, 20000));
	EXPECT_LE(after_ms, 3 * before_ms + 500);
	begin();
	remove_rules(self->w.base, n);
	EXPECT_LE(took(), lane_scale(10000, 60000));
	EXPECT_EQ(0U, lines_of(PQ_RULES));
}

/* There is an end to it, and it says so. */
WORLD_TEST_LONG(rules_have_an_end, 120)
{
	unsigned int i;
	int ret = 0;

	if (lane_is_debug())
		SKIP(return, "the rulebook's own suite shows it there");
	for (i = 0; i < 20000 && !ret; i++)
		ret = rule_write("/full/%u tcp.max=1", i);
	EXPECT_EQ(-ENOSPC, ret);
	EXPECT_EQ(16384U + 1, i);
	/* One that is there can still be replaced. */
	EXPECT_EQ(0, rule_write("/full/0 tcp.max=2"));
	EXPECT_EQ(0, rule_write("-/full/1"));
	EXPECT_EQ(0, rule_write("/full/new tcp.max=2"));
}

/* Globs are gone through one by one: still fast where an account is made. */
WORLD_TEST_LONG(many_globs, 120)
{
	unsigned int n = lane_count(2000, 200, 200), i, ms;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	char path[300];

	begin();
	for (i = 0; i < n; i++)
		rule_set("/other*/%u tcp.max=1", i);
	ms = took();
	rule_set("%s/c* tcp.max=1", self->w.base);
	diag("%u globs written in %u ms", n, ms);
	EXPECT_LE(ms, lane_scale(20000, 100000));
	begin();
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/c%u", self->w.base, i);
		cgroup_make(path);
		cgroup_enter(path);
		pair_open(listener);
	}
	diag("100 cgroups bound to them in %u ms", took());
	cgroup_enter(self->w.base);
	EXPECT_ACCOUNT(path, tcp_max, 1);
}

WORLD_TEST_LONG(many_cgroups, 240)
{
	unsigned int n = lane_count(10000, 500, lane_scale(500, 200)), i, ms;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	char path[300];
	int fd;

	descriptors_raise();
	rule_set("%s/c* tcp.max=1 tcp.warn=max", self->w.base);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/c%u", self->w.base, i);
		cgroup_make(path);
		cgroup_enter(path);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		try_connect(fd, &to);
	}
	cgroup_enter(self->w.base);
	begin();
	EXPECT_GE(lines_of(PQ_ACCOUNTS), n + 2);
	ms = took();
	diag("%u cgroups: accounts read in %u ms", n, ms);
	EXPECT_LE(ms, lane_scale(5000, 30000));
	/* One rule that means them all. */
	begin();
	rule_set("%s/c* tcp.max=2 tcp.warn=max", self->w.base);
	diag("all bound to a new rule in %u ms", took());
	EXPECT_LE(took(), lane_scale(5000, 30000));
	EXPECT_ACCOUNT(path, tcp_max, 2);
	/* The checker compares each account with all: too slow for that many. */
	close_range(3, 1000000, 0);
	self->w.ns = netns_open();
	self->w.home_ns = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	begin();
	cgroup_remove_below(self->w.base);
	diag("removed in %u ms", took());
	EXPECT_STAT(tcp_current, 0);
}

static void hold_namespaces(void *arg)
{
	unsigned int *n = arg, i, made = 0;
	int listener;

	for (i = 0; i < *n; i++) {
		netns_new();
		if (open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) < 0)
			die("cannot hold a namespace");
		rule_set("/ tcp.max=100");
		listener = tcp_listen(V4, 1, PORT_OUTSIDE);
		pair_open(listener);
		made++;
	}
	n[1] = made;
	pause();
}

WORLD_TEST_LONG(many_namespaces, 240)
{
	unsigned int want = lane_count(1000, 40, 40), ms, tries = 0;
	unsigned int others = lines_of(PQ_NAMESPACES);
	unsigned int *n = shared_memory(2 * sizeof(*n));
	struct stat_file s;
	long kb = slab_kb();
	pid_t pid;

	descriptors_raise();
	/* Each costs the kernel some 300 kB before we add anything. */
	while (want > 20 && memory_available() < (want * 500ULL << 10))
		want /= 2;
	n[0] = want;
	begin();
	pid = child_start(hold_namespaces, n);
	while (!__atomic_load_n(&n[1], __ATOMIC_SEQ_CST) && kill(pid, 0) == 0 && tries++ < 20000)
		sleep_ms(10);
	ASSERT_EQ(want, n[1]);
	diag("%u namespaces made in %u ms, %ld kB of slabs in all", want, took(), slab_kb() - kb);
	begin();
	EXPECT_GE(lines_of(PQ_NAMESPACES), want + 1);
	ms = took();
	diag("listed in %u ms", ms);
	EXPECT_LE(ms, lane_scale(1000, 5000));
	begin();
	stat_read(&s);
	EXPECT_LE(took(), lane_scale(200, 1000));
	/* A rule for the host is bound in each of them. */
	begin();
	host_rule_set("/ tcp.max=50");
	diag("a host's rule bound in %u ms", took());
	EXPECT_LE(took(), lane_scale(2000, 20000));
	EXPECT_STAT(tcp_max, 50);
	child_kill(pid);
	/* The kernel removes them one by one, and the next program would wait for that. */
	begin();
	while (lines_of(PQ_NAMESPACES) > others && took() < lane_scale(120000, 300000))
		sleep_ms(100);
	diag("all gone after %u ms", took());
	EXPECT_LE(lines_of(PQ_NAMESPACES), others);
}

WORLD_MAIN
