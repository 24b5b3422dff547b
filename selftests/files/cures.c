// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota why, and what it advises: each situation is made for real and asked
 * about; then the advice is followed, and has to help. Where nothing fails,
 * nothing may be said to.
 */
#include "test.h"

WORLD_FIXTURE

#define SMALL		40	/* ports, where a range is to run out */
#define SMALL_RANGE	"40000 40039"
#define SERVICE		40017

/* With the kernel's defaults connect() takes TIME_WAITs on loopback over. */
WORLD_TEST(time_waits_on_loopback_are_no_outage)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	struct pair p[SMALL];
	unsigned int i;
	char *text, *line;

	time_wait_unlimited();
	sysctl_set("net.ipv4.tcp_tw_reuse", "2");
	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++)
		p[i] = pair_open(listener);
	pairs_close(p, SMALL, CLOSE_CLIENT);
	sleep_ms(2 * REUSABLE_MS);
	ASK(text);
	EXPECT_NOT_SAID(text, "\"certain\", \"what\": \"40 of 40");
	EXPECT_SAID(text, "TIME_WAITs that a connect() takes over");
	EXPECT_NOT_SAID(text, "tcp_tw_reuse=1");
	free(text);
	EXPECT_EQ(0, answer_check("", &line)) {
		TH_LOG("%s", line);
	}
	free(line);
	EXPECT_LE(0, connect_from(NULL, &to, false));
}

/* The commonest report: a connection has the port that a service wants. */
WORLD_TEST(port_of_a_service)
{
	const char *agent = world_cgroup(&self->w, "agent");
	struct addr service = addr_make(V4, 1, SERVICE);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct addr to = addr_local(listener);
	struct pair p = { -1, -1 };
	char *text, *line;

	range_set("40000 40999", 1000);
	cgroup_enter(agent);
	p.client = tcp_socket_at(SERVICE);
	must_connect(p.client, &to);
	fd = tcp_socket(V4);
	EXPECT_EQ(-EADDRINUSE, try_bind(fd, &service));
	ASK(text);
	EXPECT_CERTAIN(text, "port");
	EXPECT_TRUE(answer_says(text, "cgroup", agent));
	EXPECT_SAID(text, "127.0.0.1:40017");
	EXPECT_SAID(text, "net.ipv4.ip_local_reserved_ports=40017");
	free(text);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40017");
	pair_close(&p, CLOSE_RST);
	sleep_ms(1500);
	EXPECT_EQ(0, try_bind(fd, &service));
	EXPECT_EQ(0, try_listen(fd));
	/* The service has its port: it is in nobody's way, least of all in its own. */
	ASK(text);
	EXPECT_CERTAIN(text, "earlier");
	EXPECT_NOT_SAID(text, "\"cause\": \"port\"");
	free(text);
	EXPECT_EQ(0, answer_check("", &line)) {
		TH_LOG("%s", line);
	}
	free(line);
}

/*
 * Sockets share a port that they bound with SO_REUSEADDR, and a connect() from it meets a
 * connection of the same addresses and ports: that one is in the way, and no other on that port.
 */
WORLD_TEST(same_connection_again)
{
	struct addr source = addr_make(V4, 2, SERVICE);
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	struct addr other = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + 1));
	int fd[3], i;
	char *text;

	range_set("40000 40999", 1000);
	for (i = 0; i < 3; i++) {
		fd[i] = tcp_socket(V4);
		ASSERT_EQ(0, socket_option(fd[i], SOL_SOCKET, SO_REUSEADDR, 1));
		must_bind(fd[i], &source);
	}
	must_connect(fd[0], &other);
	must_connect(fd[1], &to);
	EXPECT_EQ(-EADDRNOTAVAIL, try_connect(fd[2], &to));
	ASK(text);
	EXPECT_CERTAIN(text, "port");
	EXPECT_SAID(text, "cannot connect from port 40017 to 127.0.0.1:");
	EXPECT_SAID(text, "IP_BIND_ADDRESS_NO_PORT");
	EXPECT_NOT_SAID(text, "ip_local_reserved_ports");
	free(text);
	addr_set_port(&source, 0);
	EXPECT_LE(0, connect_from(&source, &to, true));
}

/* What failed a moment ago is told when all is well again. */
WORLD_TEST(a_moment_ago)
{
	const char *burst = world_cgroup(&self->w, "burst");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr to = addr_local(listener);
	struct pair p[SMALL];
	unsigned int i;
	char *text, *line;

	cgroup_enter(burst);
	range_set(SMALL_RANGE, SMALL);
	for (i = 0; i < SMALL; i++)
		p[i] = pair_open(listener);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	free(text);
	for (i = 0; i < SMALL; i++)
		pair_close(&p[i], CLOSE_RST);
	stat_settled(offsetof(struct counters, tcp_current), 0);
	sleep_ms(1000);
	ASK(text);
	EXPECT_CERTAIN(text, "earlier");
	EXPECT_SAID(text, "3 calls found no free TCP port");
	EXPECT_TRUE(answer_says(text, "cgroup", burst));
	EXPECT_TRUE(answer_says(text, "cause", "none"));
	free(text);
	EXPECT_EQ(0, answer_check("", &line));
	free(line);
	EXPECT_EQ(1, answer_check("--since 300", &line)) {
		TH_LOG("%s", line);
	}
	free(line);
}

WORLD_MAIN
