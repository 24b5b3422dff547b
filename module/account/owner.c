// SPDX-License-Identifier: GPL-2.0-only
/* owner: see owner.h for what it promises. */
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "destination.h"
#include "lib/compat.h"
#include "lib/rhash.h"
#include "lib/wakeup.h"
#include "owner.h"
#include "tree.h"

#define GC_SLICE	16	/* owners looked at in one RCU section; each may be freed */

static struct rhashtable owners;
static DEFINE_MUTEX(gc_mutex);	/* one gc at a time */

DEFINE_PER_CPU(struct pq_owners_last, pq_owners_last);

/* A dead one is none: see lib/ref.h. */
static int owner_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct pq_owner *owner = obj;
	const struct pq_owner_key *a = arg->key, *b = &owner->key;

	return a->pid != b->pid || a->account.cgrp != b->account.cgrp ||
	       a->account.net != b->account.net ||
	       a->comm_words[0] != b->comm_words[0] || a->comm_words[1] != b->comm_words[1] ||
	       pq_ref_dead(&owner->users);
}

static const struct rhashtable_params owner_params = {
	.head_offset = offsetof(struct pq_owner, hash_node),
	.key_offset = offsetof(struct pq_owner, key),
	.key_len = sizeof(struct pq_owner_key),
	.obj_cmpfn = owner_compare,
	.automatic_shrinking = true,
};

/* Lets go of all that it has but its memory. */
static void owner_release(struct pq_owner *owner)
{
	pq_destination_forget(owner->recent);
	pq_account_put(owner->account);
	put_pid(owner->key.pid);
}

/* Under RCU. Returns the one of another CPU if that was faster. */
static struct pq_owner *owner_create(const struct pq_owner_key *key)
{
	struct pq_owner *owner, *other;

	owner = kzalloc(sizeof(*owner), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!owner)
		return NULL;
	owner->account = pq_account_get(key->account.net, key->account.cgrp);
	if (!owner->account) {
		kfree(owner);
		return NULL;
	}
	owner->key = *key;
	get_pid(key->pid);
	pq_ref_init(&owner->users, 1);

	do {
		other = pq_rhash_insert(&owners, &owner->hash_node, owner_params);
		if (!other) {
			spin_lock_bh(&owner->account->lock);
			list_add_tail_rcu(&owner->link, &owner->account->owners);
			spin_unlock_bh(&owner->account->lock);
			pq_wakeup(PQ_WAKEUP_GC);
			return owner;
		}
		/* If @other has died by now, it is not found again. */
	} while (!IS_ERR(other) && !pq_ref_get(&other->users));

	owner_release(owner);
	kfree(owner);
	return IS_ERR(other) ? NULL : other;
}

static struct pq_owner *owner_find(const struct pq_owner_key *key)
{
	struct pq_owner *owner = rhashtable_lookup(&owners, key, owner_params);

	return likely(owner && pq_ref_get(&owner->users)) ? owner : NULL;
}

/**
 * pq_owner_get() - the owner with a key, made if there is none
 * @key: the key; its cgroup and pid are kept by the caller
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the owner, with a reference for the caller; NULL without memory, or where
 * pq_account_get() returns NULL.
 */
struct pq_owner *pq_owner_get(const struct pq_owner_key *key)
{
	return owner_find(key) ?: owner_create(key);
}
EXPORT_SYMBOL_IF_KUNIT(pq_owner_get);

/* @owner has a user, or is NULL. */
static void remember(struct pq_owner **last, struct pq_owner *owner)
{
	if (owner)
		pq_owner_keep(owner);
	/* pq_owners_gc() changes those of other CPUs, so this_cpu_xchg() is not enough. */
	pq_owner_forget(xchg(last, owner));
}

/**
 * pq_owner_get_running() - the running program as the payer
 * @pn: the namespace
 * @cgrp: the cgroup that pays
 * @make: make the owner if there is none
 *
 * Context: process, under RCU.
 * Return: as pq_owner_get(); NULL if there is none that is not to be made.
 */
struct pq_owner *pq_owner_get_running(struct pq_net *pn, struct cgroup *cgrp, bool make)
{
	struct pq_owner_key key = {
		.account = { .net = pn, .cgrp = cgrp },
		.pid = task_tgid(current),
	};
	struct pq_owner *owner;

	memcpy(key.comm, current->group_leader->comm, sizeof(key.comm));
	key.comm[sizeof(key.comm) - 1] = '\0';
	owner = make ? pq_owner_get(&key) : owner_find(&key);
	if (likely(owner))
		remember(raw_cpu_ptr(&pq_owners_last.at[pq_owner_place()]), owner);
	return owner;
}

static void free_unused(struct pq_owner *owner)
{
	if (!pq_ref_kill(&owner->users))
		return;
	pq_rhash_remove(&owners, &owner->hash_node, owner_params);
	spin_lock_bh(&owner->account->lock);
	list_del_rcu(&owner->link);
	spin_unlock_bh(&owner->account->lock);
	owner_release(owner);
	pq_dead_add(&owner->dead, owner);
}

/* pq_owner_peek_last() may be reading one of these: RCU keeps its memory. */
static void forget_all(void)
{
	struct pq_owners_last *last;
	unsigned int place;
	int cpu;

	for_each_possible_cpu(cpu) {
		last = per_cpu_ptr(&pq_owners_last, cpu);
		for (place = 0; place < PQ_OWNERS_LAST; place++)
			if (READ_ONCE(last->at[place]))
				remember(&last->at[place], NULL);
	}
}

/**
 * pq_owners_gc() - free the owners that no entry refers to
 *
 * When it returns they are gone, and refer to no account, also where another
 * gc was at work on them. Their memory stays until pq_dead_free().
 *
 * Context: process, may sleep.
 */
void pq_owners_gc(void)
{
	struct rhashtable_iter iter;
	struct pq_owner *owner;
	unsigned int seen = 0;

	mutex_lock(&gc_mutex);
	forget_all();

	rhashtable_walk_enter(&owners, &iter);
	rhashtable_walk_start(&iter);
	while ((owner = rhashtable_walk_next(&iter))) {
		if (IS_ERR(owner))	/* the table was resized: some come twice */
			continue;
		/*
		 * The walk goes on behind @owner, so that must still be in the table.
		 * It is, and its memory stays, because only this task removes owners.
		 */
		if (!(++seen % GC_SLICE)) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			rhashtable_walk_start(&iter);
		}
		free_unused(owner);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	mutex_unlock(&gc_mutex);
}
EXPORT_SYMBOL_IF_KUNIT(pq_owners_gc);

/**
 * pq_owners_exist() - is there an owner, so that the gc has something to look at?
 *
 * Context: any.
 * Return: true if so.
 */
bool pq_owners_exist(void)
{
	return atomic_read(&owners.nelems) > 0;
}

/**
 * pq_owners_init() - make the table of owners
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_owners_init(void)
{
	return rhashtable_init(&owners, &owner_params);
}

/**
 * pq_owners_exit() - free all owners and their table
 *
 * Context: process, may sleep; no entry refers to an owner any more.
 */
void pq_owners_exit(void)
{
	pq_owners_gc();
	rhashtable_destroy(&owners);
}
