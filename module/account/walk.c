// SPDX-License-Identifier: GPL-2.0-only
/* walk: see walk.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/sched.h>

#include "account.h"
#include "destination.h"
#include "lib/compat.h"
#include "netns.h"
#include "walk.h"

/*
 * So many are visited before others may have the CPU and the locks. A visit takes
 * some hundred instructions, and for each threshold that it finds crossed two
 * thousand to tell of it, or more where there are many cgroups above it, whose names
 * it has to put together: such ones count for several.
 */
#define SLICE		16
#define SLICE_LEVELS	16

/* One that is not in pq_nets yet is known to its maker alone. */
static void pause_nets(const struct pq_net *pn)
{
	if (pn->serial)
		mutex_unlock(&pq_nets_mutex);
	cond_resched();
	if (pn->serial)
		mutex_lock(&pq_nets_mutex);
}

/**
 * pq_walk_nets() - visit all namespaces that have not been removed, or one
 * @only: the one, kept from removal; or NULL
 * @visit: called for each with pq_nets_mutex held, and may walk itself; returns
 *	   whether it has done much, so that others should have the mutex
 * @arg: for @visit
 *
 * Context: process, sleeps.
 */
void pq_walk_nets(struct pq_net *only, bool (*visit)(struct pq_net *pn, void *arg), void *arg)
{
	struct pq_net *pn;

	mutex_lock(&pq_nets_mutex);
	list_for_each_entry(pn, &pq_nets, link) {
		if (pn->dead || (only && pn != only) || !visit(pn, arg))
			continue;
		/* As long as it has a root account it stays in pq_nets, also if it has died now. */
		pq_ref_get(&pn->root->users);
		pause_nets(pn);
		pq_account_put(pn->root);
	}
	mutex_unlock(&pq_nets_mutex);
}

/**
 * pq_walk_accounts() - visit the accounts of a namespace, parents first
 * @pn: the namespace
 * @visit: called for each
 * @arg: for @visit
 *
 * An account that is made meanwhile is visited too. The walk ends early when the
 * namespace is removed.
 *
 * Context: process, sleeps. pq_nets_mutex held, unless @pn is not in pq_nets yet;
 * it is given up now and then, but not below @visit, and @pn stays in pq_nets.
 */
void pq_walk_accounts(struct pq_net *pn, void (*visit)(struct pq_account *acct, void *arg),
		      void *arg)
{
	struct pq_account *acct;
	unsigned int visited = 0;

	pq_net_assert_kept(pn);
	pq_for_each_account(acct, pn) {
		visit(acct, arg);
		visited += 1 + (acct->key.cgrp ? acct->key.cgrp->level / SLICE_LEVELS : 0);
		if (visited < SLICE)
			continue;
		visited = 0;
		/* What is on the list under the mutex is not dead, and does not die with a user. */
		pq_ref_get(&acct->users);
		pause_nets(pn);
		pq_account_put(acct);
		if (pn->dead)
			break;
	}
}

/**
 * pq_walk_destinations() - visit the destinations of a namespace
 * @pn: the namespace
 * @visit: called for each with destinations.lock held
 * @arg: for @visit
 *
 * Context: as pq_walk_accounts().
 */
void pq_walk_destinations(struct pq_net *pn,
			  void (*visit)(struct pq_destination *to, void *arg), void *arg)
{
	struct pq_destinations *all = &pn->destinations;
	struct pq_destination *to;
	unsigned int visited = 0;

	pq_net_assert_kept(pn);
	spin_lock_bh(&all->lock);
	list_for_each_entry(to, &all->list, link) {
		visit(to, arg);
		if (++visited % SLICE)
			continue;
		/* As above; and a user that is no connection. */
		pq_destination_keep(to);
		spin_unlock_bh(&all->lock);
		pause_nets(pn);
		spin_lock_bh(&all->lock);
		pq_destination_forget(to);
		if (pn->dead)
			break;
	}
	spin_unlock_bh(&all->lock);
}
