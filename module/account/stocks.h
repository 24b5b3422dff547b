/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stocks: each CPU has some charges that were made beforehand, for the programs that
 * connect there and where these connect to, so that a connection that is like most
 * touches nothing that other CPUs write to: see lib/stock.h, which says why nothing is
 * lost by it.
 *
 * A slot is of one program and one destination. With each TCP port in its stock go a
 * user of the program's owner and one of the destination, with each TIME_WAIT one of
 * the destination's. How many ports of the namespace are held is counted there too, up
 * and down, by no more than the stock may have in it. What was counted meanwhile is
 * added when the slot is closed: at the next tick, for a reader, for a number that comes
 * near a point, or for another program, when so many of its calls in a row have gone
 * without (PQ_SLOT_PAUSE).
 *
 * Who has to know what is used now, or sets what it is compared with, holds off the
 * stocks of a namespace: pq_stocks_hold_off(). They are closed then, and as long as
 * that lasts all is charged one by one.
 *
 * The lock of a slot is a bit, as that of a bucket of the ledger. Nothing is taken
 * below it, and no connection waits for it: it goes without the stock. So it may be
 * tried below a bucket. It is held with softirqs off, or for a few instructions with
 * interrupts off. It belongs to a CPU by custom alone: a task that is moved meanwhile
 * does no harm.
 */
#ifndef _PORTQUOTA_STOCKS_H
#define _PORTQUOTA_STOCKS_H

#include <linux/processor.h>	/* bit_spinlock.h needs it, and on arm64 does not include it */
#include <linux/bit_spinlock.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "destination.h"
#include "lib/lifetime.h"
#include "lib/stock.h"
#include "netns.h"
#include "owner.h"
#include "stocks_off.h"

#define PQ_SLOTS	32	/* of each CPU */
#define PQ_SLOT_NO_ROOM	64	/* calls go by where there was no room, until it is tried again */

/*
 * So many may be open in one namespace, beside two for each CPU: who closes them all may
 * have softirqs off or a lock, and each takes some 400 instructions in a cgroup three deep.
 */
#define PQ_STOCKS_OPEN	64

/*
 * TIME_WAITs end in bursts, at 250 Hz all of two seconds at one tick of the timer wheel, and
 * what a stock has no room for is uncharged from counters that all CPUs write to. So stocks
 * are large, but only where no number is as near to a point as this, and until those of a
 * namespace could have as much in them: else there would be no room for those of other
 * programs and CPUs.
 */
#define PQ_STOCKS_ROOM	4096
#define PQ_STOCK_SMALL	64

/**
 * struct pq_slot - the stock of one program and one destination on one CPU
 * @lock: bit 0; protects the rest
 * @owner: the program; the slot has a reference, counted as remembered. NULL: it is
 *	   closed. Also looked at without the lock, by who then asks again
 * @destination: the destination; the slot has a reference, counted as recent
 * @stock: what is in it
 * @pause: so many calls that want another slot in its place go without; no lock, as it
 *	   does not matter if one is lost
 * @at_peak: it is closed because some number was at its peak: see pq_slot_is_due()
 * @ports: so many more distinct ports are held than the namespace has counted, or fewer
 * @lifetimes: of TIME_WAITs that have ended and are not counted yet
 */
struct pq_slot {
	unsigned long lock;
	struct pq_owner *owner;
	struct pq_destination *destination;
	struct pq_stock stock;
	int ports;
	unsigned int lifetimes[PQ_LIFETIME_CLASSES];
	unsigned int pause;
	bool at_peak;
} ____cacheline_aligned;

/**
 * struct pq_slots - those of one CPU
 * @net: whose each is; NULL: it is closed. These lines alone of each CPU has to read who
 *	 looks for those of a namespace
 * @slot: the slots, in pairs: a program has either of the pair that its destination and it
 *	  come to, so that a few programs seldom take each other's away
 */
struct pq_slots {
	struct pq_net *net[PQ_SLOTS];
	struct pq_slot slot[PQ_SLOTS];
} ____cacheline_aligned;

/* More than a module may have of static per-CPU memory. Set once, at load */
extern struct pq_slots __percpu *pq_slots;

int pq_stocks_init(void);
void pq_stocks_exit(void);
bool pq_stocks_take(struct pq_owner *owner, struct pq_destination *to, enum pq_resource res);
bool pq_stocks_give(struct pq_owner *owner, struct pq_destination *to, u16 port,
		    enum pq_tally reason, unsigned int lifetime);
bool pq_stocks_take_back(struct pq_owner *owner, struct pq_destination *to);
void pq_stocks_close(void);

/* The functions from here on run for every connection: inline, as in charge.h. */

/* The first of the pair that is for a program and a destination */
static __always_inline unsigned int pq_slot_place(const struct pq_owner *owner,
						  const struct pq_destination *to)
{
	return ((unsigned long)owner / sizeof(*owner) + (unsigned long)to / sizeof(*to)) * 2 %
	       PQ_SLOTS;
}

/* Of a pair the one of @owner; else a closed one; else one that is to change hands. */
static __always_inline struct pq_slot *pq_slot_of_pair(struct pq_slot *pair,
						       const struct pq_owner *owner)
{
	if (likely(READ_ONCE(pair[0].owner) == owner))
		return &pair[0];
	if (READ_ONCE(pair[1].owner) == owner || READ_ONCE(pair[0].owner))
		return &pair[1];
	return &pair[0];
}

static __always_inline struct pq_slot *pq_slot_of(const struct pq_owner *owner,
						  const struct pq_destination *to)
{
	return pq_slot_of_pair(&raw_cpu_ptr(pq_slots)->slot[pq_slot_place(owner, to)], owner);
}

/**
 * pq_slot_is_due() - may this CPU's slot be made that of a program and a destination?
 * @owner: the program
 * @to: the destination
 * @giving: what is uncharged is to go there. That makes room, where a number was at its
 *	    peak: so there each call waits for half as long as the one before
 *
 * Or filled, if it is so already. To be asked by each that has found nothing there.
 *
 * Context: any.
 * Return: false if it is another's, or closed, and is to stay so for now.
 */
static __always_inline bool pq_slot_is_due(const struct pq_owner *owner,
					   const struct pq_destination *to, bool giving)
{
	struct pq_slot *slot = pq_slot_of(owner, to);
	const struct pq_owner *of = READ_ONCE(slot->owner);
	unsigned int pause = READ_ONCE(slot->pause);

	if (of == owner || !pause)
		return true;
	if (giving && !of && READ_ONCE(slot->at_peak))
		pause /= 2;
	else
		pause--;
	WRITE_ONCE(slot->pause, pause);
	return false;
}

/* To sparse a slot is not locked: it depends on more than it can follow. */
static __always_inline bool pq_slot_trylock(struct pq_slot *slot)
{
	if (unlikely(!bit_spin_trylock(0, &slot->lock)))
		return false;
	__release(bitlock);
	return true;
}

/**
 * pq_slot_unlock() - let go of what pq_slot_lock() or pq_slot_trylock() has locked
 * @slot: the slot
 */
static __always_inline void pq_slot_unlock(struct pq_slot *slot)
{
	/* Nobody changes other bits. Pairs with bit_spin_lock(): what is in it, then the lock. */
	smp_store_release(&slot->lock, 0);
	preempt_enable();
}

/**
 * pq_slot_lock_at() - lock a slot if it is that of a program and a destination
 * @slot: from pq_slot_of(), which has seemed to be that of @owner
 * @owner: the program; its memory stays
 * @to: the destination; its memory stays
 *
 * Context: softirqs or interrupts off.
 * Return: @slot, which keeps both until it is unlocked; or NULL.
 */
static __always_inline struct pq_slot *pq_slot_lock_at(struct pq_slot *slot,
						       const struct pq_owner *owner,
						       const struct pq_destination *to)
{
	if (unlikely(!pq_slot_trylock(slot)))
		return NULL;
	if (likely(slot->owner == owner && slot->destination == to)) {
		WRITE_ONCE(slot->pause, PQ_SLOT_PAUSE);
		return slot;
	}
	pq_slot_unlock(slot);
	return NULL;
}

/**
 * pq_slot_lock() - lock this CPU's slot of a program and a destination
 * @owner: the program; its memory stays
 * @to: the destination; its memory stays
 *
 * Context: softirqs or interrupts off.
 * Return: the slot, which keeps both until it is unlocked; NULL if there is none.
 */
static __always_inline struct pq_slot *pq_slot_lock(const struct pq_owner *owner,
						    const struct pq_destination *to)
{
	struct pq_slot *slot = pq_slot_of(owner, to);

	return likely(READ_ONCE(slot->owner) == owner) ? pq_slot_lock_at(slot, owner, to) : NULL;
}

static __always_inline struct pq_portcount *pq_slot_portcount(const struct pq_slot *slot)
{
	return &slot->owner->account->key.net->ports[PQ_TCP];
}

/**
 * pq_slot_count_port() - one more reservation from a stock holds its port
 * @slot: this CPU's, locked; or NULL
 * @count: the count of the namespace's TCP ports
 * @more: from pq_portcount_hold_only(), which may need memory, so it comes before the lock;
 *	  or from pq_portcount_hold_in()
 *
 * Return: as pq_portcount_hold().
 */
static __always_inline int pq_slot_count_port(struct pq_slot *slot, struct pq_portcount *count,
					      int more)
{
	if (more <= 0)
		return more;
	if (likely(slot)) {
		more = ++slot->ports;
		if (likely(more <= slot->stock.cap))
			return 0;
		slot->ports = 0;
	}
	return pq_portcount_more(count, more);
}

/**
 * pq_slot_give() - uncharge a TIME_WAIT, the port that it held and the references of its entry
 * @slot: the slot of both, locked
 * @port: the port
 * @reason: why it has ended
 * @lifetime: the class of how long it has lasted
 *
 * Return: false if there is no room.
 */
static __always_inline bool pq_slot_give(struct pq_slot *slot, u16 port, enum pq_tally reason,
					 unsigned int lifetime)
{
	if (unlikely(slot->ports <= -slot->stock.cap || !pq_stock_give(&slot->stock, reason)))
		return false;
	slot->lifetimes[lifetime]++;
	slot->ports -= pq_portcount_release_only(pq_slot_portcount(slot), port);
	return true;
}

#endif
