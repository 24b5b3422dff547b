// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket's own cgroup pays, and with it all above it, whatever becomes of the
 * task, the descriptor or the cgroup: a charge stays where it was born when the
 * task moves or the descriptor is handed over; a removed cgroup keeps its line
 * until its last TIME_WAIT has ended; a killed process leaves nothing but
 * TIME_WAIT.
 */
#include "test.h"

WORLD_FIXTURE

WORLD_TEST(ancestors_count_too)
{
	const char *ab = world_cgroup(&self->w, "a/b"), *ac = world_cgroup(&self->w, "a/c");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	char a[256];

	snprintf(a, sizeof(a), "%s/a", self->w.base);
	cgroup_enter(ab);
	pair_open(listener);
	pair_open(listener);
	cgroup_enter(ac);
	pair_open(listener);
	EXPECT_ACCOUNT(ab, tcp_current, 2);
	EXPECT_ACCOUNT(ab, tcp_local, 2);
	EXPECT_ACCOUNT(ac, tcp_current, 1);
	EXPECT_ACCOUNT(a, tcp_current, 3);
	EXPECT_ACCOUNT(a, tcp_local, 0);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 3);
	EXPECT_ACCOUNT("/", tcp_current, 3);
	cgroup_enter(a);
	pair_open(listener);
	EXPECT_ACCOUNT(a, tcp_current, 4);
	EXPECT_ACCOUNT(a, tcp_local, 1);
	EXPECT_ACCOUNT(ab, tcp_current, 2);
}

WORLD_TEST(deep_and_oddly_named)
{
	char name[512] = "", odd[64] = "with space\\back\tta\nnl";
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct endpoints eps;
	const char *path;
	unsigned int i;

	for (i = 0; i < 20; i++)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%sd%u", i ? "/" : "",
			 i);
	path = world_cgroup(&self->w, name);
	cgroup_enter(path);
	pair_open(listener);
	EXPECT_ACCOUNT(path, tcp_local, 1);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 1);

	/* The kernel does not permit newlines in cgroup names; blanks it does. */
	odd[strcspn(odd, "\n")] = '_';
	path = world_cgroup(&self->w, odd);
	cgroup_enter(path);
	pair_open(listener);
	EXPECT_ACCOUNT(path, tcp_local, 1);
	ASSERT_EQ(0, reservations_read(&eps));
	ASSERT_EQ(2U, eps.n);
	EXPECT_TRUE(!strcmp(eps.ep[0].r.account, path) || !strcmp(eps.ep[1].r.account, path));
	endpoints_free(&eps);
}

WORLD_TEST(charge_stays_when_task_moves)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct pair p, q;
	int fd;

	cgroup_enter(a);
	p = pair_open(listener);
	fd = tcp_socket(V4);
	cgroup_enter(b);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	/* The socket's own cgroup pays, whoever calls connect(). */
	q = pair_open_from(fd, listener);
	EXPECT_ACCOUNT(a, tcp_current, 2);
	EXPECT_ACCOUNT(b, tcp_current, 0);
	pair_close(&p, CLOSE_CLIENT);
	pair_close(&q, CLOSE_RST);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	EXPECT_ACCOUNT(a, tw_current, 1);
	EXPECT_ACCOUNT(b, tw_current, 0);
	EXPECT_ACCOUNT(b, tcp_begun, 0);
}

struct handed {
	const char *cgroup;
	int fd;
	struct gate ready, go;
};

static void hold_and_close(void *arg)
{
	struct handed *h = arg;

	cgroup_enter(h->cgroup);
	gate_open(&h->ready);
	gate_wait(&h->go);
	close(h->fd);
}

WORLD_TEST(charge_stays_when_socket_is_handed_over)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct handed h = { .cgroup = b };
	struct pair p;
	pid_t pid;

	gate_make(&h.ready);
	gate_make(&h.go);
	cgroup_enter(a);
	p = pair_open(listener);
	h.fd = p.client;
	pid = child_start(hold_and_close, &h);
	gate_wait(&h.ready);
	close(p.client);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	EXPECT_ACCOUNT(b, tcp_current, 0);
	gate_open(&h.go);
	EXPECT_EQ(0, child_wait(pid));
	EXPECT_ACCOUNT(a, tw_current, 1);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	EXPECT_ACCOUNT(b, tw_current, 0);
	close(p.server);
}

/* The listener's cgroup pays for the TIME_WAIT of what it accepted. */
WORLD_TEST(accepted_timewait_is_the_listeners)
{
	const char *a = world_cgroup(&self->w, "a"), *b = world_cgroup(&self->w, "b");
	struct pair p;
	int listener;

	cgroup_enter(a);
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	cgroup_enter(b);
	p = pair_open(listener);
	pair_close(&p, CLOSE_SERVER);
	EXPECT_ACCOUNT(a, tw_current, 1);
	EXPECT_ACCOUNT(a, tw_reserving, 0);
	EXPECT_ACCOUNT(b, tw_current, 0);
	EXPECT_ACCOUNT(b, tcp_current, 0);
	EXPECT_ACCOUNT(b, tcp_begun, 1);
}

WORLD_TEST(removed_with_time_wait)
{
	const char *a = world_cgroup(&self->w, "gone");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	const struct endpoint *ep;
	struct endpoints eps;
	struct counters c;
	struct pair p[3];
	unsigned int i;
	uint16_t port;

	cgroup_enter(a);
	for (i = 0; i < 3; i++)
		p[i] = pair_open(listener);
	port = port_of(p[0].client);
	pair_close(&p[0], CLOSE_CLIENT);
	pair_close(&p[1], CLOSE_CLIENT);
	world_enter(&self->w, NULL);
	ASSERT_EQ(0, cgroup_remove(a));

	EXPECT_FALSE(account_get_deleted("/no/such", &c));
	EXPECT_DELETED(a, tcp_current, 3);
	EXPECT_DELETED(a, tw_current, 2);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 3);
	EXPECT_ACCOUNT("/", tw_current, 2);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	EXPECT_STREQ(a, ep->r.account);
	EXPECT_TRUE(ep->r.deleted);
	endpoints_free(&eps);
	EXPECT_EQ(0U, invariants_at_rest("with a removed cgroup that holds TIME_WAIT"));

	/* A live socket of a removed cgroup goes on paying to it. */
	pair_close(&p[2], CLOSE_CLIENT);
	EXPECT_DELETED(a, tw_current, 3);

	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_STAT(tw_current, 0);
	EXPECT_FALSE(account_get_deleted(a, &c));
}

WORLD_TEST(same_path_again)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	const char *a = world_cgroup(&self->w, "again");
	struct pair p;

	cgroup_enter(a);
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	world_enter(&self->w, NULL);
	ASSERT_EQ(0, cgroup_remove(a));
	cgroup_make(a);
	cgroup_enter(a);
	pair_open(listener);
	EXPECT_DELETED(a, tw_current, 1);
	EXPECT_DELETED(a, tcp_current, 1);
	EXPECT_ACCOUNT(a, tcp_current, 1);
	EXPECT_ACCOUNT(a, tw_current, 0);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 2);
	EXPECT_EQ(0U, invariants_at_rest("with a removed cgroup and a new one of its name"));
}

WORLD_TEST(removed_with_descendants)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	const char *inner = world_cgroup(&self->w, "x/y/z");
	char outer[256];
	struct pair p;

	snprintf(outer, sizeof(outer), "%s/x", self->w.base);
	cgroup_enter(inner);
	p = pair_open(listener);
	pair_close(&p, CLOSE_CLIENT);
	world_enter(&self->w, NULL);
	cgroup_remove_tree(outer);
	EXPECT_DELETED(inner, tw_local, 1);
	EXPECT_DELETED(outer, tw_current, 1);
	EXPECT_DELETED(outer, tw_local, 0);
	EXPECT_ACCOUNT(self->w.base, tw_current, 1);
}

struct many {
	unsigned int n;
	const char *cgroup;
	int listener;
	struct gate ready;
};

static void connect_many(void *arg)
{
	struct many *m = arg;
	struct pair p;
	unsigned int i;

	cgroup_enter(m->cgroup);
	descriptors_raise();
	for (i = 0; i < m->n; i++) {
		p = pair_open(m->listener);
		/* A third of them is already in TIME_WAIT, a third half closed. */
		if (i % 3 == 1)
			pair_close(&p, CLOSE_CLIENT);
		else if (i % 3 == 2)
			shutdown(p.server, SHUT_WR);
	}
	gate_open(&m->ready);
	pause();
}

WORLD_TEST_LONG(killed_with_many_connections, 60)
{
	struct many m = {
		.n = lane_count(5000, 600, 600),
		.cgroup = world_cgroup(&self->w, "victim"),
		.listener = tcp_listen(V4, 1, PORT_OUTSIDE),
	};
	long tw;
	pid_t pid;

	time_wait_unlimited();
	gate_make(&m.ready);
	pid = child_start(connect_many, &m);
	gate_wait(&m.ready);
	/* Not current: on a slow machine a TIME_WAIT may have run out by now, or met a reset. */
	EXPECT_ACCOUNT(m.cgroup, tcp_begun, m.n);
	EXPECT_EQ(0U, invariants_at_rest("before the kill"));
	child_kill(pid);
	EXPECT_EQ(0U, invariants_at_rest("after the kill"));
	/* Which side's descriptor the kernel closes first decides; TIME_WAIT is all that is left. */
	tw = sockstat_tw();
	EXPECT_STAT(tw_current, tw);
	EXPECT_STAT(tcp_bound, 0);
	EXPECT_STAT(tw_fin_wait2, 0);
	EXPECT_GE(tw, (long)m.n / 3);
	EXPECT_ACCOUNT(m.cgroup, tcp_begun, m.n);
	if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
		SKIP(return, "the kernel cannot destroy sockets");
	EXPECT_ACCOUNT(m.cgroup, tcp_current, 0);
	EXPECT_ACCOUNT(m.cgroup, tcp_ended, m.n);
}

static void churn_cgroup(void *arg)
{
	const char *base = arg;
	char path[300];
	unsigned int i;

	for (i = 0; i < lane_count(60, 20, 15); i++) {
		int listener, k;

		snprintf(path, sizeof(path), "%s/churn-%d-%u", base, getpid(), i);
		cgroup_make(path);
		cgroup_enter(path);
		listener = tcp_listen(V4, 1, 0);
		for (k = 0; k < 5; k++) {
			struct pair p = pair_open(listener);

			pair_close(&p, k % CLOSE_BOTH);
		}
		close(listener);
		cgroup_enter(base);
		if (cgroup_remove(path))
			die("cannot remove %s", path);
		account_get("/", &(struct counters){ 0 });
	}
}

/* Cgroups come and go while others are being read. */
WORLD_TEST_LONG(many_cgroups_come_and_go, 60)
{
	pid_t pid[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		pid[i] = child_start(churn_cgroup, self->w.base);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, child_wait(pid[i]));
}

WORLD_TEST_LONG(a_thousand_cgroups, 60)
{
	unsigned int i, n = lane_count(1000, 150, 150);
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	struct accounts a;
	char path[300];

	descriptors_raise();
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%u", self->w.base, i);
		cgroup_make(path);
		cgroup_enter(path);
		pair_open(listener);
	}
	cgroup_enter(self->w.base);
	EXPECT_ACCOUNT(self->w.base, tcp_current, n);
	accounts_read(&a);
	EXPECT_GE(a.n, n + 2);
	accounts_free(&a);
	/* Before the teardown looks: the removal of all of them with their ports held. */
	cgroup_remove_below(self->w.base);
	EXPECT_ACCOUNT("/", tcp_current, n);
}

WORLD_MAIN
