// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go offline and come back under traffic: nothing per CPU is lost.
 */

#include "test.h"

#define CPU1 "/sys/devices/system/cpu/cpu1/online"

WORLD_FIXTURE

static void traffic_until(void *arg)
{
	volatile bool *stop = arg;
	struct addr to = addr_make(V4, 1, 53);
	int listener = tcp_listen(V4, 1, 0);
	unsigned int i = 0;

	while (!*stop) {
		struct pair p = pair_open(listener);
		int udp = udp_socket(V4);

		must_connect(udp, &to);
		pair_close(&p, i++ % CLOSE_BOTH);
		close(udp);
	}
}

WORLD_TEST_LONG(cpu_offline_and_back, 90)
{
	bool *stop = shared_memory(sizeof(*stop));
	struct stat_file before, after;
	unsigned int i, done = 0;
	pid_t pid[3];

	if (access(CPU1, W_OK))
		SKIP(return, "one CPU, or none that can go offline");
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "100000");
	for (i = 0; i < 3; i++)
		pid[i] = child_start(traffic_until, stop);
	for (i = 0; i < lane_count(5, 3, 3); i++) {
		sleep_ms(200);
		done += !file_write(CPU1, "0");
		stat_read(&before);
		sleep_ms(200);
		EXPECT_EQ(0, file_write(CPU1, "1"));
		stat_read(&after);
		EXPECT_LE(before.c.tcp_begun, after.c.tcp_begun);
		EXPECT_LE(before.c.tw_entered, after.c.tw_entered);
	}
	*stop = true;
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
	if (!done)
		SKIP(return, "no CPU goes offline here");
}

/* A port that was charged on a CPU that is offline now can be released on another. */
WORLD_TEST(released_while_a_cpu_is_away)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p[50];
	unsigned int i;

	if (access(CPU1, W_OK))
		SKIP(return, "one CPU, or none that can go offline");
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = pair_open(listener);
	if (file_write(CPU1, "0"))
		SKIP(return, "no CPU goes offline here");
	EXPECT_STAT(tcp_current, ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++)
		pair_close(&p[i], CLOSE_RST);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_EQ(0, file_write(CPU1, "1"));
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(tcp_ended, ARRAY_SIZE(p));
}

#define SPARES 1000	/* a CPU keeps 1024 */

struct opener {
	struct gate closed, done;
};

/* What is freed on CPU 1 is kept there for its next connections. */
static void open_and_close(void *arg)
{
	struct addr a = addr_make(V4, 1, 0);
	struct opener *o = arg;
	int fd[SPARES], i;

	cgroup_enter("/pq-spares");
	run_on(1);
	descriptors_raise();
	for (i = 0; i < SPARES; i++) {
		fd[i] = udp_socket(V4);
		must_bind(fd[i], &a);
	}
	for (i = 0; i < SPARES; i++)
		close(fd[i]);
	gate_open(&o->closed);
	gate_wait(&o->done);
}

WORLD_TEST_LONG(spares_go_with_their_cpu, 60)
{
	long long before, after;
	struct opener o;
	pid_t pid;

	if (access(CPU1, W_OK) || file_write(CPU1, "0"))
		SKIP(return, "one CPU, or none that can go offline");
	ASSERT_EQ(0, file_write(CPU1, "1"));
	if (!memcg_on())
		SKIP(return, "no memory controller");
	cgroup_make("/pq-spares");
	gate_make(&o.closed);
	gate_make(&o.done);
	pid = child_start(open_and_close, &o);
	gate_wait(&o.closed);
	before = memcg_stat("/pq-spares", "slab");
	ASSERT_EQ(0, file_write(CPU1, "0"));
	after = memcg_stat("/pq-spares", "slab");
	ASSERT_EQ(0, file_write(CPU1, "1"));
	diag("%lld bytes with the spares of a CPU, %lld without", before, after);
	EXPECT_LE(SPARES * 64 * 9 / 10, before - after);
	gate_open(&o.done);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_EQ(0, cgroup_remove("/pq-spares"));
	memcg_off();
}

WORLD_MAIN
