/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turn: visits the sockets of a chain of the bind hash a few at a time.
 *
 * One port may have a hundred thousand of them. While they are visited the chain is
 * locked and softirqs are off, so that after every few the lock is given up. The last
 * one that was visited is kept meanwhile. Where it has lost its place when the lock is
 * taken again, the chain is begun anew: a visitor may meet a socket twice.
 *
 *	struct pq_turn turn = {};
 *
 *	do {
 *		pq_turn_begin(&turn, head);
 *		inet_bind_bucket_for_each(tb, &head->chain)
 *			if (!pq_turn_visit(&turn, tb, visit, arg))
 *				break;
 *	} while (pq_turn_end(&turn, head));
 *
 * Sockets that get their port between two turns stand in front of those that were
 * visited, and need not be met: the hooks know them. But from 6.8 on one that was not
 * visited yet may move there too, when its local address changes
 * (__inet_bhash2_update_saddr()): who has to meet all goes through the chain twice.
 */
#ifndef _PORTQUOTA_TURN_H
#define _PORTQUOTA_TURN_H

#include <linux/types.h>

struct inet_bind2_bucket;
struct inet_bind_bucket;
struct inet_bind_hashbucket;
struct sock;

/* Visits before a lock is given up. To enter a socket takes up to 5,000 instructions. */
#define PQ_TURN_VISITS		16

/* So often a chain is begun anew. Only who ends sockets just then brings it about. */
#define PQ_TURN_LOST_MAX	16

/**
 * struct pq_turn - where a visit goes on; zeros to begin with
 * @tb: the bucket of the last socket that was visited in the turn before; NULL for none
 * @tb2: the bhash2 bucket of that socket, where there are such
 * @sk: the last socket that was visited in this turn, kept; NULL unless there is more
 * @kept: that of the turn before
 * @left: how many may be visited before the lock is given up
 * @lost: how often the last one had lost its place
 */
struct pq_turn {
	struct inet_bind_bucket *tb;
	const struct inet_bind2_bucket *tb2;
	struct sock *sk;
	struct sock *kept;
	unsigned int left;
	unsigned int lost;
};

void pq_turn_begin(struct pq_turn *turn, struct inet_bind_hashbucket *head);
bool pq_turn_visit(struct pq_turn *turn, struct inet_bind_bucket *tb,
		   void (*visit)(struct sock *sk, void *arg), void *arg);
bool pq_turn_end(struct pq_turn *turn, struct inet_bind_hashbucket *head);

#endif
