// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "counters.h"
#include "diag.h"
#include "file.h"
#include "model/model.h"
#include "module.h"
#include "netns.h"
#include "rule.h"
#include "say.h"

#define ORPHANS_MS 120000
#define CPU1 "/sys/devices/system/cpu/cpu1/online"

void cap_set(void)
{
	unsigned int ns;

	for (ns = 0; ns < NAMESPACES; ns++) {
		netns_enter(model->ns[ns]);
		rule_set("%s tcp.max=%u udp.max=%u", model->cgroup[CGROUP_CAPPED].path,
			 CAPPED_TCP, CAPPED_UDP);
	}
}

static void cpu_away(struct rng *r)
{
	unsigned int ms = 50 + rng_below(r, 300);

	if (access(CPU1, W_OK) || file_write(CPU1, "0"))
		return;
	sleep_ms(ms);
	if (file_write(CPU1, "1"))
		die("CPU 1 does not come back");
	count_done(KIND_CPU);
	came_about(OUTCOME_CPU_OFFLINE);
}

/* A rule that is just being written keeps the module for a moment. */
static void reload(struct rng *r, bool under_traffic)
{
	unsigned int ms = rng_below(r, 100), tries;
	int ret = -EAGAIN;

	for (tries = 0; ret == -EAGAIN && tries < 200; tries++) {
		ret = module_unload("portquota");
		if (ret == -EAGAIN)
			sleep_ms(10);
	}
	if (ret) {
		errno = -ret;
		die("portquota cannot be removed");
	}
	sleep_ms(ms);
	portquota_load();
	compare_loaded(under_traffic);
	cap_set();
	count_done(KIND_RELOAD);
	came_about(under_traffic ? OUTCOME_LOADED : OUTCOME_LOADED_AT_REST);
}

static void host_rule(struct rng *r)
{
	const char *path = model->cgroup[1 + rng_below(r, 3)].path;
	unsigned int n = 10 + rng_below(r, 500), what = rng_below(r, 5);
	int ret;

	switch (what) {
	case 0:
		ret = host_rule_write("%s tcp.max=%u", path, n);
		break;
	case 1:
		ret = host_rule_write("%s/* udp.max=%u tcp.warn=10", model->base, n);
		break;
	case 2:
		ret = host_rule_write("%s timewait.max=%u timewait.delay=40", path, n);
		break;
	case 3:
		ret = host_rule_write("-%s/*", model->base);
		break;
	default:
		ret = host_rule_write("-%s", path);
		break;
	}
	if (!ret)
		came_about(what < 3 ? OUTCOME_HOST_RULE_SET : OUTCOME_HOST_RULE_REMOVED);
	count_done(KIND_HOST);
}

static void mode_change(struct rng *r)
{
	static const char *const modes[] = { "enforce", "audit", "off", "enforce" };

	const char *mode = modes[rng_below(r, 4)];

	mode_set(mode);
	compare_mode_changed(!strcmp(mode, "enforce"));
	count_done(KIND_MODE);
}

/* Draws the same, whatever is wanted. */
void disturb(struct rng *r)
{
	unsigned int what = rng_below(r, 100);

	sleep_ms(rng_below(r, 300));
	if (what < 12 && kind_wanted(KIND_CPU))
		cpu_away(r);
	else if (what >= 12 && what < 22 && kind_wanted(KIND_RELOAD))
		reload(r, true);
	else if (what >= 22 && what < 40 && kind_wanted(KIND_HOST))
		host_rule(r);
	else if (what >= 40 && what < 50 && kind_wanted(KIND_MODE))
		mode_change(r);
}

static void sysctls(unsigned int ns, struct rng *r)
{
	static const unsigned int timeouts[] = { 5, 10, 30, 60 };
	unsigned int high = RANGE_CORE + rng_below(r, RANGE_MAX + 1 - RANGE_CORE);
	unsigned int fin_timeout = timeouts[rng_below(r, 4)];

	model->range_high[ns] = high;
	model->reserved[ns] = rng_percent(r, 30);
	sysctl_set("net.ipv4.ip_local_port_range", "%u %u", RANGE_LOW, high);
	/* A line without a number clears it; a write of nothing is none. */
	sysctl_set("net.ipv4.ip_local_reserved_ports", "%s",
		   model->reserved[ns] ? RESERVED_TEXT : "\n");
	sysctl_set("net.ipv4.tcp_tw_reuse", "%u", rng_below(r, 3));
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "%u", rng_percent(r, 20) ? 50 : 100000);
	sysctl_set("net.ipv4.tcp_fin_timeout", "%u", fin_timeout);
	compare_fin_timeout(ns, fin_timeout);
	count_done(KIND_SYSCTL);
}

static struct rng match_rng;
static unsigned int match_percent;

static bool match(const struct endpoint *ep)
{
	return ep->remainder && rng_percent(&match_rng, match_percent);
}

static void destroy(unsigned int ns, struct rng *r)
{
	struct stat_file before;
	int n;

	match_rng = *r;
	match_percent = rng_percent(r, 50) ? 100 : 30;
	stat_read(&before);
	n = diag_destroy(match);
	if (n > 0)
		compare_destroyed(ns, &before.c, (unsigned int)n);
	count_done(KIND_DESTROY);
}

void disturb_at_rest(struct rng *r)
{
	bool change = rng_percent(r, 30), kill = rng_percent(r, 20);
	struct rng own;
	unsigned int ns;

	for (ns = 0; ns < NAMESPACES; ns++) {
		own = rng_of(model->run.seed, 0x200 + ns, rng_below(r, 1U << 30));
		netns_enter(model->ns[ns]);
		if (kill && kind_wanted(KIND_DESTROY))
			destroy(ns, &own);
		if (change && kind_wanted(KIND_SYSCTL))
			sysctls(ns, &own);
	}
	if (rng_percent(r, 8) && kind_wanted(KIND_RELOAD))
		reload(r, false);
}

/* Connections that the kernel goes on with by itself, and that may have a reservation. */
static unsigned int on_their_way(void)
{
	struct endpoints eps;
	unsigned int n = 0;
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++) {
		const struct endpoint *ep = &eps.ep[i];

		n += ep->proto == IPPROTO_TCP && !ep->remainder && ep->state != ENDPOINT_LISTEN &&
		     (ep->lport < PORT_WORKER || ep->lport >= PORT_WORKER + WORKERS);
	}
	endpoints_free(&eps);
	return n;
}

/*
 * A connection that was closed by its program and whose FIN the peer did not take,
 * for want of room in its backlog, repeats that at intervals that double: once all is
 * closed, the next is answered by a RST.
 */
static void wait_for_orphans(void)
{
	unsigned long long end = now_ms() + ORPHANS_MS;

	while (on_their_way() && now_ms() < end)
		sleep_ms(100);
}

/* All that is left after invariant g has to be nothing. */
void destroy_all(void)
{
	struct stat_file before;
	unsigned int ns;
	int n;

	match_percent = 100;
	for (ns = 0; ns < NAMESPACES; ns++) {
		netns_enter(model->ns[ns]);
		wait_for_orphans();
		stat_read(&before);
		n = diag_destroy(match);
		if (n > 0)
			compare_destroyed(ns, &before.c, (unsigned int)n);
	}
}
