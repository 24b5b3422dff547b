// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that took a port is named in reservations and accounts, also when
 * its process is gone and TIME_WAIT is all that is left; and only privileged readers
 * see it.
 */
#include <grp.h>
#include <sys/prctl.h>

#include "test.h"

WORLD_FIXTURE

#define GONE	"went away"

/* The line of @path in accounts, to be freed. */
static char *account_line(const char *path)
{
	char *text = must_slurp(PQ_ACCOUNTS), *line, *end, *found = NULL;
	size_t len = strlen(path);

	for (line = text; line && *line && !found; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (!strncmp(line, path, len) && line[len] == ' ')
			found = strndup(line, end ? (size_t)(end - line) : strlen(line));
	}
	free(text);
	return found;
}

static void expect_in_line(struct __test_metadata *_metadata, const char *path, const char *words)
{
	char *line = account_line(path);

	ASSERT_NE(NULL, line);
	EXPECT_NE(NULL, strstr(line, words)) TH_LOG("no '%s' in: %s", words, line);
	free(line);
}

struct job {
	int listener;
	unsigned int n;
};

static void leave_as(const char *name, const struct job *job)
{
	struct pair p;
	unsigned int i;

	prctl(PR_SET_NAME, name);
	for (i = 0; i < job->n; i++) {
		p = pair_open(job->listener);
		pair_close(&p, CLOSE_CLIENT);
	}
}

static void leave_and_go(void *arg)
{
	leave_as(GONE, arg);
}

WORLD_TEST(time_wait_of_the_dead)
{
	struct job job = { .listener = tcp_listen(V4, 1, PORT_OUTSIDE), .n = 7 };
	const char *a = world_cgroup(&self->w, "a");
	struct endpoints eps;
	char words[100];
	unsigned int i;
	pid_t pid;

	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	cgroup_enter(a);
	pid = child_start(leave_and_go, &job);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_ACCOUNT(a, tw_reserving, job.n);
	ASSERT_EQ(0, reservations_read(&eps));
	EXPECT_EQ(job.n, eps.n);
	for (i = 0; i < eps.n; i++) {
		EXPECT_EQ(ENDPOINT_TIME_WAIT, eps.ep[i].state);
		EXPECT_STREQ(GONE, eps.ep[i].r.comm);
		EXPECT_STREQ(a, eps.ep[i].r.account);
	}
	endpoints_free(&eps);

	snprintf(words, sizeof(words), " owners=1 owner.pid=%d owner.comm=went\\040away owner.held=%u",
		 pid, job.n);
	expect_in_line(_metadata, a, words);
	/* The owners of a cgroup below are named in that cgroup's line only. */
	expect_in_line(_metadata, self->w.base, " owners=0");
}

/* The one that holds most, of several. */
WORLD_TEST(the_largest_is_named)
{
	struct job job = { .listener = tcp_listen(V4, 1, PORT_OUTSIDE), .n = 3 };
	char words[100];
	struct pair p;
	unsigned int i;

	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	EXPECT_EQ(0, child_wait(child_start(leave_and_go, &job)));
	prctl(PR_SET_NAME, "here");
	for (i = 0; i < 5; i++)
		p = pair_open(job.listener);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 8);
	snprintf(words, sizeof(words), " owners=2 owner.pid=%d owner.comm=here owner.held=5",
		 getpid());
	expect_in_line(_metadata, self->w.base, words);
	(void)p;
}

/* Accepted connections leave TIME_WAITs that are no program's and hold no port, however many. */
WORLD_TEST(accepted_is_nobodys)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	char words[100];
	struct pair p;
	unsigned int i;

	sysctl_set("net.ipv4.tcp_tw_reuse", "0");
	for (i = 0; i < 7; i++) {
		p = pair_open(listener);
		pair_close(&p, CLOSE_SERVER);
	}
	EXPECT_ACCOUNT(self->w.base, tw_local, 7);
	expect_in_line(_metadata, self->w.base, " owners=0");
	prctl(PR_SET_NAME, "here");
	for (i = 0; i < 3; i++)
		p = pair_open(listener);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 3);
	snprintf(words, sizeof(words), " owners=1 owner.pid=%d owner.comm=here owner.held=3",
		 getpid());
	expect_in_line(_metadata, self->w.base, words);
}

static void look_as_nobody(void *arg)
{
	int *seen = arg;
	char *text;

	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		die("cannot become nobody");
	prctl(PR_SET_DUMPABLE, 1);	/* or its own files in /proc stay root's */
	text = must_slurp(PQ_ACCOUNTS);
	seen[0] = lines_with(text, "owner");
	seen[1] = lines_with(text, "tcp.current=");
	free(text);
	text = must_slurp(PQ_DESTINATIONS);
	seen[2] = lines_with(text, "used=1 ");
	free(text);
}

WORLD_TEST(nobody_sees_no_owners)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	int *seen = shared_memory(3 * sizeof(*seen));

	pair_open(listener);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_EQ(0, child_wait(child_start(look_as_nobody, seen)));
	EXPECT_EQ(0, seen[0]);
	EXPECT_LT(0, seen[1]);
	EXPECT_EQ(1, seen[2]);
}

/* Reset, its port stays with the socket that bound it: neither connection nor listener. */
WORLD_TEST(bound_after_a_reset)
{
	const char *a = world_cgroup(&self->w, "a");
	struct addr from = addr_make(V4, 1, 40000);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned int tries;
	struct counters c;
	struct pair p;
	char *text;
	int fd;

	cgroup_enter(a);
	fd = tcp_socket(V4);
	must_bind(fd, &from);
	EXPECT_ACCOUNT(a, tcp_bound, 1);
	p = pair_open_from(fd, listener);
	EXPECT_ACCOUNT(a, tcp_bound, 0);
	text = must_slurp(PQ_DESTINATIONS);
	EXPECT_EQ(1U, lines_with(text, "used=1 timewait=0"));
	free(text);
	pair_close(&(struct pair){ .client = dup(p.client), .server = p.server },
		   CLOSE_SERVER_RST);
	/* No hook sees it; the module looks every five seconds. */
	for (tries = 0; tries < 100; tries++) {
		account_get(a, &c);
		if (c.tcp_bound)
			break;
		sleep_ms(100);
	}
	EXPECT_ACCOUNT(a, tcp_bound, 1);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	text = must_slurp(PQ_DESTINATIONS);
	EXPECT_EQ(0U, lines_with(text, "used="));
	free(text);
	close(fd);
	EXPECT_ACCOUNT(a, tcp_current, 0);
	EXPECT_ACCOUNT(a, tcp_bound, 0);
}

WORLD_MAIN
