// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a rule every errno and every choice of port is as without the module:
 * a script of calls that succeed, fail and exhaust is played without the module
 * and with it, in fresh namespaces, and the two records must be equal.
 *
 * Which port of a free range the kernel takes is random; recorded is what is
 * not: that it lies in the range, its parity (connect() prefers one, bind() the
 * other), and, where a single one is left, the port itself.
 */
#include <fcntl.h>
#include <netinet/tcp.h>

#include "test.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define STEPS 512

struct record {
	unsigned int n;
	struct {
		const char *what;
		int result;		/* 0, -errno, or what is said of the port */
	} step[STEPS];
};

static void note(struct record *r, const char *what, int result)
{
	if (r->n == STEPS)
		die("more than %d steps", STEPS);
	r->step[r->n].what = what;
	r->step[r->n++].result = result;
}

static int in_range_and_parity(int fd, unsigned int low, unsigned int high)
{
	unsigned int port = port_of(fd);

	if (!port)
		return -1;
	return port < low || port > high ? -2 : (int)(port % 2);
}

/*
 * The peer's RST ends what a close() has left in FIN-WAIT-2, and until then the port
 * is held. On a busy machine a ksoftirqd may come to it later than the next step. And one
 * that finds the socket just when another CPU, by the timer of a delayed ACK, makes that
 * a remainder, is lost (tcp_rcv_state_process(): TCP_CLOSE, discard): play() sees to it
 * that such a one ends soon.
 */
static void wait_for_remainders(void)
{
	struct endpoints left;
	unsigned int tries = 0;
	char text[512];

	for (diag_read(&left); left.n; diag_read(&left)) {
		errno = 0;
		if (++tries == 500)
			die("%zu sockets stay behind, as %s", left.n,
			    endpoint_text(&left.ep[0], text, sizeof(text)));
		endpoints_free(&left);
		sleep_ms(10);
	}
	endpoints_free(&left);
}

static void play_connect(struct record *r, enum family f)
{
	int listener = tcp_listen(f, 1, PORT_OUTSIDE), fd[12], i;
	struct addr to = addr_local(listener), closed = addr_make(f, 1, 9);
	unsigned int low = 40000, high = 40009, taken = 0;

	/* The first half are all of one parity, then the other. */
	sysctl_set("net.ipv4.ip_local_port_range", "%u %u", low, high);
	for (i = 0; i < 12; i++) {
		fd[i] = tcp_socket(f);
		note(r, "connect until exhausted", try_connect(fd[i], &to));
		note(r, "its port", in_range_and_parity(fd[i], low, high));
		if (port_of(fd[i]))
			taken |= 1U << (port_of(fd[i]) - low);
	}
	note(r, "ports taken", (int)taken);
	note(r, "connect once more", try_connect(fd[11], &to));
	note(r, "connect twice", try_connect(fd[0], &to));
	i = port_of(fd[4]);
	disconnect(fd[4]);
	note(r, "connect to the one that is left", try_connect(fd[11], &to));
	note(r, "is it that one", port_of(fd[11]) == i);
	for (i = 0; i < 12; i++)
		close(fd[i]);
	fd[0] = tcp_socket(f);
	note(r, "connect to a closed port", try_connect(fd[0], &closed));
	note(r, "port after a refusal", !!port_of(fd[0]));
	note(r, "connect after a refusal", try_connect(fd[0], &to));
	note(r, "listen while connected", try_listen(fd[0]));
	note(r, "bind while connected", try_bind(fd[0], &closed));
	close(fd[0]);
	close(listener);
	wait_for_remainders();
}

static void play_bind(struct record *r, enum family f)
{
	struct addr zero = addr_make(f, 1, 0), fixed = addr_make(f, 1, 40003);
	struct addr privileged = addr_make(f, 1, 22), foreign = addr_make(f, 1, 40004);
	int fd[14], i, one, two;

	if (f == V4)
		foreign.in.sin_addr.s_addr = htonl(0xc6336401);
	else
		foreign.in6.sin6_addr.s6_addr32[0] = htonl(0x20010db8);
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < 12; i++) {
		fd[i] = tcp_socket(f);
		note(r, "bind(0) until exhausted", try_bind(fd[i], &zero));
		note(r, "has it a port", !!port_of(fd[i]));
	}
	note(r, "listen without a port", try_listen(fd[11]));
	note(r, "listen", try_listen(fd[0]));
	note(r, "listen twice", try_listen(fd[0]));
	note(r, "bind twice", try_bind(fd[1], &zero));
	for (i = 0; i < 12; i++)
		close(fd[i]);
	one = tcp_socket(f);
	two = tcp_socket(f);
	note(r, "bind to a port", try_bind(one, &fixed));
	note(r, "bind to it again", try_bind(two, &fixed));
	socket_option(two, SOL_SOCKET, SO_REUSEADDR, 1);
	note(r, "with SO_REUSEADDR on one", try_bind(two, &fixed));
	socket_option(one, SOL_SOCKET, SO_REUSEADDR, 1);
	note(r, "with SO_REUSEADDR on both", try_bind(two, &fixed));
	note(r, "listen on one", try_listen(one));
	note(r, "listen on the other", try_listen(two));
	close(one);
	note(r, "listen when the other is gone", try_listen(two));
	close(two);
	one = tcp_socket(f);
	note(r, "bind to a foreign address", try_bind(one, &foreign));
	note(r, "bind to a privileged port", try_bind(one, &privileged));
	close(one);
	one = tcp_socket(f);
	if (!socket_option(one, IPPROTO_IP, IP_LOCAL_PORT_RANGE, 40005 << 16 | 40005)) {
		note(r, "bind with a socket's range", try_bind(one, &zero));
		note(r, "the only port of it", port_of(one));
		two = tcp_socket(f);
		socket_option(two, IPPROTO_IP, IP_LOCAL_PORT_RANGE, 40005 << 16 | 40005);
		note(r, "bind when that is taken", try_bind(two, &zero));
		close(two);
	}
	close(one);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "40000-40008");
	one = tcp_socket(f);
	note(r, "bind with one port not reserved", try_bind(one, &zero));
	note(r, "that port", port_of(one));
	two = tcp_socket(f);
	note(r, "bind with none left", try_bind(two, &zero));
	close(one);
	close(two);
	sysctl_set("net.ipv4.ip_local_reserved_ports", "\n");
}

static void play_udp(struct record *r, enum family f)
{
	struct addr zero = addr_make(f, 1, 0), to = addr_make(f, 1, 53), taken;
	int fd[12], i, more = udp_socket(f);

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40009");
	for (i = 0; i < 12; i++) {
		fd[i] = udp_socket(f);
		note(r, "udp bind(0) until exhausted", try_bind(fd[i], &zero));
	}
	note(r, "udp connect when exhausted", try_connect(more, &to));
	note(r, "udp send when exhausted",
	     sendto(more, "x", 1, 0, &to.sa, to.len) < 0 ? -errno : 0);
	i = port_of(fd[3]);
	close(fd[3]);
	note(r, "udp connect with one port left", try_connect(more, &to));
	note(r, "is it that one", port_of(more) == i);
	note(r, "udp disconnect", disconnect(more));
	note(r, "port after it", port_of(more));
	taken = addr_local(fd[5]);
	note(r, "udp bind to a taken port", try_bind(more, &taken));
	for (i = 0; i < 12; i++)
		if (i != 3)
			close(fd[i]);
	close(more);
}

static void play_timewait(struct record *r)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd;
	struct addr to = addr_local(listener), same;
	struct pair p;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	p = pair_open(listener);
	same = addr_local(p.client);
	pair_close(&p, CLOSE_CLIENT);
	fd = tcp_socket(V4);
	note(r, "connect with TIME_WAIT on the only port", try_connect(fd, &to));
	note(r, "bind to it", try_bind(fd, &same));
	socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	note(r, "bind to it with SO_REUSEADDR", try_bind(fd, &same));
	note(r, "connect from it", try_connect(fd, &to));
	sysctl_set("net.ipv4.tcp_tw_reuse", "1");
	sleep_ms(REUSABLE_MS);
	note(r, "connect from it with tcp_tw_reuse", try_connect(fd, &to));
	close(fd);
	sleep_ms(REUSABLE_MS);
	fd = tcp_socket(V4);
	note(r, "connect over TIME_WAIT", try_connect(fd, &to));
	note(r, "on its port", port_of(fd));
	close(fd);
	close(listener);
}

static void play(void *arg)
{
	struct record *r = arg;
	enum family f;

	netns_new();
	sysctl_set("net.ipv4.tcp_fin_timeout", "2");
	for (f = V4; f <= MAPPED; f++) {
		play_connect(r, f);
		play_bind(r, f);
		play_udp(r, f);
	}
	play_timewait(r);
}

TEST(errnos_and_ports)
{
	struct record *without = shared_memory(sizeof(*without));
	struct record *with = shared_memory(sizeof(*with));
	bool was_loaded = portquota_loaded();
	unsigned int i;

	if (was_loaded)
		portquota_unload();
	EXPECT_EQ(0, child_wait(child_start(play, without)));
	portquota_load();
	EXPECT_EQ(0, child_wait(child_start(play, with)));
	if (!was_loaded)
		portquota_unload();
	EXPECT_LT(100U, without->n);
	ASSERT_EQ(without->n, with->n);
	for (i = 0; i < without->n; i++) {
		EXPECT_EQ(without->step[i].result, with->step[i].result)
			TH_LOG("step %u: %s", i, without->step[i].what);
	}
	diag("%u steps", without->n);
}

int main(int argc, char **argv)
{
	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	return test_harness_run(argc, argv);
}
