// SPDX-License-Identifier: GPL-2.0-only
/* owner: see owner.h for what it promises. */
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "destination.h"
#include "lib/compat.h"
#include "owner.h"
#include "tree.h"

/* Far below 0, so that a get and a put that come late do not revive it */
#define HOLDER_DYING	(INT_MIN / 2)

static struct rhashtable holders;
static DEFINE_MUTEX(sweep_mutex);	/* one sweep at a time */

DEFINE_PER_CPU(struct pq_holder *, pq_holder_last);

static u32 holder_hash(const void *data, u32 len, u32 seed)
{
	const struct pq_holder_key *key = data;

	return hash_long((long)key->account.net ^ (long)key->account.cgrp * 3 ^
			 (long)key->pid * 5 ^ (long)key->comm_words[0] * 7 ^
			 (long)key->comm_words[1] * 11 ^ seed, 32);
}

static int holder_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct pq_holder_key *a = arg->key, *b = &((const struct pq_holder *)obj)->key;

	return a->pid != b->pid || a->account.cgrp != b->account.cgrp ||
	       a->account.net != b->account.net ||
	       a->comm_words[0] != b->comm_words[0] || a->comm_words[1] != b->comm_words[1];
}

static const struct rhashtable_params holder_params = {
	.head_offset = offsetof(struct pq_holder, hash_node),
	.key_offset = offsetof(struct pq_holder, key),
	.key_len = sizeof(struct pq_holder_key),
	.hashfn = holder_hash,
	.obj_cmpfn = holder_compare,
	.automatic_shrinking = true,
};

static void holder_free(struct pq_holder *holder)
{
	pq_destination_forget(holder->recent);
	pq_account_put(holder->account);
	put_pid(holder->key.pid);
	kfree_rcu(holder, rcu);
}

/* Under RCU. Returns one that somebody else made, when it was faster. */
static struct pq_holder *holder_create(const struct pq_holder_key *key)
{
	struct pq_holder *holder, *other;

	holder = kzalloc(sizeof(*holder), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!holder)
		return NULL;
	holder->account = pq_account_get(key->account.net, key->account.cgrp);
	if (!holder->account) {
		kfree(holder);
		return NULL;
	}
	holder->key = *key;
	get_pid(key->pid);
	atomic_set(&holder->users, 1);

	do {
		other = rhashtable_lookup_get_insert_fast(&holders, &holder->hash_node,
							  holder_params);
		if (!other) {
			spin_lock_bh(&holder->account->lock);
			list_add_tail_rcu(&holder->link, &holder->account->holders);
			spin_unlock_bh(&holder->account->lock);
			return holder;
		}
		/* One that is dying leaves the table in a moment: see the sweep. */
	} while (!IS_ERR(other) && !atomic_inc_unless_negative(&other->users));

	holder_free(holder);
	return IS_ERR(other) ? NULL : other;
}

/**
 * pq_holder_get() - the holder with a key, made if there is none
 * @key: the key; its cgroup and pid are kept by the caller
 *
 * Context: any but hard interrupts, under RCU.
 * Return: the holder, with a reference for the caller; NULL without memory.
 */
struct pq_holder *pq_holder_get(const struct pq_holder_key *key)
{
	struct pq_holder *holder;

	holder = rhashtable_lookup(&holders, key, holder_params);
	if (likely(holder && atomic_inc_unless_negative(&holder->users)))
		return holder;
	return holder_create(key);
}
EXPORT_SYMBOL_IF_KUNIT(pq_holder_get);

/* @holder has a user, or is NULL. */
static void remember(struct pq_holder **last, struct pq_holder *holder)
{
	if (holder) {
		atomic_inc(&holder->users);
		atomic_inc(&holder->remembered);
	}
	/* The sweep changes it from afar: no this_cpu_xchg(). */
	holder = xchg(last, holder);
	if (holder) {
		atomic_dec(&holder->remembered);
		pq_holder_put(holder);
	}
}

/**
 * pq_holder_get_running() - the running program as the payer
 * @pn: the namespace
 * @cgrp: the cgroup that pays
 *
 * Context: process, under RCU.
 * Return: as pq_holder_get().
 */
struct pq_holder *pq_holder_get_running(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_holder_key key = {
		.account = { .net = pn, .cgrp = cgrp },
		.pid = task_tgid(current),
	};
	struct pq_holder *holder;

	memcpy(key.comm, current->group_leader->comm, sizeof(key.comm));
	key.comm[sizeof(key.comm) - 1] = '\0';
	holder = pq_holder_get(&key);
	if (likely(holder))
		remember(raw_cpu_ptr(&pq_holder_last), holder);
	return holder;
}

/**
 * pq_holders_sweep() - free the holders that no entry refers to
 *
 * When it returns they are gone, and refer to no account, also where another
 * sweep was at work on them.
 *
 * Context: process, may sleep.
 */
void pq_holders_sweep(void)
{
	struct rhashtable_iter iter;
	struct pq_holder *holder;
	int cpu;

	mutex_lock(&sweep_mutex);
	/* Who still reads one of these is under RCU, and finds it below 0 if it goes. */
	for_each_possible_cpu(cpu)
		remember(per_cpu_ptr(&pq_holder_last, cpu), NULL);

	rhashtable_walk_enter(&holders, &iter);
	rhashtable_walk_start(&iter);
	while ((holder = rhashtable_walk_next(&iter))) {
		bool idle;

		if (IS_ERR(holder))	/* the table was resized: some come twice */
			continue;
		/* Nobody must be able to wait for it between the two: softirqs off. */
		local_bh_disable();
		idle = atomic_cmpxchg(&holder->users, 0, HOLDER_DYING) == 0;
		if (idle) {
			rhashtable_remove_fast(&holders, &holder->hash_node, holder_params);
			spin_lock(&holder->account->lock);
			list_del_rcu(&holder->link);
			spin_unlock(&holder->account->lock);
		}
		local_bh_enable();
		if (idle)
			holder_free(holder);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	mutex_unlock(&sweep_mutex);
}
EXPORT_SYMBOL_IF_KUNIT(pq_holders_sweep);

/**
 * pq_holders_init() - make the table of holders
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_holders_init(void)
{
	return rhashtable_init(&holders, &holder_params);
}

/**
 * pq_holders_exit() - free all holders and their table
 *
 * Context: process, may sleep; no entry refers to a holder any more.
 */
void pq_holders_exit(void)
{
	pq_holders_sweep();
	rhashtable_destroy(&holders);
}
