// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota why where it is the state of the sockets that decides what helps, or
 * who holds them: each is made for real and asked about; then the advice is
 * followed, and has to help. What helps against TIME_WAIT is in cures.c.
 */
#include <fcntl.h>

#include "test.h"

WORLD_FIXTURE

#define SMALL		40	/* ports, where a range is to run out */
#define SMALL_RANGE	"40000 40039"
#define FAR		"10.7.7.7"	/* of the host's own, but not of 127.0.0.0/8 */
#define GIVEN_UP	(15 * 1000U)	/* ms until the kernel gives up, by timers that double */

static void run(const char *command)
{
	if (system(command))
		die("'%s' fails", command);
}

static struct addr far_away(uint16_t port)
{
	struct addr a = { .len = sizeof(struct sockaddr_in) };

	if (!addr_parse(&a, FAR ":1"))
		die("no address");
	addr_set_port(&a, port);
	return a;
}

static int connect_once(const struct addr *to)
{
	int fd = tcp_socket(V4), err;

	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
	err = try_connect(fd, to);
	if (err && err != -EINPROGRESS) {
		close(fd);
		return err;
	}
	return fd;
}

/* Waits until a connect() finds a port. */
static bool finds_port(const struct addr *to, unsigned int ms)
{
	unsigned long long until = now_ms() + ms;
	int fd;

	do {
		fd = connect_once(to);
		if (fd >= 0) {
			close(fd);
			return true;
		}
		sleep_ms(100);
	} while (now_ms() < until);
	return false;
}

/* Nobody answers there: what is sent to lo comes back, and is nobody's. */
WORLD_TEST(server_does_not_answer)
{
	struct addr to = far_away(443);
	unsigned int i;
	char *text;

	range_set(SMALL_RANGE, SMALL);
	run("ip route add " FAR "/32 dev lo");
	for (i = 0; i < SMALL; i++)
		ASSERT_LE(0, connect_once(&to));
	EXPECT_EQ(-EADDRNOTAVAIL, connect_once(&to));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_SAID(text, "40 of them SYN-SENT");
	EXPECT_SAID(text, "net.ipv4.tcp_syn_retries=2");
	EXPECT_NOT_SAID(text, "Reuse connections");
	free(text);
	sysctl_set("net.ipv4.tcp_syn_retries", "2");
	EXPECT_TRUE(finds_port(&to, GIVEN_UP));
}

/* The peer goes while connections are open, and then the program closes them. */
WORLD_TEST(peer_has_vanished)
{
	struct addr to = far_away(PORT_OUTSIDE);
	const char *backup = world_cgroup(&self->w, "backup");
	struct pair p[SMALL];
	unsigned int i;
	char *text;
	int listener;

	range_set(SMALL_RANGE, SMALL);
	run("ip addr add " FAR "/32 dev lo");
	listener = tcp_listen(V4, 0, PORT_OUTSIDE);
	cgroup_enter(backup);
	for (i = 0; i < SMALL; i++) {
		p[i].client = tcp_socket(V4);
		must_connect(p[i].client, &to);
		p[i].server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	run("ip addr del " FAR "/32 dev lo && ip route add " FAR "/32 dev lo");
	for (i = 0; i < SMALL; i++) {
		if (write(p[i].client, "x", 1) != 1)
			die("write");
		close(p[i].client);
	}
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_TRUE(answer_says(text, "cgroup", backup));
	EXPECT_SAID(text, "40 of them FIN-WAIT-1");
	EXPECT_SAID(text, "net.ipv4.tcp_orphan_retries=2");
	EXPECT_NOT_SAID(text, "Reuse connections");
	free(text);
	sysctl_set("net.ipv4.tcp_orphan_retries", "2");
	EXPECT_TRUE(finds_port(&to, GIVEN_UP));
}

/* Closed here and not there: nothing but the other side ends it, before its time. */
WORLD_TEST(other_side_does_not_close)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	struct pair p[SMALL];
	unsigned int i;
	char *text;

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000000");
	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++) {
		p[i] = pair_open(listener);
		close_half(p[i].client);
	}
	EXPECT_EQ(-EADDRNOTAVAIL, connect_once(&to));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_SAID(text, "40 of them FIN-WAIT-2");
	EXPECT_SAID(text, "have its program (states, pid ");
	EXPECT_SAID(text, "net.ipv4.tcp_fin_timeout=15");
	EXPECT_NOT_SAID(text, "in TIME_WAIT");
	EXPECT_NOT_SAID(text, "tcp_tw_reuse");
	free(text);
	for (i = 0; i < SMALL; i++)
		close(p[i].server);
	EXPECT_TRUE(finds_port(&to, GIVEN_UP));
}

struct holding {
	int listener;
	struct gate ready;
};

static void hold_close_wait(void *arg)
{
	struct holding *h = arg;
	unsigned int i;

	for (i = 0; i < SMALL; i++)
		close(pair_open(h->listener).server);
	gate_open(&h->ready);
	sleep_ms(3600000);
}

static pid_t start(struct world *w, const char *name, void (*fn)(void *arg), struct holding *h)
{
	pid_t pid;

	gate_make(&h->ready);
	world_enter(w, name);
	pid = child_start(fn, h);
	gate_wait(&h->ready);
	world_enter(w, NULL);
	return pid;
}

/* The other side has closed, the program has not: what helps until it does is a restart. */
WORLD_TEST(program_does_not_close)
{
	struct holding *h = shared_memory(sizeof(*h));
	struct addr to;
	char *text;
	pid_t pid;

	range_set(SMALL_RANGE, SMALL);
	h->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	to = addr_local(h->listener);
	pid = start(&self->w, "leaking", hold_close_wait, h);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_once(&to));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_TRUE(answer_says(text, "cgroup", world_cgroup(&self->w, "leaking")));
	EXPECT_SAID(text, "40 of them CLOSE-WAIT");
	EXPECT_SAID(text, "until it is fixed, restart it");
	EXPECT_NOT_SAID(text, "Reuse connections");
	free(text);
	child_kill(pid);
	EXPECT_TRUE(finds_port(&to, GIVEN_UP));
}

static void hold_listeners(void *arg)
{
	struct holding *h = arg;
	struct addr any = addr_make(V4, 0, 0);
	unsigned int i;
	int fd;

	for (i = 0; i < SMALL; i++) {
		fd = tcp_socket(V4);
		must_bind(fd, &any);
		if (try_listen(fd))
			die("listen");
	}
	gate_open(&h->ready);
	sleep_ms(3600000);
}

#define LISTENERS "\"advice\": [\"These are listeners: give them ports outside of the range"

/* Published ports, passive FTP */
WORLD_TEST(listeners)
{
	struct holding *h = shared_memory(sizeof(*h));
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	const char *first;
	unsigned int i;
	char *text;
	pid_t pid;

	range_set(SMALL_RANGE, SMALL);
	pid = start(&self->w, "forwarder", hold_listeners, h);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_once(&to));
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_TRUE(answer_says(text, "cgroup", world_cgroup(&self->w, "forwarder")));
	first = strstr(text, "\"advice\": [\"");
	ASSERT_NE(NULL, first);
	EXPECT_EQ(0, strncmp(first, LISTENERS, strlen(LISTENERS))) {
		TH_LOG("another advice first: %s", text);
	}
	free(text);
	child_kill(pid);
	for (i = 0; i < SMALL; i++)
		tcp_listen(V4, 1, 30000 + i);
	EXPECT_TRUE(finds_port(&to, GIVEN_UP));
}

static int udp_connect(void)
{
	struct addr server = addr_make(V4, 1, 53);
	int fd = udp_socket(V4), err = try_connect(fd, &server);

	if (err)
		close(fd);
	return err ?: fd;
}

static void hold_udp(void *arg)
{
	struct holding *h = arg;
	unsigned int i;

	for (i = 0; i < SMALL; i++)
		if (udp_connect() < 0)
			die("no UDP port");
	gate_open(&h->ready);
	sleep_ms(3600000);
}

static void hold_tcp(void *arg)
{
	struct holding *h = arg;
	unsigned int i;

	/* Fewer than are told of themselves. */
	for (i = 0; i < SMALL / 4; i++)
		pair_open(h->listener);
	gate_open(&h->ready);
	sleep_ms(3600000);
}

/* One socket per query: it is the resolver, though another has TCP ports. */
WORLD_TEST(udp_of_a_resolver)
{
	struct holding *resolver = shared_memory(sizeof(*resolver));
	struct holding *web = shared_memory(sizeof(*web));
	struct addr any = addr_make(V4, 1, 0);
	char *text;
	pid_t pid;
	int fd;

	range_set(SMALL_RANGE, SMALL);
	web->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	start(&self->w, "web", hold_tcp, web);
	pid = start(&self->w, "resolver", hold_udp, resolver);
	EXPECT_EQ(-EAGAIN, udp_connect());
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_TRUE(answer_says(text, "resource", "udp"));
	EXPECT_TRUE(answer_says(text, "cgroup", world_cgroup(&self->w, "resolver")));
	EXPECT_FALSE(answer_says(text, "cgroup", world_cgroup(&self->w, "web")));
	EXPECT_SAID(text, "Use one socket for many peers");
	free(text);
	child_kill(pid);
	fd = udp_socket(V4);
	must_bind(fd, &any);
	EXPECT_LE(0, udp_connect());
	ASK(text);
	EXPECT_NOT_SAID(text, "\"range\", \"certainty\": \"certain\"");
	free(text);
}

#define CHOSEN	5	/* ports, where a program tries one after the other */

/* A resolver that chooses ports itself meets its own; a service, that of another. */
WORLD_TEST(chosen_ports)
{
	const char *resolver = world_cgroup(&self->w, "resolver");
	const char *service = world_cgroup(&self->w, "service");
	struct addr at = addr_make(V4, 0, 0);
	char *text, *line;
	unsigned int i;
	int fd;

	range_set(SMALL_RANGE, SMALL);
	cgroup_enter(resolver);
	for (i = 0; i < CHOSEN; i++) {
		addr_set_port(&at, 40000 + i);
		must_bind(udp_socket(V4), &at);
	}
	fd = udp_socket(V4);
	for (i = 0; i < CHOSEN; i++) {
		addr_set_port(&at, 40000 + i);
		EXPECT_EQ(-EADDRINUSE, try_bind(fd, &at));
	}
	ASK(text);
	EXPECT_SAID(text, "\"cause\": \"port\", \"certainty\": \"likely\"");
	EXPECT_NOT_SAID(text, "\"port\", \"certainty\": \"certain\"");
	EXPECT_SAID(text, "it seems to choose ports itself");
	EXPECT_SAID(text, "Let the kernel choose");
	free(text);
	EXPECT_EQ(1, answer_check("", &line)) {
		TH_LOG("%s", line);
	}
	free(line);
	addr_set_port(&at, 0);
	EXPECT_EQ(0, try_bind(fd, &at));
	cgroup_enter(service);
	addr_set_port(&at, 40000 + CHOSEN - 1);
	EXPECT_EQ(-EADDRINUSE, try_bind(udp_socket(V4), &at));
	ASK(text);
	EXPECT_SAID(text, "40004 was refused to");
	EXPECT_TRUE(answer_says(text, "cgroup", resolver));
	free(text);
}

WORLD_MAIN
