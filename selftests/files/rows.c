// SPDX-License-Identifier: GPL-2.0-only
/*
 * A row that stays is in a file once, whatever comes and goes while it is read,
 * however little is read at a time, and whether by read() or pread().
 */
#include <fcntl.h>

#include "test.h"

#define ROOM 4194304U

WORLD_FIXTURE

enum way {
	BY_READ,
	BY_PREAD,		/* each goes on where the last one ended */
	BY_READ_AND_LSEEK,	/* to where it is; and at the beginning, there and back */
	WAYS,
	SLOWLY = WAYS		/* so that much comes and goes between two rows */
};

static const char *const way_name[] = { "read", "pread", "read and lseek", "slow read" };
static const size_t step[] = { 1, 7, 100, 65536 };

#define SLOW_STEP 100U		/* less than a row of reservations */
#define SLOW_US 3000

/* The caller frees. */
static char *slurp_by(const char *path, enum way way, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = malloc(ROOM);
	size_t have = 0;
	ssize_t n;

	if (!text || fd < 0)
		die("cannot open %s", path);
	if (way == BY_READ_AND_LSEEK) {
		n = read(fd, text, size);
		lseek(fd, 0, SEEK_SET);
	}
	do {
		if (have + size >= ROOM)
			die("%s is too long", path);
		if (way == SLOWLY)
			usleep(SLOW_US);
		if (way == BY_PREAD)
			n = pread(fd, text + have, size, (off_t)have);
		else
			n = read(fd, text + have, size);
		if (n > 0)
			have += (size_t)n;
		if (way == BY_READ_AND_LSEEK && lseek(fd, 0, SEEK_CUR) != (off_t)have)
			die("%s is not where it was read to", path);
	} while (n > 0);
	close(fd);
	text[have] = '\0';
	return text;
}

/* What stays: the first words of its lines */
struct stays {
	unsigned int nr;
	unsigned int words;
	struct stay {
		char line[96];
		unsigned int seen;
	} *stay;
};

static void stays_make(struct stays *stays, unsigned int nr, unsigned int words)
{
	stays->nr = nr;
	stays->words = words;
	stays->stay = calloc(nr, sizeof(*stays->stay));
	if (!stays->stay)
		die("no memory");
}

static int stay_compare(const void *a, const void *b)
{
	return strcmp(((const struct stay *)a)->line, ((const struct stay *)b)->line);
}

/* Changes @text. */
static void stays_look(struct stays *stays, char *text)
{
	struct stay *found, key;
	unsigned int i;
	char *line, *at;

	for (i = 0; i < stays->nr; i++)
		stays->stay[i].seen = 0;
	while ((line = strsep(&text, "\n"))) {
		for (at = line, i = 1; i < stays->words && *at; i++)
			at += strcspn(at, " ") + 1;
		at[strcspn(at, " ")] = '\0';
		snprintf(key.line, sizeof(key.line), "%s", line);
		found = bsearch(&key, stays->stay, stays->nr, sizeof(key), stay_compare);
		if (found)
			found->seen++;
	}
}

/* Reads @path once; returns how many rows were not there just once. */
static unsigned int pass_wrong(const char *path, struct stays *stays, enum way way, size_t size)
{
	char *text = slurp_by(path, way, size);
	unsigned int i, wrong = 0;

	stays_look(stays, text);
	free(text);
	for (i = 0; i < stays->nr; i++) {
		if (stays->stay[i].seen != 1)
			diag("%s, by %s of %zu: %u times '%s'", path, way_name[way], size,
			     stays->stay[i].seen, stays->stay[i].line);
		wrong += stays->stay[i].seen != 1;
	}
	return wrong;
}

/* The same in every way */
static unsigned int rows_wrong(const char *path, struct stays *stays)
{
	unsigned int way, i, wrong = 0;

	qsort(stays->stay, stays->nr, sizeof(*stays->stay), stay_compare);
	for (way = 0; way < WAYS; way++)
		/* Bytes one by one take long: by read() alone. */
		for (i = way != BY_READ; i < ARRAY_SIZE(step); i++)
			wrong += pass_wrong(path, stays, (enum way)way, step[i]);
	return wrong + pass_wrong(path, stays, SLOWLY, SLOW_STEP);
}

struct churn {
	void (*once)(unsigned int turn);
	bool *stop;
};

static void churn_until(void *arg)
{
	struct churn *churn = arg;
	unsigned int turn = 0;

	while (!*churn->stop)
		churn->once(turn++);
}

/* Sockets, many at a time, so that they are where those that stay are in the ledger */
static void churn_sockets(unsigned int turn)
{
	struct addr to = addr_make(V4, 1, 53);
	int fd[100];
	unsigned int i;

	(void)turn;
	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = i % 8 ? udp_socket(V4) : tcp_socket(V4);
		if (i % 8)
			must_connect(fd[i], &to);
		else
			try_listen(fd[i]);
	}
	for (i = 0; i < ARRAY_SIZE(fd); i++)
		close(fd[i]);
}

WORLD_TEST_LONG(reservations, 300)
{
	struct churn churn = { churn_sockets, shared_memory(sizeof(bool)) };
	struct addr a = addr_make(V4, 1, 0);
	unsigned int i, round;
	struct stays stays;
	pid_t pid[2];

	descriptors_raise();
	stays_make(&stays, lane_count(600, 100, 200), 2);
	for (i = 0; i < stays.nr; i++) {
		int fd = i % 2 ? udp_socket(V4) : tcp_socket(V4);

		must_bind(fd, &a);
		snprintf(stays.stay[i].line, sizeof(stays.stay[i].line), "%s 127.0.0.1:%u",
			 i % 2 ? "udp" : "tcp", port_of(fd));
	}
	for (i = 0; i < ARRAY_SIZE(pid); i++)
		pid[i] = child_start(churn_until, &churn);
	EXPECT_EQ(0U, rows_wrong(PQ_RESERVATIONS, &stays));
	for (round = 0; round < lane_count(10, 2, 5); round++)
		EXPECT_EQ(0U, pass_wrong(PQ_RESERVATIONS, &stays, SLOWLY, SLOW_STEP));
	*churn.stop = true;
	for (i = 0; i < ARRAY_SIZE(pid); i++)
		EXPECT_EQ(0, child_wait(pid[i]));
	free(stays.stay);
}

/* Rules before, between and behind those that stay */
static void churn_rules(unsigned int turn)
{
	unsigned int i;

	for (i = 0; i < 40; i += 2)
		rule_set("-/pq-rows/%02u", i);
	for (i = 0; i < 40; i += 2)
		rule_set("/pq-rows/%02u tcp.max=%u", i, turn % 1000 + 1);
}

WORLD_TEST_LONG(rules, 120)
{
	struct churn churn = { churn_rules, shared_memory(sizeof(bool)) };
	struct stays stays;
	unsigned int i, round;
	pid_t pid;

	for (i = 0; i < 40; i++)
		rule_set("/pq-rows/%02u tcp.max=5000", i);
	stays_make(&stays, 20, 1);
	for (i = 0; i < stays.nr; i++)
		snprintf(stays.stay[i].line, sizeof(stays.stay[i].line), "/pq-rows/%02u",
			 2 * i + 1);
	pid = child_start(churn_until, &churn);
	for (round = 0; round < lane_count(3, 1, 2); round++)
		EXPECT_EQ(0U, rows_wrong(PQ_RULES, &stays));
	*churn.stop = true;
	EXPECT_EQ(0, child_wait(pid));
	free(stays.stay);
}

#define CGROUPS_AT_ONCE 100U

/* A new one each time, and its account with it: more than a slow reader reads meanwhile. */
static void churn_accounts(unsigned int turn)
{
	struct addr to = addr_make(V4, 1, 53);
	char path[64];
	int fd;

	if (turn >= CGROUPS_AT_ONCE) {
		snprintf(path, sizeof(path), "/pq-rows-churn/%u", turn - CGROUPS_AT_ONCE);
		cgroup_remove(path);
	}
	snprintf(path, sizeof(path), "/pq-rows-churn/%u", turn);
	cgroup_make(path);
	cgroup_enter(path);
	must_connect(fd = udp_socket(V4), &to);
	close(fd);
	cgroup_enter("/pq-rows-churn");
}

/* And the reading ends, though new ones come all the time. */
WORLD_TEST_LONG(accounts, 300)
{
	struct churn churn = { churn_accounts, shared_memory(sizeof(bool)) };
	struct addr to = addr_make(V4, 1, 53);
	unsigned int i, round;
	struct stays stays;
	pid_t pid;

	cgroup_make("/pq-rows-churn");
	stays_make(&stays, 20, 1);
	for (i = 0; i < stays.nr; i++) {
		struct stay *stay = &stays.stay[i];

		snprintf(stay->line, sizeof(stay->line), "%s/%02u", self->w.base, i);
		cgroup_make(stay->line);
		cgroup_enter(stay->line);
		must_connect(udp_socket(V4), &to);
	}
	pid = child_start(churn_until, &churn);
	for (round = 0; round < lane_count(3, 1, 2); round++)
		EXPECT_EQ(0U, rows_wrong(PQ_ACCOUNTS, &stays));
	*churn.stop = true;
	EXPECT_EQ(0, child_wait(pid));
	cgroup_enter(self->w.base);
	cgroup_remove_tree("/pq-rows-churn");
	free(stays.stay);
}

static void live(void *arg)
{
	struct gate *g = arg;

	netns_new();
	gate_open(g);
	pause();
}

/*
 * The kernel takes namespaces down in batches, later than they are made here: without
 * a bound there are ever more of them in front of a reader, who never gets to the end.
 */
#define NAMESPACES_AT_ONCE 40U

static unsigned int namespaces_listed(void)
{
	char *text = must_slurp(PQ_NAMESPACES);
	unsigned int n = lines_with(text, "net:[");

	free(text);
	return n;
}

static void churn_namespaces(unsigned int turn)
{
	struct gate g;
	pid_t pid;

	(void)turn;
	while (namespaces_listed() > NAMESPACES_AT_ONCE)
		sleep_ms(10);
	gate_make(&g);
	pid = child_start(live, &g);
	gate_wait(&g);
	child_kill(pid);
	close(g.fd[0]);
	close(g.fd[1]);
}

WORLD_TEST_LONG(namespaces, 300)
{
	struct churn churn = { churn_namespaces, shared_memory(sizeof(bool)) };
	unsigned int i, round;
	struct stays stays;
	pid_t churner, pid[8];
	struct gate g;

	/* Those that stay and those that go in turn, so that some go before each that stays. */
	stays_make(&stays, ARRAY_SIZE(pid), 1);
	churner = child_start(churn_until, &churn);
	for (i = 0; i < ARRAY_SIZE(pid); i++) {
		char link[64];
		ssize_t n;

		gate_make(&g);
		pid[i] = child_start(live, &g);
		gate_wait(&g);
		snprintf(link, sizeof(link), "/proc/%d/ns/net", pid[i]);
		n = readlink(link, stays.stay[i].line, sizeof(stays.stay[i].line) - 1);
		ASSERT_LT(0, n);
	}
	for (round = 0; round < lane_count(3, 1, 2); round++)
		EXPECT_EQ(0U, rows_wrong(PQ_NAMESPACES, &stays));
	*churn.stop = true;
	EXPECT_EQ(0, child_wait(churner));
	for (i = 0; i < ARRAY_SIZE(pid); i++)
		child_kill(pid[i]);
	free(stays.stay);
}

/* A stream goes on where its reader is; what is left of a line comes with the next read. */
WORLD_TEST(events)
{
	struct addr to = addr_make(V4, 1, 53);
	char *whole, *pieces;
	unsigned int i, k;
	size_t have;
	ssize_t n;
	int fd;

	for (k = 0; k < 20; k++) {
		rule_set("/ udp.max=%u udp.warn=1", 2 + k);
		fd = udp_socket(V4);
		must_connect(fd, &to);
		close(fd);
	}
	whole = malloc(ROOM);
	pieces = malloc(ROOM);
	ASSERT_TRUE(whole && pieces);
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		fd = open(PQ_EVENTS, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ASSERT_LE(0, fd);
		have = 0;
		while ((n = read(fd, pieces + have, step[i])) > 0)
			have += (size_t)n;
		pieces[have] = '\0';
		close(fd);
		if (!i)
			memcpy(whole, pieces, have + 1);
		EXPECT_LT(1U, lines_with(whole, "resource=udp"));
		EXPECT_STREQ(whole, pieces);
	}
	free(whole);
	free(pieces);
}

WORLD_MAIN
