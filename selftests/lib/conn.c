// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "conn.h"
#include "file.h"
#include "netns.h"
#include "say.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

static unsigned char *listened;		/* one byte a port, shared with children */

void listened_init(void)
{
	listened = shared_memory(65536);
}

bool listened_on(uint16_t port)
{
	return listened && listened[port];
}

const char *closing_name(enum closing how)
{
	static const char *const name[CLOSINGS] = {
		"client", "server", "both", "rst", "server-rst", "unread",
	};

	return name[how];
}

void closing_leaves(enum closing how, unsigned int *client, unsigned int *server)
{
	*client = how == CLOSE_CLIENT || how == CLOSE_BOTH;
	*server = how == CLOSE_SERVER || how == CLOSE_BOTH;
}

static int socket_of(enum family f, int type)
{
	int fd = socket(addr_domain(f), type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("no socket");
	if (f == MAPPED)
		socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	return fd;
}

int tcp_socket(enum family f)
{
	return socket_of(f, SOCK_STREAM);
}

int tcp_socket_at(uint16_t port)
{
	int fd = tcp_socket(V4);

	if (socket_option(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, port << 16 | port))
		die("no IP_LOCAL_PORT_RANGE");
	return fd;
}

int udp_socket(enum family f)
{
	return socket_of(f, SOCK_DGRAM);
}

int socket_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

int try_bind(int fd, const struct addr *a)
{
	return bind(fd, &a->sa, a->len) ? -errno : 0;
}

int try_connect(int fd, const struct addr *a)
{
	return connect(fd, &a->sa, a->len) ? -errno : 0;
}

int try_listen(int fd)
{
	if (listen(fd, 4096))
		return -errno;
	if (listened)
		listened[port_of(fd)] = 1;
	return 0;
}

int disconnect(int fd)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return connect(fd, &sa, sizeof(sa)) ? -errno : 0;
}

int connect_from(const struct addr *source, const struct addr *to, bool no_port)
{
	int fd = tcp_socket(V4), err;

	if (no_port && socket_option(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1))
		die("IP_BIND_ADDRESS_NO_PORT");
	err = source ? try_bind(fd, source) : 0;
	err = err ?: try_connect(fd, to);
	if (err)
		close(fd);
	return err ?: fd;
}

void must_bind(int fd, const struct addr *a)
{
	if (try_bind(fd, a))
		die("cannot bind to port %u", addr_port(a));
}

void must_connect(int fd, const struct addr *a)
{
	if (try_connect(fd, a))
		die("cannot connect to port %u", addr_port(a));
}

uint16_t port_of(int fd)
{
	struct addr a = addr_local(fd);

	return addr_port(&a);
}

int tcp_listen(enum family f, unsigned int host, uint16_t port)
{
	struct addr a = addr_make(f, host, port);
	int fd = tcp_socket(f);

	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must_bind(fd, &a);
	if (try_listen(fd))
		die("cannot listen on port %u", port);
	return fd;
}

struct pair pair_open_from(int client, int listener)
{
	struct addr a = addr_local(listener);
	struct pair p = { .client = client };

	must_connect(client, &a);
	p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (p.server < 0)
		die("cannot accept");
	return p;
}

struct pair pair_open(int listener)
{
	struct addr a = addr_local(listener);
	int client = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (client < 0)
		die("no socket");
	return pair_open_from(client, listener);
}

/* The other side has closed: wait until that is known here. */
static void wait_eof(int fd)
{
	char c;

	if (read(fd, &c, 1) != 0)
		die("the other side did not close");
}

static void close_reset(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

static void close_unread(struct pair *p)
{
	char c;

	if (write(p->server, "x", 1) != 1 || recv(p->client, &c, 1, MSG_PEEK) != 1)
		die("cannot leave data unread");
	close(p->client);
	close(p->server);
}

static void deaf(int fd, bool on)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &drop };
	int ret;

	if (on)
		ret = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	else
		ret = setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, sizeof(int));
	if (ret)
		die("cannot set a socket filter");
}

/*
 * On loopback a FIN is answered before close() returns.  To make two FINs cross,
 * both sides are made deaf while they send theirs; the retransmissions meet.
 */
static void close_both(struct pair *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		deaf(p[i].client, true);
		deaf(p[i].server, true);
		shutdown(p[i].client, SHUT_WR);
		shutdown(p[i].server, SHUT_WR);
		deaf(p[i].client, false);
		deaf(p[i].server, false);
	}
	for (i = 0; i < n; i++) {
		wait_eof(p[i].client);
		wait_eof(p[i].server);
	}
	for (i = 0; i < n; i++) {
		close(p[i].client);
		close(p[i].server);
	}
}

static bool shut_down_until(int fd, uint8_t state)
{
	struct tcp_info info;
	socklen_t size;
	int tries;

	if (shutdown(fd, SHUT_WR))
		die("cannot shut a connection down");
	for (tries = 0; tries < 5000; tries++) {
		size = sizeof(info);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
			die("no TCP_INFO");
		if (info.tcpi_state == state)
			return true;
		sleep_ms(2);
	}
	return false;
}

void close_half(int fd)
{
	shut_down_until(fd, TCP_FIN_WAIT2);
	close(fd);
}

/*
 * The other side has closed before. Its FIN may be answered only now, by the timer of
 * the delayed ACK, and another CPU may be making it a FIN_WAIT2 remainder while the FIN
 * of this side comes in: that one then finds a socket in TCP_CLOSE, is dropped, and
 * comes again a retransmission later. Once it is answered, the other side is TIME_WAIT.
 */
static void close_last(int fd)
{
	if (!shut_down_until(fd, TCP_CLOSE))
		die("the last FIN is not answered");
	close(fd);
}

void pair_close(struct pair *p, enum closing how)
{
	switch (how) {
	case CLOSE_CLIENT:
		close(p->client);
		wait_eof(p->server);
		close_last(p->server);
		break;
	case CLOSE_SERVER:
		close(p->server);
		wait_eof(p->client);
		close_last(p->client);
		break;
	case CLOSE_RST:
		close_reset(p->client);
		close(p->server);
		break;
	case CLOSE_SERVER_RST:
		close_reset(p->server);
		close(p->client);
		break;
	case CLOSE_UNREAD:
		close_unread(p);
		break;
	case CLOSE_BOTH:
	case CLOSINGS:
		close_both(p, 1);
		break;
	}
	p->client = -1;
	p->server = -1;
}

void pairs_close(struct pair *p, size_t n, enum closing how)
{
	size_t i;

	if (how == CLOSE_BOTH) {
		close_both(p, n);
		return;
	}
	for (i = 0; i < n; i++)
		pair_close(&p[i], how);
}

void time_wait_unlimited(void)
{
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
}

size_t descriptors_raise(void)
{
	long max = sysctl_get("fs.nr_open");
	struct rlimit r = { (rlim_t)max, (rlim_t)max };

	if (setrlimit(RLIMIT_NOFILE, &r))
		die("cannot raise the number of descriptors to %ld", max);
	if (sysctl_get("fs.file-max") < max)
		sysctl_set("fs.file-max", "%ld", max);
	return (size_t)max;
}

#define SHARED 40000

static void try_sharing_again(void *arg)
{
	struct addr to[2], there = addr_make(V4, 2, SHARED);
	bool *shares = arg;
	unsigned int i;
	int fd;

	netns_new();
	for (i = 0; i < 2; i++)
		to[i] = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + i));
	must_connect(tcp_socket_at(SHARED), &to[0]);
	fd = tcp_socket(V4);
	must_bind(fd, &there);
	close(fd);
	*shares = !try_connect(tcp_socket_at(SHARED), &to[1]);
}

bool connect_shares_again(void)
{
	static bool *shares;

	if (!shares) {
		shares = shared_memory(sizeof(*shares));
		if (child_wait(child_start(try_sharing_again, shares)))
			die("cannot try to share a port");
	}
	return *shares;
}
