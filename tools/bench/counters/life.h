/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * life: what the module does for one connection, on its own counters and ledger.
 *
 * The headers are the module's. What needs a kernel is told again, in the same
 * order and with the same accesses to memory that others may write: what
 * pq_reservation_try() and _commit(), pq_timewait_begin() and _end() do, with
 * account/charge.h, for a plain connect() without limits that differ. A change of
 * these is to be followed here.
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

#define PQ_PORTS_BITS	65536

struct pq_net {
	struct pq_portcount ports[PQ_TIMEWAIT];
	unsigned long rules;
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

/* One CPU, with the thread that runs there */
struct cpu {
	struct pq_owner *last;
	struct pq_entry *spares;
	/* The thread's, and where it connects to */
	struct pq_owner task;
	u64 flow[6];
	u32 jiffies;
};

extern unsigned long ports_ever_held[PQ_PORTS_BITS / 64];

/* What only pays for what is rare; never inlined, as in the module */
void life_tripped(void);
void life_owner_missing(void);

/* pq_owner_get_last() */
static __always_inline struct pq_owner *life_owner(struct cpu *cpu)
{
	struct pq_owner *last = cpu->last;

	if (likely(last && last->net == cpu->task.net && last->cgroup == cpu->task.cgroup &&
		   last->pid == cpu->task.pid && last->comm[0] == cpu->task.comm[0] &&
		   last->comm[1] == cpu->task.comm[1] && pq_ref_get(&last->users)))
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
		life_tripped();
	return to;
}

/*
 * connect(): pq_reservation_try() and pq_reservation_commit()
 *
 * Returns false when a limit is in the way.
 */
static __always_inline bool life_connect(struct cpu *cpu, const void *sk, u16 port)
{
	struct pq_owner *owner = life_owner(cpu);
	struct pq_account *acct = owner->account;
	struct pq_entry *entry;
	enum pq_resource why;
	bool tripped;

	if (unlikely(READ_ONCE(acct->net->rules)))
		life_owner_missing();
	if (unlikely(pq_usage_try_charge(&acct->usage, PQ_TCP, NULL, &why))) {
		pq_ref_put(&owner->users);
		return false;
	}
	entry = cpu->spares;
	cpu->spares = entry->next;
	entry->key = sk;
	entry->owner = owner;
	entry->flags = PQ_ENTRY_RESERVATION;
	entry->port = port;
	entry->hash = port;
	entry->born = cpu->jiffies;
	entry->destination = life_destination(cpu, owner);
	if (unlikely(!test_bit(port, ports_ever_held)))
		test_and_set_bit(port, ports_ever_held);
	tripped = pq_usage_commit(&acct->usage, PQ_TCP, 0);
	tripped |= pq_portcount_hold(&acct->net->ports[PQ_TCP], port);
	if (unlikely(tripped))
		life_tripped();
	if (unlikely(pq_ledger_replace(entry)))
		life_owner_missing();
	return true;
}

/* close(): pq_timewait_begin(), and pq_reservation_end() of the socket, which has none any more */
static __always_inline void life_timewait(struct cpu *cpu, const void *sk, const void *tw, u16 port)
{
	struct pq_entry *entry = pq_ledger_remove(sk);

	entry->key = tw;
	entry->flags |= PQ_ENTRY_TIMEWAIT;
	entry->due = 60;
	if (unlikely(pq_usage_charge(&entry->owner->account->usage, PQ_TIMEWAIT,
				     0)))
		life_tripped();
	entry->since = cpu->jiffies;
	atomic_inc(&entry->destination->timewait);
	if (unlikely(pq_ledger_replace(entry)))
		life_owner_missing();
	if (test_bit(port, ports_ever_held) && unlikely(pq_ledger_may_have(sk)))
		pq_ledger_remove(sk);
}

/* The TIME_WAIT expires: pq_timewait_end() */
static __always_inline void life_end(struct cpu *cpu, const void *tw)
{
	struct pq_entry *entry = pq_ledger_remove(tw);
	struct pq_destination *to = entry->destination;
	struct pq_account *acct = entry->owner->account;
	bool tripped;

	atomic_long_inc(&acct->net->lifetimes[pq_lifetime_class(cpu->jiffies - entry->since)]);
	tripped = pq_usage_uncharge_timewait(&acct->usage, 0, PQ_TW_EXPIRED);
	tripped |= pq_portcount_release(&acct->net->ports[PQ_TCP], entry->port);
	atomic_dec(&to->timewait);
	if (unlikely(pq_ref_users(&to->users) - atomic_read(&to->recent) - 1 <=
		     READ_ONCE(to->untrip)))
		life_tripped();
	pq_ref_put(&to->users);
	if (unlikely(tripped))
		life_tripped();
	pq_ref_put(&entry->owner->users);
	entry->next = cpu->spares;
	cpu->spares = entry;
}

#endif
