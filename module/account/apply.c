// SPDX-License-Identifier: GPL-2.0-only
/* apply: see apply.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/workqueue.h>

#include "account.h"
#include "apply.h"
#include "limits.h"
#include "netns.h"

#define BIND_MS		4	/* then others may have the mutex */

/* @unbound: only those whose rules have not all been looked for yet */
static bool bind_some(struct pq_net *pn, loff_t *serial, bool unbound)
{
	unsigned long end = jiffies + msecs_to_jiffies(BIND_MS);
	struct pq_account *acct;
	bool changed;

	lockdep_assert_held(&pq_nets_mutex);
	pq_for_each_account(acct, pn) {
		if (acct->serial <= *serial || (unbound && READ_ONCE(acct->bound)))
			continue;
		rcu_read_lock();
		changed = pq_limits_bind(acct);
		rcu_read_unlock();
		if (changed && unbound)
			pq_limits_inherit(pn);
		*serial = acct->serial;
		if (time_after(jiffies, end))
			return true;
		cond_resched();
	}
	return false;
}

/**
 * pq_apply_some() - rules have changed: bind some accounts to them
 * @pn: the namespace
 * @serial: of the last account that was bound, 0 at first; changed
 *
 * Context: process, pq_nets_mutex held.
 * Return: false if there are no more.
 */
bool pq_apply_some(struct pq_net *pn, loff_t *serial)
{
	return bind_some(pn, serial, false);
}

/* @only: NULL for all namespaces; @serial: of the one before */
static struct pq_net *net_behind(struct pq_net *only, loff_t serial)
{
	struct pq_net *pn;

	lockdep_assert_held(&pq_nets_mutex);
	if (only)
		return only->serial > serial ? only : NULL;
	list_for_each_entry(pn, &pq_nets, link)
		if (pn->serial > serial && !pn->dead)
			return pn;
	return NULL;
}

/* A few at a time, so that others get pq_nets_mutex in between. */
static void bind_all(struct pq_net *only, bool unbound)
{
	loff_t begun = 0, done = 0, acct = 0;
	struct pq_net *pn;

	do {
		mutex_lock(&pq_nets_mutex);
		pn = net_behind(only, done);
		if (pn && pn->serial != begun) {
			begun = pn->serial;
			acct = 0;
		}
		if (pn && !bind_some(pn, &acct, unbound))
			done = begun;
		mutex_unlock(&pq_nets_mutex);
	} while (pn);
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
	bind_all(only, false);
}

static void bind_unbound(struct work_struct *work)
{
	bind_all(NULL, true);
}

static DECLARE_WORK(unbound_work, bind_unbound);

/**
 * pq_apply_later() - an account could not be bound to all of its rules
 *
 * It was made with softirqs off, where matching globs would have taken too long.
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

static void bind_cgroup(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account *acct;

	lockdep_assert_held(&pq_nets_mutex);
	rcu_read_lock();
	acct = pq_account_find(pn, cgrp);
	if (acct) {
		if (pq_limits_bind(acct))
			pq_limits_inherit(pn);
		pq_account_put(acct);
	}
	rcu_read_unlock();
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
	struct pq_net *pn;

	if (IS_ERR(cgrp))
		return;		/* there is no such cgroup yet */
	mutex_lock(&pq_nets_mutex);
	if (only) {
		bind_cgroup(only, cgrp);
	} else {
		list_for_each_entry(pn, &pq_nets, link)
			if (!pn->dead)	/* else the struct net may be gone */
				bind_cgroup(pn, cgrp);
	}
	mutex_unlock(&pq_nets_mutex);
	cgroup_put(cgrp);
}
