/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * life: what the module does for one connection, on its own counters and ledger.
 *
 * The headers are the module's. What needs a kernel is told again, in the same
 * order and with the same accesses to memory that others may write: what
 * pq_taking_at_once() or, with a rule, _try() and _commit(), pq_timewait_begin()
 * and _end() do, with account/charge.h, for a plain connect(). A change of these
 * is to be followed here.
 *
 * The structs have what a life touches, in the order of the module's own, so that
 * what shares a cache line there shares it here.
 */
#ifndef LIFE_H
#define LIFE_H

#include <string.h>

#include "account/ledger.h"
#include "lib/counter.h"
#include "lib/lifetime.h"
#include "lib/portcount.h"
#include "lib/ref.h"
#include "lib/stock.h"

#define PQ_PORTS_BITS	65536

struct pq_net {
	struct pq_portcount ports[PQ_TIMEWAIT];
	unsigned long rules;
	atomic_t stocks_open;
	atomic_t stocks_held_off;
	atomic_long_t lifetimes[PQ_LIFETIME_CLASSES] ____cacheline_aligned;
} ____cacheline_aligned;

struct pq_account {
	struct pq_usage usage;
	struct pq_net *net;
	u64 cgroup;
	struct pq_account *parent;
	struct pq_ref users;
};

struct pq_destination {
	u64 flow[6];
	long trip;
	long untrip;
	struct pq_ref users ____cacheline_aligned;
	atomic_t recent;
	atomic_t loose;
	atomic_t timewait;
	atomic_t apart;
	atomic_t kept;
} ____cacheline_aligned;

struct pq_owner {
	u64 net;
	u64 cgroup;
	u64 pid;
	u64 comm[2];
	struct pq_account *account;
	struct pq_destination *recent;
	struct pq_ref users ____cacheline_aligned;
	atomic_t remembered;
} ____cacheline_aligned;

#define PQ_SLOTS	32
#define PQ_STOCKS_ROOM	4096
#define PQ_STOCK_SMALL	64
#define PQ_SLOT_PAUSE	16
#define PQ_SLOT_NO_ROOM	64

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

/* One CPU, with the thread that runs there */
struct cpu {
	struct pq_net *net[PQ_SLOTS] ____cacheline_aligned;
	struct pq_slot slot[PQ_SLOTS];
	struct pq_owner *last;
	struct pq_entry *spares;
	/* The thread's, and where it connects to */
	struct pq_owner task;
	u64 flow[6];
	u32 jiffies;
};

extern unsigned long ports_ever_held[PQ_PORTS_BITS / 64];

/* What only pays for what is rare; never inlined, as in the module */
void life_tripped(struct pq_account *acct);
void life_owner_missing(void);
bool life_stocks_take(struct cpu *cpu, struct pq_owner *owner, struct pq_destination *to,
		      enum pq_resource res);
bool life_stocks_give(struct cpu *cpu, struct pq_owner *owner, struct pq_destination *to, u16 port,
		      enum pq_tally reason, unsigned int lifetime);
bool life_try_again(struct pq_account *acct, const struct pq_usage *full);
void life_stocks_close(const struct pq_net *pn, unsigned int pause);

/* pq_slot_of() */
static __always_inline struct pq_slot *life_slot_of(struct cpu *cpu, const struct pq_owner *owner,
						    const struct pq_destination *to)
{
	unsigned long place = (unsigned long)owner / sizeof(*owner) +
			      (unsigned long)to / sizeof(*to);
	struct pq_slot *pair = &cpu->slot[place * 2 % PQ_SLOTS];

	if (likely(READ_ONCE(pair[0].owner) == owner))
		return &pair[0];
	if (READ_ONCE(pair[1].owner) == owner || READ_ONCE(pair[0].owner))
		return &pair[1];
	return &pair[0];
}

/* pq_slot_is_due() */
static __always_inline bool life_due(struct cpu *cpu, const struct pq_owner *owner,
				     const struct pq_destination *to, bool giving)
{
	struct pq_slot *slot = life_slot_of(cpu, owner, to);
	const struct pq_owner *of = READ_ONCE(slot->owner);
	unsigned int pause = slot->pause;

	if (of == owner || !pause)
		return true;
	WRITE_ONCE(slot->pause, giving && !of && slot->at_peak ? pause / 2 : pause - 1);
	return false;
}

/* pq_slot_lock() */
static __always_inline struct pq_slot *life_slot_lock(struct cpu *cpu,
						      const struct pq_owner *owner,
						      const struct pq_destination *to)
{
	struct pq_slot *slot = life_slot_of(cpu, owner, to);

	if (unlikely(READ_ONCE(slot->owner) != owner || !bit_spin_trylock(0, &slot->lock)))
		return NULL;
	if (likely(slot->owner == owner && slot->destination == to)) {
		WRITE_ONCE(slot->pause, PQ_SLOT_PAUSE);
		return slot;
	}
	__bit_spin_unlock(0, &slot->lock);
	return NULL;
}

/* pq_owner_peek_last() */
static __always_inline struct pq_owner *life_owner(struct cpu *cpu)
{
	struct pq_owner *last = cpu->last;

	if (likely(last && last->net == cpu->task.net && last->cgroup == cpu->task.cgroup &&
		   last->pid == cpu->task.pid && last->comm[0] == cpu->task.comm[0] &&
		   last->comm[1] == cpu->task.comm[1]))
		return last;
	life_owner_missing();
	return NULL;
}

/* pq_charge_destination() */
static __always_inline struct pq_destination *life_destination(struct cpu *cpu,
							       struct pq_owner *owner)
{
	struct pq_destination *to = READ_ONCE(owner->recent);

	if (unlikely(memcmp(to->flow, cpu->flow, sizeof(to->flow)) || !pq_ref_get(&to->users)))
		life_owner_missing();
	if (unlikely(pq_ref_users(&to->users) - atomic_read(&to->recent) >= READ_ONCE(to->trip)))
		life_tripped(owner->account);
	return to;
}

/* pq_slot_count_port() */
static __always_inline int life_count_port(struct pq_slot *slot, struct pq_portcount *count,
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

/* pq_slot_give() */
static __always_inline bool life_give(struct pq_slot *slot, u16 port, enum pq_tally reason,
				      unsigned int lifetime)
{
	if (unlikely(slot->ports <= -slot->stock.cap || !pq_stock_give(&slot->stock, reason)))
		return false;
	slot->lifetimes[lifetime]++;
	slot->ports -= pq_portcount_release_only(&slot->owner->account->net->ports[PQ_TCP], port);
	return true;
}

static __always_inline struct pq_entry *life_spare(struct cpu *cpu)
{
	struct pq_entry *entry = cpu->spares;

	cpu->spares = entry->next;
	return entry;
}

/* stocked_destination() */
static __always_inline struct pq_destination *life_stocked(const struct cpu *cpu,
							   const struct pq_owner *owner)
{
	struct pq_destination *to = READ_ONCE(owner->recent);

	if (unlikely(memcmp(to->flow, cpu->flow, sizeof(to->flow))))
		life_owner_missing();
	return to;
}

/* try_stock(), or take_stock() */
static __always_inline struct pq_destination *life_try_stock(struct cpu *cpu,
							     struct pq_owner *owner)
{
	struct pq_destination *to = life_stocked(cpu, owner);
	struct pq_slot *slot = life_slot_lock(cpu, owner, to);
	bool done = false;

	if (likely(slot)) {
		done = pq_stock_take(&slot->stock, PQ_TCP);
		__bit_spin_unlock(0, &slot->lock);
	}
	done = likely(done) || (life_due(cpu, owner, to, false) &&
				life_stocks_take(cpu, owner, to, PQ_TCP));
	return likely(done) ? to : NULL;
}

/* The same without a stock. Returns false when a limit is in the way. */
static __attribute__((noinline)) bool life_try(struct pq_owner *owner)
{
	struct pq_account *acct = owner->account;
	enum pq_resource why;
	struct pq_usage *full;

	pq_ref_hold(&owner->users);
	full = pq_usage_try_charge(&acct->usage, PQ_TCP, NULL, &why);
	if (likely(!full) || life_try_again(acct, full))
		return true;
	pq_ref_put(&owner->users);
	return false;
}

static __always_inline struct pq_entry *life_entry(struct cpu *cpu, const void *sk, u16 port,
						   struct pq_owner *owner,
						   struct pq_destination *to)
{
	struct pq_entry *entry = life_spare(cpu);

	entry->key = sk;
	entry->owner = owner;
	entry->destination = to;
	entry->flags = PQ_ENTRY_RESERVATION;
	entry->port = port;
	entry->hash = port;
	entry->born = cpu->jiffies;
	if (unlikely(!test_bit(port, ports_ever_held)))
		test_and_set_bit(port, ports_ever_held);
	return entry;
}

static __always_inline void life_enter(struct pq_entry *entry, bool tripped)
{
	if (unlikely(tripped))
		life_tripped(entry->owner->account);
	if (unlikely(pq_ledger_replace(entry)))
		life_owner_missing();
}

/*
 * connect() in two steps, before and after the search: pq_taking_try() and
 * pq_taking_commit()
 *
 * Returns false when a limit is in the way.
 */
static __always_inline bool life_try_and_commit(struct cpu *cpu, const void *sk, u16 port)
{
	struct pq_owner *owner = life_owner(cpu);
	struct pq_account *acct = owner->account;
	struct pq_destination *to;
	struct pq_entry *entry;
	struct pq_slot *slot;
	bool tripped;
	int more;

	to = life_try_stock(cpu, owner);
	if (unlikely(!to) && !life_try(owner))
		return false;
	entry = life_entry(cpu, sk, port, owner, to);
	if (likely(to)) {
		more = pq_portcount_hold_only(&acct->net->ports[PQ_TCP], port);
		slot = life_slot_lock(cpu, owner, to);
		tripped = life_count_port(slot, &acct->net->ports[PQ_TCP], more);
		if (likely(slot)) {
			slot->stock.begun++;
			__bit_spin_unlock(0, &slot->lock);
		} else {
			pq_usage_add_begun(&acct->usage, PQ_TCP);
		}
	} else {
		entry->destination = life_destination(cpu, owner);
		tripped = pq_usage_commit(&acct->usage, PQ_TCP, 0);
		tripped |= pq_portcount_hold(&acct->net->ports[PQ_TCP], port);
	}
	life_enter(entry, tripped);
	return true;
}

/* The same in one step after the search, from a stock: pq_taking_at_once() */
static __always_inline bool life_take(struct cpu *cpu, const void *sk, u16 port)
{
	struct pq_owner *owner = life_owner(cpu);
	struct pq_portcount *count = &owner->account->net->ports[PQ_TCP];
	struct pq_destination *to = life_stocked(cpu, owner);
	atomic_t *chunk = pq_portcount_chunk(count, port);
	struct pq_slot *slot = likely(chunk) ? life_slot_lock(cpu, owner, to) : NULL;
	bool tripped = false, done;

	if (unlikely(!slot))
		return false;
	done = pq_stock_take(&slot->stock, PQ_TCP);
	if (likely(done)) {
		slot->stock.begun++;
		tripped = life_count_port(slot, count, pq_portcount_hold_in(chunk, port));
	}
	__bit_spin_unlock(0, &slot->lock);
	if (likely(done))
		life_enter(life_entry(cpu, sk, port, owner, to), tripped);
	return done;
}

/* Returns false when a limit is in the way. */
static __always_inline bool life_connect(struct cpu *cpu, const void *sk, u16 port)
{
	if (likely(!READ_ONCE(cpu->task.account->net->rules)) && likely(life_take(cpu, sk, port)))
		return true;
	return life_try_and_commit(cpu, sk, port);
}

/* close(): pq_timewait_begin(), and pq_reservation_end() of the socket, which has none any more */
static __always_inline void life_timewait(struct cpu *cpu, const void *sk, const void *tw, u16 port)
{
	struct pq_entry *entry = pq_ledger_remove(sk);
	struct pq_account *acct = entry->owner->account;
	struct pq_slot *slot;
	bool done = false;

	entry->key = tw;
	entry->flags |= PQ_ENTRY_TIMEWAIT;
	entry->due = 60;
	entry->since = cpu->jiffies;
	slot = life_slot_lock(cpu, entry->owner, entry->destination);
	if (likely(slot)) {
		done = pq_stock_take(&slot->stock, PQ_TIMEWAIT);
		__bit_spin_unlock(0, &slot->lock);
	}
	if (unlikely(!done) && life_due(cpu, entry->owner, entry->destination, false))
		done = life_stocks_take(cpu, entry->owner, entry->destination, PQ_TIMEWAIT);
	if (unlikely(!done)) {
		if (pq_usage_charge(&acct->usage, PQ_TIMEWAIT, 0))
			life_tripped(acct);
		atomic_inc(&entry->destination->timewait);
	}
	if (unlikely(pq_ledger_replace(entry)))
		life_owner_missing();
	if (test_bit(port, ports_ever_held) && unlikely(pq_ledger_may_have(sk)))
		pq_ledger_remove(sk);
}

/* pq_entry_uncharge_timewait() without a stock */
static __attribute__((noinline)) void life_uncharge(struct pq_entry *entry, unsigned int lifetime)
{
	struct pq_destination *to = entry->destination;
	struct pq_account *acct = entry->owner->account;
	bool tripped;

	tripped = pq_portcount_release(&acct->net->ports[PQ_TCP], entry->port);
	tripped |= pq_usage_uncharge_timewait(&acct->usage, 0, PQ_TW_EXPIRED);
	atomic_long_inc(&acct->net->lifetimes[lifetime]);
	atomic_dec(&to->timewait);
	if (unlikely(pq_ref_users(&to->users) - atomic_read(&to->recent) - 1 <=
		     READ_ONCE(to->untrip)))
		life_tripped(acct);
	pq_ref_put(&to->users);
	if (unlikely(tripped))
		life_tripped(acct);
	pq_ref_put(&entry->owner->users);
}

/* The TIME_WAIT expires: pq_timewait_end() */
static __always_inline void life_end(struct cpu *cpu, const void *tw)
{
	struct pq_entry *entry = pq_ledger_remove(tw);
	unsigned int lifetime = pq_lifetime_class(cpu->jiffies - entry->since);
	struct pq_slot *slot;
	bool done = false;

	slot = life_slot_lock(cpu, entry->owner, entry->destination);
	if (likely(slot)) {
		done = life_give(slot, entry->port, PQ_TW_EXPIRED, lifetime);
		__bit_spin_unlock(0, &slot->lock);
	}
	if (unlikely(!done) && life_due(cpu, entry->owner, entry->destination, true))
		done = life_stocks_give(cpu, entry->owner, entry->destination, entry->port,
					PQ_TW_EXPIRED, lifetime);
	if (unlikely(!done))
		life_uncharge(entry, lifetime);
	entry->next = cpu->spares;
	cpu->spares = entry;
}

#endif
