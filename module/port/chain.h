/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chain: visits the sockets of a chain of the bind hash, in turns (see turn.h): one port
 * may have a hundred thousand of them.
 *
 *	struct pq_chain chain = {};
 *
 *	do {
 *		pq_chain_begin(&chain, head);
 *		inet_bind_bucket_for_each(tb, &head->chain)
 *			if (!pq_chain_visit(&chain, tb, visit, arg))
 *				break;
 *	} while (pq_chain_end(&chain, head));
 *
 * Sockets that get their port between two turns stand in front of those that were
 * visited, and need not be met: the hooks know them. But from 6.8 on one that was not
 * visited yet may move there too, when its local address changes
 * (__inet_bhash2_update_saddr()): who has to meet all goes through the chain twice.
 */
#ifndef _PORTQUOTA_CHAIN_H
#define _PORTQUOTA_CHAIN_H

#include "turn.h"

struct inet_bind2_bucket;
struct inet_bind_bucket;
struct inet_bind_hashbucket;

/**
 * struct pq_chain - where a visit to a chain goes on; zeros to begin with
 * @turn: its turns
 * @tb: the bucket of the last socket that was visited in the turn before; NULL for none
 * @tb2: the bhash2 bucket of that socket, where there are such
 */
struct pq_chain {
	struct pq_turn turn;
	struct inet_bind_bucket *tb;
	const struct inet_bind2_bucket *tb2;
};

void pq_chain_begin(struct pq_chain *chain, struct inet_bind_hashbucket *head);
bool pq_chain_visit(struct pq_chain *chain, struct inet_bind_bucket *tb,
		    void (*visit)(struct sock *sk, void *arg), void *arg);
bool pq_chain_end(struct pq_chain *chain, struct inet_bind_hashbucket *head);

#endif
