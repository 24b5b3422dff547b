// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading on a machine that is already busy: 50,000 sockets and TIME_WAITs are all
 * found, those that live are charged to their cgroups, and all come down to zero,
 * never below.  There are fewer where the guest has less memory or is a debug
 * kernel; the number is printed.
 */
#include "test.h"

#define BYTES_A_PAIR	12000	/* two sockets with their files, generously */

static bool was_loaded;

struct live_plan {
	unsigned int pairs, closed, half, listeners, bound, udp, udp_shared;
};

static struct live_plan plan_make(void)
{
	unsigned int pairs = lane_count(20000, 1200, 1200);
	unsigned long long fit = memory_available() / 2 / BYTES_A_PAIR;

	if (pairs > fit)
		pairs = (unsigned int)fit;
	return (struct live_plan){
		.pairs = pairs,
		.closed = pairs * 2 / 5,
		.half = pairs / 20,
		.listeners = 100,
		.bound = 100,
		.udp = lane_count(1000, 200, 200),
		.udp_shared = 100,
	};
}

FIXTURE(preload) {
	struct world w;
};

FIXTURE_SETUP(preload)
{
	if (!portquota_loaded())
		portquota_load();
	ASSERT_TRUE(world_open(&self->w));
	time_wait_unlimited();
	descriptors_raise();
}

FIXTURE_TEARDOWN(preload)
{
	EXPECT_EQ(0U, world_close(&self->w));
}

/* Listeners on many addresses, so that no destination sees more than a part of the range. */
#define DESTINATIONS 16

static void destinations(int *listener)
{
	unsigned int i;

	for (i = 0; i < DESTINATIONS; i++)
		listener[i] = tcp_listen(V4, 1 + i, PORT_OUTSIDE);
}

/* Of one port, and so of one slot of the kernel's table */
static void udp_share(unsigned int n)
{
	struct addr to = addr_make(V4, 1, 0);
	int fd;

	while (n--) {
		fd = udp_socket(V4);
		socket_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
		must_bind(fd, &to);
		to = addr_local(fd);
	}
}

/* So far down that no softirq makes all of its accounts at once */
#define DEEP "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20"

static void occupy(struct world *w, const struct live_plan *plan, struct pair *live,
		   struct pair *half)
{
	struct addr any4 = addr_make(V4, 1, 0), any6 = addr_make(V6, 1, 0);
	struct addr to = addr_make(V4, 1, 53);
	int listener[DESTINATIONS];
	unsigned int i;

	destinations(listener);
	world_enter(w, "live");
	for (i = 0; i < plan->pairs; i++)
		live[i] = pair_open(listener[i % DESTINATIONS]);
	world_enter(w, "closed");
	for (i = 0; i < plan->closed; i++) {
		struct pair p = pair_open(listener[i % DESTINATIONS]);

		pair_close(&p, i % 4 ? CLOSE_CLIENT : CLOSE_SERVER);
	}
	for (i = 0; i < plan->half; i++) {
		half[i] = pair_open(listener[i % DESTINATIONS]);
		close(half[i].client);
	}
	world_enter(w, "exclusive");
	for (i = 0; i < plan->listeners; i++)
		tcp_listen(i % 2 ? V4 : V6, 1, 0);
	for (i = 0; i < plan->bound; i++)
		must_bind(tcp_socket(i % 2 ? V4 : V6), i % 2 ? &any4 : &any6);
	world_enter(w, "udp");
	for (i = 0; i < plan->udp; i++)
		must_connect(udp_socket(V4), &to);
	udp_share(plan->udp_shared);
	world_enter(w, DEEP);
	must_connect(udp_socket(V4), &to);
	must_bind(tcp_socket(V4), &any4);
	world_enter(w, NULL);
}

/* What the kernel says of TIME_WAIT: all, those of clients, those in FIN_WAIT2. */
struct remainders {
	long long all, reserving, fin_wait2;
};

static struct remainders remainders_count(void)
{
	struct remainders r = { 0 };
	struct endpoints eps;
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++) {
		const struct endpoint *ep = &eps.ep[i];

		if (!ep->remainder)
			continue;
		r.all++;
		r.reserving += ep->rport == PORT_OUTSIDE;
		r.fin_wait2 += ep->state == ENDPOINT_FIN_WAIT_2;
	}
	endpoints_free(&eps);
	return r;
}

TEST_F_TIMEOUT(preload, everything_is_found, lane_timeout(150))
{
	struct live_plan plan = plan_make();
	struct pair *live = calloc(plan.pairs, sizeof(*live));
	struct pair *half = calloc(plan.half, sizeof(*half));
	unsigned long long begin;
	struct remainders was;
	struct counters c;
	unsigned int i;

	ASSERT_NE(NULL, live);
	ASSERT_NE(NULL, half);
	portquota_unload();
	occupy(&self->w, &plan, live, half);
	sleep_ms(lane_scale(200, 1000));
	was = remainders_count();
	diag("%u sockets and %lld TIME_WAIT are there", 2 * plan.pairs + plan.half +
	     plan.listeners + plan.bound + plan.udp + DESTINATIONS, was.all);
	EXPECT_GE(was.all, (plan.closed + plan.half) * 95 / 100);
	begin = now_ms();
	portquota_load();
	diag("loaded in %llu ms", now_ms() - begin);

	EXPECT_EQ(0U, invariants_at_rest("right after the load"));
	EXPECT_STAT(untracked, 0);
	EXPECT_STAT(udp_current, plan.udp + plan.udp_shared + 1);
	EXPECT_STAT(tw_current, was.all);
	EXPECT_STAT(tw_reserving, was.reserving);
	EXPECT_STAT(tw_fin_wait2, was.fin_wait2);
	EXPECT_STAT(tcp_exclusive, plan.listeners + plan.bound + 1);
	EXPECT_STAT(tcp_bound, plan.bound + 1);
	EXPECT_STAT(before_load, was.all);
	/* The living are known by their cgroups, TIME_WAIT has none. */
	EXPECT_ACCOUNT(world_cgroup(&self->w, "live"), tcp_local, plan.pairs);
	EXPECT_ACCOUNT(world_cgroup(&self->w, "exclusive"), tcp_local,
		       plan.listeners + plan.bound);
	EXPECT_ACCOUNT(world_cgroup(&self->w, "udp"), udp_local,
		       plan.udp + plan.udp_shared);
	EXPECT_ACCOUNT(world_cgroup(&self->w, "closed"), tw_current, 0);
	EXPECT_ACCOUNT(world_cgroup(&self->w, DEEP), udp_local, 1);
	EXPECT_ACCOUNT(world_cgroup(&self->w, DEEP), tcp_local, 1);
	ASSERT_TRUE(account_get_before_load(&c));
	EXPECT_EQ(was.reserving, c.tcp_current);
	EXPECT_EQ(was.all, c.tw_current);

	/* A socket that was found at load is released once, however it ends. */
	for (i = 0; i < plan.half; i++)
		close(half[i].server);
	EXPECT_STAT(tw_fin_wait2, 0);
	for (i = 0; i < plan.pairs; i++)
		pair_close(&live[i], i % CLOSE_BOTH);
	EXPECT_EQ(0U, invariants_at_rest("after what was found has been closed"));
	free(live);
	free(half);
}

#define SHARED 40000

/*
 * Connections from a port that was bound meanwhile: newer kernels say that connect() has
 * chosen it for them, and share it again; older ones say only that bind() has had it.
 */
TEST_F_TIMEOUT(preload, connected_and_bound, lane_timeout(60))
{
	bool told = connect_shares_again();
	struct addr there = addr_make(V4, 2, SHARED);
	int bound = tcp_socket(V4), listener[3];
	struct pair p[3], last;
	unsigned int i;

	portquota_unload();
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		listener[i] = tcp_listen(V4, 1, (uint16_t)(PORT_OUTSIDE + i));
		p[i] = pair_open_from(tcp_socket_at(SHARED), listener[i]);
	}
	last = pair_open_from(tcp_socket_at(SHARED + 1), listener[0]);
	must_bind(bound, &there);
	close_half(p[0].client);
	portquota_load();
	EXPECT_STAT(tcp_current, told ? 5 : 2);
	EXPECT_STAT(tcp_exclusive, 1);
	EXPECT_STAT(tcp_exclusive_ports, 1);
	EXPECT_STAT(tw_reserving, told ? 1 : 0);
	if (told)
		EXPECT_EQ(0U, invariants_at_rest("right after the load"));
	close(bound);
	EXPECT_STAT(tcp_exclusive_ports, 0);
	EXPECT_STAT(tcp_spoiled, told ? 0 : 1);
	close(p[0].server);
	for (i = 1; i < ARRAY_SIZE(p); i++)
		pair_close(&p[i], CLOSE_RST);
	pair_close(&last, CLOSE_RST);
	if (diag_destroy(diag_is_remainder) < 0)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_spoiled, 0);
}

/*
 * The range was moved before the load: what connect() has chosen from the old one is found,
 * and takes nothing from the new one.
 */
TEST_F_TIMEOUT(preload, range_moved_before, lane_timeout(60))
{
	struct destination d;
	unsigned int i;
	struct addr to;
	int listener;

	portquota_unload();
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40039");
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	to = addr_local(listener);
	for (i = 0; i < 20; i++) {
		int fd = tcp_socket(V4);

		must_connect(fd, &to);
		if (i < 5)
			close_half(fd);
	}
	sysctl_set("net.ipv4.ip_local_port_range", "41000 41019");
	for (i = 0; i < 20; i++)
		must_connect(tcp_socket(V4), &to);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	portquota_load();
	EXPECT_STAT(tcp_current, 40);
	EXPECT_STAT(tcp_in_range, 20);
	EXPECT_STAT(tcp_ports, 20);
	ASSERT_TRUE(destination_get("127.0.0.1", "127.0.0.1:8080", &d));
	EXPECT_EQ(40, d.used);
	EXPECT_EQ(20, d.outside);
	EXPECT_EQ(5, d.outside_timewait);
	EXPECT_EQ(5, d.timewait);
	EXPECT_EQ(0, d.free);
}

/*
 * A port that its socket keeps beside its own TIME_WAIT: that looks like one that a server
 * on this port has left, as the manual says. Once they are connected again all is counted.
 */
TEST_F_TIMEOUT(preload, kept_beside_timewait, lane_timeout(30))
{
	struct addr from = addr_make(V4, 1, SHARED);
	int fd = tcp_socket(V4), listener, server;
	struct addr to;

	portquota_unload();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	to = addr_local(listener);
	must_bind(fd, &from);
	must_connect(fd, &to);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	shutdown(fd, SHUT_WR);
	close(server);
	portquota_load();
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tcp_ports, 1);
	EXPECT_STAT(tcp_bound, 1);
	EXPECT_STAT(tw_current, 1);
	EXPECT_STAT(tw_reserving, 0);
	sleep_ms(REUSABLE_MS);
	EXPECT_EQ(0, disconnect(fd));
	must_connect(fd, &to);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_STAT(tw_reused, 1);
	EXPECT_EQ(0U, invariants_at_rest("connected again"));
	close(fd);
}

struct storm {
	volatile bool stop;
	unsigned long connections;
};

static void connect_and_close(void *arg)
{
	struct storm *s = arg;
	int listener = tcp_listen(V4, 1, 0), fd;
	struct addr any = addr_make(V6, 1, 0), to = addr_make(V4, 1, 53);
	struct pair keep[32];
	unsigned int i, n = 0;

	while (!s->stop) {
		/* Some live long enough to be found by the walk while they close. */
		for (i = 0; i < ARRAY_SIZE(keep); i++)
			keep[i] = pair_open(listener);
		fd = tcp_socket(V6);
		must_bind(fd, &any);
		close(fd);
		fd = udp_socket(V4);
		must_connect(fd, &to);
		close(fd);
		for (i = 0; i < ARRAY_SIZE(keep); i++)
			pair_close(&keep[i], n++ % CLOSE_BOTH);
		__atomic_fetch_add(&s->connections, ARRAY_SIZE(keep), __ATOMIC_RELAXED);
	}
}

/* The walk at load races with sockets that are being opened and closed. */
TEST_F_TIMEOUT(preload, found_while_they_come_and_go, lane_timeout(120))
{
	struct storm *s = shared_memory(sizeof(*s));
	unsigned int i, k;
	pid_t pid[3];

	for (k = 0; k < lane_count(5, 3, 2); k++) {
		portquota_unload();
		s->stop = false;
		for (i = 0; i < ARRAY_SIZE(pid); i++)
			pid[i] = child_start(connect_and_close, s);
		sleep_ms(200);
		portquota_load();
		sleep_ms(200);
		s->stop = true;
		for (i = 0; i < ARRAY_SIZE(pid); i++)
			EXPECT_EQ(0, child_wait(pid[i]));
		EXPECT_EQ(0U, invariants_at_rest("after a load under traffic"));
		EXPECT_STAT(udp_current, 0);
		EXPECT_STAT(tcp_bound, 0);
		if (diag_destroy(diag_is_remainder) >= 0)
			EXPECT_STAT(tcp_current, 0);
	}
	diag("%lu connections", s->connections);
}

int main(int argc, char **argv)
{
	int ret;

	was_loaded = portquota_loaded();
	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	ret = test_harness_run(argc, argv);
	if (was_loaded && !portquota_loaded())
		portquota_load();
	return ret;
}
