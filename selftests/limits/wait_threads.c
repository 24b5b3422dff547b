// SPDX-License-Identifier: GPL-2.0-only
/*
 * over=wait: what other threads do to a socket while its connect() waits. None of
 * their calls waits for that connect(), and those that disconnect the socket end it.
 */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "test.h"

WORLD_FIXTURE

#define STILL_THERE 1

/* A call in a thread of its own, on a socket that all threads have */
struct call {
	pthread_t thread;
	int fd;
	struct addr to;
	bool idle;		/* runs when nothing else wants its CPU */
	int ret;
};

static void *connect_in_thread(void *arg)
{
	static const struct sched_param none;
	struct call *c = arg;
	int ret;

	if (c->idle && sched_setscheduler(0, SCHED_IDLE, &none))
		die("no SCHED_IDLE");
	ret = try_connect(c->fd, &c->to);
	__atomic_store_n(&c->ret, ret, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *send_in_thread(void *arg)
{
	struct call *c = arg;
	int ret = send(c->fd, "x", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;

	__atomic_store_n(&c->ret, ret, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Starts it, and gives it time to come to where it waits. */
static void call_start(struct call *c, void *(*call)(void *arg), int fd, const struct addr *to)
{
	c->fd = fd;
	c->to = *to;
	c->ret = STILL_THERE;
	if (pthread_create(&c->thread, NULL, call, c))
		die("no thread");
	sleep_ms(lane_scale(60, 300));
}

static bool call_ended(struct call *c, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	while (__atomic_load_n(&c->ret, __ATOMIC_SEQ_CST) == STILL_THERE) {
		if (now_ms() >= end)
			return false;
		sleep_ms(5);
	}
	pthread_join(c->thread, NULL);
	return true;
}

/* The cap is full: with one connection that can be ended. */
static struct pair fill(const char *path, int listener, const char *wait)
{
	struct pair p = pair_open(listener);

	rule_set("%s tcp.max=1 over=wait:%s", path, wait);
	return p;
}

#define SOON lane_scale(1500, 8000)

/* Room, and somebody to accept what then comes in */
static void let_in(struct pair *p, int listener)
{
	pair_close(p, CLOSE_RST);
	close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

WORLD_TEST(options_and_names)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4), n;
	struct addr to = addr_local(listener), name;
	struct pair p = fill(self->w.base, listener, "20s");
	struct pollfd poll_out = { .fd = fd, .events = POLLOUT };
	struct tcp_info info;
	socklen_t len;
	unsigned long long begin;
	struct call c = {};

	call_start(&c, connect_in_thread, fd, &to);
	begin = now_ms();
	EXPECT_EQ(0, socket_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_EQ(0, socket_option(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	len = sizeof(info);
	EXPECT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(TCP_SYN_SENT, info.tcpi_state);
	len = sizeof(name);
	EXPECT_EQ(0, getsockname(fd, &name.sa, &len));
	EXPECT_EQ(-1, getpeername(fd, &name.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(0, ioctl(fd, FIONREAD, &n));
	EXPECT_EQ(0, poll(&poll_out, 1, 0));
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-EINVAL, try_bind(fd, &to));
	EXPECT_EQ(-EINVAL, try_listen(fd));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
	EXPECT_EQ(STILL_THERE, c.ret);
	let_in(&p, listener);
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(0, c.ret);
	EXPECT_EQ(1, send(fd, "x", 1, MSG_NOSIGNAL));
	close(fd);
}

/* close() of a socket that is in use by another thread closes it when that is done. */
WORLD_TEST(close_goes_on)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct addr to = addr_local(listener);
	struct pair p = fill(self->w.base, listener, "20s");
	unsigned long long begin;
	struct call c = {};

	call_start(&c, connect_in_thread, fd, &to);
	begin = now_ms();
	EXPECT_EQ(0, close(fd));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
	EXPECT_EQ(STILL_THERE, c.ret);
	let_in(&p, listener);
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(0, c.ret);
}

/* Disconnected by another thread, connect() fails as when it waits for the peer's answer. */
static void end_family_by(struct __test_metadata *_metadata, struct world *world,
			  enum family family, int (*end)(int fd))
{
	int listener = tcp_listen(family, 1, PORT_OUTSIDE), fd = tcp_socket(family);
	struct addr to = addr_local(listener);
	struct pair p = fill(world->base, listener, "20s");
	unsigned long long begin;
	struct call c = {};

	call_start(&c, connect_in_thread, fd, &to);
	begin = now_ms();
	EXPECT_EQ(0, end(fd));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(-ECONNRESET, c.ret);
	EXPECT_STAT(tcp_denied, 0);
	EXPECT_STAT(tcp_current, 1);
	/* The socket is as good as new. */
	rule_set("%s tcp.max=2 over=wait:20s", world->base);
	EXPECT_EQ(0, ask_connect(fd, &to));
	close(fd);
	pair_close(&p, CLOSE_RST);
	close(listener);
}

static void end_by(struct __test_metadata *_metadata, struct world *world, int (*end)(int fd))
{
	refusals_count();
	end_family_by(_metadata, world, V4, end);
	end_family_by(_metadata, world, V6, end);
	end_family_by(_metadata, world, MAPPED, end);
}

static int by_shutdown(int fd)
{
	return shutdown(fd, SHUT_RDWR);
}

WORLD_TEST(shutdown_ends_it)
{
	end_by(_metadata, &self->w, by_shutdown);
}

WORLD_TEST(disconnect_ends_it)
{
	end_by(_metadata, &self->w, disconnect);
}

/* It has no port yet, so ss -K does not find it; and is not held up by it. */
static bool is_waiting(const struct endpoint *ep)
{
	return ep->rport == PORT_OUTSIDE && ep->state != ENDPOINT_ESTAB;
}

WORLD_TEST(destroy_goes_on)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct addr to = addr_local(listener);
	struct pair p = fill(self->w.base, listener, "20s");
	unsigned long long begin;
	struct call c = {};

	call_start(&c, connect_in_thread, fd, &to);
	begin = now_ms();
	EXPECT_EQ(0, diag_destroy(is_waiting));
	EXPECT_LE(now_ms() - begin, (unsigned long long)SOON);
	EXPECT_EQ(STILL_THERE, c.ret);
	let_in(&p, listener);
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(0, c.ret);
	close(fd);
}

/* A second connect() waits for the first, as the kernel has it once the SYN is sent. */
WORLD_TEST(second_connect_waits_too)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct addr to = addr_local(listener);
	struct pair p = fill(self->w.base, listener, "20s");
	struct call first = {}, second = {};

	call_start(&first, connect_in_thread, fd, &to);
	call_start(&second, connect_in_thread, fd, &to);
	EXPECT_EQ(STILL_THERE, first.ret);
	EXPECT_EQ(STILL_THERE, second.ret);
	let_in(&p, listener);
	ASSERT_TRUE(call_ended(&first, SOON));
	ASSERT_TRUE(call_ended(&second, SOON));
	EXPECT_EQ(0, first.ret);
	EXPECT_EQ(0, second.ret);
	EXPECT_STAT(tcp_current, 1);
	close(fd);
}

#define DATA 64

/* Data for the SYN, from a process that has the socket too, and other memory at that address */
struct fast_open {
	int fd;
	struct addr to;
	struct pair other;	/* not to be kept by this process */
	char *data;
	int *ret;
};

static void send_fast_open(void *arg)
{
	struct fast_open *o = arg;

	close(o->other.client);
	close(o->other.server);
	memset(o->data, 'B', DATA);
	*o->ret = sendto(o->fd, o->data, DATA, MSG_FASTOPEN | MSG_NOSIGNAL, &o->to.sa,
			 sizeof(o->to)) < 0 ? -errno : 0;
	_exit(0);
}

static bool arrives(int listener, char byte)
{
	struct pollfd in = { .fd = listener, .events = POLLIN };
	char text[DATA] = "";
	bool is;
	int fd;

	if (poll(&in, 1, (int)lane_scale(1000, 4000)) != 1)
		return false;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	in.fd = fd;
	is = poll(&in, 1, (int)lane_scale(1000, 4000)) == 1 && read(fd, text, DATA) > 0 &&
	     text[0] == byte;
	close(fd);
	return is;
}

/* The kernel copies such data in the process that sends it: no other one's memory may go. */
WORLD_TEST(data_of_another_process_for_the_syn)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	char *data = mmap(NULL, DATA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fast_open o = {
		.fd = fd, .to = addr_local(listener), .data = data,
		.ret = shared_memory(sizeof(int)),
	};
	struct call c = {};
	pid_t pid;

	o.other = fill(self->w.base, listener, "20s");
	/* Connections with data in the SYN, without a cookie. */
	sysctl_set("net.ipv4.tcp_fastopen", "5");
	*o.ret = STILL_THERE;
	memset(data, 'A', DATA);
	call_start(&c, connect_in_thread, fd, &o.to);
	pid = child_start(send_fast_open, &o);
	sleep_ms(lane_scale(100, 500));
	EXPECT_EQ(STILL_THERE, *o.ret);
	EXPECT_EQ(STILL_THERE, c.ret);
	pair_close(&o.other, CLOSE_RST);
	EXPECT_FALSE(arrives(listener, 'A')) TH_LOG("another process's memory was sent");
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(-ECONNABORTED, c.ret);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_EQ(-ECONNABORTED, *o.ret);
	/* The socket is as good as new. */
	EXPECT_EQ(0, try_connect(fd, &o.to));
	close(fd);
}

/* When connect() gives up, so do all that wait for the connection. */
WORLD_TEST(all_give_up_together)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct pollfd poll_out = { .fd = fd, .events = POLLOUT };
	struct call first = {}, second = {}, sender = {};
	struct addr to = addr_local(listener);

	fill(self->w.base, listener, lane_is_debug() ? "5s" : "1s");
	call_start(&first, connect_in_thread, fd, &to);
	call_start(&second, connect_in_thread, fd, &to);
	call_start(&sender, send_in_thread, fd, &to);
	EXPECT_EQ(STILL_THERE, sender.ret);
	EXPECT_EQ(1, poll(&poll_out, 1, (int)(5000 + SOON)));
	EXPECT_TRUE(poll_out.revents & POLLHUP);
	ASSERT_TRUE(call_ended(&first, SOON));
	ASSERT_TRUE(call_ended(&second, SOON));
	ASSERT_TRUE(call_ended(&sender, SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, first.ret);
	EXPECT_EQ(-ECONNABORTED, second.ret);
	EXPECT_EQ(-EPIPE, sender.ret);
	close(fd);
}

/* What it is asked for when it is woken is how the socket is then. */
WORLD_TEST(nonblocking_by_now)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct addr to = addr_local(listener);
	struct call c = {};

	fill(self->w.base, listener, "20s");
	call_start(&c, connect_in_thread, fd, &to);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	rule_set("%s tcp.max=1 over=wait:19s", self->w.base);	/* it looks again */
	ASSERT_TRUE(call_ended(&c, SOON));
	EXPECT_EQ(-EADDRNOTAVAIL, c.ret);
	close(fd);
}

/*
 * A connect() that was disconnected is still on its way out, and closes the socket
 * when it comes to it: no other call may have bound or connected it by then. The
 * thread has the same CPU and hardly ever runs, so bind() and listen() come first.
 */
WORLD_TEST_LONG(bind_after_shutdown, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd, ret, on;
	struct addr to = addr_local(listener), at = addr_make(V4, 1, PORT_OUTSIDE + 1);
	unsigned int i, refused = 0, n = lane_count(50, 20, 20);
	struct call c = { .idle = true };
	cpu_set_t all;
	socklen_t len;

	sched_getaffinity(0, sizeof(all), &all);
	fill(self->w.base, listener, "20s");
	run_on(0);
	for (i = 0; i < n; i++) {
		fd = tcp_socket(V4);
		socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		call_start(&c, connect_in_thread, fd, &to);
		EXPECT_EQ(0, shutdown(fd, SHUT_RDWR));
		ret = try_bind(fd, &at);
		EXPECT_TRUE(!ret || ret == -EADDRINUSE);
		EXPECT_TRUE(ret || !listen(fd, 8));
		refused += !!ret;
		ASSERT_TRUE(call_ended(&c, SOON));
		EXPECT_EQ(-ECONNRESET, c.ret);
		len = sizeof(on);
		EXPECT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len));
		EXPECT_EQ(!ret, on);
		close(fd);
	}
	diag("%u of %u times bind() came before connect() had left", refused, n);
	sched_setaffinity(0, sizeof(all), &all);
}

/* Threads that do all this to one socket, as fast as they can */
struct fight {
	int fd;
	struct addr to;
	bool stop;
};

static void *fight_connect(void *arg)
{
	struct fight *f = arg;

	while (!__atomic_load_n(&f->stop, __ATOMIC_RELAXED))
		try_connect(f->fd, &f->to);
	return NULL;
}

static void *fight_end(void *arg)
{
	unsigned int seed = (unsigned int)gettid(), round;
	struct fight *f = arg;

	for (round = 0; !__atomic_load_n(&f->stop, __ATOMIC_RELAXED); round++) {
		if (round % 3)
			shutdown(f->fd, SHUT_RDWR);
		else
			disconnect(f->fd);
		if (rand_r(&seed) % 4 == 0)
			sleep_ms((unsigned int)rand_r(&seed) % 4);
	}
	return NULL;
}

static void *fight_use(void *arg)
{
	struct addr at = addr_make(V4, 1, PORT_OUTSIDE + 1);
	unsigned int seed = (unsigned int)gettid();
	struct fight *f = arg;

	while (!__atomic_load_n(&f->stop, __ATOMIC_RELAXED)) {
		switch (rand_r(&seed) % 4) {
		case 0:
			try_bind(f->fd, &at);
			break;
		case 1:
			listen(f->fd, 8);
			break;
		case 2:
			send(f->fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
			break;
		default:
			close(accept4(f->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
		}
		sleep_ms((unsigned int)rand_r(&seed) % 3);
	}
	return NULL;
}

WORLD_TEST_LONG(fight, 120)
{
	void *(*const part[])(void *arg) = {
		fight_connect, fight_connect, fight_end, fight_use,
	};
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	unsigned long long end = now_ms() + lane_scale(5000, 15000);
	struct timeval t = { 0, 2000 };
	pthread_t thread[4];
	struct fight f = { .fd = tcp_socket(V4), .to = addr_local(listener) };
	struct pair p;
	unsigned int i;

	time_wait_unlimited();
	rule_set("%s tcp.max=1 over=wait:30ms", self->w.base);
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	/* None of the threads may be left in a call for good. */
	setsockopt(f.fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	setsockopt(f.fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	socket_option(f.fd, SOL_SOCKET, SO_REUSEADDR, 1);
	for (i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, part[i], &f))
			die("no thread");
	/* The cap is full, and has room, in turn. */
	while (now_ms() < end) {
		p.client = tcp_socket(V4);
		fcntl(p.client, F_SETFL, O_NONBLOCK);
		try_connect(p.client, &f.to);
		sleep_ms(3);
		close(p.client);
		while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
			close(fd);
	}
	__atomic_store_n(&f.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	close(f.fd);
}

WORLD_MAIN
