/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owner: one program in one account, as the payer of reservations: the pid= and
 * comm= of a reservation, and owners= and owner.pid= of an account.
 *
 * A program that holds ten thousand ports is remembered once: each entry of
 * the ledger points here, which keeps an entry at 56 bytes. A pid is kept as
 * struct pid, so that a number given out again later is not mistaken for it.
 * Unused owners stay until the next gc, for a program that comes back.
 */
#ifndef _PORTQUOTA_OWNER_H
#define _PORTQUOTA_OWNER_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "account.h"
#include "lib/dead.h"
#include "lib/line.h"
#include "lib/ref.h"

struct pq_owner_key {
	struct pq_account_key account;
	struct pid *pid;		/* NULL: not known */
	union {
		char comm[TASK_COMM_LEN];	/* the end is zero */
		u64 comm_words[TASK_COMM_LEN / sizeof(u64)];
	};
};

/**
 * struct pq_owner - one program in one account
 * @key: has a reference on the pid
 * @account: has a reference
 * @recent: where its program has connected to last, of which it is a user
 * @hash_node: by @key
 * @users: entries of the ledger, processors that remember it, and readers
 * @remembered: of those: processors and readers
 * @link: in the account's list
 * @dead: looked up under RCU
 *
 * Each connection of the program compares with what is before @users, and writes to that.
 */
struct pq_owner {
	struct pq_owner_key key;
	struct pq_account *account;
	struct pq_destination *recent;
	struct rhash_head hash_node;
	struct pq_ref users ____cacheline_aligned;
	atomic_t remembered;
	struct list_head link;
	struct pq_dead dead;
} ____cacheline_aligned;

static_assert(SMP_CACHE_BYTES != 64 || sizeof(struct pq_owner) == 128);
static_assert(PQ_LINE_BEHIND(struct pq_owner, recent) <= PQ_LINE(struct pq_owner, users));

struct pq_owner *pq_owner_get(const struct pq_owner_key *key);

/**
 * pq_owner_put() - give back what pq_owner_get() returned
 * @owner: the owner
 *
 * Context: any.
 */
static inline void pq_owner_put(struct pq_owner *owner)
{
	pq_ref_put(&owner->users);
}

/**
 * pq_owner_held() - how many entries of the ledger refer to an owner
 * @owner: the owner
 *
 * Return: the number; 0 or less for none.
 */
static inline int pq_owner_held(const struct pq_owner *owner)
{
	return pq_ref_users(&owner->users) - atomic_read(&owner->remembered);
}

/**
 * pq_owner_keep() - keep an owner without an entry that refers to it
 * @owner: the owner
 *
 * Context: any, under RCU. To be undone by pq_owner_forget().
 * Return: false if it is dead.
 */
static inline bool pq_owner_keep(struct pq_owner *owner)
{
	atomic_inc(&owner->remembered);
	if (pq_ref_get(&owner->users))
		return true;
	atomic_dec(&owner->remembered);
	return false;
}

/**
 * pq_owner_forget() - let go of an owner that was kept
 * @owner: the owner, or NULL
 *
 * Context: any.
 */
static inline void pq_owner_forget(struct pq_owner *owner)
{
	if (owner) {
		pq_owner_put(owner);
		atomic_dec(&owner->remembered);
	}
}

/* Programs that take turns on a processor: by their numbers, so that forks have each its own */
#define PQ_OWNERS_LAST	16

/*
 * The owners that were asked for last on each processor, which is one of their
 * users until another takes the place or the gc comes by.
 */
struct pq_owners_last {
	struct pq_owner *at[PQ_OWNERS_LAST];
};

DECLARE_PER_CPU(struct pq_owners_last, pq_owners_last);

/* The place of the running program */
static __always_inline unsigned int pq_owner_place(void)
{
	return (unsigned int)current->tgid % PQ_OWNERS_LAST;
}

struct pq_owner *pq_owner_get_running(struct pq_net *pn, struct cgroup *cgrp, bool make);

/**
 * pq_owner_peek_last() - the running program as the payer, if it was the last in its place
 * @pn: the namespace; NULL is none that was
 * @cgrp: the cgroup that pays
 *
 * Context: process, preemption off. That is RCU too, which keeps the memory of
 * what is remembered; and once it has another user, it stays.
 * Return: the owner, without a reference; NULL if another was.
 */
static __always_inline struct pq_owner *pq_owner_peek_last(struct pq_net *pn,
							   struct cgroup *cgrp)
{
	struct pq_owner *last = __this_cpu_read(pq_owners_last.at[pq_owner_place()]);
	/* As ps and ss name it: the process, not the thread. */
	const struct task_struct *leader = current->group_leader;

	lockdep_assert_preemption_disabled();
	if (likely(last && last->key.account.net == pn && last->key.account.cgrp == cgrp &&
		   last->key.pid == task_tgid(current) &&
		   !memcmp(last->key.comm, leader->comm, TASK_COMM_LEN)))
		return last;
	return NULL;
}

int pq_owners_init(void);
void pq_owners_exit(void);
void pq_owners_gc(void);
bool pq_owners_exist(void);

#endif
