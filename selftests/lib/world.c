// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "conn.h"
#include "counters.h"
#include "diag.h"
#include "file.h"
#include "invariants.h"
#include "lane.h"
#include "module.h"
#include "netns.h"
#include "refusal.h"
#include "rule.h"
#include "say.h"
#include "world.h"

bool world_open(struct world *w)
{
	if (!portquota_loaded())
		return false;
	listened_init();
	snprintf(w->base, sizeof(w->base), "/pq-%d", getpid());
	cgroup_of_self(w->home, sizeof(w->home));
	cgroup_make(w->base);
	cgroup_enter(w->base);
	w->home_ns = netns_open();
	netns_new();
	/*
	 * When the machine stands still for 200 ms, a FIN is sent twice. The second
	 * ACK then meets no socket, and the RST that comes back would end the
	 * TIME_WAIT (net/ipv4/tcp_minisocks.c, tcp_timewait_state_process()): the
	 * kernel does so, but no test expects it.
	 */
	sysctl_set("net.ipv4.tcp_rfc1337", "1");
	w->ns = netns_open();
	netns_name(w->ns_name, sizeof(w->ns_name));
	return true;
}

const char *world_cgroup(struct world *w, const char *name)
{
	static char path[16][256];
	static unsigned int next;
	char *p = path[next++ % 16];

	snprintf(p, sizeof(path[0]), "%s/%s", w->base, name);
	cgroup_make(p);
	return p;
}

void world_enter(struct world *w, const char *name)
{
	cgroup_enter(name ? world_cgroup(w, name) : w->base);
}

static void close_all_but(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b), high = (unsigned int)(a < b ? b : a);

	close_range(3, low - 1, 0);
	close_range(low + 1, high - 1, 0);
	close_range(high + 1, UINT_MAX, 0);
}

static bool no_socket_left(void)
{
	struct endpoints eps;
	bool none;

	diag_read(&eps);
	none = !eps.n;
	endpoints_free(&eps);
	return none;
}

/*
 * TIME_WAIT is destroyed where the kernel can; else it goes with the namespace.
 * A socket may still become one after the first time: a worker closes the
 * subflows of an MPTCP connection when both sides have said that they end
 * (net/mptcp/protocol.c, mptcp_worker()), and counters agree before it has run.
 */
static unsigned int drain(void)
{
	unsigned long long end = now_ms() + lane_rest_ms();

	for (;;) {
		if (diag_destroy(diag_is_remainder) == -EOPNOTSUPP)
			return 0;
		if (no_socket_left() || now_ms() >= end)
			break;
		sleep_ms(20);
	}
	return invariants_at_zero("after every TIME_WAIT was destroyed");
}

unsigned int world_close(struct world *w)
{
	unsigned int wrong = 0;
	int ret;

	netns_enter(w->ns);
	if (portquota_loaded())
		wrong += invariants_at_rest("as the test left things");
	children_end();
	rules_end();
	close_all_but(w->home_ns, w->ns);
	if (portquota_loaded()) {
		wrong += invariants_at_rest("after all sockets were closed");
		wrong += drain();
	}
	refusals_end();
	netns_enter(w->home_ns);
	close(w->ns);
	close(w->home_ns);
	cgroup_enter(w->home);
	cgroup_remove_below(w->base);
	ret = cgroup_remove(w->base);
	if (ret) {
		diag("cgroup %s cannot be removed: %s", w->base, strerror(-ret));
		wrong++;
	}
	if (!portquota_loaded())
		return wrong;
	/* The kernel has one worker for this, which may still be removing other namespaces. */
	if (!netns_wait_gone(w->ns_name, 60000)) {
		diag("%s is removed and still in the host's list", w->ns_name);
		wrong++;
	}
	return wrong + invariants_at_rest("in the first namespace, at the end");
}
