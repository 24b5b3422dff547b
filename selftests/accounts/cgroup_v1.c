// SPDX-License-Identifier: GPL-2.0-only
/*
 * No cgroup below the v2 root, as where only v1 hierarchies are used: all is
 * charged to the root account, and stat says so.
 *
 * It has no fixture: that makes cgroups. Other programs make some too, so this one
 * has to be the first in its guest.
 *
 * run-all: first
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "test.h"

static void in_root_only(void *arg)
{
	int v1_group = *(int *)arg;
	struct stat_file s;
	struct accounts a;
	int listener;

	if (v1_group)
		must_write("/tmp/pq-v1/group/cgroup.procs", "0");
	netns_new();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	pair_open(listener);
	pair_open(listener);
	stat_read(&s);
	if (s.c.cgroup_v2 != 0)
		die("cgroup.v2 is %lld, and there is no cgroup below the root", s.c.cgroup_v2);
	if (s.c.tcp_current != 2)
		die("tcp.current is %lld, not 2", s.c.tcp_current);
	accounts_read(&a);
	if (a.n != 1 || strcmp(a.line[0].path, "/") || a.line[0].c.tcp_local != 2)
		die("accounts has %zu lines, the first '%s' with tcp.local=%lld", a.n,
		    a.line[0].path, a.line[0].c.tcp_local);
	if (invariants_at_rest("without cgroups"))
		die("invariants do not hold");
}

TEST(all_in_the_root)
{
	int *v1_group = shared_memory(sizeof(int));

	EXPECT_EQ(0, child_wait(child_start(in_root_only, v1_group)));
}

TEST(all_in_the_root_with_a_v1_hierarchy)
{
	int *v1_group = shared_memory(sizeof(int));

	*v1_group = 1;
	mkdir("/tmp/pq-v1", 0755);
	if (mount("cgroup", "/tmp/pq-v1", "cgroup", 0, "none,name=portquota"))
		SKIP(return, "no cgroup v1 hierarchy can be mounted here");
	mkdir("/tmp/pq-v1/group", 0755);
	EXPECT_EQ(0, child_wait(child_start(in_root_only, v1_group)));
	sleep_ms(50);
	rmdir("/tmp/pq-v1/group");
	EXPECT_EQ(0, umount("/tmp/pq-v1"));
}

/* The first cgroup made switches it over. */
TEST(a_cgroup_is_noticed)
{
	char path[64];
	struct stat_file s;

	snprintf(path, sizeof(path), "/pq-%d", getpid());
	cgroup_make(path);
	stat_read(&s);
	EXPECT_EQ(1, s.c.cgroup_v2);
	EXPECT_EQ(0, cgroup_remove(path));
}

int main(int argc, char **argv)
{
	if (!portquota_loaded())
		ksft_exit_skip("portquota is not loaded\n");
	if (cgroup_count())
		ksft_exit_skip("there are cgroups below the v2 root in this guest\n");
	return test_harness_run(argc, argv);
}
