// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module is removed and loaded 100 times while every file of it is read, polled
 * and written and its command runs, and sockets come and go.  No line that anybody
 * reads tells of memory that is freed already; nobody is left waiting; and each
 * removal succeeds within a bound.
 *
 * All sockets of the test's network namespace have known addresses and ports, so
 * any other address, port or state is garbage: of a socket that is freed, or of
 * another one that has its memory now.  A freed one is only sure to be seen when the
 * kernel poisons what it frees; then it reads as 107.107.107.107:27499.
 * slub_debug=FZP,UDP,UDPv6,TCP,TCPv6,tw_sock_TCP,tw_sock_TCPv6 on the kernel's
 * command line does that, and the test says whether it is so.
 *
 * REMOVALS=N in the environment sets another number.  What the kernel itself
 * complains of is seen by run-all.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "test.h"

#define CLI "/usr/bin/portquota"

#define LOW 30000
#define HIGH 39999
#define UDP_SOCKETS 100
#define NUMBER_MAX 10000000ULL	/* no number of a file comes near it, and poison is above */

/* How long a removal may take, and everybody to notice it: a bound, on a busy machine too. */
#define REMOVAL_MS lane_scale(120000, 600000)
#define NOTICE_MS lane_scale(60000, 300000)

struct scene;

/* One process of the test. */
struct role {
	const char *name;
	void (*run)(struct scene *s, struct role *r);
	const char *argument;
	bool must_notice;		/* each removal lets it finish what it does */
	struct scene *scene;
	pid_t pid;
	/* Written by the process itself. */
	unsigned long rounds, lines;
	unsigned long garbage, poisoned;	/* lines; the second are some of the first */
	char first[512];		/* of the poisoned ones, else of the garbage */
};

#define ROLES 32

struct scene {
	volatile bool stop;
	char base[64];
	struct role role[ROLES];
	unsigned int roles;
};

/* What the kernel fills freed (0x6b) and fresh (0x5a) memory with, as files would print it. */
static bool is_poison(const char *line)
{
	static const char *const poison[] = {
		"107.107.107", ":27499", "6b6b:6b6b", "kkkk", "90.90.90", ":23130", "5a5a:5a5a",
		"ZZZZ", "1802201963", "7740398493674204011", "UNKNOWN",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(poison); i++)
		if (strstr(line, poison[i]))
			return true;
	return false;
}

static void note_garbage(struct role *r, const char *line)
{
	bool first = !r->garbage++;

	if (is_poison(line))
		first |= !r->poisoned++;
	if (first)
		snprintf(r->first, sizeof(r->first), "%.500s", line);
}

static bool is_printable(const char *line)
{
	for (; *line; line++)
		if (!isprint((unsigned char)*line))
			return false;
	return true;
}

/* Are all numbers behind '=' and ' ' such as can be? Negative ones cannot, but for a rate. */
static bool numbers_are_plausible(const char *line)
{
	const char *c;

	for (c = line; *c; c++) {
		if (*c != '=' && *c != ' ')
			continue;
		if (isdigit((unsigned char)c[1]) && strtoull(c + 1, NULL, 10) > NUMBER_MAX)
			return false;
		if (c[1] == '-' && isdigit((unsigned char)c[2]) && *c == '=' &&
		    (c - line < 5 || strncmp(c - 5, " rate", 5)))
			return false;
	}
	return true;
}

static bool path_is_known(const struct scene *s, const char *path)
{
	size_t len = strcspn(path, " ");

	return !strncmp(path, s->base, strlen(s->base)) || (len == 1 && *path == '/') ||
	       !strncmp(path, "(before", 7);
}

static bool address_is_known(const struct in6_addr *a)
{
	static const char *const known[] = { "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::1", "::" };
	struct in6_addr one;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (inet_pton(AF_INET6, known[i], &one) == 1 && !memcmp(a, &one, sizeof(one)))
			return true;
	return false;
}

static bool reservation_is_known(const struct scene *s, const char *line)
{
	struct endpoint ep = { 0 };
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", line);
	return reservation_parse(&ep, copy) && address_is_known(&ep.laddr) &&
	       address_is_known(&ep.raddr) && ep.lport >= LOW && ep.lport <= HIGH &&
	       (!ep.rport || ep.rport == PORT_OUTSIDE) && path_is_known(s, ep.r.account) &&
	       (!strcmp(ep.r.comm, "removal") || !strcmp(ep.r.comm, "-"));
}

static bool destination_is_known(const char *line)
{
	char source[64], to[64];

	if (!strncmp(line, "other used=", 11))
		return numbers_are_plausible(line);
	return sscanf(line, "%63s %63s used=", source, to) == 2 &&
	       (!strcmp(source, "127.0.0.1") || !strcmp(source, "[::1]")) &&
	       (!strcmp(to, "127.0.0.1:8080") || !strcmp(to, "[::1]:8080")) &&
	       numbers_are_plausible(line);
}

static bool event_is_known(const struct scene *s, const char *line)
{
	static const char *const levels[] = {
		"warn", "clear", "deny", "forecast", "destination", "early", "lost",
		"exhausted", "taken", "end",
	};
	char level[32], path[256];
	double time;
	unsigned int i;

	if (sscanf(line, "%lf %31s %255s", &time, level, path) != 3 || time < 1e9 || time > 1e10)
		return false;
	for (i = 0; i < ARRAY_SIZE(levels) && strcmp(level, levels[i]); i++)
		;
	if (i == ARRAY_SIZE(levels))
		return false;
	return !strcmp(level, "lost") || (path_is_known(s, path) && numbers_are_plausible(line));
}

static bool line_is_known(const struct scene *s, const char *file, const char *line)
{
	if (is_poison(line) || !is_printable(line))
		return false;
	if (strstr(file, "/reservations"))
		return reservation_is_known(s, line);
	if (strstr(file, "/destinations"))
		return destination_is_known(line);
	if (strstr(file, "/events"))
		return event_is_known(s, line);
	if (strstr(file, "/namespaces"))
		return !strncmp(line, "net:[", 5) && numbers_are_plausible(line);
	if (strstr(file, "/stat"))
		return islower((unsigned char)*line) && numbers_are_plausible(line);
	if (strstr(file, "/accounts"))
		return path_is_known(s, line) && numbers_are_plausible(line);
	return path_is_known(s, line);		/* rules */
}

/*
 * Looks at what is in @buf line by line, and keeps the end of it that is no line yet.
 * A file that goes away ends in the middle of a line.
 */
static size_t take_lines(struct scene *s, struct role *r, const char *file, char *buf, size_t have)
{
	char *line = buf, *end;

	while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
		*end = '\0';
		r->lines++;
		if (!line_is_known(s, file, line))
			note_garbage(r, line);
		line = end + 1;
	}
	have -= (size_t)(line - buf);
	memmove(buf, line, have);
	return have;
}

/* Once through, in reads of @step bytes. */
static void read_once(struct scene *s, struct role *r, const char *file, size_t step)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	static char buf[1 << 17];
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, buf + have, step)) > 0) {
		have = take_lines(s, r, file, buf, have + (size_t)n);
		if (have >= sizeof(buf) - step) {
			note_garbage(r, "a line without an end");
			break;
		}
	}
	close(fd);
}

/* One file for ever, in small pieces and in large ones. */
static void read_file(struct scene *s, struct role *r)
{
	while (!s->stop) {
		read_once(s, r, r->argument, r->rounds % 2 ? 1000 : 65536);
		r->rounds++;
		/* The others, and the kernel's grace periods, want a turn too. */
		sleep_ms(access(r->argument, F_OK) ? 20 : 2);
	}
}

/* All the others in turn. */
static void read_files(struct scene *s, struct role *r)
{
	static const char *const file[] = {
		PQ_STAT, PQ_ACCOUNTS, PQ_DESTINATIONS, PQ_RULES, PQ_EVENTS, PQ_NAMESPACES,
		PQ_HOST_RULES, PQ_HOST_EVENTS,
	};
	unsigned int i;

	while (!s->stop) {
		for (i = 0; i < ARRAY_SIZE(file); i++) {
			read_once(s, r, file[i], r->rounds % 2 ? 700 : 65536);
			r->rounds++;
		}
		sleep_ms(20);
	}
}

/* Waits for events in read(), until there are none because there is no file. */
static void wait_in_read(struct scene *s, struct role *r)
{
	char buf[65536];

	while (!s->stop) {
		int fd = open(r->argument, O_RDONLY | O_CLOEXEC);
		size_t have = 0;
		ssize_t n;

		if (fd < 0) {
			sleep_ms(20);
			continue;
		}
		while (have < sizeof(buf) && (n = read(fd, buf + have, sizeof(buf) - have)) > 0)
			have = take_lines(s, r, r->argument, buf, have + (size_t)n);
		close(fd);
		r->rounds++;
	}
}

static void wait_with_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, -1);
}

static void wait_with_select(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	select(fd + 1, &set, NULL, NULL, NULL);
}

static void wait_with_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0)
		die("no epoll");
	if (!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		epoll_wait(ep, &event, 1, -1);
	close(ep);
}

/* Like wait_in_read(), but waits outside of read(). */
static void wait_outside(struct scene *s, struct role *r)
{
	void (*wait)(int fd) = !strcmp(r->argument, "poll") ? wait_with_poll :
			       !strcmp(r->argument, "select") ? wait_with_select : wait_with_epoll;
	char buf[65536];

	while (!s->stop) {
		const char *file = r->rounds % 2 ? PQ_EVENTS : PQ_HOST_EVENTS;
		int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		size_t have = 0;
		ssize_t n;

		if (fd < 0) {
			sleep_ms(20);
			continue;
		}
		for (;;) {
			n = read(fd, buf + have, sizeof(buf) - have);
			if (n < 0 && errno == EAGAIN && !s->stop) {
				wait(fd);
				continue;
			}
			if (n <= 0)
				break;
			have = take_lines(s, r, file, buf, have + (size_t)n);
		}
		close(fd);
		r->rounds++;
	}
}

/* A write is accepted, or its file is gone or going. */
static void write_rule(struct role *r, const char *file, const char *line)
{
	int ret = file_write(file, line);
	char text[512];

	r->lines++;
	if (!ret || ret == -ENOENT || ret == -EIO || ret == -ENODEV)
		return;
	snprintf(text, sizeof(text), "'%s' gives %d", line, ret);
	note_garbage(r, text);
}

/* Thresholds that are crossed all the time make events. */
static void write_rules(struct scene *s, struct role *r)
{
	const char *file = r->argument;
	char line[256];

	while (!s->stop) {
		unsigned int warn = r->rounds % 2 ? 1 : 100000;

		snprintf(line, sizeof(line), "%s/churn-0 udp.warn=%u tcp.max=100000", s->base,
			 warn);
		write_rule(r, file, line);
		snprintf(line, sizeof(line), "%s/churn-* tcp.warn=%u", s->base, warn);
		write_rule(r, file, line);
		snprintf(line, sizeof(line), "%s timewait.delay=%u tcp.range=%u-%u", s->base,
			 r->rounds % 2 ? 30 : 60, LOW, HIGH);
		write_rule(r, file, line);
		r->rounds++;
		sleep_ms(50);
	}
}

static pid_t command_start(const char *words, int *out)
{
	char copy[128], *argv[8], *rest = copy;
	unsigned int n = 0;
	int fd[2];
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", words);
	while (n < ARRAY_SIZE(argv) - 1 && (argv[n] = strsep(&rest, " ")))
		n++;
	argv[n] = NULL;
	if (pipe2(fd, O_CLOEXEC))
		die("no pipe");
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		execv(CLI, argv);
		_exit(127);
	}
	close(fd[1]);
	*out = fd[0];
	return pid;
}

/* The words of the command for ever; it may fail, and must end when its files go. */
static void run_command(struct scene *s, struct role *r)
{
	char buf[16384];

	while (!s->stop) {
		int out, status;
		pid_t pid = command_start(r->argument, &out);
		struct pollfd p = { .fd = out, .events = POLLIN };
		size_t have = 0;
		ssize_t n = 1;

		while (n > 0 && !s->stop) {
			char *line = buf, *end;

			if (poll(&p, 1, 100) <= 0)
				continue;
			n = read(out, buf + have, sizeof(buf) - have);
			have += n > 0 ? (size_t)n : 0;
			while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
				*end = '\0';
				r->lines++;
				r->rounds++;
				if (is_poison(line))
					note_garbage(r, line);
				line = end + 1;
			}
			have -= (size_t)(line - buf);
			memmove(buf, line, have);
			if (have == sizeof(buf))
				have = 0;
		}
		if (s->stop)
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status) && !s->stop)
			note_garbage(r, "it was killed by a signal");
		close(out);
		r->rounds++;
		sleep_ms(300);
	}
}

/* UDP sockets, the oldest of which goes for each that comes. */
static void churn_udp(struct scene *s, struct role *r)
{
	enum family f = strcmp(r->argument, "v6") ? V4 : V6;
	struct addr zero = addr_make(f, 1, 0), server = addr_make(f, 1, PORT_OUTSIDE);
	int fd[UDP_SOCKETS];
	unsigned int i;

	memset(fd, -1, sizeof(fd));
	while (!s->stop) {
		i = r->rounds++ % UDP_SOCKETS;
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = udp_socket(f);
		if (i % 2 ? try_bind(fd[i], &zero) : connect(fd[i], &server.sa, server.len))
			note_garbage(r, "a socket gets no port");
		if (i % 2 == 0)
			sleep_ms(4);
	}
}

/* TCP connections that end in each way; some stay in TIME_WAIT. */
static void churn_tcp(struct scene *s, struct role *r)
{
	static const enum closing how[] = { CLOSE_CLIENT, CLOSE_RST, CLOSE_SERVER, CLOSE_UNREAD };
	enum family f = strcmp(r->argument, "v6") ? V4 : V6;
	int listener = tcp_listen(f, 1, PORT_OUTSIDE);
	struct addr zero = addr_make(f, 1, 0);
	struct pair pair[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pair); i++)
		pair[i] = pair_open(listener);
	while (!s->stop) {
		int bound = tcp_socket(f);

		i = r->rounds++ % ARRAY_SIZE(pair);
		pair_close(&pair[i], how[r->rounds % ARRAY_SIZE(how)]);
		if (try_bind(bound, &zero))
			note_garbage(r, "a socket gets no port");
		pair[i] = pair_open(listener);
		close(bound);
		if (i % 2 == 0)
			sleep_ms(4);
	}
}

static void role_run(void *arg)
{
	struct role *r = arg;
	char cgroup[128];

	if (!strncmp(r->name, "churn", 5)) {
		snprintf(cgroup, sizeof(cgroup), "%s/%.7s", r->scene->base, r->name);
		cgroup_enter(cgroup);
	}
	r->run(r->scene, r);
}

static void role_add(struct scene *s, const char *name, const char *argument,
		     void (*run)(struct scene *s, struct role *r), bool must_notice)
{
	struct role *r = &s->role[s->roles++];

	if (s->roles > ROLES)
		die("more than %d roles", ROLES);
	r->name = name;
	r->argument = argument;
	r->run = run;
	r->must_notice = must_notice;
	r->scene = s;
}

static void roles_add(struct scene *s)
{
	role_add(s, "churn-0 udp", "v4", churn_udp, false);
	role_add(s, "churn-1 udp", "v6", churn_udp, false);
	role_add(s, "churn-2 tcp", "v4", churn_tcp, false);
	role_add(s, "churn-3 tcp", "v6", churn_tcp, false);
	role_add(s, "reader of reservations", PQ_RESERVATIONS, read_file, true);
	role_add(s, "reader of all others", "", read_files, true);
	role_add(s, "waits in read()", PQ_EVENTS, wait_in_read, true);
	role_add(s, "waits in read() of the host's", PQ_HOST_EVENTS, wait_in_read, true);
	role_add(s, "waits in poll()", "poll", wait_outside, true);
	role_add(s, "waits in select()", "select", wait_outside, true);
	role_add(s, "waits in epoll_wait()", "epoll", wait_outside, true);
	role_add(s, "writer of rules", PQ_RULES, write_rules, true);
	role_add(s, "writer of the host's rules", PQ_HOST_RULES, write_rules, true);
	if (access(CLI, X_OK)) {
		diag("no %s in this guest: without the command", CLI);
		return;
	}
	role_add(s, "portquota top", "portquota top -d 0.5", run_command, true);
	role_add(s, "portquota status", "portquota status", run_command, true);
	role_add(s, "portquota events -f", "portquota events -f", run_command, true);
}

static unsigned long rounds_of(const struct role *r)
{
	return __atomic_load_n(&r->rounds, __ATOMIC_RELAXED);
}

/* Waits until all have gone on since @before. Returns how many have not, and says which. */
static unsigned int not_noticed(struct scene *s, const unsigned long *before)
{
	unsigned long long end = now_ms() + NOTICE_MS;
	unsigned int i, n = 0;

	for (i = 0; i < s->roles; i++) {
		struct role *r = &s->role[i];

		while (r->must_notice && rounds_of(r) == before[i]) {
			if (now_ms() >= end) {
				diag("%s hangs", r->name);
				n++;
				break;
			}
			sleep_ms(10);
		}
	}
	return n;
}

static void tell_poisoning(void)
{
	static const char *const cache[] = { "UDP", "UDPv6", "TCP", "TCPv6", "tw_sock_TCP" };
	char path[128], line[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cache); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/poison", cache[i]);
		if (file_read_line(path, line, sizeof(line)) || strcmp(line, "1"))
			diag("freed memory of %s is not poisoned: less is seen", cache[i]);
	}
}

FIXTURE(removal) {
	struct world w;
};

FIXTURE_SETUP(removal)
{
	unsigned int i;
	char name[32];

	/* Nothing of the tests before this one is to be read. */
	if (portquota_loaded())
		portquota_unload();
	portquota_load();
	ASSERT_TRUE(world_open(&self->w));
	sysctl_set("net.ipv4.ip_local_port_range", "%u %u", LOW, HIGH);
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "200");
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "churn-%u", i);
		world_cgroup(&self->w, name);
	}
}

FIXTURE_TEARDOWN(removal)
{
	if (!portquota_loaded())
		portquota_load();
	EXPECT_EQ(0U, world_close(&self->w));
}

TEST_F_TIMEOUT(removal, under_readers, 5400)
{
	struct scene *s = shared_memory(sizeof(*s));
	unsigned int i, k, n = lane_number("REMOVALS", lane_count(100, 30, lane_scale(4, 2)));
	unsigned long long ms, begin = now_ms(), longest = 0;
	unsigned long before[ROLES];

	tell_poisoning();
	snprintf(s->base, sizeof(s->base), "%s", self->w.base);
	roles_add(s);
	for (i = 0; i < s->roles; i++)
		s->role[i].pid = child_start(role_run, &s->role[i]);
	for (k = 0; k < n; k++) {
		/* Hooks on demand make a removal longer, and so what can be seen in it. */
		rule_set("%s tcp.range=%u-%u timewait.delay=30", s->base, LOW, HIGH);
		sleep_ms(lane_scale(300, 1000));
		for (i = 0; i < s->roles; i++)
			before[i] = rounds_of(&s->role[i]);
		ms = now_ms();
		ASSERT_EQ(0, module_unload("portquota")) TH_LOG("removal %u", k);
		ms = now_ms() - ms;
		longest = ms > longest ? ms : longest;
		EXPECT_GT(REMOVAL_MS, ms) TH_LOG("removal %u", k);
		ASSERT_EQ(0U, not_noticed(s, before)) TH_LOG("removal %u", k);
		ASSERT_EQ(0, module_load("portquota", "")) TH_LOG("load %u", k);
	}
	s->stop = true;
	/* A last event and a last removal for those who wait without a bound. */
	EXPECT_EQ(0, module_unload("portquota"));
	for (i = 0; i < s->roles; i++) {
		struct role *r = &s->role[i];

		EXPECT_EQ(0, child_wait(r->pid)) TH_LOG("%s", r->name);
		diag("%s: %lu rounds, %lu lines", r->name, r->rounds, r->lines);
		EXPECT_EQ(0UL, r->garbage)
			TH_LOG("%s: %lu poisoned; the first: %s", r->name, r->poisoned, r->first);
		EXPECT_LT(0UL, r->rounds) TH_LOG("%s", r->name);
	}
	portquota_load();
	diag("%u removals in %llu s, the longest took %llu ms", n, (now_ms() - begin) / 1000,
	     longest);
}

/* A removal in a process of its own */
struct unload {
	bool done;
	int ret;
};

static void unload(void *arg)
{
	struct unload *u = arg;

	u->ret = module_unload("portquota");
	__atomic_store_n(&u->done, true, __ATOMIC_SEQ_CST);
	_exit(0);
}

static bool is_done(struct unload *u)
{
	return __atomic_load_n(&u->done, __ATOMIC_SEQ_CST);
}

#define TIME_WAITS 100
#define KERNELS_MS 61000	/* TIME_WAIT, where no rule says otherwise */

static void time_waits_make(int listener)
{
	struct pair p[TIME_WAITS];
	unsigned int i;

	for (i = 0; i < TIME_WAITS; i++)
		p[i] = pair_open(listener);
	pairs_close(p, TIME_WAITS, CLOSE_CLIENT);
}

static unsigned int time_waits_longer(void)
{
	struct endpoints eps = {};
	unsigned int n = 0;
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++)
		n += eps.ep[i].remainder && eps.ep[i].left_ms > KERNELS_MS;
	endpoints_free(&eps);
	return n;
}

static void tell_shorter(void)
{
	struct endpoints eps = {};
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++)
		if (!eps.ep[i].remainder || eps.ep[i].left_ms <= KERNELS_MS)
			diag("port %u to %u: state %u, for %u ms", eps.ep[i].lport, eps.ep[i].rport,
			     eps.ep[i].state, eps.ep[i].left_ms);
	endpoints_free(&eps);
}

/*
 * When some hooks are gone and others are not, nobody sees TIME_WAITs with a rule end,
 * and others come to where they were in memory, which have none.
 */
TEST_F_TIMEOUT(removal, delay_of_others, lane_timeout(120))
{
	struct unload *u = shared_memory(sizeof(*u));
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned int all, rounds = 0;
	pid_t pid;

	rule_set("%s timewait.delay=300", self->w.base);
	time_waits_make(listener);
	EXPECT_EQ(TIME_WAITS, time_waits_longer()) {
		tell_shorter();
	}
	all = hooked_functions();
	pid = child_start(unload, u);
	while (hooked_functions() == all && !is_done(u))
		sleep_ms(1);
	for (; !is_done(u); rounds++) {
		diag_destroy(diag_is_remainder);
		time_waits_make(listener);
		EXPECT_EQ(0U, time_waits_longer()) TH_LOG("in round %u", rounds);
	}
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_EQ(0, u->ret);
	diag("%u rounds of %u TIME_WAITs while hooks went", rounds, TIME_WAITS);
	EXPECT_LT(0U, rounds);
	diag_destroy(diag_is_remainder);
	close(listener);
}

int main(int argc, char **argv)
{
	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	return test_harness_run(argc, argv);
}
