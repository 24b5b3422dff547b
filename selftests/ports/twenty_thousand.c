// SPDX-License-Identifier: GPL-2.0-only
/*
 * The big one: 20,000 connections in 8 cgroups and 4 network namespaces at the
 * same time, IPv4 and IPv6, with every way of closing mixed; then all
 * invariants in every namespace, and the sum over them on the host.
 * CONNECTIONS=N in the environment sets another number; how many they were is
 * printed.
 */
#include "test.h"

#define SPACES	4
#define GROUPS	8
#define BATCH	25

WORLD_FIXTURE

/* One process: a namespace's share of a cgroup's connections. */
struct job {
	int ns;
	char cgroup[256];
	unsigned int connections, salt;
	unsigned int left_client, left_server;	/* TIME_WAIT it must have left */
};

static void job_batch(struct job *j, int listener, enum closing how, unsigned int n)
{
	unsigned int i, client, server;
	struct pair p[BATCH];

	for (i = 0; i < n; i++)
		p[i] = pair_open(listener);
	pairs_close(p, n, how);
	closing_leaves(how, &client, &server);
	j->left_client += n * client;
	j->left_server += n * server;
}

static void job_run(void *arg)
{
	struct job *j = arg;
	unsigned int done = 0, n, turn = j->salt;
	int listener[2];

	netns_enter(j->ns);
	cgroup_enter(j->cgroup);
	listener[0] = tcp_listen(V4, 2 + j->salt % 8, (uint16_t)(1000 + j->salt));
	listener[1] = tcp_listen(V6, 1, (uint16_t)(2000 + j->salt));
	while (done < j->connections) {
		n = j->connections - done < BATCH ? j->connections - done : BATCH;
		job_batch(j, listener[turn / CLOSINGS % 2], turn % CLOSINGS, n);
		done += n;
		turn++;
	}
}

/* Nothing ends between the first number of @st and the last. */
static void stat_read_still(struct stat_file *st)
{
	long long expired;

	stat_read(st);
	do {
		expired = st->c.tw_expired;
		stat_read(st);
	} while (st->c.tw_expired != expired);
}

WORLD_TEST_LONG(twenty_thousand, 600)
{
	unsigned int count = lane_count(20000, 20000, lane_scale(3200, 800));
	unsigned int each = lane_number("CONNECTIONS", count) / (SPACES * GROUPS);
	struct job *jobs = shared_memory(SPACES * GROUPS * sizeof(*jobs));
	unsigned int s, g, client, server, wrong = 0;
	unsigned long long begin = now_ms();
	pid_t pid[SPACES * GROUPS];
	char name[SPACES][64];
	struct stat_file st;
	int ns[SPACES];
	long long over;

	for (s = 0; s < SPACES; s++) {
		netns_new();
		time_wait_unlimited();
		ns[s] = netns_open();
		netns_name(name[s], sizeof(name[s]));
	}
	for (s = 0; s < SPACES; s++) {
		for (g = 0; g < GROUPS; g++) {
			struct job *j = &jobs[s * GROUPS + g];
			char group[32];

			snprintf(group, sizeof(group), "half%u/group%u", g / 4, g);
			snprintf(j->cgroup, sizeof(j->cgroup), "%s",
				 world_cgroup(&self->w, group));
			j->ns = ns[s];
			j->connections = each;
			j->salt = s * GROUPS + g;
			pid[s * GROUPS + g] = child_start(job_run, j);
		}
	}
	for (s = 0; s < SPACES * GROUPS; s++)
		EXPECT_EQ(0, child_wait(pid[s]));
	diag("%u connections in %u cgroups and %u namespaces, %llu ms", each * SPACES * GROUPS,
	     GROUPS, SPACES, now_ms() - begin);

	for (s = 0; s < SPACES; s++) {
		netns_enter(ns[s]);
		wrong += invariants_at_rest("in one of the four namespaces");
		EXPECT_STAT(tcp_begun, each * GROUPS);
		client = 0;
		server = 0;
		for (g = 0; g < GROUPS; g++) {
			struct job *j = &jobs[s * GROUPS + g];

			client += j->left_client;
			server += j->left_server;
			EXPECT_ACCOUNT(j->cgroup, tw_entered, j->left_client + j->left_server);
			EXPECT_ACCOUNT(j->cgroup, tcp_begun, each);
		}
		/*
		 * A packet may have ended some: a SYN from a port that came up again, a
		 * reset for an ACK that crossed a FIN. No more than a few. Others were
		 * over before the last was made, where that took a minute.
		 */
		stat_read_still(&st);
		over = st.c.tw_recycled + st.c.tw_expired;
		EXPECT_EQ(client + server, st.c.tw_current + over);
		EXPECT_LE(st.c.tw_recycled, (client + server) / 10);
		EXPECT_EQ(0, st.c.tw_reused + st.c.tw_killed);
		if (now_ms() - begin < 60000)
			EXPECT_EQ(0, st.c.tw_expired);
		EXPECT_LE(st.c.tw_reserving, client);
		EXPECT_GE(st.c.tw_reserving, client - over);
		EXPECT_EQ(st.c.tcp_current, st.c.tw_reserving);
	}
	EXPECT_EQ(0U, wrong);

	/* Half of the namespaces are emptied by hand, the others go as they are. */
	for (s = 0; s < SPACES / 2; s++) {
		netns_enter(ns[s]);
		if (diag_destroy(diag_is_remainder) >= 0)
			EXPECT_EQ(0U, invariants_at_zero("after everything was destroyed"));
	}
	netns_enter(self->w.ns);
	for (s = 0; s < SPACES; s++)
		close(ns[s]);
	for (s = 0; s < SPACES; s++)
		EXPECT_TRUE(netns_wait_gone(name[s], lane_scale(20000, 90000)));
}

WORLD_MAIN
