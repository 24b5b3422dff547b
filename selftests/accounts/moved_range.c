// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a range is moved or narrowed, connections keep the ports that they have. They
 * count as before, but for the range: not in tcp.ports and tcp.in_range, not towards
 * their destination, and no warning of the range is about them, whether it begins or
 * ends. The same for UDP, and for ranges of cgroups.
 */
#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
	struct addr to;
};

FIXTURE_VARIANT(world) {
	enum family family;
};

FIXTURE_VARIANT_ADD(world, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(world, v6) { .family = V6 };

#define PORTS	500
#define OLD	"40000 40499"
#define NEW	"41000 41059"	/* 60 ports */
#define TICKS	lane_scale(2500, 8000)

static int held[PORTS], n_held;

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	descriptors_raise();
	time_wait_unlimited();
	n_held = 0;
	self->to = addr_local(tcp_listen(variant->family, 1, PORT_OUTSIDE));
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	(void)variant;
	events_close(self->r);
	free(self->r);
	EXPECT_EQ(0U, world_close(&self->w));
}

static void range(const char *text, long long usable)
{
	sysctl_set("net.ipv4.ip_local_port_range", text);
	stat_settled(offsetof(struct counters, range_usable), usable);
}

static int tcp_to(enum family f, const struct addr *to)
{
	int fd = tcp_socket(f);

	must_connect(fd, to);
	return fd;
}

static int udp_any(enum family f)
{
	struct addr any = addr_make(f, 1, 0);
	int fd = udp_socket(f);

	must_bind(fd, &any);
	return fd;
}

static void hold_tcp(enum family f, const struct addr *to, int n)
{
	while (n--)
		held[n_held++] = tcp_to(f, to);
}

static void hold_udp(enum family f, int n)
{
	while (n--)
		held[n_held++] = udp_any(f);
}

static void let_go(int n)
{
	struct linger reset = { 1, 0 };

	while (n--) {
		setsockopt(held[--n_held], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(held[n_held]);
	}
}

/* How many events there are, until none comes for some ticks */
static unsigned int events_all(struct events *r)
{
	unsigned int n = 0;
	struct event e;

	while (events_next(r, &e, TICKS) == 1) {
		diag("event: %s", event_text(&e));
		n++;
	}
	return n;
}

static void expect_event(struct __test_metadata *_metadata, struct events *r, const char *level,
			 const char *resource, long long current, long long limit)
{
	struct event e = { .level = "none" };

	while (events_next(r, &e, TICKS) == 1)
		if (!strcmp(e.level, level) && !strcmp(e.resource, resource))
			break;
	EXPECT_STREQ(level, e.level);
	EXPECT_STREQ(resource, e.resource);
	EXPECT_EQ(current, e.current);
	EXPECT_EQ(limit, e.limit);
}

/* Ports of the present range alone, wherever it was before */
WORLD_TEST(ports_of_the_range)
{
	enum family f = variant->family;

	range("40000 40039", 40);
	hold_tcp(f, &self->to, 40);
	hold_udp(f, 40);
	EXPECT_STAT(tcp_ports, 40);
	EXPECT_STAT(udp_ports, 40);
	range("50000 50999", 1000);
	EXPECT_STAT(tcp_ports, 0);
	EXPECT_STAT(udp_ports, 0);
	EXPECT_STAT(tcp_current, 40);
	EXPECT_STAT(tcp_in_range, 0);
	EXPECT_STAT(udp_in_range, 0);
	EXPECT_ACCOUNT("/", tcp_in_range, 0);
	EXPECT_ACCOUNT(self->w.base, tcp_in_range, 0);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 40);
	hold_tcp(f, &self->to, 5);
	EXPECT_STAT(tcp_ports, 5);
	EXPECT_ACCOUNT(self->w.base, tcp_in_range, 5);
	range("40020 40059", 40);
	EXPECT_STAT(tcp_ports, 20);
	EXPECT_STAT(udp_ports, 20);
	EXPECT_ACCOUNT(self->w.base, tcp_in_range, 20);
	EXPECT_ACCOUNT(self->w.base, tcp_in_range_local, 20);
	EXPECT_ACCOUNT(self->w.base, udp_in_range, 20);
	let_go(5);
	EXPECT_STAT(tcp_ports, 20);
	let_go(40);
	EXPECT_STAT(udp_ports, 0);
	EXPECT_STAT(udp_in_range, 0);
	range("40000 40039", 40);
	EXPECT_STAT(tcp_ports, 40);
	EXPECT_STAT(tcp_in_range, 40);
	let_go(40);
	EXPECT_STAT(tcp_ports, 0);
	EXPECT_STAT(tcp_in_range, 0);
}

/* Others are reserved, and as many as before */
WORLD_TEST(reserved_ports)
{
	enum family f = variant->family;

	range("40000 40039", 40);
	hold_tcp(f, &self->to, 40);
	hold_udp(f, 40);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40009");
	EXPECT_STAT(tcp_ports, 30);
	EXPECT_STAT(udp_ports, 30);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40010-40019");
	EXPECT_STAT(tcp_ports, 30);
	EXPECT_STAT(udp_ports, 30);
	EXPECT_STAT(udp_in_range, 30);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "\n");
	EXPECT_STAT(tcp_ports, 40);
}

/* Nothing is short in a range that was just made, whatever the number that is held elsewhere. */
WORLD_TEST(no_false_warning)
{
	enum family f = variant->family;

	range(OLD, PORTS);
	hold_tcp(f, &self->to, 200);
	hold_udp(f, 200);
	events_all(self->r);
	range(NEW, 60);
	/* It is the connect() that sees first that the range is another. */
	held[n_held++] = tcp_to(f, &self->to);
	held[n_held++] = udp_any(f);
	EXPECT_EQ(0U, events_all(self->r));
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(udp_ports, 1);
	/* Nor does anything grow when it is moved back to where they are. */
	range("39900 40399", PORTS);
	let_go(2);
	EXPECT_EQ(0U, events_all(self->r));
}

/* The new range fills up: warned in time; and what is outside of it may end, that is no clear. */
/* Nobody has looked at the new range yet but the kernel: what is told is of that. */
WORLD_TEST(first_call_fails)
{
	struct event e;
	int fd = tcp_socket(variant->family);

	range(OLD, PORTS);
	hold_tcp(variant->family, &self->to, 20);
	sysctl_set("net.ipv4.ip_local_port_range", "%u %u", port_of(held[0]), port_of(held[0]));
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd, &self->to));
	ASSERT_TRUE(events_find(self->r, &e, self->w.base, "exhausted", TICKS));
	EXPECT_EQ(1, e.current);
	EXPECT_EQ(1, e.limit);
	close(fd);
	let_go(20);
}

WORLD_TEST_LONG(true_warnings, 60)
{
	enum family f = variant->family;
	int outside[PORTS], i;

	range(OLD, PORTS);
	for (i = 0; i < 200; i++)
		outside[i] = tcp_to(f, &self->to);
	range(NEW, 60);
	EXPECT_STAT(tcp_ports, 0);
	hold_tcp(f, &self->to, 29);
	events_all(self->r);	/* a forecast */
	hold_tcp(f, &self->to, 1);
	expect_event(_metadata, self->r, "destination", "destination", 30, 60);
	hold_tcp(f, &self->to, 15);
	expect_event(_metadata, self->r, "warn", "tcp.ports", 45, 60);
	events_all(self->r);
	for (i = 0; i < 200; i++)
		close(outside[i]);
	EXPECT_EQ(0U, events_all(self->r));
	let_go(10);
	expect_event(_metadata, self->r, "clear", "tcp.ports", 40, 60);
}

/* What was short is not any more. */
WORLD_TEST_LONG(warning_is_over, 60)
{
	enum family f = variant->family;

	range(OLD, PORTS);
	hold_udp(f, 400);
	expect_event(_metadata, self->r, "warn", "udp.ports", 375, PORTS);
	events_all(self->r);
	range("45000 45499", PORTS);
	EXPECT_STAT(udp_ports, 0);
	expect_event(_metadata, self->r, "clear", "udp.ports", 0, PORTS);
}

WORLD_TEST(destination)
{
	enum family f = variant->family;
	struct destination d;
	const char *source = f == V6 ? "[::1]" : "127.0.0.1";
	const char *to = f == V6 ? "[::1]:8080" : "127.0.0.1:8080";
	int i;

	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	range(OLD, PORTS);
	hold_tcp(f, &self->to, 30);
	for (i = 0; i < 20; i++)
		close_half(tcp_to(f, &self->to));
	range(NEW, 60);
	hold_tcp(f, &self->to, 7);
	ASSERT_TRUE(destination_get(source, to, &d));
	EXPECT_EQ(57, d.used);
	EXPECT_EQ(50, d.outside);
	EXPECT_EQ(d.timewait, d.outside_timewait);
	EXPECT_EQ(0, d.reusable);
	EXPECT_EQ(60, d.usable);
	EXPECT_EQ(53, d.free);
	let_go(37);
	range(OLD, PORTS);
	if (destination_get(source, to, &d)) {
		EXPECT_EQ(0, d.outside);
		EXPECT_EQ(PORTS - d.used, d.free);
	}
}

/* A cgroup's own range is given anew, and later taken away. */
WORLD_TEST(own_range)
{
	const char *mine = world_cgroup(&self->w, "mine");
	enum family f = variant->family;
	int still = 0, i;

	range(OLD, PORTS);
	rule_set("%s tcp.range=10000-10255 udp.range=10000-10255", mine);
	cgroup_enter(mine);
	hold_tcp(f, &self->to, 100);
	hold_udp(f, 100);
	EXPECT_ACCOUNT(mine, tcp_in_range, 100);
	EXPECT_ACCOUNT(mine, udp_in_range, 100);
	/* They are none of the namespace's. */
	EXPECT_ACCOUNT(self->w.base, tcp_in_range, 0);
	EXPECT_STAT(tcp_in_range, 0);
	EXPECT_STAT(tcp_ports, 0);
	rule_set("%s tcp.range=20000-20255 udp.range=10050-10305", mine);
	EXPECT_ACCOUNT(mine, tcp_in_range, 0);
	for (i = 100; i < 200; i++)
		still += port_of(held[i]) >= 10050;
	EXPECT_ACCOUNT(mine, udp_in_range, still);
	hold_tcp(f, &self->to, 7);
	EXPECT_ACCOUNT(mine, tcp_in_range, 7);
	EXPECT_ACCOUNT(mine, tcp_in_range_local, 7);
	rule_set("-%s", mine);
	EXPECT_ACCOUNT(mine, tcp_in_range, 0);
	EXPECT_ACCOUNT(mine, tcp_current, 107);
	/* The namespace's range comes to where they are. */
	range("10000 10999", 1000);
	EXPECT_ACCOUNT(mine, tcp_in_range, 100);
	EXPECT_ACCOUNT("/", tcp_in_range, 100);
	EXPECT_STAT(tcp_ports, 100);
	EXPECT_STAT(udp_ports, 100);
	let_go(107);
	let_go(100);
	EXPECT_ACCOUNT(mine, tcp_in_range, 0);
	EXPECT_STAT(tcp_ports, 0);
	EXPECT_STAT(udp_ports, 0);
}

static int below(int first, int n, int port)
{
	int found = 0, i;

	for (i = first; i < first + n; i++)
		found += port_of(held[i]) < port;
	return found;
}

/* Connections are counted at the destination of the range that their cgroup has now. */
WORLD_TEST(own_destination)
{
	const char *mine = world_cgroup(&self->w, "mine");
	enum family f = variant->family;
	struct destination d;
	const char *source = f == V6 ? "[::1]" : "127.0.0.1";
	const char *to = f == V6 ? "[::1]:8080" : "127.0.0.1:8080";
	int out, i;

	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	range(OLD, PORTS);
	rule_set("%s tcp.range=10000-10255", mine);
	cgroup_enter(mine);
	hold_tcp(f, &self->to, 236);
	for (i = 0; i < 20; i++)
		close_half(tcp_to(f, &self->to));
	/* All of the ports, and then others: nobody chooses from the former range any more. */
	rule_set("%s tcp.range=20000-20255", mine);
	hold_tcp(f, &self->to, 5);
	EXPECT_FALSE(destination_get_ranged(source, to, "10000-10255", &d));
	ASSERT_TRUE(destination_get_ranged(source, to, "20000-20255", &d));
	EXPECT_EQ(261, d.used);
	EXPECT_EQ(256, d.outside);
	EXPECT_EQ(d.timewait, d.outside_timewait);
	EXPECT_EQ(0, d.reusable);
	EXPECT_EQ(251, d.free);
	/* Some of the former ports are in this one, and are none to be had towards there. */
	rule_set("%s tcp.range=10100-10355", mine);
	let_go(5);
	out = below(0, 236, 10100);
	ASSERT_TRUE(destination_get_ranged(source, to, "10100-10355", &d));
	EXPECT_EQ(256, d.used);
	EXPECT_EQ(100, d.outside);
	EXPECT_EQ(100, out + d.outside_timewait);
	EXPECT_EQ(100, d.free);
	/* And in that of the namespace, of which they are a part then. */
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	range("10200 10999", 800);
	cgroup_enter(self->w.base);
	hold_tcp(f, &self->to, 10);
	ASSERT_TRUE(destination_get(source, to, &d));
	EXPECT_EQ(10, d.used);
	EXPECT_EQ(800 - 56 - 10, d.free);
	rule_set("-%s", mine);
	EXPECT_FALSE(destination_get_ranged(source, to, "10100-10355", &d));
	ASSERT_TRUE(destination_get(source, to, &d));
	EXPECT_EQ(266, d.used);
	EXPECT_EQ(200, d.outside);
	EXPECT_EQ(800 - 56 - 10, d.free);
	let_go(246);
	destination_settled(source, to, d.timewait);
	ASSERT_TRUE(destination_get(source, to, &d));
	EXPECT_EQ(d.timewait, d.used);
}

/* Two cgroups have one range, and one of them gets another. */
WORLD_TEST(own_range_of_two)
{
	const char *mine = world_cgroup(&self->w, "mine");
	const char *yours = world_cgroup(&self->w, "yours");
	enum family f = variant->family;
	struct destination d;
	const char *source = f == V6 ? "[::1]" : "127.0.0.1";
	const char *to = f == V6 ? "[::1]:8080" : "127.0.0.1:8080";

	range(OLD, PORTS);
	rule_set("%s tcp.range=10000-10255", mine);
	rule_set("%s tcp.range=10000-10255", yours);
	cgroup_enter(mine);
	hold_tcp(f, &self->to, 30);
	cgroup_enter(yours);
	hold_tcp(f, &self->to, 20);
	rule_set("%s tcp.range=20000-20255", mine);
	ASSERT_TRUE(destination_get_ranged(source, to, "10000-10255", &d));
	EXPECT_EQ(20, d.used);
	EXPECT_EQ(0, d.outside);
	ASSERT_TRUE(destination_get_ranged(source, to, "20000-20255", &d));
	EXPECT_EQ(30, d.used);
	EXPECT_EQ(30, d.outside);
	EXPECT_EQ(256, d.free);
	/* Back again: all of them are where they were. */
	rule_set("%s tcp.range=10000-10255", mine);
	ASSERT_TRUE(destination_get_ranged(source, to, "10000-10255", &d));
	EXPECT_EQ(50, d.used);
	EXPECT_EQ(0, d.outside);
	EXPECT_EQ(206, d.free);
	let_go(50);
}

/* A cgroup that has a range of its own is warned of that. */
WORLD_TEST_LONG(own_range_warnings, 60)
{
	const char *mine = world_cgroup(&self->w, "mine");
	enum family f = variant->family;
	struct event e;
	int i;

	range(OLD, PORTS);
	rule_set("%s udp.range=10000-10255", mine);
	cgroup_enter(mine);
	hold_udp(f, 150);
	events_all(self->r);
	rule_set("%s udp.range=20000-20255", mine);
	held[n_held++] = udp_any(f);
	EXPECT_EQ(0U, events_all(self->r));
	/* 192 of them are three quarters: with those outside it would be said long before. */
	for (i = 0; i < 10; i++) {
		hold_udp(f, 10);
		EXPECT_FALSE(events_find(self->r, &e, mine, "warn", TICKS / 4));
	}
	hold_udp(f, 91);
	EXPECT_TRUE(events_find(self->r, &e, mine, "warn", TICKS));
	EXPECT_EQ(192, e.current);
	EXPECT_EQ(256, e.limit);
}

/* Connections come and go while the range is moved: at rest all is right again. */
WORLD_TEST_LONG(moved_under_load, 60)
{
	static const char *const ranges[] = { OLD, "40100 40599", "40000 40999", "45000 45999" };
	enum family f = variant->family;
	unsigned int i, k;

	for (i = 0; i < lane_count(40, 10, 10); i++) {
		sysctl_set("net.ipv4.ip_local_port_range", ranges[i % ARRAY_SIZE(ranges)]);
		for (k = 0; k < 40; k++)
			close_half(tcp_to(f, &self->to));
		hold_tcp(f, &self->to, 5);
		hold_udp(f, 5);
		if (i % 3 == 2)
			let_go(10);
	}
	range("30000 65535", 35536);
	/* The lines of reservations are compared with the counters at the end. */
}

WORLD_MAIN
