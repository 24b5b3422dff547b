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
#define FAR		"10.7.7.7"	/* of the host's own, but not of 127.0.0.0/8 */
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

/* A close() would leave a TIME_WAIT on the port: what is advised leaves none. */
WORLD_TEST(port_of_a_service_now)
{
	const char *agent = world_cgroup(&self->w, "agent");
	struct addr service = addr_make(V4, 0, SERVICE);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4);
	struct addr to = addr_local(listener);
	struct pair p = { -1, -1 };
	char *text;

	time_wait_unlimited();
	range_set("40000 40999", 1000);
	cgroup_enter(agent);
	p.client = tcp_socket_at(SERVICE);
	must_connect(p.client, &to);
	p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	world_enter(&self->w, NULL);
	ASSERT_EQ(0, socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-EADDRINUSE, try_bind(fd, &service) ?: try_listen(fd));
	ASK(text);
	EXPECT_CERTAIN(text, "port");
	EXPECT_SAID(text, "ss -K 'src 127.0.0.1:40017 dst 127.0.0.1:8080'");
	free(text);
	EXPECT_EQ(0, system("ss -K 'src 127.0.0.1:40017 dst 127.0.0.1:8080' >/dev/null"));
	fd = tcp_socket(V4);
	EXPECT_EQ(0, try_bind(fd, &service) ?: try_listen(fd));
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

/* Jobs that are gone leave TIME_WAITs, beyond loopback, where none is taken over by default. */
WORLD_TEST(time_waits_of_a_removed_cgroup)
{
	const char *job = world_cgroup(&self->w, "job");
	struct addr to = { .len = sizeof(struct sockaddr_in) };
	struct addr other = addr_make(V4, 3, 0);
	struct pair p[SMALL];
	unsigned int i;
	int listener;
	char *text;

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "2");
	range_set(SMALL_RANGE, SMALL);
	if (system("ip addr add " FAR "/32 dev lo") || !addr_parse(&to, FAR ":8080"))
		die("no address");
	listener = tcp_listen(V4, 0, PORT_OUTSIDE);
	cgroup_enter(job);
	for (i = 0; i < SMALL; i++) {
		p[i].client = tcp_socket(V4);
		must_connect(p[i].client, &to);
		p[i].server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	pairs_close(p, SMALL, CLOSE_CLIENT);
	world_enter(&self->w, NULL);
	EXPECT_EQ(0, cgroup_remove(job));
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_CERTAIN(text, "destination");
	EXPECT_TRUE(answer_says(text, "cause", "churn"));
	EXPECT_TRUE(answer_says(text, "cgroup", job));
	EXPECT_SAID(text, "\"deleted\": true");
	EXPECT_SAID(text, "net.ipv4.tcp_tw_reuse=1");
	EXPECT_SAID(text, "Use more addresses");
	EXPECT_SAID(text, "Widen the range");
	free(text);
	EXPECT_LE(0, connect_from(&other, &to, true));
	range_set("40000 40049", SMALL + 10);
	EXPECT_LE(0, connect_from(NULL, &to, false));
	range_set(SMALL_RANGE, SMALL);
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	sleep_ms(REUSABLE_MS);
	EXPECT_LE(0, connect_from(NULL, &to, false));
	ASK(text);
	EXPECT_NOT_SAID(text, "tcp_tw_reuse=1");
	EXPECT_NOT_SAID(text, "\"destination\", \"certainty\": \"certain\"");
	free(text);
}

static int connect_again(const struct addr *source, const struct addr *to)
{
	int fd = tcp_socket(V4), err;

	if (socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		die("SO_REUSEADDR");
	must_bind(fd, source);
	err = try_connect(fd, to);
	if (err)
		close(fd);
	return err ?: fd;
}

/* A client with a port of its own meets its own TIME_WAIT, where there are no timestamps. */
WORLD_TEST(own_time_wait)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct addr source = addr_make(V4, 1, SERVICE), to = addr_local(listener);
	struct pair p;
	char *text;

	sysctl_set("net.ipv4.tcp_max_tw_buckets", "1000000");
	sysctl_set("net.ipv4.tcp_timestamps", "0");
	range_set("40000 40999", 1000);
	p.client = connect_again(&source, &to);
	p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pair_close(&p, CLOSE_CLIENT);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_again(&source, &to));
	ASK(text);
	EXPECT_CERTAIN(text, "port");
	EXPECT_SAID(text, "cannot connect from port 40017 to 127.0.0.1:8080");
	EXPECT_SAID(text, "a TIME_WAIT from 127.0.0.1:40017 to 127.0.0.1:8080 has it");
	EXPECT_SAID(text, "Let the kernel choose the port of a client");
	EXPECT_SAID(text, "net.ipv4.tcp_timestamps=1");
	free(text);
	EXPECT_LE(0, connect_from(NULL, &to, false));
	/* It helps the connections to come: the one that is gone had none. */
	sysctl_set("net.ipv4.tcp_timestamps", "1");
	addr_set_port(&source, SERVICE + 1);
	close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	p.client = connect_again(&source, &to);
	p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pair_close(&p, CLOSE_CLIENT);
	sleep_ms(REUSABLE_MS);
	EXPECT_LE(0, connect_again(&source, &to));
}

/* Nobody is seen to have the port of a service: it is a client's TIME_WAIT. */
WORLD_TEST(time_wait_has_the_port)
{
	const char *agent = world_cgroup(&self->w, "agent");
	struct addr service = addr_make(V4, 0, SERVICE);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct addr to = addr_local(listener);
	struct pair p;
	char *text;

	time_wait_unlimited();
	range_set("40017 40018", 2);
	cgroup_enter(agent);
	p = pair_open_from(tcp_socket_at(SERVICE), listener);
	pair_close(&p, CLOSE_CLIENT);
	world_enter(&self->w, NULL);
	fd = tcp_socket(V4);
	ASSERT_EQ(0, socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-EADDRINUSE, try_bind(fd, &service) ?: try_listen(fd));
	ASK(text);
	EXPECT_CERTAIN(text, "port");
	EXPECT_TRUE(answer_says(text, "cgroup", agent));
	EXPECT_SAID(text, "a TIME_WAIT from 127.0.0.1:40017 to 127.0.0.1:8080 has it, for ");
	EXPECT_SAID(text, "wait, the TIME_WAIT ends by itself");
	EXPECT_SAID(text, "net.ipv4.ip_local_reserved_ports=40017");
	free(text);
	/* Reserved, it is nobody's any more: the one other port is, and then there is none. */
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40017");
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	sleep_ms(REUSABLE_MS);
	fd = connect_from(NULL, &to, false);
	ASSERT_LE(0, fd);
	EXPECT_EQ(SERVICE + 1, port_of(fd));
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(NULL, &to, false));
}

WORLD_MAIN
