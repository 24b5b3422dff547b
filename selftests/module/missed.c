// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets whose end no hook has seen: they are gone, and the module must neither
 * show them nor look into what was their memory; in this guest it is poisoned,
 * or KASAN guards it. pq_miss.ko has them end.
 *
 * run-all: late
 */
#include "test.h"

#define STIRRERS 300

/* Each kind of socket that has a port, as the kernel keeps it in another way */
enum kind {
	UDP_BOUND,
	UDP_CONNECTED,
	TCP_CONNECTED,
	TCP_BOUND_ONLY,
	TCP_LISTENING,
	TCP_BOUND_AND_CONNECTED,
	TCP_REMAINDER,
	KINDS
};

static const char *const kind_name[] = {
	"udp bound", "udp connected", "tcp connected", "tcp bound", "tcp listening",
	"tcp bound and connected", "TIME_WAIT",
};

struct held {
	int fd;
	uint8_t proto;
	uint16_t port;
};

static int socket_bound(int fd, enum family f)
{
	struct addr a = addr_make(f, 1, 0);

	must_bind(fd, &a);
	return fd;
}

/* Closed at once, by a reset where there is a connection: its memory is free when this returns. */
static void close_hard(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static struct held hold(enum family f, enum kind kind, int listener)
{
	struct held held = { .fd = -1, .proto = IPPROTO_TCP };
	struct addr to = addr_make(f, 1, 53);
	struct pair p;

	switch (kind) {
	case UDP_BOUND:
	case UDP_CONNECTED:
		held.proto = IPPROTO_UDP;
		held.fd = socket_bound(udp_socket(f), f);
		if (kind == UDP_CONNECTED)
			must_connect(held.fd, &to);
		break;
	case TCP_CONNECTED:
		held.fd = pair_open(listener).client;
		break;
	case TCP_BOUND_ONLY:
		held.fd = socket_bound(tcp_socket(f), f);
		break;
	case TCP_LISTENING:
		held.fd = tcp_listen(f, 1, 0);
		break;
	case TCP_BOUND_AND_CONNECTED:
		held.fd = pair_open_from(socket_bound(tcp_socket(f), f), listener).client;
		break;
	default:
		p = pair_open(listener);
		held.port = port_of(p.client);
		pair_close(&p, CLOSE_CLIENT);
		return held;
	}
	held.port = port_of(held.fd);
	return held;
}

static void miss(const struct held *held)
{
	char params[64];

	if (held->fd < 0)
		snprintf(params, sizeof(params), "timewait=%u", held->port);
	else
		snprintf(params, sizeof(params), "fds=%d", held->fd);
	if (module_load("pq_miss", params) != -EAGAIN)
		die("pq_miss %s fails", params);
	if (held->fd >= 0)
		close_hard(held->fd);
}

/* Other sockets take the memory over: their ports are in no range. */
static void stir(int *fd)
{
	struct addr a = addr_make(V4, 2, PORT_OUTSIDE);
	unsigned int i;

	for (i = 0; i < STIRRERS; i++) {
		fd[i] = i % 2 ? udp_socket(V4) : tcp_socket(V4);
		socket_option(fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		must_bind(fd[i], &a);
	}
}

/* Rows of what is held and no others; those of what was missed are none. */
static unsigned int rows_wrong(struct held held[][KINDS][2])
{
	struct endpoints eps = {};
	unsigned int f, kind, wrong = 0;

	if (reservations_read(&eps))
		die("cannot read " PQ_RESERVATIONS);
	for (f = V4; f <= V6; f++) {
		for (kind = 0; kind < KINDS; kind++) {
			unsigned int missed = endpoints_count_port(&eps, held[f][kind][0].port);
			unsigned int stays = endpoints_count_port(&eps, held[f][kind][1].port);

			if (missed || stays != 1)
				diag("%s, IPv%u: %u rows of the one missed, %u of the other",
				     kind_name[kind], f == V4 ? 4 : 6, missed, stays);
			wrong += missed || stays != 1;
		}
	}
	if (eps.n != 2 * KINDS)
		diag("%zu rows", eps.n);
	wrong += eps.n != 2 * KINDS;
	endpoints_free(&eps);
	return wrong;
}

FIXTURE(missed) {
	int listener[2];
};

FIXTURE_SETUP(missed)
{
	if (!module_have("portquota") || !module_have("pq_miss"))
		SKIP(return, "no portquota.ko and pq_miss.ko in this guest");
	if (!portquota_loaded())
		portquota_load();
	netns_new();
	/* Outside of what is counted */
	self->listener[V4] = tcp_listen(V4, 1, PORT_OUTSIDE);
	self->listener[V6] = tcp_listen(V6, 1, PORT_OUTSIDE);
}

/* The ledger still has what was missed: it goes with the module. */
FIXTURE_TEARDOWN(missed)
{
	portquota_unload();
	portquota_load();
}

TEST_F_TIMEOUT(missed, is_not_shown, lane_timeout(60))
{
	struct held held[2][KINDS][2];
	unsigned int f, kind, i;
	int fd[STIRRERS];

	for (f = V4; f <= V6; f++)
		for (kind = 0; kind < KINDS; kind++)
			for (i = 0; i < 2; i++)
				held[f][kind][i] = hold((enum family)f, (enum kind)kind,
							self->listener[f]);
	for (f = V4; f <= V6; f++)
		for (kind = 0; kind < KINDS; kind++)
			miss(&held[f][kind][0]);
	EXPECT_EQ(0U, rows_wrong(held));
	sleep_ms(100);		/* a grace period: memory that RCU keeps */
	EXPECT_EQ(0U, rows_wrong(held));
	stir(fd);
	EXPECT_EQ(0U, rows_wrong(held));
	/* The gc looks for connections that were reset. */
	sleep_ms(6000);
	EXPECT_EQ(0U, rows_wrong(held));
	for (i = 0; i < STIRRERS; i++)
		close(fd[i]);
	EXPECT_EQ(0U, rows_wrong(held));
}

/* Removal re-arms the timers of TIME_WAITs with a rule: not of those that are gone. */
TEST_F_TIMEOUT(missed, has_no_timer_at_removal, lane_timeout(60))
{
	struct held held[20];
	unsigned int i;

	rule_set("/ timewait.delay=40");
	for (i = 0; i < ARRAY_SIZE(held); i++)
		held[i] = hold(V4, TCP_REMAINDER, self->listener[V4]);
	EXPECT_EQ(20, sockstat_tw());
	for (i = 0; i < ARRAY_SIZE(held); i++)
		miss(&held[i]);
	EXPECT_EQ(0, sockstat_tw());
	portquota_unload();
	portquota_load();
}

TEST_HARNESS_MAIN
