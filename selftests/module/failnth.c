// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of each system call is made to fail in turn: the call succeeds
 * or has the documented error, and afterwards no counter has drifted. For a
 * kernel with fault injection.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test.h"

WORLD_FIXTURE

#define FAULTS "/sys/kernel/debug"
#define MOST 400		/* no call here allocates more often */

static struct {
	int nth;		/* the calling task's fail-nth */
	int listener, listener6, client, server, fd, cgroup_procs;
	struct addr to, to6, udp_to, any;
	char base[64], path[300], text[65536];
	char holds[64];		/* a word that the account of @path has where it worked */
	unsigned int round;
	bool capped;
} t;

static bool faults_on(void)
{
	static const char *const attr[] = {
		FAULTS "/failslab/ignore-gfp-wait", FAULTS "/fail_page_alloc/ignore-gfp-wait",
		FAULTS "/fail_page_alloc/ignore-gfp-highmem",
	};
	unsigned int i;

	if (access("/proc/thread-self/fail-nth", W_OK) || access(attr[0], W_OK))
		return false;
	for (i = 0; i < ARRAY_SIZE(attr); i++)
		must_write(attr[i], "N");
	must_write(FAULTS "/fail_page_alloc/min-order", "0");
	must_write(FAULTS "/failslab/verbose", "0");
	must_write(FAULTS "/fail_page_alloc/verbose", "0");
	return true;
}

static void nth_open(void)
{
	t.nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (t.nth < 0)
		die("no fail-nth");
}

static void nth_arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(t.nth, text, (size_t)len, 0) != len)
		die("cannot arm");
}

/* How many allocations there were still to be before the failure; nothing fails any more. */
static unsigned int nth_left(void)
{
	char text[16] = "";

	if (pread(t.nth, text, sizeof(text) - 1, 0) < 1)
		die("cannot read fail-nth");
	nth_arm(0);
	return (unsigned int)strtoul(text, NULL, 10);
}

/* Whether the failure happened; nothing fails any more. */
static bool nth_disarm(void)
{
	return nth_left() == 0;
}

struct op {
	const char *name;
	void (*before)(void);
	int (*run)(void);	/* 0 or -errno; all that it allocates */
	void (*after)(int ret);
	int may[6];		/* errors it may have */
};

/* For IPv4 and IPv6. They are closed before the counters are compared with 0. */
static void listen_both(void)
{
	t.listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	t.listener6 = tcp_listen(V6, 1, PORT_OUTSIDE);
	fcntl(t.listener, F_SETFL, O_NONBLOCK);
	fcntl(t.listener6, F_SETFL, O_NONBLOCK);
}

static void accept_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(fd);
}

static void before_tcp(void)
{
	t.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void before_udp(void)
{
	t.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* In a cgroup that has no account yet: accounts and owner are made, too. */
static void before_new_cgroup(void)
{
	snprintf(t.path, sizeof(t.path), "%s/n%u", t.base, t.round++);
	cgroup_make(t.path);
	cgroup_enter(t.path);
	before_tcp();
	cgroup_enter(t.base);
	if (t.capped)
		snprintf(t.holds, sizeof(t.holds), "tcp.max=1000");
}

static void before_connected(void)
{
	struct pair p = pair_open(t.listener);

	t.client = p.client;
	t.server = p.server;
}

static int run_connect(void)
{
	return try_connect(t.fd, &t.to);
}

static int run_udp_connect(void)
{
	return try_connect(t.fd, &t.udp_to);
}

static void before_tcp6(void)
{
	t.fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int run_connect6(void)
{
	return try_connect(t.fd, &t.to6);
}

static int run_send(void)
{
	return sendto(t.fd, "x", 1, 0, &t.udp_to.sa, t.udp_to.len) < 0 ? -errno : 0;
}

static int run_bind(void)
{
	return bind(t.fd, &t.any.sa, t.any.len) ? -errno : 0;
}

static int run_listen(void)
{
	return listen(t.fd, 16) ? -errno : 0;
}

static int run_close(void)
{
	return close(t.client) ? -errno : 0;
}

static void after_close(int ret)
{
	(void)ret;
	close(t.server);
}

static void after_socket(int ret)
{
	struct linger l = { .l_onoff = 1 };

	(void)ret;
	setsockopt(t.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(t.fd);
	accept_all(t.listener);
	accept_all(t.listener6);
}

static void after_new_cgroup(int ret)
{
	after_socket(ret);
	cgroup_remove(t.path);
}

static int fd_write(const char *text)
{
	return write(t.fd, text, strlen(text)) < 0 ? -errno : 0;
}

static void before_rules(void)
{
	t.fd = open(PQ_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s/r%u tcp.max=5 over=wait:1s", t.base, t.round++ % 8);
}

static void before_glob(void)
{
	t.fd = open(PQ_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s/g*%u tcp.max=50%%", t.base, t.round++ % 8);
}

static void before_host_rules(void)
{
	t.fd = open(PQ_HOST_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s/h%u tcp.max=5", t.base, t.round++ % 8);
}

/* Such rules need hooks that are there only on demand. */
static void before_range(void)
{
	t.fd = open(PQ_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s/d%u tcp.range=20000-%u timewait.delay=30", t.base,
		 t.round % 8, 21000 + t.round % 8);
	t.round++;
}

static void before_own_rule(void)
{
	unsigned int max = 1000 + t.round++ % 8;

	t.fd = open(PQ_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s tcp.max=%u tcp.warn=0", t.base, max);
	snprintf(t.path, sizeof(t.path), "%s", t.base);
	snprintf(t.holds, sizeof(t.holds), "tcp.max=%u", max);
}

static int run_write(void)
{
	return fd_write(t.text);
}

static void before_removal(void)
{
	t.fd = open(PQ_RULES, O_RDWR | O_CLOEXEC);
	snprintf(t.text, sizeof(t.text), "%s/x tcp.max=5", t.base);
	if (fd_write(t.text))
		die("cannot write a rule");
	snprintf(t.text, sizeof(t.text), "-%s/x", t.base);
}

static void after_file(int ret)
{
	(void)ret;
	close(t.fd);
}

static int run_unshare(void)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static const struct op calls[] = {
	{ "connect", before_tcp, run_connect, after_socket,
	  { EINPROGRESS, ENOMEM, ENOBUFS } },
	{ "connect in a new cgroup", before_new_cgroup, run_connect, after_new_cgroup,
	  { EINPROGRESS, ENOMEM, ENOBUFS } },
	{ "IPv6 connect", before_tcp6, run_connect6, after_socket,
	  { EINPROGRESS, ECONNREFUSED, ENOMEM, ENOBUFS } },
	{ "bind", before_tcp, run_bind, after_socket, { EADDRINUSE, ENOMEM } },
	{ "listen", before_tcp, run_listen, after_socket, { EADDRINUSE, ENOMEM } },
	{ "UDP connect", before_udp, run_udp_connect, after_socket,
	  { EAGAIN, ENOMEM, ENOBUFS } },
	{ "UDP send", before_udp, run_send, after_socket, { EAGAIN, ENOMEM, ENOBUFS } },
	{ "UDP bind", before_udp, run_bind, after_socket, { EADDRINUSE, ENOMEM } },
	{ "close", before_connected, run_close, after_close, { 0 } },
};

static const struct op writes[] = {
	{ "rule", before_rules, run_write, after_file, { ENOMEM } },
	{ "glob", before_glob, run_write, after_file, { ENOMEM } },
	{ "rule of a cgroup in use", before_own_rule, run_write, after_file, { ENOMEM } },
	{ "rule removed", before_removal, run_write, after_file, { ENOMEM } },
	{ "rule with a range", before_range, run_write, after_file, { ENOMEM } },
	{ "host's rule", before_host_rules, run_write, after_file, { ENOMEM } },
};

static bool may(const struct op *op, int ret)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(op->may); i++)
		if (ret == -op->may[i])
			return true;
	return !ret;
}

/* Destroys the TIME_WAITs that are left, so that the counters can be compared with 0. */
static unsigned int at_zero(const char *name)
{
	diag_destroy(diag_is_remainder);
	return invariants_at_zero(name);
}

static void run_op(struct __test_metadata *_metadata, const struct op *op)
{
	unsigned int n, failed = 0, i, errs = 0;
	bool reached = true;
	int ret;

	for (n = 1; n < MOST && reached; n++) {
		op->before();
		nth_arm(n);
		ret = op->run();
		reached = nth_disarm();
		/* A call that succeeded is held to its account's limit. */
		if (t.holds[0] && (!ret || ret == -EINPROGRESS))
			EXPECT_TRUE(account_says(t.path, t.holds))
				TH_LOG("%s, failure %u: no %s", op->name, n, t.holds);
		t.holds[0] = '\0';
		op->after(ret);
		EXPECT_TRUE(may(op, ret)) TH_LOG("%s, failure %u: errno %d", op->name, n, -ret);
		errs += ret && ret != -EINPROGRESS;
		failed += reached;
	}
	diag("%s: %u allocations made to fail, %u errors", op->name, failed, errs);
	EXPECT_LT(n, (unsigned int)MOST);
	/* Once more with nothing failing: it works as if nothing had been. */
	for (i = 0; i < 2; i++) {
		op->before();
		ret = op->run();
		t.holds[0] = '\0';
		op->after(ret);
		EXPECT_TRUE(!ret || ret == -EINPROGRESS)
			TH_LOG("%s afterwards: errno %d", op->name, -ret);
	}
}

static void world_ready(struct world *w)
{
	snprintf(t.base, sizeof(t.base), "%s", w->base);
	listen_both();
	t.to = addr_local(t.listener);
	t.to6 = addr_local(t.listener6);
	t.udp_to = addr_make(V4, 1, 53);
	t.any = addr_make(V4, 1, 0);
	memset(t.text, 0, sizeof(t.text));
	nth_open();
	time_wait_unlimited();
}

#define NEEDS_FAULTS \
	do { if (!faults_on()) SKIP(return, "no fault injection in this kernel"); } while (0)

static void run_calls(struct __test_metadata *_metadata)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		run_op(_metadata, &calls[i]);
		close(t.listener);
		close(t.listener6);
		EXPECT_EQ(0U, at_zero(calls[i].name));
		listen_both();
	}
}

WORLD_TEST_LONG(calls_without_a_rule, 120)
{
	struct stat_file s;

	NEEDS_FAULTS;
	world_ready(&self->w);
	run_calls(_metadata);
	stat_read(&s);
	diag("%lld untracked", s.c.untracked);
}

/* Under a cap nothing goes uncounted: it fails with ENOMEM instead. */
WORLD_TEST_LONG(calls_under_a_cap, 120)
{
	struct stat_file s;

	NEEDS_FAULTS;
	world_ready(&self->w);
	t.capped = true;
	rule_set("%s tcp.max=1000 udp.max=1000 tcp.warn=1", self->w.base);
	rule_set("%s/* tcp.max=1000 over=wait:1s", self->w.base);
	run_calls(_metadata);
	stat_read(&s);
	/* A TIME_WAIT that is not tracked is no reservation dodged. */
	diag("%lld untracked", s.c.untracked);
	EXPECT_STAT(tcp_denied, 0);
}

/*
 * Whether a port is one of the range that a new cgroup has of its own is known without memory for
 * an account: it is counted, or counted as untracked.
 */
WORLD_TEST_LONG(bind_in_a_range_of_its_own, 60)
{
	struct addr own = addr_make(V4, 1, 20500);
	long long untracked;
	bool reached = true;
	struct stat_file s;
	struct counters c;
	unsigned int n;
	int ret;

	NEEDS_FAULTS;
	world_ready(&self->w);
	rule_set("%s/* tcp.range=20000-20999", self->w.base);
	for (n = 1; n < MOST && reached; n++) {
		stat_read(&s);
		untracked = s.c.untracked;
		before_new_cgroup();
		nth_arm(n);
		ret = try_bind(t.fd, &own);
		reached = nth_disarm();
		stat_read(&s);
		account_get(t.path, &c);
		if (ret) {
			EXPECT_TRUE(ret == -ENOMEM || ret == -EADDRINUSE)
				TH_LOG("failure %u: errno %d", n, -ret);
		} else {
			EXPECT_EQ(1, c.tcp_current + s.c.untracked - untracked)
				TH_LOG("failure %u", n);
		}
		after_new_cgroup(ret);
	}
	EXPECT_LT(n, (unsigned int)MOST);
	diag("%u allocations made to fail", n - 2);
}

WORLD_TEST_LONG(writes_of_rules, 120)
{
	unsigned int i;
	struct pair p;

	NEEDS_FAULTS;
	world_ready(&self->w);
	p = pair_open(t.listener);
	/* One of the host's is there already, to be taken away in the end. */
	host_rule_set("%s/h tcp.max=1", self->w.base);
	for (i = 0; i < ARRAY_SIZE(writes); i++)
		run_op(_metadata, &writes[i]);
	close(p.client);
	close(p.server);
}

/* Opened and read, but of many events the first few dozen only. */
static int read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ret = 0;
	unsigned int reads = 32;
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, t.text, 512);
	while (n > 0 && --reads);
	if (n < 0 && errno != EAGAIN)
		ret = -errno;
	close(fd);
	return ret;
}

WORLD_TEST_LONG(files_are_read, 120)
{
	static const char *const file[] = {
		PQ_STAT, PQ_ACCOUNTS, PQ_RESERVATIONS,
		PQ_DESTINATIONS, PQ_RULES, PQ_EVENTS,
		PQ_NAMESPACES, PQ_HOST_RULES, PQ_HOST_EVENTS,
	};
	unsigned int i, n, errs;
	bool reached;
	int ret;

	NEEDS_FAULTS;
	world_ready(&self->w);
	rule_set("%s tcp.max=5 tcp.warn=1", self->w.base);
	host_rule_set("%s/h tcp.max=1", self->w.base);
	for (i = 0; i < 5; i++)
		pair_open(t.listener = tcp_listen(V4, 1, (uint16_t)(PORT_OUTSIDE + 1 + i)));
	for (i = 0; i < ARRAY_SIZE(file); i++) {
		errs = 0;
		for (n = 1, reached = true; n < MOST && reached; n++) {
			nth_arm(n);
			ret = read_file(file[i]);
			reached = nth_disarm();
			EXPECT_TRUE(!ret || ret == -ENOMEM)
				TH_LOG("%s, failure %u: errno %d", file[i], n, -ret);
			errs += !!ret;
		}
		EXPECT_EQ(0, read_file(file[i]));
		EXPECT_LT(n, (unsigned int)MOST);
		diag("%s: %u allocations made to fail, %u errors", file[i], n - 2, errs);
	}
}

#define HALF_MADE 9999U	/* there, without our files */

static void unshare_failing(void *arg)
{
	unsigned int *r = arg;	/* nth, reached, errno */
	int ret;

	nth_open();
	nth_arm(r[0]);
	ret = run_unshare();
	r[1] = nth_disarm();
	r[2] = (unsigned int)-ret;
	if (!ret && access(PQ_STAT, F_OK))
		r[2] = HALF_MADE;
}

/* A namespace is made whole, with our files in it, or not at all. */
WORLD_TEST_LONG(namespaces_are_made, 240)
{
	unsigned int *r = shared_memory(3 * sizeof(*r)), n, errs = 0, before, last = 0;
	unsigned int each = 60, step = 7, ours = 40;
	char *text;

	NEEDS_FAULTS;
	text = must_slurp(PQ_NAMESPACES);
	before = lines_with(text, "net:[");
	free(text);
	if (lane_count(step, step, 1) < step) {
		each = 10;
		step = 70;
		ours = 100;
	}
	/* The kernel's own are some thousand; ours are among the last. */
	for (n = 1, r[1] = 1; r[1] && n < 6000; n += n < each ? 1 : step) {
		r[0] = n;
		EXPECT_EQ(0, child_wait(child_start(unshare_failing, r)));
		/* The kernel has all sorts of errors for the parts of its own. */
		EXPECT_NE(HALF_MADE, r[2])
			TH_LOG("failure %u: errno %u", n, r[2]);
		errs += !!r[2];
		last = n;
	}
	for (n = last > ours ? last - ours : 1; n <= last; n++) {
		r[0] = n;
		EXPECT_EQ(0, child_wait(child_start(unshare_failing, r)));
	}
	diag("some %u allocations made to fail, %u errors", last, errs);
	for (n = 0; n < 600; n++) {
		text = must_slurp(PQ_NAMESPACES);
		if (lines_with(text, "net:[") <= before)
			break;
		free(text);
		text = NULL;
		sleep_ms(100);
	}
	EXPECT_NE(NULL, text);
}

static int load_from(int fd, const char *parameters)
{
	return syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
}

#define MANY 1000000U	/* more than any load allocates */

/* How many allocations that takes, none of which fails. */
static unsigned int allocations_of_load(int fd, const char *parameters, int want)
{
	unsigned int left;
	int ret;

	nth_arm(MANY);
	ret = load_from(fd, parameters);
	left = nth_left();
	if (ret != want)
		die("loading with '%s': %s", parameters, strerror(-ret));
	return MANY - left;
}

/*
 * Loading the module: whole or not at all, and the next time it works. The
 * kernel's part comes first, up to the parameters, and is left alone: it warns
 * when it cannot make a tracepoint's files (event_define_fields()).
 */
WORLD_TEST_LONG(module_is_loaded, 240)
{
	int fd = open("/lib/portquota/portquota.ko", O_RDONLY | O_CLOEXEC), ret = 0;
	unsigned int n, first, last, tries = 0, errs = 0;

	NEEDS_FAULTS;
	if (fd < 0)
		SKIP(return, "no portquota.ko in this guest");
	world_ready(&self->w);
	portquota_unload();
	first = allocations_of_load(fd, "mode=none", -EINVAL);
	last = allocations_of_load(fd, "", 0);
	portquota_unload();
	for (n = first; n <= last; n += 1 + (last - first) / lane_count(100, 100, 25)) {
		nth_arm(n);
		ret = load_from(fd, "");
		nth_disarm();
		tries++;
		errs += !!ret;
		if (!ret)
			portquota_unload();
		EXPECT_FALSE(module_is_loaded("portquota"));
	}
	diag("%u of allocations %u to %u made to fail, %u errors", tries, first, last, errs);
	EXPECT_LT(first, last);
	EXPECT_LT(0U, errs);
	portquota_load();
}

WORLD_MAIN
