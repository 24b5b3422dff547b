// SPDX-License-Identifier: GPL-2.0-only
/* apply: see apply.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "account.h"
#include "apply.h"
#include "limits.h"
#include "netns.h"
#include "walk.h"

static void bind(struct pq_account *acct, void *arg)
{
	rcu_read_lock();
	pq_limits_bind(acct);
	rcu_read_unlock();
	/* Its path may have been matched with hundreds of globs. */
	cond_resched();
}

static bool bind_net(struct pq_net *pn, void *arg)
{
	pq_walk_accounts(pn, bind, NULL);
	return true;
}

/**
 * pq_apply_net() - rules may have changed: bind the accounts of a namespace
 * @pn: the namespace
 *
 * Context: as pq_walk_accounts().
 */
void pq_apply_net(struct pq_net *pn)
{
	bind_net(pn, NULL);
}

/**
 * pq_apply_glob() - the rule of a glob has changed
 * @only: the namespace whose rule it is; NULL for a rule of the host
 *
 * It may concern any account.
 *
 * Context: process, may sleep.
 */
void pq_apply_glob(struct pq_net *only)
{
	pq_walk_nets(only, bind_net, NULL);
}

/*
 * Those whose rules have not all been looked for yet; and those behind one that hands
 * down other numbers now, because its children are among them.
 */
static void bind_unbound_account(struct pq_account *acct, void *arg)
{
	bool *changed = arg;

	rcu_read_lock();
	if (!READ_ONCE(acct->bound))
		*changed |= pq_limits_bind(acct);
	else if (*changed)
		pq_limits_refresh(acct);
	rcu_read_unlock();
	/* As in bind(); and its path is long. */
	cond_resched();
}

static bool bind_unbound_net(struct pq_net *pn, void *arg)
{
	bool changed = false;

	pq_walk_accounts(pn, bind_unbound_account, &changed);
	return true;
}

static void bind_unbound(struct work_struct *work)
{
	pq_walk_nets(NULL, bind_unbound_net, NULL);
}

static DECLARE_WORK(unbound_work, bind_unbound);

/**
 * pq_apply_later() - an account could not be bound to all of its rules
 *
 * It was made with softirqs off, where a long path, or matching globs, would have taken
 * too long.
 *
 * Context: any.
 */
void pq_apply_later(void)
{
	schedule_work(&unbound_work);
}

/**
 * pq_apply_stop() - end what pq_apply_later() has begun; no more accounts are made
 *
 * Context: process, may sleep.
 */
void pq_apply_stop(void)
{
	cancel_work_sync(&unbound_work);
}

static void inherit(struct pq_account *acct, void *arg)
{
	pq_limits_refresh(acct);
}

static bool bind_cgroup(struct pq_net *pn, void *arg)
{
	struct pq_account *acct;
	bool changed;

	rcu_read_lock();
	acct = pq_account_find(pn, arg);
	changed = acct && pq_limits_bind(acct);
	rcu_read_unlock();
	/* Parents first, so that what is inherited is there. */
	if (changed)
		pq_walk_accounts(pn, inherit, NULL);
	if (acct)
		pq_account_put(acct);
	return acct;
}

/**
 * pq_apply_path() - the rule of one path has changed
 * @only: the namespace whose rule it is; NULL for a rule of the host
 * @path: the path, below the root of the caller's cgroup namespace
 *
 * It concerns one account of each namespace, if there is a cgroup of that path.
 *
 * Context: process, may sleep.
 */
void pq_apply_path(struct pq_net *only, const char *path)
{
	struct cgroup *cgrp = cgroup_get_from_path(path);

	if (IS_ERR(cgrp))
		return;		/* there is no such cgroup yet */
	pq_walk_nets(only, bind_cgroup, cgrp);
	cgroup_put(cgrp);
}
