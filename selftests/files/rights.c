// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may see what, as one table: for each reader which file it may open and write,
 * and which facts it may find in all that it can read.  A reader is a process in
 * one of three places, with one of six sets of rights.
 *
 * In every place "inner" is the reader's own program, which holds two connections,
 * and "outer" is somebody else's, which holds five.  Outer's cgroup is outside of
 * what a reader in a cgroup namespace sees, and for a reader in a container
 * outer is in another network namespace too.
 */
#include <fcntl.h>
#include <sys/prctl.h>

#include "test.h"

enum place {
	CONTAINER,	/* a network namespace and a cgroup namespace of its own */
	SHARED,		/* a cgroup namespace of its own in the network namespace of outer */
	HOST,		/* the first cgroup namespace, in the network namespace of outer */
};

/* The columns of both tables. */
enum who {
	CONTAINER_NOBODY,
	CONTAINER_ROOT,		/* uid 0 with the capabilities that Docker gives */
	CONTAINER_USERNS,	/* root of a user namespace, which owns the network namespace */
	CONTAINER_NET_ADMIN,	/* uid 65534 with CAP_NET_ADMIN, first user namespace */
	CONTAINER_SYS_ADMIN,	/* uid 65534 with CAP_SYS_ADMIN, first user namespace */
	CONTAINER_ALL,		/* root with every capability: a privileged container */
	SHARED_NOBODY,
	SHARED_USERNS,		/* root of a user namespace that does not own the network's */
	SHARED_NET_ADMIN,
	SHARED_ALL,
	HOST_NOBODY,
	HOST_NET_ADMIN,
	HOST_ALL,		/* the host's root */
	READERS
};

/*
 * '-': EPERM; 'r': may be read; 'w': may be read and written.  What needs a right
 * over the network namespace is told apart from what needs one over the host.
 */
static const struct right {
	const char *file;
	bool of_host;
	const char *may;
} rights[] = {
	/*				  container   shared  host */
	{ PQ_STAT,		false,	"rrrrrr"    "rrrr"  "rrr" },
	{ PQ_ACCOUNTS,		false,	"rrrrrr"    "rrrr"  "rrr" },
	{ PQ_RESERVATIONS,	false,	"--rr-r"    "--rr"  "-rr" },
	{ PQ_DESTINATIONS,	false,	"rrrrrr"    "rrrr"  "rrr" },
	{ PQ_RULES,		false,	"rrwwrw"    "rrww"  "rww" },
	{ PQ_EVENTS,		false,	"rrrrrr"    "rrrr"  "rrr" },
	{ PQ_NAMESPACES,	true,	"---rrr"    "--rr"  "-rr" },
	{ PQ_HOST_RULES,	true,	"---w-w"    "--ww"  "-ww" },
	{ PQ_HOST_EVENTS,	true,	"---rrr"    "--rr"  "-rr" },
};

/* Any reader may know them. Also uid 0 needs CAP_NET_ADMIN to write: they are the host's. */
static const char *const parameters[] = {
	"mode", "log", "log_interval_ms", "destinations", "stocks"
};

static const char parameters_may[] = "rrrrrw"    "rrrw"  "rrw";

/*
 * 'y': is told by some file; 'n': by none; '?': not laid down.  Addresses of its own
 * network namespace are told to everybody in it by /proc/net/tcp, too.
 */
static const struct fact {
	const char *what;
	const char *word;	/* NULL: the first network namespace's name */
	const char *told;
} facts[] = {
	/*							  container  shared  host */
	{ "the cgroup of inner",	"/inner.slice",		"yyyyyy"    "yyyy"  "yyy" },
	{ "the destination of inner",	"127.0.0.55:5555",	"yyyyyy"    "yyyy"  "yyy" },
	{ "the command of inner",	"comm=pq-inner",	"nnyyny"    "nnyy"  "nyy" },
	{ "the cgroup of outer",	"outer.slice",		"nnnnnn"    "nnnn"  "yyy" },
	{ "the destination of outer",	"127.0.0.77:7777",	"nnnyyy"    "yyyy"  "yyy" },
	{ "the command of outer",	"pq-outer",		"nnn???"    "nnyy"  "nyy" },
	{ "another network namespace",	NULL,			"nnnyyy"    "nnyy"  "nyy" },
	{ "a cgroup outside the view",	"/..",			"nnnnnn"    "nnnn"  "nnn" },
};

#define INNER_CONNECTIONS 2
#define OUTER_CONNECTIONS 5
#define OUTER_RANGE "20000 20007"	/* so that outer's destination takes half of it */

#define TEXT (512 * 1024)

/* What a reader found. */
struct finding {
	int open, read, write;		/* 0 or -errno */
	char text[TEXT];
};

struct visit {
	enum place place;
	bool user_namespace;
	uid_t uid;
	unsigned long long caps;
	char jail[256];			/* the root of its cgroup namespace */
	struct gate arrived, go_on;
	struct finding file[ARRAY_SIZE(rights)];
	int parameter[ARRAY_SIZE(parameters)];	/* 0 or -errno of writing what was read */
};

FIXTURE(rights) {
	struct world w;
	char jail[256], outer[256], inner[256], first_ns[64];
};

FIXTURE_VARIANT(rights) {
	enum who who;
	enum place place;
	bool user_namespace;
	uid_t uid;
	unsigned long long caps;
};

#define READER(id, ...) FIXTURE_VARIANT_ADD(rights, id) { .who = id, __VA_ARGS__ }
READER(CONTAINER_NOBODY, .place = CONTAINER, .uid = UID_NOBODY, .caps = CAPS_NONE);
READER(CONTAINER_ROOT, .place = CONTAINER, .uid = 0, .caps = CAPS_CONTAINER);
READER(CONTAINER_USERNS, .place = CONTAINER, .user_namespace = true);
READER(CONTAINER_NET_ADMIN, .place = CONTAINER, .uid = UID_NOBODY, .caps = CAP(NET_ADMIN));
READER(CONTAINER_SYS_ADMIN, .place = CONTAINER, .uid = UID_NOBODY, .caps = CAP(SYS_ADMIN));
READER(CONTAINER_ALL, .place = CONTAINER, .uid = 0, .caps = CAPS_ALL);
READER(SHARED_NOBODY, .place = SHARED, .uid = UID_NOBODY, .caps = CAPS_NONE);
READER(SHARED_USERNS, .place = SHARED, .user_namespace = true);
READER(SHARED_NET_ADMIN, .place = SHARED, .uid = UID_NOBODY, .caps = CAP(NET_ADMIN));
READER(SHARED_ALL, .place = SHARED, .uid = 0, .caps = CAPS_ALL);
READER(HOST_NOBODY, .place = HOST, .uid = UID_NOBODY, .caps = CAPS_NONE);
READER(HOST_NET_ADMIN, .place = HOST, .uid = UID_NOBODY, .caps = CAP(NET_ADMIN));
READER(HOST_ALL, .place = HOST, .uid = 0, .caps = CAPS_ALL);

static void hold(const char *command, unsigned int host, uint16_t port, unsigned int n)
{
	int listener;

	prctl(PR_SET_NAME, command);
	listener = tcp_listen(V4, host, port);
	while (n--)
		pair_open(listener);
}

static void outer(void *arg)
{
	struct gate *ready = arg;

	hold("pq-outer", 77, 7777, OUTER_CONNECTIONS);
	gate_open(ready);
	pause();
}

FIXTURE_SETUP(rights)
{
	struct events *events;
	struct event event;
	struct gate ready;

	(void)variant;
	if (!world_open(&self->w))
		SKIP(return, "portquota is not loaded");
	snprintf(self->jail, sizeof(self->jail), "%s", world_cgroup(&self->w, "jail"));
	snprintf(self->inner, sizeof(self->inner), "%s",
		 world_cgroup(&self->w, "jail/inner.slice"));
	snprintf(self->outer, sizeof(self->outer), "%s", world_cgroup(&self->w, "outer.slice"));
	netns_enter(self->w.home_ns);
	netns_name(self->first_ns, sizeof(self->first_ns));
	netns_enter(self->w.ns);

	events = malloc(sizeof(*events));
	ASSERT_NE(NULL, events);
	events_open(events, PQ_EVENTS);
	sysctl_set("net.ipv4.ip_local_port_range", OUTER_RANGE);
	rule_set("%s tcp.warn=2", self->outer);
	gate_make(&ready);
	cgroup_enter(self->outer);
	child_start(outer, &ready);
	cgroup_enter(self->w.base);
	gate_wait(&ready);
	/* Both of these are about outer, and then there to be read. */
	ASSERT_TRUE(events_find(events, &event, self->outer, "destination", 5000));
	events_close(events);
	free(events);
}

FIXTURE_TEARDOWN(rights)
{
	(void)variant;
	EXPECT_EQ(0U, world_close(&self->w));
}

/* Reads until the end, or until it would have to wait. */
static void read_file(const char *path, struct finding *f)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	if (fd < 0) {
		f->open = -errno;
		return;
	}
	while (have < TEXT - 1 && (n = read(fd, f->text + have, TEXT - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0 && errno != EAGAIN)
		f->read = -errno;
	f->text[have] = '\0';
	close(fd);
}

/* A rule for the root of the view that changes nothing, and its removal. */
static int write_file(const char *path)
{
	int ret = file_write(path, "/ udp.warn=max");

	return ret ?: file_write(path, "-/");
}

static int write_parameter(const char *name)
{
	char path[128], value[64];
	int ret;

	snprintf(path, sizeof(path), PQ_PARAMETERS "/%s", name);
	ret = file_read_line(path, value, sizeof(value));
	if (ret)
		die("cannot read %s", path);
	return file_write(path, value);
}

static void arrive(struct visit *v)
{
	gate_open(&v->arrived);
	gate_wait(&v->go_on);
}

static void visit(void *arg)
{
	struct visit *v = arg;
	unsigned int i;

	cgroup_enter(v->jail);
	if (v->user_namespace)
		become_root_of_user_namespace();
	if (v->place == CONTAINER)
		netns_new();
	if (v->place != HOST)
		cgroup_namespace_new();
	/* The test moves it to where inner is to be, since it may not be able to. */
	arrive(v);
	hold("pq-inner", 55, 5555, INNER_CONNECTIONS);
	if (!v->user_namespace)
		become(v->uid, v->caps);
	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		read_file(rights[i].file, &v->file[i]);
		v->file[i].write = write_file(rights[i].file);
	}
	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		v->parameter[i] = write_parameter(parameters[i]);
}

static const char *short_name(const char *file)
{
	return file + strlen("/proc/");
}

/* The number at @key ("tcp.current") of the line of @path in @accounts; -1: no such line. */
static long long number_in(const char *accounts, const char *path, const char *key)
{
	char *text = strdup(accounts), *line, *rest = text, word[64];
	long long number = -1;
	size_t len = strlen(path);

	snprintf(word, sizeof(word), " %s=", key);
	while (number < 0 && (line = strsep(&rest, "\n"))) {
		const char *at = strncmp(line, path, len) || line[len] != ' ' ? NULL :
				 strstr(line, word);

		if (at)
			number = strtoll(at + strlen(word), NULL, 10);
	}
	free(text);
	return number;
}

static void expect_access(struct __test_metadata *_metadata, enum who who, const struct right *r,
			  const struct finding *f)
{
	bool refused = f->open == -EPERM || (!r->of_host && !f->open && f->read == -EPERM);
	const char *name = short_name(r->file);

	if (r->may[who] == '-') {
		/* The host's files at open already. */
		EXPECT_TRUE(refused)
			TH_LOG("%s can be opened (%d) and read (%d)", name, f->open, f->read);
		EXPECT_EQ(0U, strlen(f->text)) TH_LOG("%s tells something", name);
	} else {
		EXPECT_EQ(0, f->open) TH_LOG("%s cannot be opened", name);
		EXPECT_EQ(0, f->read) TH_LOG("%s cannot be read", name);
	}
	if (r->may[who] == 'w') {
		EXPECT_EQ(0, f->write) TH_LOG("%s cannot be written", name);
	} else if (strstr(name, "/rules")) {
		EXPECT_EQ(-EPERM, f->write) TH_LOG("writing %s gives %d", name, f->write);
	} else {
		EXPECT_NE(0, f->write) TH_LOG("%s can be written", name);
	}
}

static void expect_fact(struct __test_metadata *_metadata, enum who who, const struct fact *fact,
			const char *word, const struct visit *v)
{
	bool told = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		const char *at = strstr(v->file[i].text, word);
		const char *line = at;
		size_t len;

		/* What may not be read at all is said by the other table. */
		if (!at || rights[i].may[who] == '-')
			continue;
		told = true;
		while (line > v->file[i].text && line[-1] != '\n')
			line--;
		len = strcspn(line, "\n");
		EXPECT_NE('n', fact->told[who])
			TH_LOG("%s tells of %s: %.*s", short_name(rights[i].file), fact->what,
			       (int)(len < 160 ? len : 160), line);
	}
	if (fact->told[who] == 'y')
		EXPECT_TRUE(told) TH_LOG("no file tells of %s (%s)", fact->what, word);
}

/* What cgroups outside the view hold is one line of accounts, and their names are none. */
static void expect_outside(struct __test_metadata *_metadata, enum place place,
			   const struct visit *v, const char *inner, const char *outer)
{
	const char *accounts = v->file[1].text, *reservations = v->file[2].text;
	unsigned int lines = lines_with(accounts, "(outside)");

	EXPECT_EQ(INNER_CONNECTIONS, number_in(accounts, inner, "tcp.current"));
	if (place == HOST) {
		EXPECT_EQ(OUTER_CONNECTIONS, number_in(accounts, outer, "tcp.current"));
		EXPECT_EQ(0U, lines);
		return;
	}
	EXPECT_EQ(INNER_CONNECTIONS, number_in(accounts, "/", "tcp.current"))
		TH_LOG("/ is not the root of the reader's view");
	if (place == CONTAINER) {
		EXPECT_GE(1U, lines);
		if (lines)
			EXPECT_EQ(0, number_in(accounts, "(outside)", "tcp.current"));
		return;
	}
	EXPECT_EQ(1U, lines);
	EXPECT_EQ(OUTER_CONNECTIONS, number_in(accounts, "(outside)", "tcp.current"));
	/* As many lines of reservations as there are reservations. */
	if (*reservations)
		EXPECT_EQ(OUTER_CONNECTIONS, lines_with(reservations, " account=(outside) "));
}

TEST_F_TIMEOUT(rights, table, lane_timeout(60))
{
	struct visit *v = shared_memory(sizeof(*v));
	unsigned int i;
	pid_t pid;

	if (variant->user_namespace && access("/proc/self/ns/user", F_OK))
		SKIP(return, "the kernel has no user namespaces");
	v->place = variant->place;
	v->user_namespace = variant->user_namespace;
	v->uid = variant->uid;
	v->caps = variant->caps;
	snprintf(v->jail, sizeof(v->jail), "%s", self->jail);
	gate_make(&v->arrived);
	gate_make(&v->go_on);
	pid = child_start(visit, v);
	gate_wait(&v->arrived);
	cgroup_move(self->inner, pid);
	gate_open(&v->go_on);
	ASSERT_EQ(0, child_wait(pid));

	for (i = 0; i < ARRAY_SIZE(rights); i++)
		expect_access(_metadata, variant->who, &rights[i], &v->file[i]);
	for (i = 0; i < ARRAY_SIZE(facts); i++)
		expect_fact(_metadata, variant->who, &facts[i], facts[i].word ?: self->first_ns, v);
	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		EXPECT_EQ(parameters_may[variant->who] == 'w', !v->parameter[i])
			TH_LOG("writing %s gives %d", parameters[i], v->parameter[i]);
	}
	expect_outside(_metadata, variant->place, v,
		       variant->place == HOST ? self->inner : "/inner.slice", self->outer);
}

WORLD_FIXTURE

struct handed {
	const char *path;
	int before, after;	/* 0 or -errno of reading with rights and without */
};

static int read_some(int fd)
{
	char buf[4096];

	return fd < 0 || (read(fd, buf, sizeof(buf)) < 0 && errno != EAGAIN) ? -errno : 0;
}

/* Opened with every right, read by nobody. */
static void give_up_after_open(void *arg)
{
	struct handed *h = arg;
	int fd = open(h->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	h->before = fd < 0 ? -errno : 0;
	become(UID_NOBODY, CAPS_NONE);
	h->after = read_some(fd);
}

/* Opened by nobody, if that can be; read by somebody with every right. */
static void take_after_open(void *arg)
{
	struct handed *h = arg;
	int fd;

	/* The effective capabilities go with uid 0, and come back with it. */
	if (seteuid(UID_NOBODY))
		die("cannot become nobody");
	fd = open(h->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	h->before = fd < 0 ? -errno : 0;
	if (seteuid(0))
		die("cannot be root again");
	h->after = fd < 0 ? -errno : read_some(fd);
}

/* It is the opener who needs the right, so that a file can be handed on and none be borrowed. */
WORLD_TEST(right_of_the_opener)
{
	static const char *const path[] = {
		PQ_RESERVATIONS, PQ_NAMESPACES, PQ_HOST_RULES, PQ_HOST_EVENTS,
	};
	struct handed *h = shared_memory(sizeof(*h));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(path); i++) {
		h->path = path[i];
		ASSERT_EQ(0, child_wait(child_start(give_up_after_open, h)));
		EXPECT_EQ(0, h->before) TH_LOG("%s", path[i]);
		EXPECT_EQ(0, h->after) TH_LOG("%s, opened by root", path[i]);
		ASSERT_EQ(0, child_wait(child_start(take_after_open, h)));
		EXPECT_EQ(-EPERM, h->after) TH_LOG("%s, opened by nobody", path[i]);
		/* The host's files cannot even be opened. */
		if (!strncmp(path[i], PQ_HOST_DIR, strlen(PQ_HOST_DIR)))
			EXPECT_EQ(-EPERM, h->before) TH_LOG("%s, by nobody", path[i]);
	}
}

WORLD_MAIN
