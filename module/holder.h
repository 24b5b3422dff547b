/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * holder: one program in one account, as the payer of reservations.
 *
 * A program that holds ten thousand ports is remembered once: each entry of
 * the ledger points here, and that keeps it at 40 bytes. A pid is kept as
 * struct pid, so that a number given out again later is not mistaken for it.
 * Unused holders stay until the next sweep, for a program that comes back.
 */
#ifndef _PORTQUOTA_HOLDER_H
#define _PORTQUOTA_HOLDER_H

#include <linux/atomic.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>

#include "account.h"

struct pq_holder_key {
	struct pq_account_key account;
	struct pid *pid;		/* NULL: not known */
	union {
		char comm[TASK_COMM_LEN];	/* the end is zero */
		u64 comm_words[TASK_COMM_LEN / sizeof(u64)];
	};
};

/**
 * struct pq_holder - one program in one account
 * @key: has a reference on the pid
 * @account: has a reference
 * @users: entries of the ledger; below 0 when it is being freed
 * @recent: where its program has connected to last, of which it is a user
 * @hash_node: by @key
 * @link: in the account's list
 * @rcu: looked up under RCU
 */
struct pq_holder {
	struct pq_holder_key key;
	struct pq_account *account;
	atomic_t users;
	struct pq_destination *recent;
	struct rhash_head hash_node;
	struct list_head link;
	struct rcu_head rcu;
};

struct pq_holder *pq_holder_get(const struct pq_holder_key *key);

/**
 * pq_holder_put() - give back what pq_holder_get() returned
 * @holder: the holder
 *
 * Context: any.
 */
static inline void pq_holder_put(struct pq_holder *holder)
{
	atomic_dec(&holder->users);
}

int pq_holders_init(void);
void pq_holders_exit(void);
void pq_holders_sweep(void);

#endif
