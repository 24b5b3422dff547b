/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger: what is held by which socket.
 *
 * One table for the host, from the address of a socket, or of its TIME_WAIT
 * remainder, to the entry that says which program and account pay. Entries are re-keyed when the
 * socket becomes TIME_WAIT: that takes no memory and cannot fail.
 *
 * The table has as many buckets as the kernel's own table of established
 * connections and, like that, never changes size: chains are as short as the
 * kernel's. It is no rhashtable, because inserting into one may fail for want
 * of memory, and tcp_time_wait() has no caller that could be told.
 *
 * Some entries have to be looked at from time to time. Their buckets are watched,
 * so that what this costs grows with the number of these entries alone.
 *
 * The ledger knows nothing of sockets or text, and follows no key. A bucket's
 * lock protects its chain and, but for their memory, all of the entries on it.
 * It is taken with softirqs off, below the kernel's bind hash locks; it spins,
 * also where the kernel's spinlocks sleep, so nothing is taken below it but the
 * raw lock of the timer wheel, and a slot of the stocks, which is only tried.
 */
#ifndef _PORTQUOTA_LEDGER_H
#define _PORTQUOTA_LEDGER_H

#include <linux/bit_spinlock.h>
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/types.h>

#include "entry.h"
#include "lib/softirq.h"

int pq_ledger_init(unsigned int buckets);
void pq_ledger_destroy(void (*forget)(struct pq_entry *entry));

bool pq_ledger_insert(struct pq_entry *entry);
struct pq_entry *pq_ledger_lock(const void *key);
void pq_ledger_unlock(const void *key);

void pq_ledger_watch(const void *key);
unsigned int pq_ledger_next_watched(unsigned int bucket);
unsigned int pq_ledger_buckets(void);
u64 pq_ledger_first_order(unsigned int bucket);
unsigned int pq_ledger_bucket_at(u64 order);
void pq_ledger_visit(unsigned int bucket,
		     void (*visit)(struct pq_entry *entry, void *arg), void *arg);

/* The functions from here on run for every connection: inline, as in charge.h. */

/**
 * struct pq_bucket - the entries whose keys fall into one bucket
 * @word: the first one, or 0; bit 0 is the lock, as in the kernel's dcache: held
 *	  for some ten instructions, it costs less than the call of a spinlock's
 *	  function does
 */
struct pq_bucket {
	unsigned long word;
};

/**
 * struct pq_ledger - the table; there is one
 * @buckets: see above
 * @shift: by how much a hash has to be shifted to the right to tell the bucket
 * @watched: a bit per bucket, see pq_ledger_watch()
 */
struct pq_ledger {
	struct pq_bucket *buckets;
	unsigned int shift;
	unsigned long *watched;
};

extern struct pq_ledger pq_ledger;

static __always_inline u64 pq_ledger_hash(const void *key)
{
	return (u64)(unsigned long)key * GOLDEN_RATIO_64;
}

static __always_inline struct pq_bucket *pq_ledger_bucket(const void *key)
{
	return &pq_ledger.buckets[pq_ledger_hash(key) >> pq_ledger.shift];
}

/* The hash without the bits that are zero for each aligned key, so that it fits into a loff_t */
#define PQ_LEDGER_ORDER_BITS	62

/**
 * pq_ledger_order() - the place of a key among all of them
 * @key: the socket or TIME_WAIT
 *
 * No other key has it, and what comes and goes does not change it: where a
 * reader goes on. A bucket has all keys from its pq_ledger_first_order() on to
 * that of the next bucket.
 *
 * Return: the place.
 */
static inline u64 pq_ledger_order(const void *key)
{
	return pq_ledger_hash(key) >> (64 - PQ_LEDGER_ORDER_BITS);
}

/* The lock is a bit that lockdep knows nothing of: this sees that some CPU has it. */
static __always_inline void pq_entry_assert_locked(const struct pq_entry *entry)
{
	pq_assert_softirqs_off();
	lockdep_assert(bit_spin_is_locked(0, &pq_ledger_bucket(entry->key)->word));
}

static __always_inline struct pq_entry *pq_bucket_first(const struct pq_bucket *bucket)
{
	return (struct pq_entry *)(READ_ONCE(bucket->word) & ~1UL);
}

/* Returns the first entry. */
static __always_inline struct pq_entry *pq_bucket_lock(struct pq_bucket *bucket)
	__acquires(bitlock)
{
	pq_assert_softirqs_off();
	bit_spin_lock(0, &bucket->word);
	return pq_bucket_first(bucket);
}

/* @first: the first entry from now on */
static __always_inline void pq_bucket_unlock(struct pq_bucket *bucket, struct pq_entry *first)
	__releases(bitlock)
{
	/* One store does both. Pairs with bit_spin_lock(): the chain, then the lock. */
	smp_store_release(&bucket->word, (unsigned long)first);
	preempt_enable();
	__release(bitlock);
}

static __always_inline struct pq_entry *pq_chain_find(struct pq_entry *first, const void *key)
{
	struct pq_entry *entry;

	for (entry = first; entry; entry = entry->next)
		if (entry->key == key)
			break;
	return entry;
}

/* Takes the entry of @key out, if there is one. */
static __always_inline struct pq_entry *pq_chain_take(struct pq_entry **first, const void *key)
{
	struct pq_entry *entry = *first, *before;

	if (!entry)
		return NULL;
	if (likely(entry->key == key)) {
		*first = entry->next;
		return entry;
	}
	do {
		before = entry;
		entry = entry->next;
	} while (entry && entry->key != key);
	if (entry)
		before->next = entry->next;
	return entry;
}

/**
 * pq_ledger_replace() - put an entry in, in the place of one with its key
 * @entry: the entry; the ledger owns it from now on
 *
 * Context: softirqs off.
 * Return: NULL, or the entry that was there, which the caller now owns.
 */
static __always_inline struct pq_entry *pq_ledger_replace(struct pq_entry *entry)
{
	struct pq_bucket *bucket = pq_ledger_bucket(entry->key);
	struct pq_entry *first = pq_bucket_lock(bucket), *old;

	old = pq_chain_take(&first, entry->key);
	entry->next = first;
	pq_bucket_unlock(bucket, entry);
	return old;
}

/**
 * pq_ledger_remove() - take an entry out
 * @key: the socket or TIME_WAIT
 *
 * Context: softirqs off.
 * Return: the entry, which the caller now owns, or NULL if there is none.
 */
static __always_inline struct pq_entry *pq_ledger_remove(const void *key)
{
	struct pq_bucket *bucket = pq_ledger_bucket(key);
	struct pq_entry *first = pq_bucket_lock(bucket), *entry;

	entry = pq_chain_take(&first, key);
	pq_bucket_unlock(bucket, first);
	return entry;
}

/**
 * pq_ledger_may_have() - may there be an entry?
 * @key: the socket; no other CPU puts in its entry at the same time
 *
 * Looking without the lock is enough: a CPU that removes a key has put it in
 * itself, or got the socket from the CPU that has; or the scan has put it in
 * under the bind hash lock, which the caller has held since.
 *
 * Return: false if there is none.
 */
static __always_inline bool pq_ledger_may_have(const void *key)
{
	return pq_bucket_first(pq_ledger_bucket(key));
}

#endif
