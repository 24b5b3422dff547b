// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota why where a range is short itself: its ports are bound, reserved or
 * spoiled. Each is made for real and asked about; then the advice is followed, and
 * has to help.
 */
#include "test.h"

WORLD_FIXTURE

#define SMALL		40	/* ports, where a range is to run out */
#define SMALL_RANGE	"40000 40039"
#define BACKENDS	4

/* bind() before connect() takes ports for itself; with NO_PORT four times as many connect. */
WORLD_TEST(bind_before_connect)
{
	struct addr source = addr_make(V4, 2, 0), to[BACKENDS];
	int fd[SMALL], listener[BACKENDS];
	unsigned int i;
	char *text;

	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < BACKENDS; i++) {
		listener[i] = tcp_listen(V4, 1, PORT_OUTSIDE + i);
		to[i] = addr_local(listener[i]);
	}
	for (i = 0; i < SMALL; i++) {
		fd[i] = connect_from(&source, &to[i % BACKENDS], false);
		ASSERT_LE(0, fd[i]);
	}
	EXPECT_EQ(-EADDRINUSE, connect_from(&source, &to[0], false));
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_SAID(text, "IP_BIND_ADDRESS_NO_PORT");
	free(text);
	for (i = 0; i < SMALL; i++) {
		struct pair p = { fd[i], -1 };

		pair_close(&p, CLOSE_RST);
	}
	for (i = 0; i < 2 * SMALL; i++)
		EXPECT_LE(0, connect_from(&source, &to[i % BACKENDS], true));
	ASK(text);
	EXPECT_NOT_SAID(text, "\"range\", \"certainty\": \"certain\"");
	free(text);
}

/* A program that sets SO_REUSEADDR and cannot be changed shares ports by a sysctl. */
WORLD_TEST(autobind_reuse)
{
	struct addr source = addr_make(V4, 2, 0), to[BACKENDS];
	unsigned int i, made = 0;
	char *text;
	int fd;

	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < BACKENDS; i++)
		to[i] = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + i));
	for (i = 0; i < SMALL; i++) {
		fd = tcp_socket(V4);
		ASSERT_EQ(0, socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
		must_bind(fd, &source);
		must_connect(fd, &to[i % BACKENDS]);
	}
	fd = tcp_socket(V4);
	ASSERT_EQ(0, socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-EADDRINUSE, try_bind(fd, &source));
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_SAID(text, "net.ipv4.ip_autobind_reuse=1");
	free(text);
	sysctl_set("net.ipv4.ip_autobind_reuse", "1");
	for (i = 0; i < SMALL; i++) {
		fd = tcp_socket(V4);
		ASSERT_EQ(0, socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
		made += !try_bind(fd, &source) && !try_connect(fd, &to[i % BACKENDS]);
	}
	EXPECT_LE(SMALL / 4, made);
	ASK(text);
	EXPECT_NOT_SAID(text, "ip_autobind_reuse=1");
	free(text);
}

WORLD_TEST(reserved_ports)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	unsigned int i;
	char *text;

	range_set("40000 40999", 1000);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40959");
	stat_settled(offsetof(struct counters, range_usable), SMALL);
	for (i = 0; i < SMALL; i++)
		pair_open(listener);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_SAID(text, "ip_local_reserved_ports keeps 960 of its 1000 ports");
	free(text);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "\n");
	EXPECT_LE(0, connect_from(NULL, &to, false));
}

/* A port that connections use and that somebody binds meanwhile is not shared any more. */
WORLD_TEST(spoiled_ports)
{
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	struct addr other = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + 1));
	struct addr spoil;
	unsigned int i;
	char *text;
	int fd;

	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++) {
		must_connect(tcp_socket_at(40000 + i), &to);
		spoil = addr_make(V4, 2, 40000 + i);
		fd = tcp_socket(V4);
		must_bind(fd, &spoil);
		close(fd);
	}
	if (connect_from(NULL, &other, false) >= 0)
		SKIP(return, "this kernel shares such ports again");
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_SAID(text, "while somebody bound them");
	EXPECT_SAID(text, "IP_BIND_ADDRESS_NO_PORT");
	free(text);
}

/* A cgroup's range of its own is full, mostly of what is bound, and the rest of one destination. */
WORLD_TEST(own_range)
{
	const char *mine = world_cgroup(&self->w, "mine");
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	struct addr any = addr_make(V4, 2, 0);
	char command[256], *text;
	unsigned int i;

	rule_set("%s tcp.range=10000-10255", mine);
	cgroup_enter(mine);
	for (i = 0; i < 200; i++)
		must_bind(tcp_socket(V4), &any);
	for (; i < 256; i++)
		must_connect(tcp_socket(V4), &to);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_CERTAIN(text, "range");
	EXPECT_TRUE(answer_says(text, "range", "10000-10255"));
	EXPECT_TRUE(answer_says(text, "cgroup", mine));
	EXPECT_SAID(text, "portquota range set tcp START NUMBER");
	EXPECT_NOT_SAID(text, "ip_local_port_range=");
	free(text);
	snprintf(command, sizeof(command), "portquota range set tcp 10000 300 %s", mine);
	EXPECT_EQ(0, system(command));
	EXPECT_LE(0, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_NOT_SAID(text, "connect() to where they lead finds none");
	free(text);
}

WORLD_MAIN
