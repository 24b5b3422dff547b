// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints portquota:* say what happened, to whom, with which numbers,
 * and once.
 */
#include "test.h"

FIXTURE(world) {
	struct world w;
	unsigned int netns;
	unsigned long long cgroup;
	const char *path;
	int listener;
};

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	self->netns = trace_netns();
	self->path = world_cgroup(&self->w, "traced");
	self->cgroup = trace_cgroup(self->path);
	self->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	time_wait_unlimited();
	cgroup_enter(self->path);
	if (!trace_on()) {
		cgroup_enter(self->w.base);
		world_close(&self->w);
		SKIP(return, "no tracefs, or no events of portquota in it");
	}
}

FIXTURE_TEARDOWN(world)
{
	trace_off();
	EXPECT_EQ(0U, world_close(&self->w));
}

/* How many of @name are about the test's namespace and cgroup, and have these words too. */
#define COUNT(name, fmt, ...)							\
	trace_count(name, "netns=%u cgroup=%llu " fmt, self->netns, self->cgroup, ##__VA_ARGS__)

WORLD_TEST(charge_and_uncharge)
{
	struct addr any = addr_make(V4, 1, 0), to = addr_make(V4, 1, 53);
	struct pair p = pair_open(self->listener);
	int bound = tcp_socket(V4), udp = udp_socket(V4);
	unsigned int port[3];

	must_bind(bound, &any);
	must_connect(udp, &to);
	port[0] = port_of(p.client);
	port[1] = port_of(bound);
	port[2] = port_of(udp);
	EXPECT_EQ(3U, COUNT("charge", ""));
	EXPECT_EQ(1U, COUNT("charge", "port=%u flags=RESERVATION", port[0]));
	EXPECT_EQ(1U, COUNT("charge", "port=%u flags=RESERVATION|EXCLUSIVE|BOUND|UNSHARED", port[1]));
	EXPECT_EQ(1U, COUNT("charge", "port=%u flags=UDP|RESERVATION", port[2]));
	EXPECT_EQ(0U, COUNT("uncharge", ""));
	close(bound);
	close(udp);
	pair_close(&p, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(udp_current, 0);
	EXPECT_EQ(3U, COUNT("uncharge", ""));
	EXPECT_EQ(1U, COUNT("uncharge", "port=%u flags=RESERVATION", port[0]));
	EXPECT_EQ(1U, COUNT("uncharge", "port=%u flags=RESERVATION|EXCLUSIVE|BOUND|UNSHARED", port[1]));
	EXPECT_EQ(1U, COUNT("uncharge", "port=%u flags=UDP|RESERVATION", port[2]));
	EXPECT_EQ(0U, COUNT("timewait_begin", ""));
}

/* One charge all along, and the TIME_WAIT inside it. */
WORLD_TEST(timewait_begin_and_end)
{
	struct pair p = pair_open(self->listener);
	unsigned int port = port_of(p.client);

	pair_close(&p, CLOSE_CLIENT);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_EQ(1U, COUNT("charge", "port=%u", port));
	EXPECT_EQ(1U, trace_count("timewait_begin", "netns=%u", self->netns));
	/* It was a FIN_WAIT2 remainder first. */
	EXPECT_EQ(1U, COUNT("timewait_begin", "port=%u", port));
	EXPECT_EQ(0U, COUNT("timewait_end", ""));
	EXPECT_EQ(0U, COUNT("uncharge", ""));
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tw_current, 0);
	EXPECT_EQ(1U, COUNT("timewait_end", "port=%u flags=RESERVATION|TIMEWAIT", port));
	EXPECT_EQ(1U, COUNT("uncharge", "port=%u", port));
	EXPECT_EQ(1U, COUNT("charge", ""));
}

/* An accepted socket's holds no reservation: no charge is told. */
WORLD_TEST(timewait_of_an_accepted_socket)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	struct pair p = pair_open(listener);

	pair_close(&p, CLOSE_SERVER);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(1U, COUNT("timewait_begin", "port=%u", PORT_OUTSIDE + 1));
	EXPECT_EQ(1U, COUNT("charge", ""));
	EXPECT_EQ(1U, COUNT("uncharge", ""));
}

WORLD_TEST(refusals)
{
	struct addr to = addr_local(self->listener), dns = addr_make(V4, 1, 53);
	unsigned int i;

	rule_set("%s tcp.max=1 udp.max=0", self->path);
	pair_open(self->listener);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	EXPECT_EQ(-EAGAIN, try_connect(udp_socket(V4), &dns));
	EXPECT_EQ(4U, COUNT("deny", ""));
	EXPECT_EQ(3U, COUNT("deny", "resource=tcp current=1 max=1 audit=0"));
	EXPECT_EQ(1U, COUNT("deny", "resource=udp current=0 max=0 audit=0"));
	EXPECT_EQ(1U, COUNT("charge", ""));
	mode_set("audit");
	must_connect(tcp_socket(V4), &to);
	EXPECT_EQ(1U, COUNT("deny", "resource=tcp audit=1"));
	EXPECT_EQ(2U, COUNT("charge", ""));
	/* Nothing is judged, nothing is told. */
	mode_set("off");
	must_connect(tcp_socket(V4), &to);
	EXPECT_EQ(5U, COUNT("deny", ""));
}

/* Each call that fails; and the first of them is a warning. */
WORLD_TEST(failures)
{
	struct addr to = addr_local(self->listener), any = addr_make(V4, 0, 0);
	struct addr named = addr_make(V4, 0, 40000);
	unsigned int i;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	pair_open(self->listener);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &any));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &named));
	EXPECT_EQ(3U, COUNT("exhausted", "resource=tcp port=0"));
	EXPECT_EQ(2U, COUNT("exhausted",
			    "source=[::ffff:127.0.0.1] destination=[::ffff:127.0.0.1]:%u",
			    PORT_OUTSIDE));
	EXPECT_EQ(3U, COUNT("taken", "resource=tcp port=40000 source=[::] destination=[::]:0"));
	/* To that destination, and without one */
	EXPECT_EQ(2U, COUNT("warn", "level=exhausted resource=tcp current=1 limit=1 of=none"));
	EXPECT_EQ(1U, COUNT("warn", "level=taken resource=tcp port=40000 of=none count=0"));
	EXPECT_EQ(0U, COUNT("deny", ""));
}

/* What the stream of events says, the tracepoint says too. */
WORLD_TEST(warnings)
{
	unsigned long long end = now_ms() + lane_scale(2500, 8000);
	struct pair p[3];
	unsigned int i;

	rule_set("%s tcp.max=10 tcp.warn=3", self->path);
	for (i = 0; i < 3; i++)
		p[i] = pair_open(self->listener);
	while (!COUNT("warn", "level=warn") && now_ms() < end)
		sleep_ms(20);
	EXPECT_EQ(1U, COUNT("warn", "level=warn resource=tcp current=3 threshold=3 limit=10"));
	pairs_close(p, 3, CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	while (!COUNT("warn", "level=clear") && now_ms() < end)
		sleep_ms(20);
	EXPECT_EQ(1U, COUNT("warn", "level=warn"));
	EXPECT_EQ(1U, COUNT("warn", "level=clear resource=tcp threshold=3 limit=10"));
}

/* The kernel's own filter knows the fields by name. */
WORLD_TEST(filtered_by_field)
{
	struct pair p;

	must_write(TRACING "events/portquota/filter", "netns == %u && cgroup == %llu",
		   self->netns, trace_cgroup(self->w.base));
	pair_open(self->listener);
	EXPECT_EQ(0U, COUNT("charge", ""));
	cgroup_enter(self->w.base);
	p = pair_open(self->listener);
	EXPECT_EQ(0U, COUNT("charge", ""));
	EXPECT_EQ(1U, trace_count("charge", "netns=%u port=%u", self->netns, port_of(p.client)));
	must_write(TRACING "events/portquota/filter", "0");
}

/* The module goes while they are on, and comes back with them off. */
WORLD_TEST(module_goes_while_they_are_on)
{
	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	pair_open(self->listener);
	portquota_unload();
	EXPECT_NE(0, access(TRACING "events/portquota", F_OK));
	pair_open(self->listener);
	portquota_load();
	EXPECT_TRUE(trace_on());
	pair_open(self->listener);
	EXPECT_EQ(1U, COUNT("charge", ""));
}

WORLD_MAIN
