// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of a cgroup's own: the cgroup keeps to them, others are not touched, and
 * its errors, percentages and warnings are of its own range.
 */
#include "test.h"

WORLD_FIXTURE_FAMILIES

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

/* How long is quiet */
#define QUIET	lane_scale(700, 2000)

struct span {
	unsigned int low, high;
};

static const struct span own = { 10000, 10999 }, whole = { 32768, 60999 };

static bool within(uint16_t port, struct span s)
{
	return port >= s.low && port <= s.high;
}

/* The port that a socket without one is given; 0 and -errno in @err if none. */
static uint16_t bound_port(enum family f, int *fd)
{
	struct addr any = addr_make(f, 1, 0);

	*fd = tcp_socket(f);
	if (ask_bind(*fd, &any)) {
		close(*fd);
		return 0;
	}
	return port_of(*fd);
}

static uint16_t connected_port(int listener, struct pair *p)
{
	struct addr to = addr_local(listener);

	p->client = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->server = -1;
	if (ask_connect(p->client, &to)) {
		close(p->client);
		return 0;
	}
	p->server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return port_of(p->client);
}

/* What a socket of @path gets, by each way there is to get a port, is all in @s. */
static unsigned int outside_of(const char *path, enum family f, int listener, struct span s)
{
	struct addr any = addr_make(f, 1, 0), to = addr_make(f, 1, 53);
	unsigned int wrong = 0, i;
	struct pair p;
	char home[256];
	int fd;

	cgroup_of_self(home, sizeof(home));
	cgroup_enter(path);
	for (i = 0; i < 8; i++) {
		wrong += !within(connected_port(listener, &p), s);
		pair_close(&p, CLOSE_RST);
		wrong += !within(bound_port(f, &fd), s);
		close(fd);
		fd = tcp_socket(f);
		if (ask_listen(fd) || !within(port_of(fd), s))
			wrong++;
		close(fd);
		fd = udp_socket(f);
		if (ask_udp_bind(fd, &any) || !within(port_of(fd), s))
			wrong++;
		close(fd);
		fd = udp_socket(f);
		if (ask_udp_connect(fd, &to) || !within(port_of(fd), s))
			wrong++;
		close(fd);
	}
	cgroup_enter(home);
	return wrong;
}

#define BATCH	100

/* @n connections and @n binds, up to 2 * BATCH of them at a time; how many were not in @s. */
static unsigned int strays(enum family f, int listener, unsigned int n, struct span s)
{
	unsigned int wrong = 0, i, batch;
	struct pair p[BATCH];
	int fd[BATCH];

	for (; n; n -= batch) {
		batch = n < BATCH ? n : BATCH;
		for (i = 0; i < batch; i++) {
			wrong += !within(connected_port(listener, &p[i]), s);
			wrong += !within(bound_port(f, &fd[i]), s);
		}
		for (i = 0; i < batch; i++)
			close(fd[i]);
		pairs_close(p, batch, CLOSE_RST);
	}
	return wrong;
}

/* In the three families 5,100 of each. */
WORLD_TEST_LONG(never_outside, 90)
{
	const char *mine = world_cgroup(&self->w, "mine"), *next = world_cgroup(&self->w, "next");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	unsigned int n = lane_count(1700, 170, lane_scale(170, 60));
	struct counters c;

	rule_set("%s tcp.range=10000-10999", mine);
	cgroup_enter(mine);
	EXPECT_EQ(0U, strays(variant->family, listener, n, own));
	EXPECT_ACCOUNT(mine, tcp_begun, 2 * n);
	EXPECT_ACCOUNT(mine, tcp_current, 0);
	EXPECT_TRUE(account_says(mine, "tcp.range=10000-10999"));
	EXPECT_TRUE(account_says(mine, "udp.range=32768-60999"));
	account_get(mine, &c);
	EXPECT_EQ(1000, c.tcp_usable);
	EXPECT_EQ(28232, c.udp_usable);
	EXPECT_EQ(0, c.tcp_exhausted);
	cgroup_enter(next);
	EXPECT_EQ(0U, strays(variant->family, listener, n / 10, whole));
	EXPECT_TRUE(account_says(next, "tcp.range=32768-60999"));
}

/* All ports of the range: fewer where a kernel is slow. */
static struct span exhaustible(void)
{
	return (struct span){ 10000, 10000 + lane_count(1000, 256, 256) - 1 };
}

WORLD_TEST_LONG(exhausted_by_connects, 60)
{
	const char *mine = world_cgroup(&self->w, "mine"), *next = world_cgroup(&self->w, "next");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	int second = tcp_listen(variant->family, 1, PORT_OUTSIDE + 1);
	unsigned int i, n, size;
	struct span s = exhaustible();
	struct pair p, q;
	int fd;

	size = s.high - s.low + 1;
	refusals_count();
	rule_set("%s tcp.range=%u-%u", mine, s.low, s.high);
	cgroup_enter(mine);
	for (i = n = 0; i < size; i++)
		n += within(connected_port(listener, &p), s);
	ASSERT_EQ(size, n);
	errno = 0;
	EXPECT_EQ(0, connected_port(listener, &q));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	EXPECT_EQ(0, connected_port(listener, &q));
	EXPECT_EQ(0, bound_port(variant->family, &fd));
	EXPECT_EQ(EADDRINUSE, errno);
	EXPECT_ACCOUNT(mine, tcp_exhausted, 3);
	EXPECT_ACCOUNT(mine, tcp_denied, 0);
	EXPECT_STAT(tcp_exhausted, 3);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_ACCOUNT(mine, tcp_current, size);
	/* One destination has them all; another can share them. */
	EXPECT_TRUE(within(connected_port(second, &q), s));
	pair_close(&q, CLOSE_RST);
	/* One that comes free is had again. */
	pair_close(&p, CLOSE_RST);
	EXPECT_TRUE(within(connected_port(listener, &p), s));
	cgroup_enter(next);
	EXPECT_TRUE(within(connected_port(listener, &q), whole));
	EXPECT_ACCOUNT(next, tcp_exhausted, 0);
}

WORLD_TEST_LONG(exhausted_by_binds, 60)
{
	const char *mine = world_cgroup(&self->w, "mine"), *next = world_cgroup(&self->w, "next");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE), fd;
	struct addr any = addr_make(variant->family, 1, 0), to = addr_make(variant->family, 1, 53);
	struct span s = exhaustible();
	unsigned int i, size = s.high - s.low + 1;
	struct pair p;

	refusals_count();
	rule_set("%s tcp.range=%u-%u udp.range=%u-%u", mine, s.low, s.high, s.low, s.high);
	cgroup_enter(mine);
	for (i = 0; i < size; i++) {
		ASSERT_TRUE(within(bound_port(variant->family, &fd), s));
		fd = udp_socket(variant->family);
		ASSERT_EQ(0, ask_udp_bind(fd, &any));
		ASSERT_TRUE(within(port_of(fd), s));
	}
	EXPECT_EQ(0, bound_port(variant->family, &fd));
	EXPECT_EQ(0, connected_port(listener, &p));
	EXPECT_EQ(-EADDRINUSE, ask_udp_bind(udp_socket(variant->family), &any));
	EXPECT_EQ(-EAGAIN, ask_udp_connect(udp_socket(variant->family), &to));
	EXPECT_EQ(-EAGAIN, ask_udp_send(udp_socket(variant->family), &to));
	EXPECT_ACCOUNT(mine, tcp_exhausted, 2);
	EXPECT_ACCOUNT(mine, udp_exhausted, 3);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(udp_denied, 0);
	cgroup_enter(next);
	EXPECT_TRUE(within(bound_port(variant->family, &fd), whole));
	EXPECT_EQ(0, ask_udp_bind(udp_socket(variant->family), &any));
	/* A port outside the namespace's range is not counted in its tcp.ports and udp.ports. */
	EXPECT_STAT(tcp_current, size + 1);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(udp_current, size + 1);
	EXPECT_STAT(udp_ports, 1);
}

/* udp.range says nothing about TCP, nor the other way round. */
WORLD_TEST(each_transport_its_own)
{
	struct addr any = addr_make(variant->family, 1, 0);
	int fd, udp = udp_socket(variant->family);

	rule_set("%s udp.range=20000-20999", self->w.base);
	EXPECT_TRUE(within(bound_port(variant->family, &fd), whole));
	ASSERT_EQ(0, ask_udp_bind(udp, &any));
	EXPECT_TRUE(within(port_of(udp), (struct span){ 20000, 20999 }));
	close(udp);
	rule_set("%s tcp.range=10000-10999", self->w.base);
	udp = udp_socket(variant->family);
	ASSERT_EQ(0, ask_udp_bind(udp, &any));
	EXPECT_TRUE(within(port_of(udp), whole));
	EXPECT_TRUE(within(bound_port(variant->family, &fd), own));
}

static uint16_t port_with_option(enum family f, unsigned int low, unsigned int high, int *err)
{
	struct addr any = addr_make(f, 1, 0);
	int fd = tcp_socket(f);
	uint16_t port = 0;

	*err = socket_option(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, (int)(high << 16 | low));
	if (!*err) {
		must_bind(fd, &any);
		port = port_of(fd);
	}
	close(fd);
	return port;
}

/* As it narrows the namespace's range, a socket's own narrows the cgroup's. */
WORLD_TEST(with_the_sockets_own)
{
	static const struct {
		struct span asked, got;
	} cases[] = {
		{ { 10500, 10509 }, { 10500, 10509 } },
		{ { 9000, 10009 }, { 10000, 10009 } },
		{ { 10990, 12000 }, { 10990, 10999 } },
		{ { 0, 10009 }, { 10000, 10009 } },
		{ { 10990, 0 }, { 10990, 10999 } },
		{ { 9000, 12000 }, { 10000, 10999 } },
		{ { 40000, 40009 }, { 10000, 10999 } },
	};
	unsigned int i, k;
	int err = 0;

	rule_set("%s tcp.range=10000-10999", self->w.base);
	for (i = 0; i < ARRAY_SIZE(cases) && !err; i++)
		for (k = 0; k < 8; k++) {
			uint16_t port = port_with_option(variant->family, cases[i].asked.low,
							 cases[i].asked.high, &err);

			if (err)
				break;
			EXPECT_TRUE(within(port, cases[i].got)) {
				TH_LOG("asked for %u-%u, got %u", cases[i].asked.low,
				       cases[i].asked.high, port);
			}
		}
	if (err == -ENOPROTOOPT)
		SKIP(return, "the kernel has no IP_LOCAL_PORT_RANGE");
	EXPECT_EQ(0, err);
}

WORLD_TEST(inherited)
{
	const char *a = world_cgroup(&self->w, "a"), *below = world_cgroup(&self->w, "a/b");
	const char *other = world_cgroup(&self->w, "other");
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	static const struct span second = { 20000, 20999 }, third = { 30000, 30999 };
	enum family f = variant->family;

	rule_set("%s tcp.range=10000-10999 udp.range=10000-10999", a);
	EXPECT_EQ(0U, outside_of(a, f, listener, own));
	EXPECT_EQ(0U, outside_of(below, f, listener, own));
	EXPECT_EQ(0U, outside_of(other, f, listener, whole));
	EXPECT_TRUE(account_says(below, "tcp.range=10000-10999"));
	/* Its own wins over the parent's, */
	rule_set("%s tcp.range=20000-20999 udp.range=20000-20999", below);
	EXPECT_EQ(0U, outside_of(below, f, listener, second));
	EXPECT_EQ(0U, outside_of(a, f, listener, own));
	/* / is for all who have none, */
	rule_set("/ tcp.range=30000-30999 udp.range=30000-30999");
	EXPECT_EQ(0U, outside_of(other, f, listener, third));
	EXPECT_EQ(0U, outside_of(below, f, listener, second));
	EXPECT_EQ(0U, outside_of(a, f, listener, own));
	/* a rule that says nothing of it does not end it, */
	rule_set("%s tcp.max=900", a);
	EXPECT_EQ(0U, outside_of(a, f, listener, third));
	rule_set("%s tcp.max=900", below);
	EXPECT_EQ(0U, outside_of(below, f, listener, third));
	/* and without any the namespace's is there again. */
	EXPECT_EQ(0, rule_write("-/"));
	EXPECT_EQ(0U, outside_of(a, f, listener, whole));
	EXPECT_EQ(0U, outside_of(below, f, listener, whole));
	EXPECT_EQ(0U, outside_of(other, f, listener, whole));
	EXPECT_TRUE(account_says(below, "tcp.range=32768-60999"));
}

/* The ports that both ranges have; the host's range where they have none in common. */
WORLD_TEST(hosts_rule_and_namespaces_rule)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	const char *base = self->w.base;
	enum family f = variant->family;

	host_rule_set("%s tcp.range=10000-10999 udp.range=10000-10999", base);
	EXPECT_EQ(0U, outside_of(base, f, listener, own));
	rule_set("%s tcp.range=10500-11999 udp.range=9000-10499", base);
	EXPECT_ACCOUNT(base, tcp_usable, 500);
	EXPECT_TRUE(account_says(base, "tcp.range=10500-10999"));
	EXPECT_TRUE(account_says(base, "udp.range=10000-10499"));
	EXPECT_EQ(0U, outside_of(base, f, listener, own));
	rule_set("%s tcp.range=20000-20999 udp.range=20000-20999", base);
	EXPECT_TRUE(account_says(base, "tcp.range=10000-10999"));
	EXPECT_EQ(0U, outside_of(base, f, listener, own));
	EXPECT_EQ(0, host_rule_write("-%s", base));
	EXPECT_EQ(0U, outside_of(base, f, listener, (struct span){ 20000, 20999 }));
}

WORLD_TEST(reserved_ports)
{
	struct addr reserved = addr_make(variant->family, 1, 10040);
	const char *base = self->w.base;
	unsigned int i, n = 0;
	int fd;

	rule_set("%s tcp.range=10000-10299", base);
	EXPECT_TRUE(within(bound_port(variant->family, &fd), own));
	EXPECT_ACCOUNT(base, tcp_usable, 300);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "10000-10099,10200");
	EXPECT_ACCOUNT(base, tcp_usable, 199);
	for (i = 0; i < 100; i++) {
		uint16_t port = bound_port(variant->family, &fd);

		n += port >= 10100 && port <= 10299 && port != 10200;
		close(fd);
	}
	EXPECT_EQ(100U, n);
	/* The kernel hands a reserved port out to no socket, so it is no reservation. */
	EXPECT_ACCOUNT(base, tcp_current, 1);
	must_bind(tcp_socket(variant->family), &reserved);
	EXPECT_ACCOUNT(base, tcp_current, 1);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "\n");
	EXPECT_ACCOUNT(base, tcp_usable, 300);
}

/* A port of the own range is charged however it is had, if not a cap were dodged. */
WORLD_TEST(explicit_binds)
{
	const char *mine = world_cgroup(&self->w, "mine"), *next = world_cgroup(&self->w, "next");
	struct addr a = addr_make(variant->family, 1, 10500);
	struct addr b = addr_make(variant->family, 1, 10501);
	struct addr outside = addr_make(variant->family, 1, 12000);
	struct addr ns = addr_make(variant->family, 1, 40000);

	rule_set("%s tcp.range=10000-10999 udp.range=10000-10999", mine);
	cgroup_enter(mine);
	must_bind(tcp_socket(variant->family), &a);
	must_bind(udp_socket(variant->family), &a);
	EXPECT_ACCOUNT(mine, tcp_current, 1);
	EXPECT_ACCOUNT(mine, udp_current, 1);
	EXPECT_STAT(tcp_ports, 0);
	EXPECT_STAT(udp_ports, 0);
	must_bind(tcp_socket(variant->family), &outside);
	EXPECT_ACCOUNT(mine, tcp_current, 1);
	/* A port of the namespace's range counts, because other cgroups could have had it. */
	must_bind(tcp_socket(variant->family), &ns);
	EXPECT_ACCOUNT(mine, tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	cgroup_enter(next);
	must_bind(tcp_socket(variant->family), &b);
	must_bind(udp_socket(variant->family), &b);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(udp_current, 1);
}

WORLD_TEST(percent_of_its_own)
{
	const char *base = self->w.base;
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE), fd;
	unsigned int i, in = 0;
	struct pair p;

	refusals_count();
	rule_set("%s tcp.range=10000-10999 tcp.max=50%% udp.range=10000-10399 udp.max=25%%", base);
	EXPECT_TRUE(within(bound_port(variant->family, &fd), own));
	EXPECT_ACCOUNT(base, tcp_max, 500);
	EXPECT_ACCOUNT(base, udp_max, 100);
	close(fd);
	EXPECT_ACCOUNT(base, tcp_current, 0);
	rule_set("%s tcp.range=10000-10999 tcp.max=1%%", base);
	cap_holds(base, 10, -1);
	for (i = 0; i < 14; i++)
		in += within(connected_port(listener, &p), own);
	EXPECT_EQ(10U, in);
	EXPECT_ACCOUNT(base, tcp_denied, 4);
	EXPECT_ACCOUNT(base, tcp_exhausted, 0);
	/* The other's percentages are of its own range. */
	rule_set("%s/* tcp.max=50%%", base);
	cgroup_enter(world_cgroup(&self->w, "below"));
	EXPECT_ACCOUNT(base, tcp_max, 10);
}

static bool next_warning(struct events *r, const char *path, const char *level, struct event *e)
{
	do {
		if (!events_find(r, e, path, level, lane_scale(2500, 8000)))
			return false;
	} while (strcmp(e->resource, "tcp"));
	return true;
}

/* Like the namespace's own: 75 % and 90 % of 400. */
WORLD_TEST(warned_of_its_own)
{
	const char *mine = world_cgroup(&self->w, "mine");
	struct events *r = malloc(sizeof(*r));
	unsigned int i, n = 0;
	static int fd[400];
	struct event e;

	rule_set("%s tcp.range=10000-10399", mine);
	events_open(r, PQ_EVENTS);
	cgroup_enter(mine);
	while (n < 299)
		ASSERT_NE(0, bound_port(variant->family, &fd[n++]));
	EXPECT_EQ(0U, events_count(r, mine, "warn", "tcp", QUIET));
	while (n < 400)
		ASSERT_NE(0, bound_port(variant->family, &fd[n++]));
	ASSERT_TRUE(next_warning(r, mine, "warn", &e));
	EXPECT_EQ(300, e.current);
	EXPECT_EQ(300, e.threshold);
	EXPECT_EQ(400, e.limit);
	ASSERT_TRUE(next_warning(r, mine, "warn", &e));
	EXPECT_EQ(360, e.current);
	EXPECT_EQ(360, e.threshold);
	EXPECT_EQ(0U, events_count(r, mine, "warn", "tcp", QUIET));
	for (i = 0; i < n; i++)
		close(fd[i]);
	ASSERT_TRUE(next_warning(r, mine, "clear", &e));
	EXPECT_EQ(360, e.threshold);
	ASSERT_TRUE(next_warning(r, mine, "clear", &e));
	EXPECT_EQ(300, e.threshold);
	events_close(r);
	free(r);
}

WORLD_TEST(refused_rules)
{
	static const struct {
		int err;
		const char *text;
	} bad[] = {
		{ ERANGE, "tcp.range=1024-2000" },
		{ ERANGE, "tcp.range=0-2000" },
		{ ERANGE, "tcp.range=65000-65536" },
		{ ERANGE, "udp.range=65000-99999999999999999999" },
		{ ERANGE, "tcp.range=10000-10253" },
		{ ERANGE, "tcp.range=10999-10000" },
		{ EINVAL, "tcp.range=" },
		{ EINVAL, "tcp.range=10000" },
		{ EINVAL, "tcp.range=10000-" },
		{ EINVAL, "tcp.range=-10999" },
		{ EINVAL, "tcp.range=10000:10999" },
		{ EINVAL, "tcp.range=10000-10999x" },
		{ EINVAL, "tcp.range=10000-10999-11999" },
		{ EINVAL, "tcp.range=max" },
		{ EINVAL, "tcp.range=10%" },
		{ EINVAL, "timewait.range=10000-10999" },
		{ EINVAL, "tcp.range=10000-10999 tcp.range=10000-10999" },
		{ ERANGE, "tcp.max=5 tcp.range=1-2" },
		{ EINVAL, "tcp.range=10000-10999 tcp.maximum=5" },
	};
	const char *base = self->w.base;
	char line[256];
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line), "%s %s", base, bad[i].text);
		EXPECT_EQ(-bad[i].err, rule_write("%s", line)) {
			TH_LOG("%s", line);
		}
	}
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
	EXPECT_TRUE(within(bound_port(variant->family, &fd), whole));
	EXPECT_ACCOUNT(base, tcp_max, NO_LIMIT);
	/* Nor is what was there before changed. */
	rule_set("%s tcp.range=10000-10999", base);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_NE(0, rule_write("%s %s", base, bad[i].text));
	snprintf(line, sizeof(line), "%s tcp.range=10000-10999", base);
	EXPECT_TRUE(rule_listed(PQ_RULES, line));
	EXPECT_TRUE(within(bound_port(variant->family, &fd), own));
	/* The very bounds are good. */
	EXPECT_EQ(0, rule_write("%s tcp.range=1025-1279", base));
	EXPECT_EQ(0, rule_write("%s tcp.range=65281-65535", base));
	EXPECT_EQ(0, rule_write("%s udp.range=1025-65535", base));
}

/* As the kernel refuses such a range of the namespace, and with the same bound */
WORLD_TEST(privileged_ports_are_refused)
{
	const char *base = self->w.base;

	sysctl_set("net.ipv4.ip_unprivileged_port_start", "5000");
	EXPECT_EQ(-EINVAL, file_write("/proc/sys/net/ipv4/ip_local_port_range", "4999 5999"));
	EXPECT_EQ(-ERANGE, rule_write("%s tcp.range=4999-5999", base));
	EXPECT_EQ(-ERANGE, rule_write("%s tcp.max=5 udp.range=4999-5999", base));
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
	EXPECT_EQ(0, rule_write("%s tcp.range=5000-5999 udp.range=5000-5999", base));
	/* What holds for all namespaces goes by the first one's. */
	EXPECT_EQ(0, host_rule_write("%s tcp.range=4999-5999", base));
	sysctl_set("net.ipv4.ip_unprivileged_port_start", "1024");
	EXPECT_EQ(0, rule_write("%s tcp.range=4999-5999", base));
}

/* A mode that refuses nothing does not hold a cgroup to its range either. */
WORLD_TEST(modes)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	const char *base = self->w.base;

	rule_set("%s tcp.range=10000-10999 udp.range=10000-10999", base);
	EXPECT_EQ(0U, outside_of(base, variant->family, listener, own));
	mode_set("audit");
	EXPECT_EQ(0U, outside_of(base, variant->family, listener, whole));
	mode_set("off");
	EXPECT_EQ(0U, outside_of(base, variant->family, listener, whole));
	mode_set("enforce");
	EXPECT_EQ(0U, outside_of(base, variant->family, listener, own));
}

/* A socket keeps its port when a rule comes or goes, and is counted until it is closed. */
WORLD_TEST(changed_under_holders)
{
	const char *base = self->w.base;
	int a, b, c;

	ASSERT_TRUE(within(bound_port(variant->family, &a), whole));
	rule_set("%s tcp.range=10000-10999", base);
	ASSERT_TRUE(within(bound_port(variant->family, &b), own));
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_EQ(0, rule_write("-%s", base));
	ASSERT_TRUE(within(bound_port(variant->family, &c), whole));
	EXPECT_STAT(tcp_ports, 2);
	close(b);
	EXPECT_STAT(tcp_current, 2);
	EXPECT_STAT(tcp_ports, 2);
	close(a);
	close(c);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ports, 0);
}

WORLD_MAIN
