// SPDX-License-Identifier: GPL-2.0-only
/* chain: see chain.h for what it promises. */
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>

#include "chain.h"
#include "lib/compat.h"

/* The bucket that a socket is in: it is in or out of that of @head only with the lock held. */
static const struct inet_bind_bucket *bucket_of(const struct sock *sk)
{
	if (inet_sk_state_load(sk) == TCP_TIME_WAIT)
		return READ_ONCE(inet_twsk(sk)->tw_tb);
	return READ_ONCE(inet_csk(sk)->icsk_bind_hash);
}

/* Without looking into it, because it may be gone */
static bool chain_has(struct inet_bind_hashbucket *head, const struct inet_bind_bucket *wanted)
{
	struct inet_bind_bucket *tb;

	inet_bind_bucket_for_each(tb, &head->chain)
		if (tb == wanted)
			return true;
	return false;
}

/**
 * pq_chain_begin() - lock a chain, and find where the turn before has ended
 * @chain: zeros, or what pq_chain_end() has left
 * @head: the chain
 *
 * Context: any but hard interrupts; returns with softirqs off.
 */
void pq_chain_begin(struct pq_chain *chain, struct inet_bind_hashbucket *head)
	__acquires(&head->lock)
{
	struct pq_turn *turn = &chain->turn;

	spin_lock_bh(&head->lock);
	pq_turn_begin(turn);
	if (!chain->tb || (chain_has(head, chain->tb) && bucket_of(turn->kept) == chain->tb &&
			   pq_compat_bucket2(turn->kept) == chain->tb2))
		return;
	chain->tb = NULL;
	pq_turn_lost(turn);
}

struct visit {
	struct pq_turn *turn;
	void (*visit)(struct sock *sk, void *arg);
	void *arg;
};

static bool visit_owner(struct sock *sk, void *arg)
{
	struct visit *visit = arg;

	visit->visit(sk, visit->arg);
	return pq_turn_visited(visit->turn, sk);
}

/**
 * pq_chain_visit() - visit the sockets of one bucket of the chain
 * @chain: the chain, begun
 * @tb: the bucket; all of the chain are to be gone through
 * @visit: what to do with each, TIME_WAITs too
 * @arg: its argument
 *
 * Return: true to go on with the next bucket; false when this turn is over.
 */
bool pq_chain_visit(struct pq_chain *chain, struct inet_bind_bucket *tb,
		    void (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct visit owner = { &chain->turn, visit, arg };
	struct sock *from = chain->tb ? chain->turn.kept : NULL;

	if (chain->tb && chain->tb != tb)
		return true;	/* it was visited in a turn before */
	chain->tb = NULL;
	if (!pq_compat_any_owner(tb, from, visit_owner, &owner))
		return true;
	chain->tb = tb;
	chain->tb2 = pq_compat_bucket2(chain->turn.last);
	return false;
}

/**
 * pq_chain_end() - give up the lock
 * @chain: the chain
 * @head: the same
 *
 * Return: true if there is more to visit, in another turn.
 */
bool pq_chain_end(struct pq_chain *chain, struct inet_bind_hashbucket *head)
	__releases(&head->lock)
{
	spin_unlock_bh(&head->lock);
	return pq_turn_end(&chain->turn);
}
