// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose memory it is: what the module keeps for a socket is charged to the memory
 * cgroup of the task that causes it, beside the socket itself, and is as much as
 * README.md says. Compares the same sockets without and with the module.
 */
#include "test.h"

#define EACH 20000U	/* on one address: fewer than there are ports */

static bool was_loaded;

struct holder {
	void (*hold)(unsigned int nr);
	unsigned int nr;
	struct gate ready, done;
	char cgroup[64];
};

static void hold(void *arg)
{
	struct holder *h = arg;

	cgroup_enter(h->cgroup);
	descriptors_raise();
	h->hold(h->nr);
	gate_open(&h->ready);
	gate_wait(&h->done);
}

/* What a cgroup is charged for @nr of what @fn makes, bytes of @key */
static long long cost(void (*fn)(unsigned int nr), unsigned int nr, const char *key)
{
	struct holder h = { .hold = fn, .nr = nr };
	long long bytes;
	pid_t pid;

	snprintf(h.cgroup, sizeof(h.cgroup), "/pq-memory-%s",
		 portquota_loaded() ? "with" : "without");
	cgroup_make(h.cgroup);
	gate_make(&h.ready);
	gate_make(&h.done);
	pid = child_start(hold, &h);
	gate_wait(&h.ready);
	bytes = memcg_stat(h.cgroup, key);
	gate_open(&h.done);
	if (child_wait(pid))
		die("the holder fails");
	cgroup_remove(h.cgroup);
	return bytes;
}

/* What the module adds to that, bytes for each */
static long long cost_added(void (*fn)(unsigned int nr), unsigned int nr, const char *key)
{
	long long without = cost(fn, nr, key), with;

	portquota_load();
	with = cost(fn, nr, key);
	diag("%u: %lld KiB without the module, %lld KiB with it: %lld bytes each", nr,
	     without / 1024, with / 1024, (with - without) / nr);
	return (with - without) / nr;
}

/* UDP sockets with a port each, in a namespace that is there already. */
static void hold_sockets(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct addr a = addr_make(V4, i / EACH + 1, 0);

		must_bind(udp_socket(V4), &a);
	}
}

static void hold_namespaces(unsigned int nr)
{
	while (nr--) {
		netns_new();
		netns_open();
	}
}

#define CLIENT_PORT 10000	/* outside of the range: clients are not counted */
#define BACKLOG 64		/* at most so many connections wait to be accepted */

struct peers {
	struct gate listening, accepted, shut;
	unsigned int nr;
};

static struct peers *peers;

/* In another cgroup than the server, whose TIME_WAITs its packets make. */
static void connect_and_close(void *arg)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	int *fd = calloc(peers->nr, sizeof(*fd));
	unsigned int i;

	(void)arg;
	descriptors_raise();
	gate_wait(&peers->listening);
	for (i = 0; i < peers->nr; i++) {
		struct addr a = addr_make(V4, 1, (uint16_t)(CLIENT_PORT + i));

		fd[i] = tcp_socket(V4);
		must_bind(fd[i], &a);
		must_connect(fd[i], &to);
		if (i % BACKLOG == BACKLOG - 1)
			gate_wait(&peers->accepted);
	}
	gate_wait(&peers->shut);
	for (i = 0; i < peers->nr; i++)
		close(fd[i]);
	free(fd);
}

/* The server ends each connection first, so the TIME_WAIT is its own. */
static void hold_timewaits(unsigned int nr)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), *fd = calloc(nr, sizeof(*fd));
	unsigned int i;

	gate_open(&peers->listening);
	for (i = 0; i < nr; i++) {
		fd[i] = accept(listener, NULL, NULL);
		if (i % BACKLOG == BACKLOG - 1)
			gate_open(&peers->accepted);
	}
	for (i = 0; i < nr; i++)
		shutdown(fd[i], SHUT_WR);
	gate_open(&peers->shut);
	while (sockstat_tw() < nr)
		sleep_ms(10);
	for (i = 0; i < nr; i++)
		close(fd[i]);
	free(fd);
	close(listener);
}

FIXTURE(memory) {
	char unused;
};

FIXTURE_SETUP(memory)
{
	if (!memcg_on())
		SKIP(return, "no memory controller");
	if (portquota_loaded())
		portquota_unload();
	netns_new();
}

FIXTURE_TEARDOWN(memory)
{
	if (portquota_loaded())
		portquota_unload();
	memcg_off();
}

/* So many that an account and its owner do not matter beside them */
TEST_F_TIMEOUT(memory, entries_are_charged_to_who_opens, lane_timeout(240))
{
	long long each = cost_added(hold_sockets, lane_count(100000, 3000, 20000), "slab");

	EXPECT_LE(64, each);
	/* Each port has a count, and KASAN has its redzones. */
	EXPECT_GE(lane_scale(64 + 16, 512), each);
}

/* Their entries are made in softirqs, which have no task that could pay. */
TEST_F_TIMEOUT(memory, accepted_timewaits_are_charged_to_the_server, lane_timeout(240))
{
	unsigned int nr = lane_count(4000, 500, 1000), i;
	long long bytes[2];
	pid_t client;

	peers = shared_memory(sizeof(*peers));
	peers->nr = nr;
	time_wait_unlimited();
	for (i = 0; i < 2; i++) {
		gate_make(&peers->listening);
		gate_make(&peers->accepted);
		gate_make(&peers->shut);
		client = child_start(connect_and_close, NULL);
		bytes[i] = cost(hold_timewaits, nr, "slab");
		EXPECT_EQ(0, child_wait(client));
		/* Before the load, which would find them, and have spares when they end. */
		EXPECT_LE(0, diag_destroy(diag_is_remainder));
		if (!i)
			portquota_load();
	}
	diag("%u TIME_WAITs: %lld KiB without the module, %lld KiB with it", nr, bytes[0] / 1024,
	     bytes[1] / 1024);
	/*
	 * The kernel counts what is on its way on each CPU with up to a page's delay. On
	 * PREEMPT_RT softirqs take turns on a CPU, and nobody is charged for what they make:
	 * module/lib/memcg.h.
	 */
	if (kernel_is_rt()) {
		EXPECT_GE(nr * 64 / 4, bytes[1] - bytes[0]);
	} else {
		EXPECT_LE(nr * 64 * 3 / 4, bytes[1] - bytes[0]);
	}
}

/* Its counts of ports, its two accounts, its files and the list of its events, of which there are none */
TEST_F_TIMEOUT(memory, namespaces_are_charged_and_small, lane_timeout(240))
{
	long long each = cost_added(hold_namespaces, lane_count(100, 20, 50), "kernel");

	EXPECT_LE(4800, each);
	EXPECT_GE(lane_scale(12 * 1024, 32 * 1024), each);
}

int main(int argc, char **argv)
{
	int ret;

	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	was_loaded = portquota_loaded();
	if (was_loaded)
		portquota_unload();
	ret = test_harness_run(argc, argv);
	if (was_loaded && !portquota_loaded())
		portquota_load();
	return ret;
}
