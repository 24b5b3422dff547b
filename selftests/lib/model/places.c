// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "conn.h"
#include "file.h"
#include "model/model.h"
#include "netns.h"
#include "rule.h"
#include "say.h"

#define FORKED 0x100	/* streams of random numbers of those that workers fork */

struct forked {
	struct worker *w;
	struct rng r;
};

/* Ends with its sockets open, in one way or the other. */
static void die_somehow(struct rng *r)
{
	if (rng_percent(r, 50))
		raise(SIGKILL);
	_exit(0);
}

static void forked_end(pid_t pid)
{
	int status = child_wait(pid);

	if (status && status != 128 + SIGKILL)
		_exit(1);	/* it has said why */
	came_about(status ? OUTCOME_KILLED : OUTCOME_EXITED);
}

static void forked_run(void *arg)
{
	struct forked *f = arg;
	struct worker w = *f->w;
	unsigned int i, n = 4 + rng_below(&f->r, 20);

	w.child = true;
	/* Its worker waits meanwhile: what both have open is this process's own for so long. */
	w.heir = rng_percent(&f->r, 50);
	if (!w.heir)
		slots_init(&w);
	for (i = 0; i < n; i++)
		worker_operate(&w, FORKED + w.id, w.number * 64 + i);
	die_somehow(&f->r);
}

void do_fork(struct worker *w, struct rng *r)
{
	struct forked f = { w, *r };

	forked_end(child_start(forked_run, &f));
}

static void netns_run(void *arg)
{
	struct forked *f = arg;
	unsigned int i, n = 1 + rng_below(&f->r, 6);
	enum family family = rng_percent(&f->r, 50) ? V4 : V6;
	struct addr to = addr_make(family, 1, PORT_OUTSIDE);
	int listener;

	netns_new();
	if (rng_percent(&f->r, 30))
		rule_write("/* tcp.max=50%% tcp.range=20000-20999");
	listener = tcp_listen(family, 1, PORT_OUTSIDE);
	for (i = 0; i < n; i++) {
		struct pair p = { .client = tcp_socket(family) };

		/* A rule of the host may refuse it. */
		if (try_connect(p.client, &to))
			continue;
		p.server = accept(listener, NULL, NULL);
		if (rng_percent(&f->r, 70))
			pair_close(&p, CLOSE_CLIENT + rng_below(&f->r, 2));
	}
	die_somehow(&f->r);
}

/* A namespace that lives as long as the process, with what it leaves in it. */
void do_netns(struct worker *w, struct rng *r)
{
	struct forked f = { w, *r };

	forked_end(child_start(netns_run, &f));
	came_about(OUTCOME_NETNS_REMOVED);
}

uint32_t cgroup_made(const char *path)
{
	uint32_t n = __atomic_fetch_add(&model->cgroups, 1, __ATOMIC_SEQ_CST);

	if (n >= CGROUPS)
		die("more than %u cgroups in one run", CGROUPS);
	snprintf(model->cgroup[n].path, sizeof(model->cgroup[n].path), "%s", path);
	return n;
}

static void enter(struct worker *w, uint32_t cgroup)
{
	if (cgroup != w->cgroup)
		came_about(OUTCOME_MOVED);
	cgroup_enter(model->cgroup[cgroup].path);
	w->cgroup = cgroup;
}

static int own_remove(struct worker *w, unsigned int i)
{
	struct cgroup_made *made = &model->cgroup[w->own[i]];
	char full[128];

	snprintf(full, sizeof(full), CGROUP_ROOT "%s", made->path);
	if (rmdir(full))
		return -errno;
	came_about(OUTCOME_CGROUP_REMOVED);
	made->removed = true;
	w->own[i] = 0;
	return 0;
}

/* The same three paths again and again: a new cgroup has the name of one that still holds ports. */
void do_cgroup(struct worker *w, struct rng *r)
{
	unsigned int i = rng_below(r, 3), shared = rng_below(r, SHARED_CGROUPS);
	unsigned int what = rng_below(r, 3);
	char path[88];

	if (!what) {
		enter(w, shared);
		return;
	}
	if (what == 1 && w->own[i]) {
		if (w->cgroup == w->own[i])
			enter(w, shared);
		own_remove(w, i);
		return;
	}
	if (!w->own[i]) {
		snprintf(path, sizeof(path), "%s/w%u-%u", model->base, w->id, i);
		cgroup_make(path);
		w->own[i] = cgroup_made(path);
	}
	enter(w, w->own[i]);
}

void own_cgroups_leave(struct worker *w)
{
	unsigned int i;

	enter(w, w->id % SHARED_CGROUPS);
	for (i = 0; i < 3; i++)
		if (w->own[i])
			own_remove(w, i);
}

/* No worker writes the rule of CGROUP_CAPPED. */
static void path_draw(char *path, size_t size, struct rng *r)
{
	unsigned int what = rng_below(r, 5);

	switch (what) {
	case 0:
		snprintf(path, size, "%s/w*", model->base);
		break;
	case 1:
		snprintf(path, size, "%s/w%u-*", model->base, rng_below(r, WORKERS));
		break;
	default:
		snprintf(path, size, "%s", model->cgroup[what - 1].path);
		break;
	}
}

static void keys_draw(char *keys, size_t size, struct rng *r)
{
	unsigned int n = rng_percent(r, 30) ? rng_below(r, 30) : 30 + rng_below(r, 1000);
	unsigned int low = RANGE_LOW + rng_below(r, 100);

	switch (rng_below(r, 9)) {
	case 0:
		snprintf(keys, size, "tcp.max=%u", n);
		break;
	case 1:
		snprintf(keys, size, "tcp.max=%u%% udp.max=%u", 1 + n % 100, n);
		break;
	case 2:
		snprintf(keys, size, "timewait.max=%u", n);
		break;
	case 3:
		snprintf(keys, size, "tcp.warn=%u udp.warn=%u timewait.warn=%u", n, n / 2, n);
		break;
	case 4:
		snprintf(keys, size, "timewait.delay=%u", 30 + n % 60);
		break;
	case 5:
		snprintf(keys, size, "tcp.range=%u-%u", low, low + 254 + n % 40);
		break;
	case 6:
		snprintf(keys, size, "udp.range=%u-%u tcp.max=%u", low, low + 254 + n % 40, n);
		break;
	case 7:
		snprintf(keys, size, "tcp.max=%u over=wait:%ums", n, 1 + n % 30);
		break;
	default:
		snprintf(keys, size, "tcp.max=max");
		break;
	}
}

/* What is written may be refused: the path has no rule, or the module is just being reloaded. */
void do_rule(struct worker *w, struct rng *r)
{
	char path[128], keys[128];
	bool remove = rng_percent(r, 50);

	(void)w;
	path_draw(path, sizeof(path), r);
	keys_draw(keys, sizeof(keys), r);
	if (remove && !rule_write("-%s", path))
		came_about(OUTCOME_RULE_REMOVED);
	else if (!remove && !rule_write("%s %s", path, keys))
		came_about(OUTCOME_RULE_SET);
}
