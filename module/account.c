// SPDX-License-Identifier: GPL-2.0-only
/* account: see account.h for what it promises. */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "account.h"
#include "compat.h"
#include "netns.h"
#include "policy.h"
#include "rulebook.h"

/* Far below 0, so that a get and a put that come late do not revive it */
#define ACCOUNT_DYING	(INT_MIN / 2)

static struct rhashtable accounts;

static const struct rhashtable_params account_params = {
	.head_offset = offsetof(struct pq_account, hash_node),
	.key_offset = offsetof(struct pq_account, key),
	.key_len = sizeof(struct pq_account_key),
	.automatic_shrinking = true,
};

static struct pq_account *account_lookup(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account_key key = { .net = pn, .cgrp = cgrp };

	return rhashtable_lookup(&accounts, &key, account_params);
}

static void account_free(struct pq_account *acct)
{
	if (acct->parent)
		pq_account_put(acct->parent);
	if (acct->subject.cgrp)
		cgroup_put(acct->subject.cgrp);
	kfree_rcu(acct, rcu);
}

/* Under RCU. Takes over the reference on @parent, also when it fails. */
static struct pq_account *account_create(struct pq_net *pn, struct cgroup *cgrp,
					 struct pq_account *parent)
{
	int generation = atomic_read(&pq_rules_generation);
	struct pq_account *acct, *other;
	bool changed;

	acct = kzalloc(sizeof(*acct), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!acct) {
		if (parent)
			pq_account_put(parent);
		return NULL;
	}
	if (cgrp)
		cgroup_get(cgrp);
	acct->key.net = pn;
	acct->key.cgrp = cgrp;
	acct->subject.cgrp = cgrp;
	acct->subject.netns = pn->inum;
	acct->parent = parent;
	pq_usage_init(&acct->usage, parent ? &parent->usage : NULL);
	atomic_set(&acct->subject.users, 1);
	spin_lock_init(&acct->lock);
	INIT_LIST_HEAD(&acct->holders);
	init_waitqueue_head(&acct->queue);
	pq_policy_bind(acct);

	/* In the list before a child can be: in the table others find it. */
	spin_lock_bh(&pn->accounts_lock);
	other = rhashtable_lookup_get_insert_fast(&accounts, &acct->hash_node, account_params);
	if (!other) {
		acct->serial = ++pn->accounts_made;
		list_add_tail_rcu(&acct->link, &pn->accounts);
	}
	spin_unlock_bh(&pn->accounts_lock);
	if (other) {
		account_free(acct);
		if (IS_ERR(other))
			return NULL;
		/* Somebody was faster: the caller looks it up again. */
		return ERR_PTR(-EEXIST);
	}
	/*
	 * Who changed its rules in the meantime, or those above, did not find
	 * the account; and a child may have inherited what it had first.
	 */
	if (atomic_read(&pq_rules_generation) != generation)
		changed = pq_policy_bind(acct);
	else
		changed = pq_policy_refresh(acct);
	if (changed)
		pq_policy_inherit(pn);
	return acct;
}

/**
 * pq_account_find() - the account of a cgroup, if there is one
 * @pn: the namespace
 * @cgrp: the cgroup; NULL for the account of what was there before load
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, with a reference for the caller; or NULL.
 */
struct pq_account *pq_account_find(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account *acct;

	do {
		acct = account_lookup(pn, cgrp);
		/* One that is dying leaves the table in a moment: see the sweep. */
	} while (acct && !atomic_inc_unless_negative(&acct->subject.users));
	return acct;
}

/**
 * pq_account_get() - the account of a cgroup, made if there is none
 * @pn: the namespace
 * @cgrp: the cgroup, alive or not, kept by the caller; NULL for the account of
 *	  what was there before load
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, with a reference for the caller; NULL without memory.
 */
struct pq_account *pq_account_get(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account *acct, *parent;
	struct cgroup *top;

	while (!(acct = pq_account_find(pn, cgrp))) {
		/*
		 * Make the topmost account that is missing, then look again.
		 * The root's is always there, so this ends.
		 */
		top = cgrp;
		while (!(parent = pq_account_find(pn, cgroup_parent(top))))
			top = cgroup_parent(top);
		acct = account_create(pn, top, parent);
		if (!acct)
			return NULL;
		if (IS_ERR(acct))
			continue;
		if (top == cgrp)
			return acct;
		pq_account_put(acct);
	}
	return acct;
}
EXPORT_SYMBOL_IF_KUNIT(pq_account_get);

/**
 * pq_account_deleted() - has the account's cgroup been removed?
 * @acct: the account
 *
 * Return: true if so.
 */
bool pq_account_deleted(const struct pq_account *acct)
{
	return acct->key.cgrp && !(READ_ONCE(acct->key.cgrp->self.flags) & CSS_ONLINE);
}

/*
 * A dying account must be out of the table before anybody can wait for that:
 * softirqs stay off between the two.
 */
static void account_kill(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	bool idle;

	local_bh_disable();
	idle = atomic_cmpxchg(&acct->subject.users, 0, ACCOUNT_DYING) == 0;
	if (idle) {
		rhashtable_remove_fast(&accounts, &acct->hash_node, account_params);
		spin_lock(&pn->accounts_lock);
		list_del_rcu(&acct->link);
		spin_unlock(&pn->accounts_lock);
	}
	local_bh_enable();
	if (idle)
		account_free(acct);
}

/**
 * pq_accounts_sweep_net() - free accounts that nothing refers to
 * @pn: the namespace
 * @all: those of live cgroups too
 *
 * Context: process, pq_nets_mutex held unless nobody knows @pn yet.
 */
void pq_accounts_sweep_net(struct pq_net *pn, bool all)
{
	struct pq_account *acct, *prev;

	/* Children stand behind their parents: from the back, one pass will do. */
	list_for_each_entry_safe_reverse(acct, prev, &pn->accounts, link)
		if (all || pq_account_deleted(acct))
			account_kill(acct);
}
EXPORT_SYMBOL_IF_KUNIT(pq_accounts_sweep_net);

/**
 * pq_accounts_init_net() - make the accounts that every namespace has
 * @pn: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_accounts_init_net(struct pq_net *pn)
{
	struct pq_account *acct;

	rcu_read_lock();
	pn->root = account_create(pn, &cgrp_dfl_root.cgrp, NULL);
	if (pn->root) {
		atomic_inc(&pn->root->subject.users);
		pn->before_load = account_create(pn, NULL, pn->root);
	}
	rcu_read_unlock();
	if (pn->before_load)
		return 0;

	acct = pn->root;
	pn->root = NULL;
	if (acct) {
		pq_account_put(acct);
		account_kill(acct);
	}
	return -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(pq_accounts_init_net);

/**
 * pq_accounts_exit_net() - let go of the accounts that every namespace has
 * @pn: the namespace
 */
void pq_accounts_exit_net(struct pq_net *pn)
{
	pq_account_put(pn->before_load);
	pq_account_put(pn->root);
}
EXPORT_SYMBOL_IF_KUNIT(pq_accounts_exit_net);

/**
 * pq_accounts_init() - make the table of accounts
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_accounts_init(void)
{
	return rhashtable_init(&accounts, &account_params);
}

/**
 * pq_accounts_exit() - free the table; the last sweep has emptied it
 *
 * Context: process.
 */
void pq_accounts_exit(void)
{
	rhashtable_destroy(&accounts);
}
