// SPDX-License-Identifier: GPL-2.0-only
/* stray: see stray.h for what it promises. */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "charge.h"
#include "ledger.h"
#include "limits.h"
#include "netns.h"
#include "stray.h"
#include "walk.h"

#define BUCKETS_SLICE	256	/* visited between two pauses; many of them are empty */

/* Whoever has a namespace may change its range all the time: for so long nothing is done then */
#define RESTS		16	/* times as long as the last walk took */

static DEFINE_MUTEX(walk_mutex);	/* one walk at a time */
static unsigned long rest_until;	/* jiffies; the tick's */

/* A namespace that is seen under RCU not to leave stays until the end of that. */
static void visit(struct pq_entry *entry, void *arg)
{
	struct pq_net *pn = pq_entry_account(entry)->key.net;

	if (entry->flags & PQ_ENTRY_RESERVATION && READ_ONCE(pn->walked) &&
	    !READ_ONCE(pn->leaving) &&
	    pq_entry_set_elsewhere(entry, pq_entry_elsewhere(entry)))
		WRITE_ONCE(pn->strayed, true);
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
		pq_ledger_visit(bucket, visit, NULL);
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
