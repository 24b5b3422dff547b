/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turn: visits the sockets of a list under a lock a few at a time.
 *
 * While they are visited the list is locked and softirqs are off, so that after every few
 * the lock is given up. The last one that was visited is kept meanwhile. Where it has lost
 * its place when the lock is taken again, the list is begun anew: a visitor may meet a
 * socket twice.
 */
#ifndef _PORTQUOTA_TURN_H
#define _PORTQUOTA_TURN_H

#include <linux/types.h>

struct sock;

/* Visits before a lock is given up. To enter a socket takes up to 5,000 instructions. */
#define PQ_TURN_VISITS		16

/* So often a list is begun anew. Only who ends sockets just then brings it about. */
#define PQ_TURN_LOST_MAX	16

/**
 * struct pq_turn - where a visit goes on; zeros to begin with
 * @last: the last socket that was visited in this turn, kept; NULL unless there is more
 * @kept: that of the turn before, behind which this one goes on; NULL: at the front
 * @left: how many may be visited before the lock is given up
 * @lost: how often the last one had lost its place
 */
struct pq_turn {
	struct sock *last;
	struct sock *kept;
	unsigned int left;
	unsigned int lost;
};

void pq_turn_begin(struct pq_turn *turn);
void pq_turn_lost(struct pq_turn *turn);
bool pq_turn_visited(struct pq_turn *turn, struct sock *sk);
bool pq_turn_end(struct pq_turn *turn);

#endif
