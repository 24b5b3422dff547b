// SPDX-License-Identifier: GPL-2.0-only
/* match: see match.h for what it promises. */
#include <linux/bottom_half.h>
#include <linux/cgroup.h>
#include <linux/limits.h>
#include <linux/local_lock.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lib/path.h"
#include "match.h"
#include "netns.h"
#include "rule/rulebook.h"

/*
 * Globs may take this many steps, of some five instructions, with softirqs off. It
 * is little, because a socket may need accounts for all of its ancestors at once.
 */
#define QUICK_STEPS	1024

/*
 * And the path may have so many characters with softirqs off, times the levels that it
 * has, each of which may need an account. To make a path and to look it up takes some
 * five instructions a character. What container managers and systemd make has less.
 */
#define QUICK_CHARS	4096

/*
 * Room for a path on each processor, to be had with softirqs off: a limit must
 * not get lost for want of memory. The lock is for PREEMPT_RT, where another task
 * may run on the processor although softirqs are off.
 */
static char __percpu *path_room;
static DEFINE_PER_CPU(local_lock_t, path_room_lock) = INIT_LOCAL_LOCK(path_room_lock);

static bool path_is_quick(struct cgroup *cgrp)
{
	size_t most = QUICK_CHARS / (cgrp->level + 1), len = 0;

	/* A cgroup of the default hierarchy is never renamed. */
	for (; cgroup_parent(cgrp) && len <= most; cgrp = cgroup_parent(cgrp))
		len += 1 + strnlen(cgrp->kn->name, most);
	return len <= most;
}

static bool find_rule(struct pq_rulebook *book, const char *path, bool quick, struct pq_rule *rule)
{
	const struct pq_rule *found;
	bool all;

	if (!READ_ONCE(book->count))
		return true;
	all = !quick || pq_rulebook_steps(book, path) <= QUICK_STEPS / 2;
	found = all ? pq_rulebook_find(book, path) : pq_rulebook_find_exact(book, path);
	if (found)
		*rule = *found;
	return all || found;
}

/* @path: room for it */
static bool find_both(struct pq_net *pn, struct cgroup *cgrp, char *path, bool quick,
		      struct pq_rule *rule, struct pq_rule *host_rule)
{
	bool all;

	if (pq_cgroup_path(cgrp, path, PATH_MAX) < 0)
		return true;
	all = find_rule(&pn->rules, path, quick, rule);
	return find_rule(&pq_host_rules, path, quick, host_rule) && all;
}

/**
 * pq_match_rules() - the rules for a cgroup; without a path that fits, those for none
 * @pn: the namespace
 * @cgrp: the cgroup, or NULL
 * @insists: look for all of them, however long it takes
 * @rule: set to what the namespace's rules say
 * @host_rule: set to what the host's rules say
 *
 * Globs are matched with softirqs on, because that may take milliseconds. When they
 * are off, and it may take long, only rules without a glob are looked for, or none
 * where the path is long, unless the caller @insists. Without memory the room on the
 * processor has to do, however long it takes.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: true if all of them were looked for.
 */
bool pq_match_rules(struct pq_net *pn, struct cgroup *cgrp, bool insists, struct pq_rule *rule,
		    struct pq_rule *host_rule)
{
	bool quick = in_softirq() && !insists, all;
	char *path = NULL;

	memset(rule, 0, sizeof(*rule));
	memset(host_rule, 0, sizeof(*host_rule));
	if (!cgrp || !pq_match_any(pn))
		return true;
	if (quick && !path_is_quick(cgrp))
		return false;
	if (!in_softirq())
		path = kmalloc(PATH_MAX, GFP_ATOMIC | __GFP_NOWARN);
	if (likely(path)) {
		all = find_both(pn, cgrp, path, quick, rule, host_rule);
		kfree(path);
		return all;
	}
	local_bh_disable();
	local_lock(&path_room_lock);
	all = find_both(pn, cgrp, this_cpu_ptr(path_room), quick, rule, host_rule);
	local_unlock(&path_room_lock);
	local_bh_enable();
	return all;
}

/**
 * pq_match_init() - before there is any account
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_match_init(void)
{
	path_room = __alloc_percpu(PATH_MAX, 1);
	return path_room ? 0 : -ENOMEM;
}

/**
 * pq_match_exit() - after there was any account
 *
 * Context: process.
 */
void pq_match_exit(void)
{
	free_percpu(path_room);
}
