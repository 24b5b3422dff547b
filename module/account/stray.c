// SPDX-License-Identifier: GPL-2.0-only
/* stray: see stray.h for what it promises. */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "charge.h"
#include "destination.h"
#include "ledger.h"
#include "limits.h"
#include "netns.h"
#include "stray.h"
#include "walk.h"

#define BUCKETS_SLICE	256	/* visited between two pauses; many of them are empty */

/* Whoever has a namespace may change its range all the time: for so long nothing is done then */
#define RESTS		16	/* times as long as the last walk took */

#define MOVES_AT_ONCE	8	/* more than a bucket usually has */

static DEFINE_MUTEX(walk_mutex);	/* one walk at a time */
static unsigned long rest_until;	/* jiffies; the tick's */

/* A connection that is to be counted at another destination: that of its present range */
struct move {
	const void *key;
	struct pq_destination *from;	/* kept */
	struct pq_ports range;
};

struct moves {
	struct move list[MOVES_AT_ONCE];
	unsigned int count;
	bool more;	/* than the list has room for */
};

static void note_move(struct moves *moves, const struct pq_entry *entry)
{
	struct move *move = &moves->list[moves->count];

	if (moves->count == MOVES_AT_ONCE) {
		moves->more = true;
		return;
	}
	pq_destination_keep(entry->destination);
	*move = (struct move){
		.key = entry->key,
		.from = entry->destination,
		.range = pq_account_range(pq_entry_account(entry), PQ_TCP),
	};
	moves->count++;
}

/* A namespace that is seen under RCU not to leave stays until the end of that. */
static void visit(struct pq_entry *entry, void *arg)
{
	struct pq_net *pn = pq_entry_account(entry)->key.net;

	if (!(entry->flags & PQ_ENTRY_RESERVATION) || !READ_ONCE(pn->walked) ||
	    READ_ONCE(pn->leaving))
		return;
	if (pq_entry_set_elsewhere(entry, pq_entry_elsewhere(entry)))
		WRITE_ONCE(pn->strayed, true);
	if (pq_entry_misplaced(entry)) {
		WRITE_ONCE(pn->strayed, true);
		note_move(arg, entry);
	}
}

/*
 * The socket may have ended by now, and another one have its address: that is moved as well,
 * if it is to be. A warning that is due is the next tick's.
 */
static void move_entry(const struct move *move)
{
	struct pq_destination *to = pq_destination_with(move->from, move->range);
	struct pq_entry *entry = pq_ledger_lock(move->key);

	if (entry && entry->destination == move->from &&
	    pq_ports_same(move->range, pq_account_range(pq_entry_account(entry), PQ_TCP)))
		to = pq_entry_connect(entry, to);
	pq_ledger_unlock(move->key);
	pq_ref_put(&to->users);
	pq_destination_forget(move->from);
}

/* Below the bucket's lock a destination can be neither looked up nor made. */
static void visit_bucket(unsigned int bucket)
{
	struct moves moves;
	unsigned int i;

	do {
		moves.count = 0;
		moves.more = false;
		rcu_read_lock();
		pq_ledger_visit(bucket, visit, &moves);
		for (i = 0; i < moves.count; i++)
			move_entry(&moves.list[i]);
		rcu_read_unlock();
		if (moves.count)
			cond_resched();
	} while (moves.more);
}

static void fit_ports(struct pq_net *pn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pn->ports); i++)
		pq_portcount_fit(&pn->ports[i], pn->net->ipv4.sysctl_local_reserved_ports,
				 READ_ONCE(pn->range.low), READ_ONCE(pn->range.high));
}

static bool begin_net(struct pq_net *pn, void *arg)
{
	if (!pq_strays_due(pn))
		return false;
	pn->moves_begun = atomic_read_acquire(&pn->moves);	/* before the range */
	WRITE_ONCE(pn->strayed, false);
	fit_ports(pn);
	WRITE_ONCE(pn->walked, true);
	return true;
}

static bool end_net(struct pq_net *pn, void *arg)
{
	if (!pn->walked)
		return false;
	WRITE_ONCE(pn->walked, false);
	/* The marks, then that they are there: see pq_net_moving(). */
	smp_store_release(&pn->moves_seen, pn->moves_begun);
	WRITE_ONCE(pn->recounted, true);
	pq_net_awaken(pn);
	return true;
}

/*
 * What was on its way into the ledger, or from one place there to another, may not have
 * been seen: the next tick looks once more, until nothing is found.
 */
static void walk(void)
{
	unsigned int bucket;

	pq_walk_nets(NULL, begin_net, NULL);
	for (bucket = 0; bucket < pq_ledger_buckets(); bucket++) {
		visit_bucket(bucket);
		if (!(bucket % BUCKETS_SLICE))
			cond_resched();
	}
	pq_walk_nets(NULL, end_net, NULL);
}

/**
 * pq_strays_settle() - see to it that what is told of ranges is right
 * @pn: the namespace
 * @net: the same, kept from removal
 *
 * Context: process, sleeps.
 */
void pq_strays_settle(struct pq_net *pn, struct net *net)
{
	pq_limits_follow_range(pn, net);
	if (likely(!pq_net_moving(pn)))
		return;
	mutex_lock(&walk_mutex);
	/* Who had the mutex may have done it. */
	if (pq_net_moving(pn))
		walk();
	mutex_unlock(&walk_mutex);
}

/**
 * pq_strays_init_net() - a namespace begins, with no sockets that are known
 * @pn: the namespace, its range followed
 */
void pq_strays_init_net(struct pq_net *pn)
{
	fit_ports(pn);
	pn->moves_seen = atomic_read(&pn->moves);
}

/**
 * pq_strays_tick() - some namespace may have strays that are not known
 *
 * Context: process, sleeps. The tick's.
 */
void pq_strays_tick(void)
{
	unsigned long begun = jiffies;

	if (rest_until && time_before(begun, rest_until))
		return;
	mutex_lock(&walk_mutex);
	walk();
	mutex_unlock(&walk_mutex);
	rest_until = jiffies + RESTS * (jiffies - begun) ?: 1;
}
