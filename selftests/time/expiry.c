// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TIME_WAIT that really ends by its timer, after 60 s, is counted as expired and
 * gives its port back; when all have ended, everything that is held now is 0.
 * The same holds where the cgroup or the namespace was removed meanwhile.  The
 * cases wait side by side, so that it takes 70 s in all, and no time in a guest
 * with --icount.
 */
#include "test.h"

WORLD_FIXTURE

#define TIME_WAIT_S 60

WORLD_TEST_LONG(expires_to_zero, 150)
{
	unsigned int i, n = lane_scale(500, 100), left = 0, reserving = 0, client, server;
	const char *kept = world_cgroup(&self->w, "kept");
	const char *gone = world_cgroup(&self->w, "gone/deeper");
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	int listener6 = tcp_listen(V6, 1, 0);
	struct pair p[BUFSIZ / sizeof(struct pair)], half;
	const struct endpoint *ep;
	unsigned long long begin;
	struct endpoints eps;
	struct stat_file s;
	struct counters c;
	double first_left;
	uint16_t port;
	char path[300];

	time_wait_unlimited();
	cgroup_enter(kept);
	for (i = 0; i < n; i++) {
		enum closing how = i % CLOSE_BOTH;

		p[0] = pair_open(i % 2 ? listener : listener6);
		pair_close(&p[0], how);
		closing_leaves(how, &client, &server);
		left += client + server;
		reserving += client;
	}
	for (i = 0; i < 20; i++)
		p[i] = pair_open(listener);
	port = port_of(p[0].client);
	pairs_close(p, 20, CLOSE_BOTH);
	left += 40;
	reserving += 20;
	cgroup_enter(gone);
	for (i = 0; i < 10; i++) {
		p[0] = pair_open(listener);
		pair_close(&p[0], CLOSE_CLIENT);
	}
	left += 10;
	reserving += 10;
	/* A remainder in FIN_WAIT2 that never hears from the other side again. */
	half = pair_open(listener);
	close_half(half.client);
	left++;
	reserving++;
	world_enter(&self->w, NULL);
	snprintf(path, sizeof(path), "%s/gone", self->w.base);
	cgroup_remove_tree(path);

	begin = now_ms();
	EXPECT_EQ(0U, invariants_at_rest("before the wait"));
	/* A packet may have ended some before their time: a SYN from the same port, a reset. */
	EXPECT_STAT(tw_entered, left);
	stat_read(&s);
	EXPECT_LE(s.c.tw_recycled, 20);
	EXPECT_EQ(left, s.c.tw_current + s.c.tw_recycled);
	EXPECT_GE(s.c.tw_reserving, reserving - s.c.tw_recycled);
	EXPECT_STAT(tcp_current, s.c.tw_reserving + 1);
	left -= s.c.tw_recycled;
	EXPECT_STAT(tw_fin_wait2, 1);
	EXPECT_DELETED(gone, tw_local, 11);

	/* Half way nothing has ended and the time that is left went down. */
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	first_left = ep->r.left;
	endpoints_free(&eps);
	sleep_ms(TIME_WAIT_S * 500);
	EXPECT_STAT(tw_current, left);
	EXPECT_STAT(tw_expired, 0);
	ASSERT_EQ(0, reservations_read(&eps));
	ep = endpoints_find(&eps, IPPROTO_TCP, port, PORT_OUTSIDE);
	ASSERT_NE(NULL, ep);
	EXPECT_LE(ep->r.left, first_left - TIME_WAIT_S / 2 + 1);
	EXPECT_GE(ep->r.left, 0);
	EXPECT_GE(ep->r.age, TIME_WAIT_S / 2 - 1);
	endpoints_free(&eps);

	/* The kernel's timers may be late by some percent, never early. */
	while (now_ms() - begin < (TIME_WAIT_S + 12) * 1000 && sockstat_tw() > 0)
		sleep_ms(500);
	diag("the last TIME_WAIT ended after %.1f s", (double)(now_ms() - begin) / 1000);
	EXPECT_GE(now_ms() - begin, 55000ULL);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_expired, left);
	EXPECT_STAT(tw_killed, 0);
	EXPECT_STAT(tcp_current, 1);
	EXPECT_ACCOUNT(kept, tcp_current, 0);
	EXPECT_ACCOUNT(kept, tw_current, 0);
	EXPECT_FALSE(account_get_deleted(gone, &c));
	EXPECT_FALSE(account_get_deleted(path, &c));
	close(listener6);
	close(half.server);
	EXPECT_EQ(0U, invariants_at_zero("after everything expired"));
}

/* The same for what was there when the module was loaded. */
WORLD_TEST_LONG(found_at_load_expires, 150)
{
	int listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	unsigned long long begin;
	struct counters c;
	unsigned int i;

	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	portquota_unload();
	for (i = 0; i < 40; i++) {
		struct pair p = pair_open(listener);

		pair_close(&p, i % 2 ? CLOSE_CLIENT : CLOSE_SERVER);
	}
	portquota_load();
	EXPECT_STAT(tw_current, 40);
	EXPECT_STAT(before_load, 40);
	begin = now_ms();
	while (now_ms() - begin < (TIME_WAIT_S + 12) * 1000 && sockstat_tw() > 0)
		sleep_ms(500);
	EXPECT_STAT(tw_current, 0);
	EXPECT_STAT(tw_expired, 40);
	EXPECT_STAT(before_load, 0);
	EXPECT_FALSE(account_get_before_load(&c) && c.tw_current);
	EXPECT_EQ(0U, invariants_at_zero("after what was found expired"));
}

WORLD_MAIN
