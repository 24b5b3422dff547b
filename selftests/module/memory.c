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
	unsigned int nr;
	struct gate ready, done;
	char cgroup[64];
};

/* UDP sockets with a port each, in a namespace that is there already. */
static void hold(void *arg)
{
	struct holder *h = arg;
	unsigned int i;

	cgroup_enter(h->cgroup);
	descriptors_raise();
	for (i = 0; i < h->nr; i++) {
		struct addr a = addr_make(V4, i / EACH + 1, 0);

		must_bind(udp_socket(V4), &a);
	}
	gate_open(&h->ready);
	gate_wait(&h->done);
}

/* What @nr sockets cost the cgroup that opens them, bytes of slab */
static long long cost(unsigned int nr, const char *name)
{
	struct holder h = { .nr = nr };
	long long bytes;
	pid_t pid;

	snprintf(h.cgroup, sizeof(h.cgroup), "/pq-memory-%s", name);
	cgroup_make(h.cgroup);
	gate_make(&h.ready);
	gate_make(&h.done);
	pid = child_start(hold, &h);
	gate_wait(&h.ready);
	bytes = memcg_slab(h.cgroup);
	gate_open(&h.done);
	if (child_wait(pid))
		die("the holder fails");
	cgroup_remove(h.cgroup);
	return bytes;
}

FIXTURE(memory) {
	char unused;
};

FIXTURE_SETUP(memory)
{
	if (!memcg_on())
		SKIP(return, "no memory controller");
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
	unsigned int nr = lane_count(100000, 3000, 20000);
	long long without, with, each;

	without = cost(nr, "without");
	portquota_load();
	with = cost(nr, "with");
	each = (with - without) / nr;
	diag("%u sockets: %lld KiB without the module, %lld KiB with it: %lld bytes each", nr,
	     without / 1024, with / 1024, each);
	EXPECT_LE(64, each);
	/* Each port has a count, and KASAN has its redzones. */
	EXPECT_GE(lane_scale(64 + 16, 512), each);
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
