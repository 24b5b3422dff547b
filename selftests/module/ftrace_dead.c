// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the kernel has shut ftrace down, the module says so once, goes on with
 * what still works, and cannot be removed any more: its hooks could not be.
 *
 * No hook can be set or taken away in this guest again.
 *
 * run-all: fatal
 */
#include <fcntl.h>

#include "test.h"

#define DEAD "the kernel has shut ftrace down"

static bool wait_dead(unsigned int ms)
{
	unsigned long long end = now_ms() + ms;
	struct stat_file s;

	do {
		stat_read(&s);
		if (!s.live)
			return true;
		sleep_ms(50);
	} while (now_ms() < end);
	return false;
}

TEST_SIGNAL(is_told_and_stays, -1)
{
	struct stat_file s;
	struct pair p[2];
	int listener;

	if (!module_have("portquota") || !module_have("pq_kill"))
		SKIP(return, "no portquota.ko and pq_kill.ko in this guest");
	if (!portquota_loaded())
		portquota_load();
	netns_new();
	listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	p[0] = pair_open(listener);
	stat_read(&s);
	EXPECT_TRUE(s.live);
	EXPECT_EQ(1, s.c.tcp_current);
	EXPECT_EQ(-EAGAIN, module_load("pq_kill", ""));

	EXPECT_TRUE(wait_dead(lane_scale(20000, 60000)));
	p[1] = pair_open(listener);
	pair_close(&p[0], CLOSE_RST);
	pair_close(&p[1], CLOSE_RST);
	stat_read(&s);
	EXPECT_FALSE(s.live);
	EXPECT_GE(s.c.tcp_current, 0);
	/* Not forced, and not for want of a reader: it is in use by itself. */
	EXPECT_EQ(-EWOULDBLOCK, module_unload("portquota"));
	EXPECT_TRUE(portquota_loaded());
	sleep_ms(6000);		/* another sweep */
	EXPECT_EQ(1U, log_lines(DEAD, ""));
}

TEST_HARNESS_MAIN
