// SPDX-License-Identifier: GPL-2.0-only
/* account: see account.h for what it promises. */
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "account.h"
#include "lib/compat.h"
#include "lib/rhash.h"
#include "netns.h"

#define GC_SLICE	32	/* accounts between two pauses */

static struct rhashtable accounts;

/* A dead one is none: see lib/ref.h. */
static int account_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct pq_account *acct = obj;

	return memcmp(arg->key, &acct->key, sizeof(acct->key)) ||
	       pq_ref_dead(&acct->users);
}

static const struct rhashtable_params account_params = {
	.head_offset = offsetof(struct pq_account, hash_node),
	.key_offset = offsetof(struct pq_account, key),
	.key_len = sizeof(struct pq_account_key),
	.obj_cmpfn = account_compare,
	.automatic_shrinking = true,
};

/* Lets go of all that it has but its memory. */
static void account_release(struct pq_account *acct)
{
	if (acct->parent)
		pq_account_put(acct->parent);
	if (acct->key.cgrp)
		cgroup_put(acct->key.cgrp);
	if (acct->subject)
		pq_subject_put(acct->subject);
	kfree(acct->runs);
}

/**
 * pq_account_new() - make an account that is not in the table yet
 * @pn: the namespace
 * @cgrp: the cgroup, kept by the caller; NULL for (before load)
 * @parent: the account of the parent cgroup, whose reference it takes over,
 *	    also when it fails; or NULL
 *
 * Context: any but hard interrupts.
 * Return: the account, with a reference for the caller, for
 * pq_account_insert(); NULL without memory.
 */
struct pq_account *pq_account_new(struct pq_net *pn, struct cgroup *cgrp,
				  struct pq_account *parent)
{
	struct pq_account *acct;

	acct = kzalloc(PQ_ACCOUNT_SIZE(pq_account_metrics(parent)),
		       GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!acct) {
		if (parent)
			pq_account_put(parent);
		return NULL;
	}
	if (cgrp)
		cgroup_get(cgrp);
	acct->key.net = pn;
	acct->key.cgrp = cgrp;
	acct->parent = parent;
	pq_usage_init(&acct->usage, parent ? &parent->usage : NULL);
	pq_ref_init(&acct->users, 1);
	spin_lock_init(&acct->lock);
	INIT_LIST_HEAD(&acct->owners);
	init_waitqueue_head(&acct->queue);
	return acct;
}

/**
 * pq_account_insert() - let everybody find a new account
 * @acct: from pq_account_new(); freed when this fails
 *
 * Context: any but hard interrupts, under RCU.
 * Return: 0; -EEXIST if there is one with its key by now; -ENOMEM.
 */
int pq_account_insert(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;
	struct pq_account *other;

	/* In the list before a child can be: in the table others find it. */
	spin_lock_bh(&pn->accounts_lock);
	other = pq_rhash_insert(&accounts, &acct->hash_node, account_params);
	if (!other) {
		acct->serial = ++pn->accounts_made;
		list_add_tail_rcu(&acct->link, &pn->accounts);
	}
	spin_unlock_bh(&pn->accounts_lock);
	if (!other) {
		pq_wakeup(PQ_WAKEUP_GC);
		return 0;
	}
	account_release(acct);
	kfree(acct);
	return IS_ERR(other) ? -ENOMEM : -EEXIST;
}

/**
 * pq_account_subject() - the account, as events are about it
 * @acct: the account; its memory stays
 *
 * Context: any but hard interrupts; under RCU, unless the caller keeps the
 * account.
 * Return: the subject, which stays for as long as the account; NULL without
 * memory.
 */
struct pq_subject *pq_account_subject(struct pq_account *acct)
{
	struct pq_subject *subject = READ_ONCE(acct->subject), *other;

	if (likely(subject))
		return subject;
	subject = pq_subject_new(acct->key.net->foreign, acct->key.cgrp);
	if (!subject)
		return NULL;
	/* Pairs with the READ_ONCE() above: filled in, then seen. */
	other = cmpxchg(&acct->subject, NULL, subject);
	if (!other)
		return subject;
	pq_subject_put(subject);
	return other;
}
EXPORT_SYMBOL_IF_KUNIT(pq_account_subject);

/**
 * pq_account_peek() - the same as pq_account_find() without a reference
 * @pn: the namespace
 * @cgrp: the cgroup; NULL for the account of what was there before load
 *
 * The gc may kill the account at any moment. Its memory and that of its
 * ancestors stays until the caller's RCU section ends.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, or NULL.
 */
struct pq_account *pq_account_peek(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account_key key = { .net = pn, .cgrp = cgrp };

	return rhashtable_lookup(&accounts, &key, account_params);
}
EXPORT_SYMBOL_IF_KUNIT(pq_account_peek);

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
		acct = pq_account_peek(pn, cgrp);
		/* If it has died by now, it is not found again. */
	} while (acct && !pq_ref_get(&acct->users));
	return acct;
}

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

static void free_unused(struct pq_account *acct)
{
	struct pq_net *pn = acct->key.net;

	if (!pq_ref_kill(&acct->users))
		return;
	pq_rhash_remove(&accounts, &acct->hash_node, account_params);
	spin_lock_bh(&pn->accounts_lock);
	list_del_rcu(&acct->link);
	spin_unlock_bh(&pn->accounts_lock);
	account_release(acct);
	pq_dead_add(&acct->dead, acct);
}

/**
 * pq_accounts_gc_net() - free accounts that nothing refers to
 * @pn: the namespace
 * @all: those of live cgroups too
 *
 * Their memory stays until pq_dead_free().
 *
 * Context: process, sleeps; one call at a time. pq_nets_mutex is held, unless @pn
 * is not in pq_nets yet, and given up now and then.
 */
void pq_accounts_gc_net(struct pq_net *pn, bool all)
{
	struct pq_account *acct, *prev;
	unsigned int seen = 0;

	pq_net_assert_kept(pn);
	/* Others are added behind the last meanwhile, and nothing but that changes. */
	spin_lock_bh(&pn->accounts_lock);
	acct = list_last_entry(&pn->accounts, struct pq_account, link);
	spin_unlock_bh(&pn->accounts_lock);
	/* Children stand behind their parents: from the back, one pass will do. */
	for (; !list_entry_is_head(acct, &pn->accounts, link); acct = prev) {
		prev = list_prev_entry(acct, link);
		if (all || pq_account_deleted(acct))
			free_unused(acct);
		if (++seen % GC_SLICE || !pn->serial)
			continue;
		/* Nothing else takes accounts out of the list, nor frees @pn. */
		mutex_unlock(&pq_nets_mutex);
		cond_resched();
		mutex_lock(&pq_nets_mutex);
	}
}
EXPORT_SYMBOL_IF_KUNIT(pq_accounts_gc_net);

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
 * pq_accounts_exit() - free the table; the last gc has emptied it
 *
 * Context: process.
 */
void pq_accounts_exit(void)
{
	rhashtable_destroy(&accounts);
}
