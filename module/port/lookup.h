/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup: the socket or TIME_WAIT that an entry of the ledger stands for, as
 * the kernel's own tables have it.
 *
 * An entry has the address of its socket. That may be followed only if the
 * socket is there, and the ledger alone cannot tell: if no hook has seen a
 * socket's end, which hooks.missed says can happen, its entry stays. So who
 * wants to see a socket looks here for one with that address, comparing
 * addresses, and what no table of the kernel's has is not followed:
 *
 *	UDP			the slot of its port, under RCU, or else the lock
 *	TCP, and TIME_WAIT	its chain in ehash, under RCU
 *	listeners		their chain in lhash2, under RCU
 *	TCP, neither of these	the owners of its port in bhash, under the lock
 *
 * Chains are short, but for the owners of a port; of these so many are looked
 * at as may be with softirqs off.
 *
 * bhash is locked above the ledger. So who walks the ledger gathers places first,
 * and looks for what is there when the bucket is unlocked.
 */
#ifndef _PORTQUOTA_LOOKUP_H
#define _PORTQUOTA_LOOKUP_H

#include <linux/types.h>

#define PQ_PLACES	16

struct pq_entry;
struct pq_owner;
struct sock;

/**
 * struct pq_place - where to look
 * @key: the address of the socket or TIME_WAIT
 * @owner: the owner of the entry, which has a reference, so that its namespace stays
 * @hash: of its chain, see pq_lookup_hash(); a wrong one costs time
 * @port: its local port, host order
 * @flags: PQ_ENTRY_*
 */
struct pq_place {
	const void *key;
	struct pq_owner *owner;
	u32 hash;
	u16 port;
	u16 flags;
};

/**
 * struct pq_places - some places, in the order of pq_ledger_order()
 * @from: the least that the next ones may have
 * @nr: how many there are
 * @at: the places
 */
struct pq_places {
	u64 from;
	unsigned int nr;
	struct pq_place at[PQ_PLACES];
};

/**
 * typedef pq_lookup_wanted - is it one to be looked for?
 * @entry: the entry; its bucket is locked
 * @arg: as given to pq_places_next()
 */
typedef bool pq_lookup_wanted(const struct pq_entry *entry, const void *arg);

/**
 * typedef pq_lookup_visit - sees an entry with its socket
 * @entry: the entry; its bucket of the ledger is locked
 * @sk: its socket or TIME_WAIT, whose memory stays during the call, though it may
 *	be about to end; NULL where there were too many to look at: it may be there
 * @arg: as given to pq_lookup()
 */
typedef void pq_lookup_visit(struct pq_entry *entry, const struct sock *sk, void *arg);

bool pq_places_of_bucket(struct pq_places *places, unsigned int bucket, pq_lookup_wanted *wanted,
			 const void *arg);
bool pq_places_next(struct pq_places *places, pq_lookup_wanted *wanted, const void *arg);
void pq_places_put(struct pq_places *places);
u32 pq_lookup_hash(const struct sock *sk);
bool pq_lookup(const struct pq_place *place, pq_lookup_visit *visit, void *arg);

#endif
