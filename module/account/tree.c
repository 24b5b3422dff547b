// SPDX-License-Identifier: GPL-2.0-only
/* tree: see tree.h for what it promises. */
#include <linux/cgroup.h>

#include "account.h"
#include "apply.h"
#include "lib/compat.h"
#include "limits.h"
#include "netns.h"
#include "rule/rulebook.h"
#include "tree.h"

/* Under RCU. Takes over the reference on @parent, also when it fails. */
static struct pq_account *account_create(struct pq_net *pn, struct cgroup *cgrp,
					 struct pq_account *parent)
{
	int generation = atomic_read(&pq_rules_generation), err;
	struct pq_account *acct = pq_account_new(pn, cgrp, parent);
	bool changed;

	if (!acct)
		return NULL;
	if (parent)
		pq_limits_catch_up(parent, false);
	pq_limits_bind(acct);
	err = pq_account_insert(acct);
	/* Where another task was faster, the caller looks the account up again. */
	if (err)
		return err == -EEXIST ? ERR_PTR(err) : NULL;
	/*
	 * A task that changed a rule, or what the parent hands down, before the
	 * account could be found has not bound it anew, and a child may have
	 * inherited the old numbers from it already.
	 *
	 * The account is in the list before the generation is read again. Pairs
	 * with the barrier in rules_changed(), after which the list is walked:
	 * either that walk finds the account, or this sees the new generation.
	 */
	smp_mb();
	if (atomic_read(&pq_rules_generation) != generation)
		changed = pq_limits_bind(acct);
	else
		changed = pq_limits_refresh(acct);
	if (changed)
		pq_limits_inherit(acct);
	if (unlikely(!READ_ONCE(acct->bound)))
		pq_apply_later();
	return acct;
}

/*
 * Before a task takes a port, the account and its ancestors have to be bound to all
 * of their rules: a softirq, for which that takes too long, may have made them a
 * moment ago.
 */
static void bind_now(struct pq_account *acct)
{
	if (in_softirq())
		return;
	for (; acct; acct = acct->parent)
		if (unlikely(!READ_ONCE(acct->bound)) && pq_limits_bind(acct))
			pq_limits_inherit(acct);
}

/*
 * The nearest account above a cgroup that has none, with a reference; NULL if it has died
 * meanwhile. Each has a reference to its parent, so one half of the levels is enough to
 * look at, and of that one half.
 */
static struct pq_account *nearest_above(struct pq_net *pn, struct cgroup *cgrp)
{
	int there = 0, missing = cgrp->level, middle;

	while (missing - there > 1) {
		middle = (there + missing) / 2;
		if (pq_account_peek(pn, cgroup_ancestor(cgrp, middle)))
			there = middle;
		else
			missing = middle;
	}
	return pq_account_find(pn, cgroup_ancestor(cgrp, there));
}

/*
 * Makes those that are missing from the top down, but not more than @most. Returns the
 * account, with a reference; ERR_PTR(-EEXIST) where another task was faster; NULL without
 * memory, or when these were not all.
 */
static struct pq_account *make_missing(struct pq_net *pn, struct cgroup *cgrp, unsigned int most)
{
	struct pq_account *acct = nearest_above(pn, cgrp);
	struct cgroup *next;

	if (!acct)
		return ERR_PTR(-EEXIST);
	while (!IS_ERR_OR_NULL(acct) && acct->key.cgrp != cgrp) {
		if (!most--) {
			pq_account_put(acct);
			return NULL;
		}
		next = cgroup_ancestor(cgrp, acct->key.cgrp->level + 1);
		acct = account_create(pn, next, acct);
	}
	return acct;
}

/* The account, with a reference, as make_missing() returns it */
static struct pq_account *find_or_make(struct pq_net *pn, struct cgroup *cgrp, unsigned int most)
{
	struct pq_account *acct;

	do {
		acct = pq_account_find(pn, cgrp);
		if (!acct)
			acct = make_missing(pn, cgrp, most);
	} while (IS_ERR(acct));
	return acct;
}

/**
 * pq_account_get() - the account of a cgroup, made if there is none
 * @pn: the namespace
 * @cgrp: the cgroup, alive or not, kept by the caller; NULL for the account of
 *	  what was there before load
 *
 * With softirqs off it makes PQ_ACCOUNTS_AT_ONCE at most: where more are missing, it has
 * made the topmost ones when it returns NULL, and the next call goes on from there. Who
 * may sleep calls pq_accounts_prepare() first.
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, with a reference for the caller; NULL without memory, or
 * with softirqs off for too many to be made.
 */
struct pq_account *pq_account_get(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account *acct = find_or_make(pn, cgrp, in_softirq() ? PQ_ACCOUNTS_AT_ONCE :
								      UINT_MAX);

	if (acct)
		bind_now(acct);
	return acct;
}
EXPORT_SYMBOL_IF_KUNIT(pq_account_get);

/* Is there its account, or no namespace any more? */
static bool is_prepared(const struct sock *sk)
{
	struct pq_net *pn;
	bool prepared;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	prepared = !pn || pq_account_peek(pn, pq_sock_cgroup(sk));
	rcu_read_unlock();
	return prepared;
}

/**
 * pq_accounts_missing() - may a socket need more accounts than are made with softirqs off?
 * @sk: the socket
 *
 * Context: any but hard interrupts.
 * Return: true if pq_accounts_prepare() is to be called first.
 */
bool pq_accounts_missing(const struct sock *sk)
{
	return unlikely(pq_sock_cgroup(sk)->level > PQ_ACCOUNTS_AT_ONCE) && !is_prepared(sk);
}

/**
 * pq_accounts_prepare() - make the accounts that a socket will need, with pauses
 * @sk: the socket
 *
 * There may be many cgroups above its own, and the path of each is matched with the rules.
 *
 * Context: process, may sleep; not under RCU.
 */
void pq_accounts_prepare(const struct sock *sk)
{
	struct cgroup *cgrp = pq_sock_cgroup(sk);
	struct pq_account *acct = NULL;
	struct pq_net *pn;
	int level;

	if (is_prepared(sk))
		return;
	for (level = 1; level <= cgrp->level; level++) {
		rcu_read_lock();
		pn = pq_net_of(sock_net(sk));
		acct = pn ? pq_account_get(pn, cgroup_ancestor(cgrp, level)) : NULL;
		if (acct)
			pq_account_put(acct);
		rcu_read_unlock();
		if (!acct)
			return;		/* the next one to need it will see */
		cond_resched();
	}
}

/**
 * pq_sock_account() - the account that is to pay for a socket
 * @sk: the socket
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the account, to be used as that of pq_account_peek() until the RCU
 * section ends; NULL as pq_account_get(), or when the namespace is being removed.
 */
struct pq_account *pq_sock_account(const struct sock *sk)
{
	struct pq_net *pn = pq_net_of(sock_net(sk));
	struct cgroup *cgrp = pq_sock_cgroup(sk);
	struct pq_account *acct;

	if (unlikely(!pn))
		return NULL;
	acct = pq_account_peek(pn, cgrp);
	if (unlikely(!acct || !READ_ONCE(acct->bound))) {
		acct = pq_account_get(pn, cgrp);
		if (acct)
			pq_account_put(acct);
	}
	return acct;
}

/**
 * pq_accounts_init_net() - make the accounts that every namespace has
 * @pn: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_accounts_init_net(struct pq_net *pn)
{
	rcu_read_lock();
	pn->root = account_create(pn, &cgrp_dfl_root.cgrp, NULL);
	if (pn->root) {
		pq_ref_hold(&pn->root->users);
		pn->before_load = account_create(pn, NULL, pn->root);
	}
	rcu_read_unlock();
	if (pn->before_load)
		return 0;

	if (pn->root) {
		pq_account_put(pn->root);
		pn->root = NULL;
		pq_accounts_gc_net(pn, true);
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
