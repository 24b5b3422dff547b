// SPDX-License-Identifier: GPL-2.0-only
/*
 * A destination counts the ports that are used from one address to one address
 * and port.  It is compared with a count over the kernel's sockets; its events
 * come at half, three quarters and nine tenths of what is usable, once each; and
 * a full destination is full only from that address and to that one.
 */
#include <sys/wait.h>

#include "test.h"

FIXTURE(world) {
	struct world w;
	struct events *r;
};

FIXTURE_SETUP(world)
{
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	descriptors_raise();
	time_wait_unlimited();
	self->r = malloc(sizeof(*self->r));
	events_open(self->r, PQ_EVENTS);
}

FIXTURE_TEARDOWN(world)
{
	must_write(PQ_PARAMETERS "/destinations", "Y");
	EXPECT_EQ(0U, world_close(&self->w));
	free(self->r);
}

/* How long is quiet, and how long to wait for an event. */
#define QUIET	lane_scale(700, 2000)
#define TICKS	lane_scale(2500, 8000)

#define SMALL		40	/* ports, where a range is to run out */
#define SMALL_RANGE	"40000 40039"

static void range_make_small(void)
{
	sysctl_set("net.ipv4.ip_local_port_range", SMALL_RANGE);
	stat_settled(offsetof(struct counters, range_usable), SMALL);
}

/* A socket with the address of @host and no port yet. */
static int from_host(unsigned int host)
{
	struct addr a = addr_make(V4, host, 0);
	int fd = tcp_socket(V4);

	if (socket_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1))
		die("no IP_BIND_ADDRESS_NO_PORT");
	must_bind(fd, &a);
	return fd;
}

static void open_many(int listener, struct pair *p, unsigned int n)
{
	while (n--)
		*p++ = pair_open(listener);
}

#define TARGETS	25
#define SOURCES	2

WORLD_TEST_LONG(as_many_as_sockets, 180)
{
	unsigned int each = lane_count(400, 20, 20), total = TARGETS * SOURCES * each, t, s, i, n = 0;
	struct pair *p = calloc(total, sizeof(*p));
	unsigned long long begin = now_ms();
	struct destinations ds;

	for (t = 0; t < TARGETS; t++) {
		int listener = tcp_listen(V4, 10 + t % 5, (uint16_t)(PORT_OUTSIDE + t));

		for (s = 0; s < SOURCES; s++)
			for (i = 0; i < each; i++)
				p[n++] = pair_open_from(from_host(2 + s), listener);
	}
	EXPECT_EQ(0U, destinations_at_rest("with all connected"));
	destinations_read(&ds);
	EXPECT_EQ(TARGETS * SOURCES, ds.n);
	EXPECT_EQ(total, destinations_used(&ds));
	EXPECT_EQ(0, ds.other_used);
	EXPECT_EQ(each, ds.d[0].used);
	EXPECT_EQ(ds.d[0].usable - each, ds.d[0].free);
	destinations_free(&ds);
	EXPECT_STAT(tcp_current, total);
	EXPECT_STAT(destinations, TARGETS * SOURCES);

	/* Of each another part is TIME_WAIT, closed by the other side, or gone. */
	for (i = 0; i < total; i++) {
		if (i % 7 < 1 + i / each % 3)
			pair_close(&p[i], CLOSE_CLIENT);
		else if (i % 7 == 5)
			pair_close(&p[i], CLOSE_RST);
		else if (i % 7 == 6)
			close(p[i].server);
	}
	EXPECT_EQ(0U, destinations_at_rest("with part of them closed"));
	destinations_read(&ds);
	EXPECT_EQ(TARGETS * SOURCES, ds.n);
	EXPECT_GT(ds.d[0].timewait, 0);
	destinations_free(&ds);
	diag("%u sockets, %u destinations, %llu ms", total, TARGETS * SOURCES, now_ms() - begin);
	free(p);
}

/* Is there a line of reservations that has @from before its port and @to after that? */
static bool reservation_written(const char *text, const char *from, const char *to)
{
	const char *at = text, *line;

	while ((at = strstr(at, from))) {
		line = strchr(at += strlen(from), ' ');
		if (line && !strncmp(line, to, strlen(to)))
			return true;
	}
	return false;
}

/* An IPv4 address in an IPv6 socket is the same destination, and written the same everywhere. */
WORLD_TEST(families)
{
	int v4 = tcp_listen(V4, 1, PORT_OUTSIDE), v6 = tcp_listen(V6, 1, PORT_OUTSIDE + 1);
	struct addr mapped = addr_make(MAPPED, 1, PORT_OUTSIDE);
	struct addr bound = addr_make(MAPPED, 2, 0), any = addr_make(V6, 0, 0);
	int udp = udp_socket(MAPPED);
	struct pair p[3], q[2];
	char *text;

	open_many(v4, p, 3);
	must_connect(tcp_socket(MAPPED), &mapped);
	must_connect(tcp_socket(MAPPED), &mapped);
	open_many(v6, q, 2);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 5);
	EXPECT_DESTINATION("[::1]", "[::1]:8081", 2);
	EXPECT_EQ(0U, destinations_at_rest("with three families"));
	text = must_slurp(PQ_DESTINATIONS);
	EXPECT_EQ(text, strstr(text, "127.0.0.1 127.0.0.1:8080 used=5 timewait=0 usable="));
	EXPECT_NE(NULL, strstr(text, "\n[::1] [::1]:8081 used=2 timewait=0 usable="));
	free(text);

	must_bind(tcp_socket(MAPPED), &bound);
	must_bind(tcp_socket(V6), &any);
	must_connect(udp, &mapped);
	text = must_slurp(PQ_RESERVATIONS);
	EXPECT_EQ(NULL, strstr(text, "ffff"));
	EXPECT_EQ(5U + 1, lines_with(text, " 127.0.0.1:8080 ESTAB"));	/* and the UDP one */
	EXPECT_EQ(2U, lines_with(text, " [::1]:8081 ESTAB"));
	EXPECT_TRUE(reservation_written(text, "udp 127.0.0.1:", " 127.0.0.1:8080 ESTAB"));
	EXPECT_TRUE(reservation_written(text, "tcp 127.0.0.2:", " 0.0.0.0:* BOUND"));
	EXPECT_TRUE(reservation_written(text, "tcp [::]:", " [::]:* BOUND"));
	free(text);
}

/* What a socket was connected to before says nothing of what it is bound to now. */
WORLD_TEST(families_of_before)
{
	struct addr was[2] = { addr_make(MAPPED, 1, PORT_OUTSIDE), addr_make(V6, 1, PORT_OUTSIDE) };
	struct addr is[2] = { addr_make(V6, 1, 0), addr_make(MAPPED, 3, 0) };
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct addr any = addr_make(V6, 0, PORT_OUTSIDE);
	unsigned int i;
	char *text;

	must_bind(listener, &any);
	ASSERT_EQ(0, try_listen(listener));
	for (i = 0; i < 2; i++) {
		fd = tcp_socket(MAPPED);
		must_connect(fd, &was[i]);
		ASSERT_EQ(0, disconnect(fd));
		must_bind(fd, &is[i]);
	}
	text = must_slurp(PQ_RESERVATIONS);
	EXPECT_EQ(NULL, strstr(text, "ffff"));
	EXPECT_TRUE(reservation_written(text, "tcp [::1]:", " [::]:* BOUND"));
	EXPECT_TRUE(reservation_written(text, "tcp 127.0.0.3:", " 0.0.0.0:* BOUND"));
	free(text);
}

/* destinations_read() dies where a line is larger than the one before. */
WORLD_TEST(largest_first)
{
	static const unsigned int counts[] = { 3, 9, 1, 7, 5 }, sorted[] = { 9, 7, 5, 3, 1 };
	struct pair p[16], busy[16];
	struct destinations ds;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		open_many(tcp_listen(V4, 1, (uint16_t)(PORT_OUTSIDE + i)), i == 1 ? busy : p,
			  counts[i]);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8084", 5);
	destinations_read(&ds);
	ASSERT_EQ(ARRAY_SIZE(counts), ds.n);
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		EXPECT_EQ(sorted[i], ds.d[i].used);
	destinations_free(&ds);
	/* Closed, the largest is not there any more. */
	pairs_close(busy, 9, CLOSE_RST);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 0);
	destinations_read(&ds);
	EXPECT_EQ(ARRAY_SIZE(counts) - 1, ds.n);
	EXPECT_EQ(7, ds.d[0].used);
	destinations_free(&ds);
}

/* A port that was bound before is used towards a destination from connect() on. */
WORLD_TEST(bound_before)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE), fd = tcp_socket(V4), other = tcp_socket(V4);
	struct addr any = addr_make(V4, 1, 0), to = addr_local(listener);
	struct addr outside = addr_make(V4, 1, PORT_OUTSIDE + 1);

	must_bind(fd, &any);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
	must_connect(fd, &to);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);
	EXPECT_STAT(tcp_exclusive, 1);
	/* A port outside the range is no reservation, and not used up. */
	must_bind(other, &outside);
	must_connect(other, &to);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);
	close(fd);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);	/* FIN_WAIT2 */
}

WORLD_TEST(disconnected)
{
	int first = tcp_listen(V4, 1, PORT_OUTSIDE), second = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	struct addr any = addr_make(V4, 1, 0), a = addr_local(first), b = addr_local(second);
	int fd[2] = { tcp_socket(V4), tcp_socket(V4) };

	must_bind(fd[1], &any);
	must_connect(fd[0], &a);
	must_connect(fd[1], &a);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 2);
	ASSERT_EQ(0, disconnect(fd[0]));
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);
	/* It keeps its port without a destination, which the next periodic cleaning notices. */
	ASSERT_EQ(0, disconnect(fd[1]));
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
	must_connect(fd[0], &b);
	must_connect(fd[1], &b);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 2);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
	EXPECT_EQ(0U, destinations_at_rest("after connecting again"));
}

/* An attempt that comes to nothing uses nothing. */
WORLD_TEST(refused_by_the_other_side)
{
	struct addr nobody = addr_make(V4, 1, PORT_OUTSIDE), any = addr_make(V4, 1, 0);
	int fd = tcp_socket(V4), bound = tcp_socket(V4);

	must_bind(bound, &any);
	EXPECT_EQ(-ECONNREFUSED, try_connect(fd, &nobody));
	EXPECT_EQ(-ECONNREFUSED, try_connect(bound, &nobody));
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
}

/* Reads the stream to its quiet end: which edges of resource destination came, in order. */
static unsigned int edges(struct events *r, const char *level, struct event *e, unsigned int room)
{
	unsigned int n = 0;
	struct event next;

	while (events_next(r, &next, QUIET) > 0)
		if (!strcmp(next.resource, "destination") && !strcmp(next.level, level) &&
		    n < room)
			e[n++] = next;
	return n;
}

WORLD_TEST(events_once_each)
{
	static const long long levels[] = { SMALL / 2, SMALL * 3 / 4, SMALL * 9 / 10 };
	struct pair p[SMALL];
	struct event e[16];
	unsigned int i, n;
	char line[80];
	int listener;

	range_make_small();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	open_many(listener, p, SMALL);
	n = edges(self->r, "destination", e, ARRAY_SIZE(e));
	ASSERT_EQ(ARRAY_SIZE(levels), n);
	sleep_ms(lane_scale(300, 1500));
	EXPECT_EQ(3U, log_lines(self->w.base, "destination 127.0.0.1:8080 takes many"));
	for (i = 0; i < n; i++) {
		EXPECT_EQ(levels[i], e[i].threshold);
		EXPECT_EQ(levels[i], e[i].current);
		EXPECT_EQ(SMALL, e[i].limit);
		EXPECT_STREQ(self->w.base, e[i].path);
		EXPECT_STREQ("127.0.0.1", e[i].source);
		EXPECT_STREQ("127.0.0.1:8080", e[i].destination);
		snprintf(line, sizeof(line), "takes many of the ports (%lld): %lld of %d",
			 levels[i], levels[i], SMALL);
		EXPECT_EQ(1U, log_lines(self->w.base, line)) TH_LOG("no line '%s'", line);
	}
	/* Trembling above and just below a threshold is nothing new: 33 is clear of 36. */
	for (i = 0; i < 20; i++) {
		pairs_close(p + 34, SMALL - 34, CLOSE_RST);
		EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 34);
		open_many(listener, p + 34, SMALL - 34);
	}
	EXPECT_EQ(0U, edges(self->r, "destination", e, ARRAY_SIZE(e)));
	/* On the way down each is cleared, once. */
	pairs_close(p, SMALL, CLOSE_RST);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 0);
	n = edges(self->r, "clear", e, ARRAY_SIZE(e));
	ASSERT_EQ(ARRAY_SIZE(levels), n);
	for (i = 0; i < n; i++) {
		EXPECT_EQ(levels[n - 1 - i], e[i].threshold);
		EXPECT_LT(e[i].current, e[i].threshold);
		EXPECT_STREQ("127.0.0.1:8080", e[i].destination);
		EXPECT_STREQ("destination", e[i].of);
	}
	/* And again. */
	open_many(listener, p, SMALL / 2);
	EXPECT_EQ(1U, edges(self->r, "destination", e, ARRAY_SIZE(e)));
}

static int try_from(unsigned int host, const struct addr *to)
{
	int fd = from_host(host), ret = ask_connect(fd, to);

	if (ret)
		close(fd);
	return ret;
}

/* Full is full only from here to there. */
WORLD_TEST(one_destination_exhausted)
{
	struct addr a, b;
	struct destination d;
	unsigned int i;

	refusals_count();
	range_make_small();
	a = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	b = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + 1));
	for (i = 0; i < SMALL; i++)
		ASSERT_EQ(0, try_from(1, &a));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, try_from(1, &a));
	EXPECT_STAT(tcp_exhausted, 3);
	EXPECT_STAT(tcp_denied, 0);
	ASSERT_TRUE(destination_get("127.0.0.1", "127.0.0.1:8080", &d));
	EXPECT_EQ(SMALL, d.used);
	EXPECT_EQ(SMALL, d.usable);
	EXPECT_EQ(0, d.free);
	EXPECT_EQ(0, try_from(1, &b));
	EXPECT_EQ(0, try_from(2, &a));
	ASSERT_TRUE(destination_get("127.0.0.1", "127.0.0.1:8081", &d));
	EXPECT_EQ(SMALL - 1, d.free);
	EXPECT_DESTINATION("127.0.0.2", "127.0.0.1:8080", 1);
	EXPECT_EQ(0U, destinations_at_rest("with one exhausted"));
}

/* What bind() holds is lost for every destination. */
WORLD_TEST(range_exhausted_by_binds)
{
	struct addr any = addr_make(V4, 0, 0), a, b;
	struct destination d;
	unsigned int i;

	refusals_count();
	range_make_small();
	a = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	b = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE + 1));
	EXPECT_EQ(0, try_from(1, &a));
	for (i = 0; i < SMALL - 1; i++)
		ASSERT_EQ(0, ask_bind(tcp_socket(V4), &any));
	EXPECT_EQ(-EADDRNOTAVAIL, try_from(1, &a));
	EXPECT_EQ(-EADDRINUSE, ask_bind(tcp_socket(V4), &any));
	EXPECT_STAT(tcp_exhausted, 2);
	EXPECT_STAT(tcp_denied, 0);
	ASSERT_TRUE(destination_get("127.0.0.1", "127.0.0.1:8080", &d));
	EXPECT_EQ(1, d.used);
	EXPECT_EQ(0, d.free);
	/* But what connect() holds can be shared. */
	EXPECT_EQ(0, try_from(1, &b));
	EXPECT_EQ(-EADDRNOTAVAIL, try_from(1, &b));
}

WORLD_TEST(switched_off)
{
	int first = tcp_listen(V4, 1, PORT_OUTSIDE), second = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	struct pair p[8];

	open_many(first, p, 3);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 3);
	must_write(PQ_PARAMETERS "/destinations", "N");
	open_many(first, p + 3, 2);
	open_many(second, p + 5, 2);
	EXPECT_STAT(tcp_current, 7);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 3);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 0);
	/* A connection that was not counted is not subtracted when it ends. */
	pairs_close(p + 3, 2, CLOSE_RST);
	pair_close(&p[0], CLOSE_RST);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 2);
	must_write(PQ_PARAMETERS "/destinations", "Y");
	open_many(first, p, 1);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 3);
	pairs_close(p + 5, 2, CLOSE_RST);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 0);
}

/* The exit code says which step failed. */
static void read_unprivileged(void *arg)
{
	char *text;

	(void)arg;
	if (setgid(65534) || setuid(65534))
		_exit(2);
	text = file_slurp(PQ_DESTINATIONS);
	_exit(!text ? 3 : strstr(text, "127.0.0.1 127.0.0.1:8080 used=1 ") ? 0 : 4);
}

WORLD_TEST(needs_no_privilege)
{
	struct pair p = pair_open(tcp_listen(V4, 1, PORT_OUTSIDE));

	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);
	EXPECT_EQ(0, child_wait(child_start(read_unprivileged, NULL)));
	EXPECT_GE(p.server, 0);
}

/* Another namespace's are not seen. */
WORLD_TEST(each_namespace_its_own)
{
	struct destinations ds;
	int first = netns_open();

	pair_open(tcp_listen(V4, 1, PORT_OUTSIDE));
	netns_new();
	destinations_read(&ds);
	EXPECT_EQ(0U, ds.n);
	destinations_free(&ds);
	pair_open(tcp_listen(V4, 1, PORT_OUTSIDE + 1));
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 1);
	netns_enter(first);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8081", 0);
	EXPECT_DESTINATION("127.0.0.1", "127.0.0.1:8080", 1);
}

#define FIT	16384	/* PQ_DESTINATIONS_MAX */
#define MANY	(FIT + 1000)

/* Destinations that do not fit into the table are counted together, as "other". */
WORLD_TEST_LONG(more_than_fit, 180)
{
	struct addr to = addr_make(V4, 1, PORT_OUTSIDE);
	unsigned long long begin = now_ms();
	struct destinations ds;
	struct pair *p;
	unsigned int i, left = 0;
	int listener;

	if (lane_is_debug())
		SKIP(return, "too many for this kernel");
	if (memory_available() < 800ULL << 20)
		SKIP(return, "not the memory for %u connections", MANY);
	p = calloc(MANY, sizeof(*p));
	listener = tcp_listen(V4, 0, PORT_OUTSIDE);
	for (i = 0; i < MANY; i++) {
		to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
		p[i].client = tcp_socket(V4);
		must_connect(p[i].client, &to);
		p[i].server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		ASSERT_GE(p[i].server, 0);
	}
	destinations_read(&ds);
	EXPECT_EQ(FIT, ds.n);
	EXPECT_EQ(MANY - FIT, ds.other_used);
	EXPECT_EQ(MANY, destinations_used(&ds));
	destinations_free(&ds);
	EXPECT_STAT(destinations, FIT);
	EXPECT_STAT(destinations_other, MANY - FIT);
	/* Half of what fits and of the others; of these some leave TIME_WAIT. */
	for (i = 0; i < MANY; i++) {
		if (i % 2 == 0)
			pair_close(&p[i], i % 10 ? CLOSE_RST : CLOSE_CLIENT);
		left += i % 2 || i % 10 == 0;
	}
	EXPECT_STAT(tcp_current, left);
	destinations_read(&ds);
	EXPECT_EQ(left, destinations_used(&ds));
	EXPECT_GT(ds.other_timewait, 0);
	destinations_free(&ds);
	for (i = 1; i < MANY; i += 2)
		pair_close(&p[i], CLOSE_RST);
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tcp_current, 0);
	EXPECT_STAT(destinations_other, 0);
	destinations_read(&ds);
	EXPECT_EQ(0U, ds.n);
	EXPECT_EQ(0, ds.other_used);
	destinations_free(&ds);
	diag("%u destinations, %llu ms", MANY, now_ms() - begin);
	free(p);
}

WORLD_MAIN
