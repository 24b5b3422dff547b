// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are handled in tasks and not in a softirq: by threaded NAPI, and by
 * a program that writes to a tun device. A TIME_WAIT that a packet ends is recycled
 * there too, and one that the administrator ends is killed.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <time.h>

#include "test.h"

WORLD_FIXTURE

#define NEAR	"192.0.2.1"	/* the test's namespace */
#define FAR	"192.0.2.2"

/* Ports of the far side. Its own range has neither, or it would connect from one by chance. */
#define PORT	20000
#define KILLED	20001

static int near_ns, far_ns;

static void run(const char *fmt, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		die("failed: %s", command);
}

static struct addr at(const char *host, uint16_t port)
{
	struct addr a;
	char text[32];

	snprintf(text, sizeof(text), "%s:%u", host, port);
	if (!addr_parse(&a, text))
		die("no address: %s", text);
	return a;
}

static void stay(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* Makes the far namespace. Returns a process that stays in the near one. */
static pid_t make_far(void)
{
	pid_t pid = child_start(stay, NULL);

	near_ns = netns_open();
	netns_new();
	far_ns = netns_open();
	return pid;
}

static void offload(const char *device, unsigned int command, unsigned int value)
{
	struct ethtool_value e = { .cmd = command, .data = value };
	struct ifreq ifr = { .ifr_data = (void *)&e };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		die("ethtool command %u on %s", command, device);
	close(fd);
}

/* A sysfs mounted now shows the devices of this namespace. */
static void thread_near(void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		die("cannot mount sysfs");
	must_write("/sys/class/net/near/threaded", "1");
}

/*
 * A veth pair whose near end has a NAPI, which GRO makes, with a thread. It is
 * used for what comes without TSO: drivers/net/veth.c, veth_skb_is_eligible_for_gro().
 */
static bool threaded_veth(void)
{
	pid_t pid;

	if (system("modprobe -q veth"))
		return false;
	pid = make_far();
	run("ip link add far type veth peer name near");
	run("ip link set near netns %d", pid);
	offload("far", ETHTOOL_STSO, 0);
	run("ip addr add " FAR "/24 dev far && ip link set far up");
	netns_enter(near_ns);
	offload("near", ETHTOOL_SGRO, 1);
	run("ip addr add " NEAR "/24 dev near && ip link set near up");
	if (child_wait(child_start(thread_near, NULL)))
		die("no threaded NAPI");
	return true;
}

/* @priority: of a real-time task; 0 for none */
static void on_first_cpu(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	run_on(0);
	if (priority && sched_setscheduler(0, SCHED_FIFO, &param))
		die("no real-time task");
}

static int tun_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("cannot make a tun device");
	return fd;
}

/* Two tun devices, the near one first, and the last packet that was for the port KILLED */
struct carrier {
	int fd[2];
	size_t length;
	char packet[2048];
};

static bool is_for_killed(const char *packet, size_t length)
{
	const struct iphdr *ip = (const void *)packet;
	const struct tcphdr *tcp = (const void *)(packet + sizeof(*ip));

	return length >= sizeof(*ip) + sizeof(*tcp) && ip->version == 4 &&
	       ip->protocol == IPPROTO_TCP && tcp->source == htons(KILLED);
}

/* Carries packets from one device to the other: write() handles them in this task. */
static void carry(void *arg)
{
	struct carrier *carrier = arg;
	int *fd = carrier->fd, i;
	struct pollfd p[] = { { fd[0], POLLIN, 0 }, { fd[1], POLLIN, 0 } };
	char packet[65536];
	ssize_t n;

	on_first_cpu(0);

	while (poll(p, 2, -1) > 0)
		for (i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			n = read(fd[i], packet, sizeof(packet));
			if (n > 0 && is_for_killed(packet, (size_t)n) &&
			    (size_t)n <= sizeof(carrier->packet)) {
				memcpy(carrier->packet, packet, (size_t)n);
				__atomic_store_n(&carrier->length, (size_t)n, __ATOMIC_RELEASE);
			}
			if (n > 0 && write(fd[!i], packet, (size_t)n) != n)
				die("cannot write to a tun device");
		}
}

static unsigned long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
}

/*
 * Has the near side handle that packet again and again, in between what carry() does, and
 * leaves it four fifths of the time, however slow the machine is.
 */
static void repeat(void *arg)
{
	struct carrier *carrier = arg;
	size_t length = __atomic_load_n(&carrier->length, __ATOMIC_ACQUIRE);
	unsigned long long begin;

	on_first_cpu(1);
	for (;;) {
		begin = now_us();
		if (write(carrier->fd[0], carrier->packet, length) != (ssize_t)length)
			die("cannot write to a tun device");
		usleep((useconds_t)(4 * (now_us() - begin)) + 50);
	}
}

static struct carrier *tun_pair(void)
{
	struct carrier *carrier = shared_memory(sizeof(*carrier));
	int *fd = carrier->fd;

	if (system("modprobe -q tun") || access("/dev/net/tun", R_OK | W_OK))
		return NULL;
	make_far();
	fd[1] = tun_open("far");
	run("ip addr add " FAR "/24 dev far && ip link set far up");
	netns_enter(near_ns);
	fd[0] = tun_open("near");
	run("ip addr add " NEAR "/24 dev near && ip link set near up");
	child_start(carry, carrier);
	return carrier;
}

static int listen_near(uint16_t port)
{
	struct addr a = at(NEAR, port);
	int fd = tcp_socket(V4);

	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &a);
	if (try_listen(fd))
		die("cannot listen");
	return fd;
}

/* From a port of the far namespace */
static struct pair open_from(uint16_t port, int listener)
{
	struct addr from = at(FAR, port);
	int fd;

	netns_enter(far_ns);
	fd = tcp_socket(V4);
	netns_enter(near_ns);
	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &from);
	return pair_open_from(fd, listener);
}

static bool is_killed(const struct endpoint *ep)
{
	return ep->remainder && ep->rport == KILLED;
}

/* The near side is first to close, and its TIME_WAITs end in each of the ways. */
static void end_each(struct __test_metadata *_metadata, const char *path)
{
	int listener = listen_near(PORT_OUTSIDE), err;
	struct events events;
	struct pair p;

	time_wait_unlimited();
	events_open(&events, PQ_EVENTS);
	p = open_from(KILLED, listener);
	pair_close(&p, CLOSE_SERVER);
	p = open_from(PORT, listener);
	pair_close(&p, CLOSE_SERVER);
	EXPECT_STAT(tw_current, 2);

	/* By a SYN; one of the same second could be an old one */
	sleep_ms(1100);
	p = open_from(PORT, listener);
	EXPECT_STAT(tw_recycled, 1);
	EXPECT_STAT(tw_killed, 0);
	EXPECT_STAT(tw_current, 1);
	EXPECT_EQ(1U, events_count(&events, path, "early", "timewait", 200));

	/* By data that come when nobody is to read them any more */
	close_half(p.server);
	EXPECT_STAT(tw_fin_wait2, 1);
	if (write(p.client, "x", 1) != 1)
		die("cannot write");
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_STAT(tw_recycled, 2);
	EXPECT_STAT(tw_killed, 0);
	close(p.client);

	/* By nobody's packet */
	err = diag_destroy(is_killed);
	if (err != -EOPNOTSUPP) {
		EXPECT_EQ(1, err);
		EXPECT_STAT(tw_killed, 1);
		EXPECT_STAT(tw_recycled, 2);
	}
	EXPECT_STAT(tw_expired, 0);
	events_close(&events);
}

WORLD_TEST_LONG(threaded_napi, 60)
{
	if (!threaded_veth())
		SKIP(return, "no veth");
	end_each(_metadata, self->w.base);
}

/*
 * On PREEMPT_RT a task that handles a packet makes way for another one, which may handle
 * one too: the first still ends its TIME_WAIT by a packet.
 */
WORLD_TEST_LONG(writers_in_turn, 120)
{
	unsigned int i, nr = lane_count(300, 50, 100);
	struct carrier *carrier = tun_pair();
	struct pair p;
	int listener;

	if (!carrier)
		SKIP(return, "no tun");
	listener = listen_near(PORT_OUTSIDE);
	time_wait_unlimited();
	p = open_from(KILLED, listener);
	pair_close(&p, CLOSE_SERVER);
	EXPECT_STAT(tw_current, 1);
	child_start(repeat, carrier);
	for (i = 0; i < nr; i++) {
		p = open_from(0, listener);
		close_half(p.server);
		if (write(p.client, "x", 1) != 1)
			die("cannot write");
		close(p.client);
	}
	EXPECT_STAT(tw_recycled, nr);
	EXPECT_STAT(tw_killed, 0);
	EXPECT_STAT(tw_current, 1);
}

WORLD_TEST_LONG(tun_writer, 60)
{
	if (!tun_pair())
		SKIP(return, "no tun");
	end_each(_metadata, self->w.base);
}

WORLD_MAIN
