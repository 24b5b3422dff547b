// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "conn.h"
#include "counters.h"
#include "diag.h"
#include "file.h"
#include "invariants.h"
#include "lane.h"
#include "model/model.h"
#include "model/spent.h"
#include "module.h"
#include "netns.h"
#include "rule.h"
#include "say.h"

#define PARENT 0x300		/* its stream of random numbers */
#define BURST_DISTURBED 150	/* operations of each worker for which it disturbs them once */
#define ENOUGH_STOPS 100	/* for whatever is drawn in one of twenty */

struct model *model;

static char home[256];
static int home_ns;

bool in_range(unsigned int ns, unsigned int port)
{
	if (port < RANGE_LOW || port > model->range_high[ns])
		return false;
	return !model->reserved[ns] || port < RESERVED_LOW || port > RESERVED_HIGH;
}

static void cgroups_make(void)
{
	static const char *const below[SHARED_CGROUPS] = { "", "/a", "/a/b", "/c", "/capped" };
	char path[88];
	unsigned int i;

	snprintf(model->base, sizeof(model->base), "/pq-model-%d", getpid());
	for (i = 0; i < SHARED_CGROUPS; i++) {
		snprintf(path, sizeof(path), "%s%s", model->base, below[i]);
		cgroup_make(path);
		cgroup_made(path);
	}
}

static void namespaces_make(void)
{
	unsigned int ns;

	for (ns = 0; ns < NAMESPACES; ns++) {
		netns_new();
		model->ns[ns] = netns_open();
		model->range_high[ns] = RANGE_CORE + 200;
		sysctl_set("net.ipv4.ip_local_port_range", "%u %u", RANGE_LOW,
			   model->range_high[ns]);
		sysctl_set("net.ipv4.tcp_fin_timeout", "%u", 30);
		sysctl_set("net.ipv4.tcp_max_tw_buckets", "%u", 100000);
		compare_fin_timeout(ns, 30);
	}
}

static void model_open(const struct run *run)
{
	unsigned int i;

	model = shared_memory(sizeof(*model));
	model->run = *run;
	tracked_init();
	cgroup_of_self(home, sizeof(home));
	home_ns = netns_open();
	cgroups_make();
	namespaces_make();
	cap_set();
	compare_loaded(false);
	invariants_sockets_elsewhere(true);
	if (pipe2(model->arrived, O_CLOEXEC))
		die("no pipe");
	for (i = 0; i < run->threads; i++) {
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, model->box[i]))
			die("no pair of sockets");
		gate_make(&model->go[i]);
	}
	for (i = 0; i < run->threads; i++)
		child_start(worker_run, (void *)(uintptr_t)i);
}

/* They have said what went wrong for them, unless it was a signal. */
static void workers_alive(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid > 0)
		die("worker %d ended with status %x", pid, status);
}

static void workers_stop(void)
{
	struct pollfd p = { .fd = model->arrived[0], .events = POLLIN };
	unsigned int here = 0, seconds = 0;
	char byte;

	while (here < model->run.threads) {
		errno = 0;
		if (poll(&p, 1, 1000) == 1) {
			here += read(p.fd, &byte, 1) == 1;
			continue;
		}
		workers_alive();
		if (++seconds > (unsigned int)lane_timeout(300))
			die("%u of %u workers do not stop", model->run.threads - here,
			    model->run.threads);
	}
}

static void workers_go(void)
{
	unsigned int i;

	for (i = 0; i < model->run.threads; i++)
		gate_open(&model->go[i]);
}

/* All have stopped: they tell what they have. */
static void workers_report(void)
{
	struct tracked *t = NULL;

	while ((t = tracked_next(t)))
		t->state = 0;
	workers_go();
	workers_stop();
	/* A grace period, and what softirqs have still to do. */
	sleep_ms(lane_scale(30, 100));
}

static unsigned int stop_and_check(struct rng *r)
{
	bool zero = rng_percent(r, 12) && kind_wanted(KIND_ZERO);
	unsigned long long loaded = model->done[KIND_RELOAD];
	unsigned int wrong;

	model->closing = zero;
	workers_report();
	spent_on(SPENT_REPORT);
	still_begin();
	spent_on(SPENT_STILL);
	wrong = compare_all("at rest", false);
	if (rng_percent(r, 15) && kind_wanted(KIND_STILL)) {
		sleep_ms(1000 + rng_below(r, 2000));
		count_done(KIND_STILL);
	}
	wrong += still_end();
	spent_on(SPENT_STILL);
	if (!wrong && zero) {
		destroy_all();
		wrong = compare_all("with all closed", true);
		memset(model->bound, 0, sizeof(model->bound));
		count_done(KIND_ZERO);
	}
	model->closing = false;
	if (wrong)
		return wrong;
	disturb_at_rest(r);
	spent_on(SPENT_DISTURB);
	if (loaded != model->done[KIND_RELOAD])
		wrong = compare_all("loaded at rest", false);
	return wrong;
}

static unsigned long long operations_done(void)
{
	unsigned long long n = 0;
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		n += model->done[i];
	return n;
}

static void tell_outcomes(void)
{
	char text[1000];
	unsigned int i;
	int n = 0;

	for (i = 0; i < OUTCOMES; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%llu %s", i ? ", " : "",
			      model->outcome[i], outcome_name[i]);
	diag("of these: %s", text);
}

/* In a long run of all kinds everything has to come about: else it tests less than it says. */
static unsigned int outcomes_missing(unsigned int stops)
{
	unsigned int i, missing = 0;

	if (stops < ENOUGH_STOPS || model->run.kinds != (1U << KINDS) - 1)
		return 0;
	for (i = 0; i < OUTCOMES; i++) {
		if (model->outcome[i] || (i == OUTCOME_CPU_OFFLINE && cpus_online() < 2))
			continue;
		diag("in %u stops it never came to this: %s", stops, outcome_name[i]);
		missing++;
	}
	return missing;
}

static void tell_refused(void)
{
	struct refused sum = { 0 };
	unsigned int ns, i;

	for (ns = 0; ns < NAMESPACES; ns++) {
		for (i = 0; i < REFUSALS; i++) {
			sum.tcp[i] += model->refused[ns].tcp[i];
			sum.udp[i] += model->refused[ns].udp[i];
		}
	}
	diag("refused: any port %llu tcp, %llu udp; by number %llu and %llu; perhaps %llu and %llu",
	     sum.tcp[REFUSED_ANY], sum.udp[REFUSED_ANY], sum.tcp[REFUSED_NAMED],
	     sum.udp[REFUSED_NAMED], sum.tcp[REFUSED_PERHAPS], sum.udp[REFUSED_PERHAPS]);
}

static void tell(unsigned int stops, unsigned long long each, unsigned long long began)
{
	unsigned long long ms = now_ms() - began;
	char text[600];
	int n = 0;
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s=%llu", kind_name[i],
			      model->done[i]);
	diag("seed %llu, %u workers, %u stops, %llu operations of each worker, in %llu s",
	     (unsigned long long)model->run.seed, model->run.threads, stops, each, ms / 1000);
	diag("%llu operations, %llu a second:%s", operations_done(),
	     operations_done() * 1000 / (ms ?: 1), text);
	tell_outcomes();
	tell_refused();
	spent_text(text, sizeof(text));
	diag("%s", text);
}

static void model_close(void)
{
	unsigned int ns;

	model->ended = true;
	workers_go();
	children_end();
	rules_end();
	netns_enter(home_ns);
	for (ns = 0; ns < NAMESPACES; ns++)
		close(model->ns[ns]);
	cgroup_enter(home);
	cgroup_remove_tree(model->base);
}

int model_play(struct run *run)
{
	unsigned long long began = now_ms(), each = run->operations / run->threads, done = 0;
	unsigned int stops = 0, wrong = 0, i;

	model_open(run);
	workers_stop();
	spent_begin();
	while (!wrong) {
		struct rng r = rng_of(run->seed, PARENT, stops);

		if (run->operations ? done >= each : now_ms() - began >= run->seconds * 1000ULL)
			break;
		if (run->operations && each - done < run->burst)
			model->run.burst = (unsigned int)(each - done);
		done += model->run.burst;
		/* Also if this round never comes to its end. */
		run->operations_done = done * run->threads;
		workers_go();
		for (i = 0; i <= model->run.burst / BURST_DISTURBED; i++)
			disturb(&r);
		workers_stop();
		spent_on(SPENT_WORK);
		wrong = stop_and_check(&r);
		stops++;
	}
	if (!run->quiet)
		tell(stops, done, began);
	wrong += outcomes_missing(stops);
	model_close();
	return wrong ? 1 : 0;
}
