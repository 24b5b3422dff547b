// SPDX-License-Identifier: GPL-2.0-only
/* turn: see turn.h for what it promises. */
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>

#include "lib/compat.h"
#include "turn.h"

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
 * pq_turn_begin() - lock a chain, and find where the turn before has ended
 * @turn: zeros, or what pq_turn_end() has left
 * @head: the chain
 *
 * Context: any but hard interrupts; returns with softirqs off.
 */
void pq_turn_begin(struct pq_turn *turn, struct inet_bind_hashbucket *head)
	__acquires(&head->lock)
{
	spin_lock_bh(&head->lock);
	turn->left = PQ_TURN_VISITS;
	turn->kept = turn->sk;
	turn->sk = NULL;
	if (!turn->tb || (chain_has(head, turn->tb) && bucket_of(turn->kept) == turn->tb &&
			  pq_compat_bucket2(turn->kept) == turn->tb2))
		return;
	turn->tb = NULL;
	if (++turn->lost >= PQ_TURN_LOST_MAX)
		turn->left = UINT_MAX;
}

struct visit {
	struct pq_turn *turn;
	void (*visit)(struct sock *sk, void *arg);
	void *arg;
};

/* Once there were enough visits, ends the turn at the first that does not go just now. */
static bool visit_owner(struct sock *sk, void *arg)
{
	struct visit *visit = arg;
	struct pq_turn *turn = visit->turn;

	visit->visit(sk, visit->arg);
	if (turn->left)
		turn->left--;
	/* Of a TIME_WAIT this is tw_refcnt, which is set when it is in all tables. */
	if (turn->left || !refcount_inc_not_zero(&sk->sk_refcnt))
		return false;
	turn->sk = sk;
	turn->tb2 = pq_compat_bucket2(sk);
	return true;
}

/**
 * pq_turn_visit() - visit the sockets of one bucket of the chain
 * @turn: the turn, begun
 * @tb: the bucket; all of the chain are to be gone through
 * @visit: what to do with each, TIME_WAITs too
 * @arg: its argument
 *
 * Return: true to go on with the next bucket; false when this turn is over.
 */
bool pq_turn_visit(struct pq_turn *turn, struct inet_bind_bucket *tb,
		   void (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct visit owner = { turn, visit, arg };
	struct sock *from = turn->tb ? turn->kept : NULL;

	if (turn->tb && turn->tb != tb)
		return true;	/* it was visited in a turn before */
	turn->tb = NULL;
	if (!pq_compat_any_owner(tb, from, visit_owner, &owner))
		return true;
	turn->tb = tb;
	return false;
}

/**
 * pq_turn_end() - give up the lock
 * @turn: the turn
 * @head: the chain
 *
 * Return: true if there is more to visit, in another turn.
 */
bool pq_turn_end(struct pq_turn *turn, struct inet_bind_hashbucket *head)
	__releases(&head->lock)
{
	spin_unlock_bh(&head->lock);
	if (turn->kept)
		sock_gen_put(turn->kept);
	turn->kept = NULL;
	return turn->sk;
}
