// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BPF program of the cgroup refuses a bind() after the port was taken: nothing
 * stays charged, and no part of a cap is used up.  The same holds for programs
 * that refuse a connect().
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include "test.h"

WORLD_FIXTURE

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* "return 0": the operation is refused. */
static int refusing_program(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.prog_type = type;
	a.expected_attach_type = attach;
	a.insns = (uint64_t)(uintptr_t)code;
	a.insn_cnt = ARRAY_SIZE(code);
	a.license = (uint64_t)(uintptr_t)"GPL";
	return bpf(BPF_PROG_LOAD, &a);
}

/* Attached to @cgroup for as long as the cgroup lives; false if the kernel cannot. */
static bool refuse(const char *cgroup, enum bpf_prog_type type, enum bpf_attach_type attach)
{
	char path[300];
	union bpf_attr a;
	int prog, dir;
	bool ok;

	prog = refusing_program(type, attach);
	if (prog < 0)
		return false;
	snprintf(path, sizeof(path), CGROUP_ROOT "%s", cgroup);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		die("cannot open %s", path);
	memset(&a, 0, sizeof(a));
	a.target_fd = (uint32_t)dir;
	a.attach_bpf_fd = (uint32_t)prog;
	a.attach_type = attach;
	ok = !bpf(BPF_PROG_ATTACH, &a);
	close(dir);
	close(prog);
	return ok;
}

WORLD_TEST(post_bind_refused)
{
	const char *cg = world_cgroup(&self->w, "refused");
	struct addr zero = addr_make(V4, 1, 0), fixed = addr_make(V4, 1, 40000);
	int tcp, udp, i;

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND))
		SKIP(return, "no BPF_CGROUP_INET4_POST_BIND here");
	cgroup_enter(cg);
	tcp = tcp_socket(V4);
	udp = udp_socket(V4);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EPERM, try_bind(tcp, i % 2 ? &zero : &fixed));
		EXPECT_STAT(tcp_current, 0);
		EXPECT_STAT(tcp_bound, 0);
		EXPECT_STAT(tcp_exclusive, 0);
		EXPECT_EQ(-EPERM, try_bind(udp, i % 2 ? &zero : &fixed));
		EXPECT_STAT(udp_current, 0);
	}
	EXPECT_ACCOUNT(cg, tcp_current, 0);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_STAT(udp_exhausted, 0);
	/* From another cgroup the port is free. */
	cgroup_enter(self->w.base);
	tcp = tcp_socket(V4);
	EXPECT_EQ(0, try_bind(tcp, &fixed));
	EXPECT_STAT(tcp_current, 1);
}

WORLD_TEST(post_bind_refused_v6)
{
	const char *cg = world_cgroup(&self->w, "refused");
	struct addr zero = addr_make(V6, 1, 0);
	int tcp, udp;

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND))
		SKIP(return, "no BPF_CGROUP_INET6_POST_BIND here");
	cgroup_enter(cg);
	tcp = tcp_socket(V6);
	udp = udp_socket(V6);
	EXPECT_EQ(-EPERM, try_bind(tcp, &zero));
	EXPECT_EQ(-EPERM, try_bind(udp, &zero));
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(udp_current, 0);
}

/* listen() without bind takes a port and asks no POST_BIND program. */
WORLD_TEST(listen_is_not_asked)
{
	const char *cg = world_cgroup(&self->w, "refused");
	int fd;

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND))
		SKIP(return, "no BPF_CGROUP_INET4_POST_BIND here");
	cgroup_enter(cg);
	fd = tcp_socket(V4);
	EXPECT_EQ(0, try_listen(fd));
	EXPECT_STAT(tcp_current, 1);
	close(fd);
	EXPECT_STAT(tcp_current, 0);
}

WORLD_TEST(connect_refused)
{
	const char *cg = world_cgroup(&self->w, "refused");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr a = addr_local(listener);
	int fd;

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT))
		SKIP(return, "no BPF_CGROUP_INET4_CONNECT here");
	cgroup_enter(cg);
	fd = tcp_socket(V4);
	EXPECT_EQ(-EPERM, try_connect(fd, &a));
	EXPECT_STAT(tcp_current, 0);
	close(fd);
	/* UDP takes its port before that program is asked, and keeps it. */
	fd = udp_socket(V4);
	EXPECT_EQ(-EPERM, try_connect(fd, &a));
	EXPECT_EQ(0U, invariants_at_rest("after a refused UDP connect"));
	close(fd);
	EXPECT_STAT(udp_current, 0);
}

/* A bind() that a program refuses uses up no part of a cap, however often it is tried. */
WORLD_TEST(cap_is_not_eaten)
{
	const char *parent = world_cgroup(&self->w, "capped"), *free_one;
	const char *cg = world_cgroup(&self->w, "capped/refused");
	struct addr zero = addr_make(V4, 1, 0), fixed = addr_make(V4, 1, 40000);
	int fd[2], i;

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND))
		SKIP(return, "no BPF_CGROUP_INET4_POST_BIND here");
	free_one = world_cgroup(&self->w, "capped/free");
	rule_set("%s tcp.max=2 udp.max=2", parent);
	cap_holds(parent, 2, 2);
	refusals_count();
	cgroup_enter(cg);
	for (i = 0; i < 50; i++) {
		fd[0] = tcp_socket(V4);
		fd[1] = udp_socket(V4);
		/* Thrice a socket, as a program would that tries again. */
		EXPECT_EQ(-EPERM, ask_bind(fd[0], i % 2 ? &zero : &fixed));
		EXPECT_EQ(-EPERM, ask_bind(fd[0], &zero));
		EXPECT_EQ(-EPERM, ask_udp_bind(fd[1], i % 2 ? &zero : &fixed));
		EXPECT_EQ(-EPERM, ask_udp_bind(fd[1], &zero));
		EXPECT_ACCOUNT(parent, tcp_current, 0);
		EXPECT_ACCOUNT(parent, udp_current, 0);
		if (i % 2) {
			close(fd[0]);
			close(fd[1]);
		}
	}
	EXPECT_EQ(0U, invariants_at_rest("after binds that a program refused"));
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(udp_denied, 0);
	EXPECT_STAT(tcp_exhausted, 0);
	EXPECT_STAT(udp_exhausted, 0);
	cgroup_enter(free_one);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, ask_bind(tcp_socket(V4), &zero));
		EXPECT_EQ(0, ask_udp_bind(udp_socket(V4), &zero));
	}
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &zero));
	EXPECT_EQ(-EADDRINUSE, ask_udp_bind(udp_socket(V4), &zero));
	/* At the cap we refuse, and the program is not asked. */
	cgroup_enter(cg);
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &zero));
	EXPECT_ACCOUNT(parent, tcp_denied, 2);
}

/* The same with a program that is asked before the port is taken: TCP connect(). */
WORLD_TEST(cap_is_not_eaten_by_connects)
{
	const char *parent = world_cgroup(&self->w, "capped"), *free_one;
	const char *cg = world_cgroup(&self->w, "capped/refused");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), i, tcp, udp;
	struct addr to = addr_local(listener);

	if (!refuse(cg, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT))
		SKIP(return, "no BPF_CGROUP_INET4_CONNECT here");
	free_one = world_cgroup(&self->w, "capped/free");
	rule_set("%s tcp.max=1 udp.max=1", parent);
	cap_holds(parent, 1, 1);
	refusals_count();
	cgroup_enter(cg);
	for (i = 0; i < 50; i++) {
		tcp = tcp_socket(V4);
		EXPECT_EQ(-EPERM, ask_connect(tcp, &to));
		EXPECT_ACCOUNT(parent, tcp_current, 0);
		udp = udp_socket(V4);
		EXPECT_EQ(-EPERM, ask_udp_connect(udp, &to));
		close(udp);
		EXPECT_ACCOUNT(parent, udp_current, 0);
	}
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(udp_denied, 0);
	cgroup_enter(free_one);
	EXPECT_EQ(0, ask_connect(tcp_socket(V4), &to));
	EXPECT_EQ(0, ask_udp_connect(udp_socket(V4), &to));
	EXPECT_EQ(-EADDRNOTAVAIL, ask_connect(tcp_socket(V4), &to));
	EXPECT_EQ(-EAGAIN, ask_udp_connect(udp_socket(V4), &to));
}

WORLD_MAIN
