// SPDX-License-Identifier: GPL-2.0-only
/* stocks: see stocks.h for what it promises. */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "lib/export.h"
#include "lib/params.h"
#include "lib/softirq.h"
#include "stocks.h"

#define SHARE	2	/* of the room above an untrip point, a new stock gets half */

struct pq_slots __percpu *pq_slots __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(pq_slots);

static struct pq_usage *usage_of(const struct pq_slot *slot)
{
	return &slot->owner->account->usage;
}

static bool is_of(const struct pq_slot *slot, const struct pq_owner *owner,
		  const struct pq_destination *to)
{
	return slot->owner == owner && slot->destination == to;
}

/* What was counted at the destination and the namespace beforehand, or is not yet. */
static void count_rest(struct pq_slot *slot, struct pq_net *pn)
{
	struct pq_destination *to = slot->destination;
	unsigned int class;

	for (class = 0; class < PQ_LIFETIME_CLASSES; class++)
		if (slot->lifetimes[class])
			atomic_long_add(slot->lifetimes[class], &pn->lifetimes[class]);
	memset(slot->lifetimes, 0, sizeof(slot->lifetimes));
	atomic_add(slot->ports, &pn->ports[PQ_TCP].ports);
	slot->ports = 0;
	atomic_sub(slot->stock.timewait, &to->timewait);
	if (slot->stock.fin_wait2)
		atomic_add(slot->stock.fin_wait2, &to->kept);
	pq_ref_add(&to->users, -slot->stock.tcp);
	smp_mb__before_atomic();	/* as in pq_stock_close() */
	atomic_sub(slot->stock.cap, &pn->ports[PQ_TCP].loose);
	atomic_sub(slot->stock.cap, &to->loose);
}

/* The slot is locked, and open. */
static void slot_close(struct pq_slots *slots, unsigned int place)
{
	struct pq_slot *slot = &slots->slot[place];
	struct pq_account *acct = slot->owner->account;
	struct pq_net *pn = acct->key.net;

	count_rest(slot, pn);
	pq_destination_forget(slot->destination);
	pq_ref_add(&slot->owner->users, -slot->stock.tcp);
	pq_stock_close(&slot->stock, usage_of(slot));
	pq_ref_hold(&acct->users);	/* it keeps @pn */
	pq_owner_forget(slot->owner);
	WRITE_ONCE(slot->owner, NULL);
	slot->destination = NULL;
	/* Pairs with clear_cpu(), which then need not lock it: what was in it is counted. */
	smp_store_release(&slots->net[place], NULL);
	smp_mb__before_atomic();	/* pairs with pq_stocks_hold_off() */
	atomic_dec(&pn->stocks_open);
	smp_mb__before_atomic();	/* Behind this @pn may go. */
	pq_account_put(acct);
}

static bool destination_has_room(const struct pq_destination *to, int cap)
{
	long untrip = READ_ONCE(to->untrip), used = pq_destination_used(to);

	return used < READ_ONCE(to->trip) &&
	       (untrip < 0 || used - atomic_read(&to->loose) - cap > untrip);
}

/* @cap: that is not in any @loose yet */
static bool has_room(const struct pq_owner *owner, const struct pq_destination *to, int cap)
{
	return destination_has_room(to, cap) &&
	       pq_portcount_has_room(&owner->account->key.net->ports[PQ_TCP], cap);
}

/* @to may be dead. In this order it never seems to have one more than it has. */
static bool keep(struct pq_destination *to)
{
	atomic_inc(&to->recent);
	if (pq_ref_get(&to->users))
		return true;
	atomic_dec(&to->recent);
	return false;
}

static int most_open(void)
{
	return PQ_STOCKS_OPEN + 2 * num_online_cpus();
}

static bool may_open(const struct pq_owner *owner, const struct pq_net *pn)
{
	return READ_ONCE(pq_stocks_on) && !atomic_read(&pn->stocks_held_off) &&
	       !pq_account_range(owner->account, PQ_TCP).low &&
	       atomic_read(&pn->stocks_open) < most_open();
}

/* Of what is left each CPU is to have a share. */
static int large(const struct pq_net *pn)
{
	int left = PQ_STOCKS_ROOM - atomic_read(&pn->ports[PQ_TCP].loose);

	return clamp(left / (int)num_online_cpus(), PQ_STOCK_SMALL, PQ_STOCK_MAX);
}

/* Is every number so far from its points that many large stocks may be open? */
static bool is_far(const struct pq_owner *owner, const struct pq_destination *to)
{
	return pq_stock_is_far(&owner->account->usage, PQ_STOCKS_ROOM) &&
	       has_room(owner, to, PQ_STOCKS_ROOM) &&
	       pq_destination_used(to) + PQ_STOCKS_ROOM < READ_ONCE(to->trip);
}

/* How large is a new stock to be? 0: there is no room for it. */
static int size_of_new(const struct pq_owner *owner, const struct pq_destination *to, s64 more)
{
	int cap = min(pq_stock_room(&owner->account->usage, SHARE, more), PQ_STOCK_SMALL);

	if (!cap || !has_room(owner, to, cap))
		return 0;
	return is_far(owner, to) ? large(owner->account->key.net) : cap;
}

/* There was no room for @more, or the stocks are held off: for so long it is not looked again. */
static void slot_rest(struct pq_slot *slot, const struct pq_owner *owner, s64 more)
{
	bool held_off = atomic_read(&owner->account->key.net->stocks_held_off);

	WRITE_ONCE(slot->at_peak, !held_off && pq_stock_at_peak(&owner->account->usage, more));
	WRITE_ONCE(slot->pause, held_off ? PQ_SLOT_PAUSE : PQ_SLOT_NO_ROOM);
}

/*
 * The slot is locked, and closed. @owner is kept by the caller, and the memory of @to by
 * RCU. @more: what is to be taken from it at once
 */
static bool slot_open(struct pq_slots *slots, unsigned int place, struct pq_owner *owner,
		      struct pq_destination *to, s64 more)
{
	struct pq_usage *usage = &owner->account->usage;
	struct pq_slot *slot = &slots->slot[place];
	struct pq_net *pn = owner->account->key.net;
	int cap = may_open(owner, pn) ? size_of_new(owner, to, more) : 0;

	if (!cap || !keep(to))
		return false;
	/* This, how many are open, and then whether they are held off: see pq_stocks_hold_off(). */
	smp_store_release(&slots->net[place], pn);
	if (atomic_inc_return(&pn->stocks_open) > most_open() ||
	    atomic_read(&pn->stocks_held_off) || !pq_stock_open(&slot->stock, usage, cap)) {
		pq_destination_forget(to);
		/* As in slot_close() */
		smp_store_release(&slots->net[place], NULL);
		smp_mb__before_atomic();	/* as there */
		atomic_dec(&pn->stocks_open);
		return false;
	}
	pq_owner_keep(owner);
	WRITE_ONCE(slot->owner, owner);
	slot->destination = to;
	/* As in pq_stock_open() */
	atomic_add(cap, &pn->ports[PQ_TCP].loose);
	atomic_add_return(cap, &to->loose);
	if (has_room(owner, to, 0))
		return true;
	slot_close(slots, place);
	return false;
}

/* The slot is locked, open, and has none of @res. */
static bool slot_fill(struct pq_slots *slots, unsigned int place, enum pq_resource res)
{
	struct pq_slot *slot = &slots->slot[place];
	struct pq_destination *to = slot->destination;
	int n;

	n = min(slot->stock.cap, PQ_STOCK_FILL);
	if (res == PQ_TCP && pq_destination_used(to) + n >= READ_ONCE(to->trip))
		return false;
	n = pq_stock_fill(&slot->stock, usage_of(slot), res);
	if (!n)
		return false;
	if (res == PQ_TIMEWAIT) {
		atomic_add(n, &to->timewait);
		return true;
	}
	pq_ref_add(&slot->owner->users, n);
	pq_ref_add(&to->users, n);
	if (likely(pq_destination_used(to) < READ_ONCE(to->trip)))
		return true;
	/* Others were faster. */
	slot_close(slots, place);
	return false;
}

/* Makes the slot, which is locked, that of @owner and @to, if it is not yet. */
static bool slot_is_for(struct pq_slots *slots, unsigned int place, struct pq_owner *owner,
			struct pq_destination *to, s64 more)
{
	struct pq_slot *slot = &slots->slot[place];
	unsigned int pause = READ_ONCE(slot->pause);

	if (is_of(slot, owner, to))
		return true;
	/* The same program has gone elsewhere meanwhile, so pq_slot_is_due() has not counted. */
	if (slot->owner == owner && pause) {
		WRITE_ONCE(slot->pause, pause - 1);
		return false;
	}
	if (slot->owner)
		slot_close(slots, place);
	if (!slot_open(slots, place, owner, to, more)) {
		slot_rest(slot, owner, more);
		return false;
	}
	WRITE_ONCE(slot->at_peak, false);
	WRITE_ONCE(slot->pause, PQ_SLOT_PAUSE);
	return true;
}

static bool slot_take(struct pq_slots *slots, unsigned int place, enum pq_resource res)
{
	struct pq_stock *stock = &slots->slot[place].stock;

	return pq_stock_take(stock, res) ||
	       (slot_fill(slots, place, res) && pq_stock_take(stock, res));
}

/**
 * pq_stocks_take() - charge from this CPU's stock, where there was none of it
 * @owner: the program that pays; the caller has a reference
 * @to: where to; its memory stays
 * @res: PQ_TCP, with a user of both; or PQ_TIMEWAIT
 *
 * Context: softirqs off.
 * Return: false if it is to be charged without.
 */
bool pq_stocks_take(struct pq_owner *owner, struct pq_destination *to, enum pq_resource res)
{
	struct pq_slots *slots = raw_cpu_ptr(pq_slots);
	struct pq_slot *slot = pq_slot_of_pair(&slots->slot[pq_slot_place(owner, to)], owner);
	unsigned int place = slot - slots->slot;
	bool done;

	pq_assert_softirqs_off();
	if (!pq_slot_trylock(slot))
		return false;
	done = slot_is_for(slots, place, owner, to, pq_held_one(res)) &&
	       slot_take(slots, place, res);
	/* Nothing grows without being charged one by one, and a stock would be in the way. */
	if (!done && is_of(slot, owner, to) && !slot->stock.tcp && !slot->stock.timewait) {
		slot_close(slots, place);
		slot_rest(slot, owner, pq_held_one(res));
	}
	pq_slot_unlock(slot);
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_take);

/**
 * pq_stocks_give() - uncharge a TIME_WAIT into this CPU's stock, which was not open or full
 * @owner: the program that has paid; the caller's reference goes too
 * @to: where to; the caller's reference goes too
 * @port: the port that it held
 * @reason: why it has ended
 * @lifetime: the class of how long it has lasted
 *
 * Context: softirqs off.
 * Return: false if it is to be uncharged without, and the references are still the caller's.
 */
bool pq_stocks_give(struct pq_owner *owner, struct pq_destination *to, u16 port,
		    enum pq_tally reason, unsigned int lifetime)
{
	struct pq_slots *slots = raw_cpu_ptr(pq_slots);
	struct pq_slot *slot = pq_slot_of_pair(&slots->slot[pq_slot_place(owner, to)], owner);
	unsigned int place = slot - slots->slot;
	bool done;

	pq_assert_softirqs_off();
	if (!pq_slot_trylock(slot))
		return false;
	/* Full: begin anew, so that it is looked whether there is room for that below. */
	if (is_of(slot, owner, to) &&
	    max3(slot->stock.tcp, slot->stock.timewait, -slot->ports) >= slot->stock.cap) {
		slot_close(slots, place);
		WRITE_ONCE(slot->pause, 0);
	}
	done = slot_is_for(slots, place, owner, to, 0) &&
	       pq_slot_give(slot, port, reason, lifetime);
	pq_slot_unlock(slot);
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_give);

/**
 * pq_stocks_take_back() - a TCP port from a stock is not taken after all
 * @owner: the program that pays; the caller's reference goes too
 * @to: where to; the caller's reference goes too
 *
 * Context: any but hard interrupts.
 * Return: false if it is to be uncharged without, and the references are still the caller's.
 */
bool pq_stocks_take_back(struct pq_owner *owner, struct pq_destination *to)
{
	struct pq_slot *slot;
	bool done = false;

	local_bh_disable();
	slot = pq_slot_lock(owner, to);
	if (slot) {
		done = slot->stock.tcp < slot->stock.cap;
		slot->stock.tcp += done;
		pq_slot_unlock(slot);
	}
	local_bh_enable();
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_take_back);

static void clear_cpu(struct pq_slots *slots, const struct pq_net *pn, unsigned int pause)
{
	struct pq_net *net;
	struct pq_slot *slot;
	unsigned int place;

	for (place = 0; place < PQ_SLOTS; place++) {
		/* Pairs with slot_close(): what was in it is counted. */
		net = smp_load_acquire(&slots->net[place]);
		if (!net || (pn && net != pn))
			continue;
		slot = &slots->slot[place];
		bit_spin_lock(0, &slot->lock);
		__release(bitlock);
		if (slot->owner && (!pn || slot->owner->account->key.net == pn)) {
			slot_close(slots, place);
			WRITE_ONCE(slot->at_peak, false);
			WRITE_ONCE(slot->pause, pause);
		}
		pq_slot_unlock(slot);
	}
}

static void clear_all(struct pq_net *pn, unsigned int pause)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		/* Pairs with slot_close(). Those that are opened from here on see who holds off. */
		if (!atomic_read_acquire(&pn->stocks_open))
			break;
		local_bh_disable();
		clear_cpu(per_cpu_ptr(pq_slots, cpu), pn, pause);
		local_bh_enable();
	}
}

/**
 * pq_stocks_hold_off() - what is charged in a namespace is used, from here on
 * @pn: the namespace; stays until pq_stocks_let_on()
 * @pause: so many calls go by on a CPU afterwards before it has a stock again
 *
 * May be called again meanwhile, also by others.
 *
 * Context: any but hard interrupts.
 */
void pq_stocks_hold_off(struct pq_net *pn, unsigned int pause)
{
	/* First this, then whether there are any: pairs with slot_open(). */
	atomic_inc_return(&pn->stocks_held_off);
	clear_all(pn, pause);
}
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_hold_off);

/**
 * pq_stocks_let_on() - stocks may be opened again
 * @pn: the namespace
 *
 * Context: any.
 */
void pq_stocks_let_on(struct pq_net *pn)
{
	/* What was read or set, then this. */
	smp_mb__before_atomic();
	atomic_dec(&pn->stocks_held_off);
	/* Then what the caller does, which may be to let go of @pn. */
	smp_mb__after_atomic();
}
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_let_on);

/**
 * pq_stocks_init() - make each CPU's slots
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM.
 */
int pq_stocks_init(void)
{
	pq_slots = alloc_percpu(struct pq_slots);
	return pq_slots ? 0 : -ENOMEM;
}

/**
 * pq_stocks_exit() - free them; nothing is charged or uncharged any more
 *
 * Context: process, may sleep.
 */
void pq_stocks_exit(void)
{
	free_percpu(pq_slots);
}

/**
 * pq_stocks_close() - close all stocks: of what is unused nothing refers to anything then
 *
 * Context: process, may sleep.
 */
void pq_stocks_close(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		local_bh_disable();
		clear_cpu(per_cpu_ptr(pq_slots, cpu), NULL, 0);
		local_bh_enable();
		cond_resched();
	}
}
