// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may read what: the reservations and the host's list of namespaces need
 * CAP_NET_ADMIN, the counters need nothing, and the root of a user namespace sees
 * its own network namespace but not the host's.
 */
#include <fcntl.h>
#include <sched.h>

#include "test.h"

WORLD_FIXTURE

/* 0 or the errno with which opening or reading @path fails. */
static int read_errno(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (read(fd, buf, sizeof(buf)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void as_nobody(void *arg)
{
	int *err = arg;

	become(UID_NOBODY, CAPS_NONE);
	err[0] = read_errno(PQ_STAT);
	err[1] = read_errno(PQ_ACCOUNTS);
	err[2] = read_errno(PQ_RESERVATIONS);
}

WORLD_TEST(nobody_reads_counters_only)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	int *err = shared_memory(3 * sizeof(int));

	pair_open(listener);
	EXPECT_EQ(0, child_wait(child_start(as_nobody, err)));
	EXPECT_EQ(0, err[0]);
	EXPECT_EQ(0, err[1]);
	EXPECT_EQ(EPERM, err[2]);
	EXPECT_EQ(0, read_errno(PQ_RESERVATIONS));
}

struct inside {
	int own_stat, own_reservations, own_lines;
	int host_list, host_reservations, host_stat;
	unsigned int wrong;
	pid_t outside;
};

static void as_user_namespace_root(void *arg)
{
	struct inside *in = arg;
	struct endpoints eps;
	char path[128];
	int listener;

	become_root_of_user_namespace();
	netns_new();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	pair_open(listener);
	pair_open(listener);
	in->own_stat = read_errno(PQ_STAT);
	in->own_reservations = reservations_read(&eps);
	in->own_lines = (int)eps.n;
	endpoints_free(&eps);
	in->host_list = read_errno(PQ_NAMESPACES);
	snprintf(path, sizeof(path), "/proc/%d/net/portquota/stat", in->outside);
	in->host_stat = read_errno(path);
	snprintf(path, sizeof(path), "/proc/%d/net/portquota/reservations", in->outside);
	in->host_reservations = read_errno(path);
}

WORLD_TEST(user_namespace_root_sees_its_own)
{
	struct inside *in = shared_memory(sizeof(*in));
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	char path[128];
	int denied;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "the kernel has no user namespaces");
	pair_open(listener);
	in->outside = getpid();
	/* The file of a process one may not look into has the same right and one more. */
	snprintf(path, sizeof(path), "/proc/%d/net/portquota/stat", in->outside);
	EXPECT_EQ(0, child_wait(child_start(as_user_namespace_root, in)));
	EXPECT_EQ(0, in->own_stat);
	EXPECT_EQ(0, in->own_reservations);
	EXPECT_EQ(2, in->own_lines);
	EXPECT_EQ(EPERM, in->host_list);
	denied = in->host_reservations;
	EXPECT_TRUE(denied == EPERM || denied == EACCES || denied == ENOENT)
		TH_LOG("reading the reservations of a foreign namespace gave %d", denied);
}

static void in_foreign_user_namespace(void *arg)
{
	int *err = arg;

	if (unshare(CLONE_NEWUSER))
		die("cannot make a user namespace");
	must_write("/proc/self/setgroups", "deny");
	must_write("/proc/self/uid_map", "0 0 1");
	must_write("/proc/self/gid_map", "0 0 1");
	/* Still in the network namespace of the test, which this user namespace does not own. */
	err[0] = read_errno(PQ_STAT);
	err[1] = read_errno(PQ_RESERVATIONS);
	err[2] = read_errno(PQ_NAMESPACES);
}

WORLD_TEST(root_of_a_user_namespace_is_not_root_of_the_network)
{
	int *err = shared_memory(3 * sizeof(int));

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "the kernel has no user namespaces");
	EXPECT_EQ(0, child_wait(child_start(in_foreign_user_namespace, err)));
	EXPECT_EQ(0, err[0]);
	EXPECT_EQ(EPERM, err[1]);
	EXPECT_EQ(EPERM, err[2]);
}

WORLD_TEST(files_cannot_be_written)
{
	static const char *const path[] = {
		PQ_STAT, PQ_ACCOUNTS, PQ_RESERVATIONS,
		PQ_NAMESPACES,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(path); i++)
		EXPECT_NE(0, file_write(path[i], "x\n"));
}

static void from_cgroup_namespace(void *arg)
{
	struct {
		char deep[256];
		int seen_inner, seen_outer;
	} *r = arg;
	struct accounts a;
	size_t i;

	cgroup_enter(r->deep);
	if (unshare(CLONE_NEWCGROUP))
		die("cannot make a cgroup namespace");
	accounts_read(&a);
	for (i = 0; i < a.n; i++) {
		r->seen_inner |= !strcmp(a.line[i].path, "/inner") && a.line[i].c.tcp_current == 1;
		r->seen_outer |= !!strstr(a.line[i].path, "pq-");
	}
	accounts_free(&a);
}

/* Paths are as the reader's cgroup namespace sees them. */
WORLD_TEST(paths_in_a_cgroup_namespace)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	const char *deep = world_cgroup(&self->w, "deep");
	struct {
		char deep[256];
		int seen_inner, seen_outer;
	} *r = shared_memory(sizeof(*r));

	snprintf(r->deep, sizeof(r->deep), "%s", deep);
	cgroup_enter(world_cgroup(&self->w, "deep/inner"));
	pair_open(listener);
	cgroup_enter(self->w.base);
	EXPECT_EQ(0, child_wait(child_start(from_cgroup_namespace, r)));
	EXPECT_TRUE(r->seen_inner);
	EXPECT_FALSE(r->seen_outer);
}

WORLD_MAIN
