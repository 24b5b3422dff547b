// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module is loaded and removed 200 times while connections, binds and
 * datagrams go on: no call fails, no connection breaks or loses a byte, the
 * counters are sane each time, and nothing of it stays in slabinfo.
 *
 * They are fewer in a short run. RELOADS=N in the environment sets another number,
 * RELOAD_SECONDS=S an end before it; how many they were is printed.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "test.h"

#define WORKERS 3

struct traffic {
	volatile bool stop;
	unsigned long connections, bytes, datagrams, binds;
	unsigned long errors;
	char first_error[128];
};

static void oops(struct traffic *t, const char *what)
{
	if (!__atomic_fetch_add(&t->errors, 1, __ATOMIC_RELAXED))
		snprintf(t->first_error, sizeof(t->first_error), "%s: %s", what,
			 strerror(errno));
}

/* One byte there and one back: the connection is whole. */
static bool echo(struct traffic *t, struct pair *p)
{
	char c = 'a';

	if (write(p->client, "x", 1) != 1 || read(p->server, &c, 1) != 1 || c != 'x' ||
	    write(p->server, "y", 1) != 1 || read(p->client, &c, 1) != 1 || c != 'y') {
		oops(t, "echo");
		return false;
	}
	t->bytes += 2;
	return true;
}

static void datagram(struct traffic *t, enum family f)
{
	struct addr zero = addr_make(f, 1, 0), to;
	int a = udp_socket(f), b = udp_socket(f);
	char c;

	if (try_bind(a, &zero)) {
		oops(t, "udp bind");
	} else {
		to = addr_local(a);
		if (sendto(b, "x", 1, 0, &to.sa, to.len) != 1)
			oops(t, "udp send");
		else if (recv(a, &c, 1, 0) != 1)
			oops(t, "udp receive");
		else
			t->datagrams++;
	}
	close(a);
	close(b);
}

static void keep_going(void *arg)
{
	struct traffic *t = arg;
	enum family f = getpid() % 2 ? V4 : V6;
	int listener = tcp_listen(f, 1, 0);
	struct addr zero = addr_make(f, 1, 0);
	struct pair lasting[20], p;
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(lasting); i++)
		lasting[i] = pair_open(listener);
	while (!t->stop) {
		int client = socket(addr_domain(f), SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct addr to = addr_local(listener);
		int bound = tcp_socket(f);

		if (try_connect(client, &to)) {
			oops(t, "connect");
			close(client);
		} else {
			p.client = client;
			p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (p.server < 0)
				oops(t, "accept");
			echo(t, &p);
			pair_close(&p, n % CLOSE_BOTH);
			t->connections++;
		}
		if (try_bind(bound, &zero))
			oops(t, "bind");
		else if (n % 2 && try_listen(bound))
			oops(t, "listen");
		t->binds++;
		close(bound);
		datagram(t, f);
		echo(t, &lasting[n++ % ARRAY_SIZE(lasting)]);
		/* Busy, but not to the last cycle: the kernel's grace periods are to end. */
		if (n % 4 == 0)
			sleep_ms(10);
	}
	for (i = 0; i < ARRAY_SIZE(lasting); i++) {
		echo(t, &lasting[i]);
		pair_close(&lasting[i], CLOSE_RST);
	}
}

FIXTURE(reload) {
	struct world w;
	bool was_loaded;
};

/* Names in slabinfo that have to do with us. */
static unsigned int our_slabs(void)
{
	char *text = must_slurp("/proc/slabinfo");
	unsigned int n = lines_with(text, "portquota");

	free(text);
	return n;
}

FIXTURE_SETUP(reload)
{
	self->was_loaded = portquota_loaded();
	if (!self->was_loaded)
		portquota_load();
	ASSERT_TRUE(world_open(&self->w));
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000");
}

FIXTURE_TEARDOWN(reload)
{
	if (!portquota_loaded())
		portquota_load();
	EXPECT_EQ(0U, world_close(&self->w));
	if (!self->was_loaded)
		portquota_unload();
}

/* Numbers that cannot be right even while traffic goes on; says which. */
static unsigned int insane(void)
{
	struct stat_file s;
	unsigned int n = 0;
	size_t i;

	stat_read(&s);
	for (i = 0; i < COUNTERS_KEYS; i++) {
		long long value = *counters_at(&s.c, i);

		/* The word max, of limits, reads as the greatest number. */
		if ((value >= -1 && value <= 1000000) || value == LLONG_MAX)
			continue;
		diag("%s is %lld", counters_key[i], value);
		n++;
	}
	if (s.c.hooks_missed) {
		diag("hooks.missed is %lld", s.c.hooks_missed);
		n++;
	}
	return n;
}

TEST_F_TIMEOUT(reload, under_traffic, 3600)
{
	struct traffic *t = shared_memory(sizeof(*t));
	unsigned int i, k, n = lane_number("RELOADS", lane_count(200, 200, lane_scale(8, 4)));
	unsigned int seconds = lane_number("RELOAD_SECONDS", lane_scale(900, 3000));
	unsigned long long begin = now_ms(), unload_ms = 0;
	pid_t pid[WORKERS];

	for (i = 0; i < WORKERS; i++)
		pid[i] = child_start(keep_going, t);
	for (k = 0; k < n && now_ms() - begin < seconds * 1000ULL; k++) {
		unsigned long long start = now_ms();

		ASSERT_EQ(0, module_unload("portquota")) TH_LOG("unload %u", k);
		unload_ms += now_ms() - start;
		ASSERT_EQ(0U, our_slabs());
		ASSERT_EQ(0, module_load("portquota", "")) TH_LOG("load %u", k);
		EXPECT_EQ(0U, insane()) TH_LOG("after load %u", k);
		if (t->errors)
			break;
	}
	t->stop = true;
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
	EXPECT_EQ(n, k) TH_LOG("time was up");
	diag("%u loads in %llu s, %llu s of it in removals", k, (now_ms() - begin) / 1000,
	     unload_ms / 1000);
	diag("%lu connections, %lu bytes echoed, %lu binds, %lu datagrams", t->connections,
	     t->bytes, t->binds, t->datagrams);
	EXPECT_EQ(0UL, t->errors) TH_LOG("the first: %s", t->first_error);
	EXPECT_LT(0UL, t->connections);
	EXPECT_EQ(0U, invariants_at_rest("after the last load"));
	EXPECT_STAT(udp_current, 0);
	EXPECT_STAT(tcp_bound, 0);
}

int main(int argc, char **argv)
{
	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	return test_harness_run(argc, argv);
}
