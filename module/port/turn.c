// SPDX-License-Identifier: GPL-2.0-only
/* turn: see turn.h for what it promises. */
#include <net/inet_hashtables.h>

#include "turn.h"

/**
 * pq_turn_begin() - begin the next turn
 * @turn: zeros, or what pq_turn_end() has left
 *
 * Context: any, with the list's lock.
 */
void pq_turn_begin(struct pq_turn *turn)
{
	turn->left = PQ_TURN_VISITS;
	turn->kept = turn->last;
	turn->last = NULL;
}

/**
 * pq_turn_lost() - the last socket of the turn before has lost its place
 * @turn: the turn, just begun
 *
 * The caller begins at the front. Where it comes to this again and again, the turn has
 * no end but the list's.
 */
void pq_turn_lost(struct pq_turn *turn)
{
	if (++turn->lost >= PQ_TURN_LOST_MAX)
		turn->left = UINT_MAX;
}

/**
 * pq_turn_visited() - a socket was visited
 * @turn: the turn
 * @sk: the socket, or TIME_WAIT. Once there were enough visits, the turn ends at the
 *	first that does not go just now
 *
 * Return: true if the turn is over.
 */
bool pq_turn_visited(struct pq_turn *turn, struct sock *sk)
{
	if (turn->left)
		turn->left--;
	/* Of a TIME_WAIT this is tw_refcnt, which is set when it is in all tables. */
	if (turn->left || !refcount_inc_not_zero(&sk->sk_refcnt))
		return false;
	turn->last = sk;
	return true;
}

/**
 * pq_turn_end() - end a turn
 * @turn: the turn
 *
 * Context: any, without the list's lock.
 * Return: true if there is more to visit, in another turn.
 */
bool pq_turn_end(struct pq_turn *turn)
{
	if (turn->kept)
		sock_gen_put(turn->kept);
	turn->kept = NULL;
	return turn->last;
}
