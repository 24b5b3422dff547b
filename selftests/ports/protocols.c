// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes to the hooked functions on other ways: TCP fast open, dual-stack
 * listeners, several threads on one socket and io_uring pay like others; raw
 * sockets, UDP-Lite and ping sockets, which share code with them, do not count.
 */
#include <linux/io_uring.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "test.h"

WORLD_FIXTURE

/* Client and server, and neither asks for a cookie. */
#define FASTOPEN_WITHOUT_COOKIE	0x207

/* connect() and data in one: sendto(MSG_FASTOPEN), and TCP_FASTOPEN_CONNECT. */
WORLD_TEST(fast_open)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	int client, server, i;
	char c;

	sysctl_set("net.ipv4.tcp_fastopen", "%d", FASTOPEN_WITHOUT_COOKIE);
	ASSERT_EQ(0, socket_option(listener, IPPROTO_TCP, TCP_FASTOPEN, 16));
	for (i = 0; i < 2; i++) {
		client = tcp_socket(V4);
		if (i == 0) {
			ASSERT_EQ(1, sendto(client, "x", 1, MSG_FASTOPEN, &to.sa, to.len));
		} else {
			ASSERT_EQ(0, socket_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
			must_connect(client, &to);
			ASSERT_EQ(1, write(client, "x", 1));
		}
		server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		ASSERT_LE(0, server);
		ASSERT_EQ(1, read(server, &c, 1));
		EXPECT_STAT(tcp_current, 1 + i);
		EXPECT_STAT(tcp_begun, 1 + i);
		EXPECT_EQ(0U, invariants_at_rest("with a fast open connection"));
		close(client);
		ASSERT_EQ(0, read(server, &c, 1));
		close(server);
		EXPECT_STAT(tcp_current, 1 + i);
		EXPECT_STAT(tw_reserving, 1 + i);
	}
}

/* A fast open socket that is closed before it sent anything. */
WORLD_TEST(fast_open_never_sent)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	int client = tcp_socket(V4);

	sysctl_set("net.ipv4.tcp_fastopen", "%d", FASTOPEN_WITHOUT_COOKIE);
	if (socket_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1))
		SKIP(return, "no TCP_FASTOPEN_CONNECT here");
	/* The port is chosen at once, the SYN waits for data. */
	EXPECT_EQ(0, try_connect(client, &to));
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("with a deferred connect"));
	close(client);
	EXPECT_STAT(tcp_current, 0);
}

/* A dual-stack listener and clients of both families. */
WORLD_TEST(dual_stack)
{
	struct addr any = addr_make(V6, 0, 0);
	int listener = tcp_socket(MAPPED);
	struct addr v4, v6;
	int a, b;

	must_bind(listener, &any);
	ASSERT_EQ(0, try_listen(listener));
	EXPECT_STAT(tcp_current, 1);
	v4 = addr_make(V4, 1, port_of(listener));
	v6 = addr_make(V6, 1, port_of(listener));
	a = tcp_socket(V4);
	b = tcp_socket(V6);
	must_connect(a, &v4);
	must_connect(b, &v6);
	EXPECT_STAT(tcp_current, 3);
	EXPECT_EQ(0U, invariants_at_rest("with a dual-stack listener"));
}

WORLD_TEST(raw_and_udplite_do_not_count)
{
	struct addr a = addr_make(V4, 1, 40000);
	int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	int lite = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);
	int ping;

	ASSERT_LE(0, raw);
	try_bind(raw, &a);
	if (lite >= 0)
		EXPECT_EQ(0, try_bind(lite, &a));
	sysctl_set("net.ipv4.ping_group_range", "0 0");
	ping = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (ping >= 0)
		try_bind(ping, &a);
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(udp_current, 0);
}

static void *connect_and_close(void *arg)
{
	struct addr to = *(struct addr *)arg;
	unsigned int i;

	for (i = 0; i < lane_count(400, 60, 60); i++) {
		int fd = tcp_socket(V4);

		must_connect(fd, &to);
		close(fd);
	}
	return NULL;
}

WORLD_TEST_LONG(threads, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	unsigned int i, n = 4 * lane_count(400, 60, 60);
	pthread_t t[4];

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "100000");
	descriptors_raise();
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&t[i], NULL, connect_and_close, &to));
	for (i = 0; i < n; i++)
		close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	EXPECT_STAT(tcp_begun, n);
	EXPECT_EQ(0U, invariants_at_rest("after connects in four threads"));
}

/* Two threads close and connect one socket at the same time. */
struct fight {
	int fd;
	struct addr to;
	volatile bool stop;
};

static void *disconnect_again(void *arg)
{
	struct fight *f = arg;

	while (!f->stop)
		disconnect(f->fd);
	return NULL;
}

WORLD_TEST(connect_against_disconnect)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct fight f = { .fd = tcp_socket(V4), .to = addr_local(listener) };
	pthread_t t;
	unsigned int i;

	ASSERT_EQ(0, pthread_create(&t, NULL, disconnect_again, &f));
	for (i = 0; i < lane_count(1000, 150, 150); i++)
		try_connect(f.fd, &f.to);
	f.stop = true;
	pthread_join(t, NULL);
	close(f.fd);
	close(listener);
	EXPECT_EQ(0U, invariants_at_rest("after a fight over one socket"));
}

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
};

static bool ring_make(struct ring *r)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	r->fd = (int)syscall(SYS_io_uring_setup, 8, &p);
	if (r->fd < 0)
		return false;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		  PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
	r->sqe = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
		      MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || r->sqe == MAP_FAILED)
		return false;
	r->sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned int *)(sq + p.sq_off.array);
	r->cq_head = (unsigned int *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	r->cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	r->cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return true;
}

/* One request, waited for; @flags IOSQE_ASYNC makes a worker of the kernel do it. */
static int ring_do(struct ring *r, int op, int fd, const void *addr, uint64_t off, uint8_t flags)
{
	unsigned int tail = *r->sq_tail, at = tail & *r->sq_mask, head;
	struct io_uring_sqe *sqe = &r->sqe[at];
	int res;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = (uint8_t)op;
	sqe->flags = flags;
	sqe->fd = fd;
	sqe->addr = (uint64_t)(uintptr_t)addr;
	sqe->off = off;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	head = *r->cq_head;
	if (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	res = r->cqe[head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return res;
}

/* In a process of its own: the kernel's workers keep the namespace as long as it lives. */
static void use_ring(void *arg)
{
	struct __test_metadata *_metadata = arg;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	char cgroup[256];
	struct ring r;
	int i, fd;

	if (!ring_make(&r))
		_exit(KSFT_SKIP);
	cgroup_of_self(cgroup, sizeof(cgroup));
	for (i = 0; i < 4; i++) {
		fd = tcp_socket(V4);
		EXPECT_EQ(0, ring_do(&r, IORING_OP_CONNECT, fd, &to.sa, to.len,
				     i % 2 ? IOSQE_ASYNC : 0));
		EXPECT_ACCOUNT(cgroup, tcp_current, 1 + i);
		EXPECT_ACCOUNT(cgroup, tcp_shareable, 1 + i);
		if (i > 1)
			EXPECT_EQ(0, ring_do(&r, IORING_OP_CLOSE, fd, NULL, 0, IOSQE_ASYNC));
		EXPECT_EQ(0U, invariants_at_rest("with io_uring"));
	}
}

WORLD_TEST(io_uring)
{
	int status;

	world_enter(&self->w, "a");
	status = child_wait(child_start(use_ring, _metadata));
	world_enter(&self->w, NULL);
	if (status == KSFT_SKIP)
		SKIP(return, "no io_uring here");
	EXPECT_EQ(0, status);
}

/* io_uring must not block the task that submits; what it hands to a worker is refused as well. */
static void use_ring_at_the_cap(void *arg)
{
	struct __test_metadata *_metadata = arg;
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), i;
	struct addr to = addr_local(listener);
	unsigned long long begin;
	struct ring r;

	if (!ring_make(&r))
		_exit(KSFT_SKIP);
	begin = now_ms();
	for (i = 0; i < 4; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, ring_do(&r, IORING_OP_CONNECT, tcp_socket(V4), &to.sa,
						  to.len, i % 2 ? IOSQE_ASYNC : 0));
	EXPECT_LE(now_ms() - begin, 8000ULL);
	/* A connect() of its own waits, ring or no ring. */
	begin = now_ms();
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(tcp_socket(V4), &to));
	EXPECT_GE(now_ms() - begin, 3500ULL);
}

WORLD_TEST_LONG(io_uring_does_not_wait, 120)
{
	int status;

	rule_set("%s tcp.max=0 over=wait:4s", self->w.base);
	status = child_wait(child_start(use_ring_at_the_cap, _metadata));
	if (status == KSFT_SKIP)
		SKIP(return, "no io_uring here");
	EXPECT_EQ(0, status);
}

WORLD_MAIN
