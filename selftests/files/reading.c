// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files as text: keys and their order, reading in pieces, and reading while
 * the cgroup, the namespace or the module that is read about goes away: it
 * completes or fails cleanly.
 */
#include <fcntl.h>
#include <signal.h>

#include "test.h"

WORLD_FIXTURE

static const char *const stat_keys[] = {
	"hooks", "hooks.missed", "cgroup.v2", "range", "range.usable",
	"tcp.current", "tcp.peak", "tcp.begun", "tcp.ended", "tcp.ports", "tcp.exclusive",
	"tcp.shareable", "tcp.bound", "tcp.exhausted",
	"udp.current", "udp.peak", "udp.begun", "udp.ended", "udp.ports", "udp.exhausted",
	"timewait.current", "timewait.peak", "timewait.reserving", "timewait.fin_wait2",
	"timewait.entered", "timewait.expired", "timewait.reused", "timewait.recycled",
	"timewait.killed", "timewait.overflow",
	"before_load", "untracked", "tcp.taken", "udp.taken",
	"tcp.exclusive_ports", "tcp.spoiled",
	"tcp.in_range", "udp.in_range",
};

static const char *const account_keys[] = {
	"tcp.current", "tcp.peak", "tcp.begun", "tcp.ended", "tcp.exclusive",
	"tcp.shareable", "tcp.bound", "tcp.exhausted",
	"udp.current", "udp.peak", "udp.begun", "udp.ended", "udp.exhausted",
	"timewait.current", "timewait.peak", "timewait.reserving", "timewait.fin_wait2",
	"timewait.entered", "timewait.expired", "timewait.reused", "timewait.recycled",
	"timewait.killed", "timewait.overflow",
	"tcp.local", "udp.local", "timewait.local", "tcp.taken", "udp.taken",
	"timewait.reserving_local", "tcp.exclusive_ports", "tcp.spoiled",
	"tcp.in_range", "udp.in_range", "tcp.in_range_local", "udp.in_range_local",
};

/*
 * Do the words before @delimiter of each piece contain @key[] in that order?
 * Keys that came later may stand between them.
 */
static const char *keys_missing(char *text, const char *pieces, char delimiter,
				const char *const *key, size_t n)
{
	char *piece;
	size_t i = 0;

	while (i < n && (piece = strsep(&text, pieces))) {
		char *end = strchr(piece, delimiter);

		if (end)
			*end = '\0';
		i += !strcmp(piece, key[i]);
	}
	return i < n ? key[i] : "";
}

WORLD_TEST(stat_keys_in_order)
{
	char *text = must_slurp(PQ_STAT);

	EXPECT_NE(NULL, strstr(text, "hooks live\n"));
	EXPECT_STREQ("", keys_missing(text, "\n", ' ', stat_keys, ARRAY_SIZE(stat_keys)));
	free(text);
}

WORLD_TEST(account_keys_in_order)
{
	char *text = must_slurp(PQ_ACCOUNTS);

	EXPECT_EQ(0, strncmp(text, "/ ", 2));
	text[strcspn(text, "\n")] = '\0';
	EXPECT_STREQ("", keys_missing(text, " ", '=', account_keys, ARRAY_SIZE(account_keys)));
	free(text);
}

WORLD_TEST(host_keys_in_order)
{
	char *text = must_slurp(PQ_NAMESPACES);
	char *line = strstr(text, self->w.ns_name);

	ASSERT_NE(NULL, line);
	line[strcspn(line, "\n")] = '\0';
	EXPECT_STREQ("", keys_missing(line, " ", '=', stat_keys + 5, ARRAY_SIZE(stat_keys) - 5));
	free(text);
}

/* In pieces of @step bytes; the caller frees. */
static char *slurp_slowly(const char *path, size_t step)
{
	size_t have = 0, room = 1 << 22;
	char *text = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (!text || fd < 0)
		die("cannot open %s", path);
	while (have + step < room && (n = read(fd, text + have, step)) > 0)
		have += (size_t)n;
	close(fd);
	text[have] = '\0';
	return text;
}

static void fill(struct world *w, unsigned int cgroups, unsigned int each)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	char name[32];
	unsigned int i, k;

	for (i = 0; i < cgroups; i++) {
		snprintf(name, sizeof(name), "fill-%u", i);
		world_enter(w, name);
		for (k = 0; k < each; k++)
			pair_open(listener);
	}
	world_enter(w, NULL);
}

/* Ages of reservations grow meanwhile, so only their number of lines is compared. */
WORLD_TEST_LONG(reading_in_pieces, 60)
{
	static const size_t step[] = { 1, 7, 100, 4096, 65536 };
	char *whole, *pieces;
	unsigned int i;

	fill(&self->w, lane_count(100, 20, 10), 5);
	whole = must_slurp(PQ_ACCOUNTS);
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		pieces = slurp_slowly(PQ_ACCOUNTS, step[i]);
		EXPECT_STREQ(whole, pieces);
		free(pieces);
	}
	free(whole);
	whole = must_slurp(PQ_RESERVATIONS);
	for (i = 1; i < ARRAY_SIZE(step); i++) {
		pieces = slurp_slowly(PQ_RESERVATIONS, step[i]);
		EXPECT_EQ(lines_with(whole, "tcp "), lines_with(pieces, "tcp "));
		free(pieces);
	}
	free(whole);
	whole = must_slurp(PQ_STAT);
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		pieces = slurp_slowly(PQ_STAT, step[i]);
		EXPECT_STREQ(whole, pieces);
		free(pieces);
	}
	free(whole);
}

WORLD_TEST(reading_again_from_the_start)
{
	int fd = open(PQ_ACCOUNTS, O_RDONLY | O_CLOEXEC);
	char *first, *second;

	fill(&self->w, 10, 2);
	ASSERT_LE(0, fd);
	first = file_slurp_fd(fd);
	ASSERT_EQ(0, lseek(fd, 0, SEEK_SET));
	second = file_slurp_fd(fd);
	ASSERT_NE(NULL, first);
	ASSERT_NE(NULL, second);
	EXPECT_STREQ(first, second);
	EXPECT_EQ(12U, lines_with(first, "tcp.current="));
	free(first);
	free(second);
	close(fd);
}

static const char *const ns_file[] = { "stat", "accounts", "reservations" };

/* Reads what is left of an open file, whatever that is; it must only end. */
static void drain(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

static void live_and_die(void *arg)
{
	struct gate *g = arg;
	int listener, i;

	netns_new();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	for (i = 0; i < 200; i++) {
		struct pair p = pair_open(listener);

		if (i % 2)
			pair_close(&p, CLOSE_CLIENT);
	}
	gate_open(g);
	pause();
}

WORLD_TEST(namespace_removed_while_open)
{
	int fd[ARRAY_SIZE(ns_file)];
	char path[128], buf[64];
	struct gate g;
	unsigned int i;
	pid_t pid;

	gate_make(&g);
	pid = child_start(live_and_die, &g);
	gate_wait(&g);
	for (i = 0; i < ARRAY_SIZE(ns_file); i++) {
		snprintf(path, sizeof(path), "/proc/%d/net/portquota/%s", pid, ns_file[i]);
		fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd[i]);
		EXPECT_LT(0, read(fd[i], buf, sizeof(buf)));
	}
	child_kill(pid);
	for (i = 0; i < ARRAY_SIZE(ns_file); i++) {
		drain(fd[i]);
		lseek(fd[i], 0, SEEK_SET);
		drain(fd[i]);
		close(fd[i]);
	}
}

static void read_for_ever(void *arg)
{
	const char *path = arg;
	bool *stop = *(bool **)(path + 128);

	while (!*stop) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		drain(fd);
		close(fd);
	}
}

/* Starts a process that reads @path until *@stop. */
static pid_t reader_start(const char *path, bool *stop)
{
	char arg[128 + sizeof(stop)];

	snprintf(arg, 128, "%s", path);
	memcpy(arg + 128, &stop, sizeof(stop));
	return child_start(read_for_ever, arg);
}

WORLD_TEST_LONG(cgroups_removed_while_reading, 60)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	bool *stop = shared_memory(sizeof(*stop));
	pid_t a = reader_start(PQ_ACCOUNTS, stop);
	pid_t b = reader_start(PQ_RESERVATIONS, stop);
	unsigned int i;
	char name[32];

	for (i = 0; i < lane_count(150, 30, 30); i++) {
		const char *cg;
		struct pair p;

		snprintf(name, sizeof(name), "brief-%u", i);
		cg = world_cgroup(&self->w, name);
		cgroup_enter(cg);
		p = pair_open(listener);
		pair_close(&p, i % CLOSE_BOTH);
		world_enter(&self->w, NULL);
		EXPECT_EQ(0, cgroup_remove(cg));
		/* Half way, all that waits is destroyed under the readers. */
		if (i % 50 == 25)
			diag_destroy(diag_is_remainder);
	}
	*stop = true;
	EXPECT_EQ(0, child_wait(a));
	EXPECT_EQ(0, child_wait(b));
}

WORLD_TEST_LONG(namespaces_removed_while_reading, 60)
{
	bool *stop = shared_memory(sizeof(*stop));
	pid_t reader = reader_start(PQ_NAMESPACES, stop);
	struct gate g;
	unsigned int i;
	pid_t pid;

	gate_make(&g);
	for (i = 0; i < lane_count(20, 5, 5); i++) {
		pid = child_start(live_and_die, &g);
		gate_wait(&g);
		child_kill(pid);
	}
	*stop = true;
	EXPECT_EQ(0, child_wait(reader));
}

/*
 * The module goes while its files are open and being read.  Removal must not
 * wait for a reader that sits on an open file.
 */
WORLD_TEST_LONG(module_removed_while_reading, 90)
{
	bool *stop = shared_memory(sizeof(*stop));
	int open_fd[ARRAY_SIZE(ns_file) + 1];
	unsigned int i, k;
	pid_t reader[4];
	char buf[64];

	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	fill(&self->w, 4, 50);
	reader[0] = reader_start(PQ_STAT, stop);
	reader[1] = reader_start(PQ_ACCOUNTS, stop);
	reader[2] = reader_start(PQ_RESERVATIONS, stop);
	reader[3] = reader_start(PQ_NAMESPACES, stop);
	for (k = 0; k < lane_count(5, 3, 2); k++) {
		char path[128];

		for (i = 0; i < ARRAY_SIZE(ns_file); i++) {
			snprintf(path, sizeof(path), PQ_DIR "/%s", ns_file[i]);
			open_fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		}
		open_fd[i] = open(PQ_NAMESPACES, O_RDONLY | O_CLOEXEC);
		for (i = 0; i < ARRAY_SIZE(open_fd); i++)
			EXPECT_LT(0, read(open_fd[i], buf, sizeof(buf)));
		EXPECT_EQ(0, module_unload("portquota"));
		for (i = 0; i < ARRAY_SIZE(open_fd); i++) {
			drain(open_fd[i]);
			close(open_fd[i]);
		}
		EXPECT_EQ(0, module_load("portquota", ""));
	}
	*stop = true;
	for (i = 0; i < ARRAY_SIZE(reader); i++)
		EXPECT_EQ(0, child_wait(reader[i]));
	EXPECT_STAT(tcp_current, 4 * 50);
}

WORLD_MAIN
