// SPDX-License-Identifier: GPL-2.0-only
/* ledger: see ledger.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/bottom_half.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ledger.h"
#include "lib/export.h"
#include "spares.h"

#define LEDGER_MIN_BUCKETS	1024U
#define LEDGER_MAX_BUCKETS	1048576U

struct pq_ledger pq_ledger __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(pq_ledger);

/**
 * pq_ledger_init() - make the ledger
 * @buckets: wanted number of buckets; rounded up to a power of two
 *
 * Context: process.
 * Return: 0 or -ENOMEM, -ENOSPC.
 */
int pq_ledger_init(unsigned int buckets)
{
	int err;

	buckets = roundup_pow_of_two(clamp(buckets, LEDGER_MIN_BUCKETS, LEDGER_MAX_BUCKETS));
	pq_ledger.shift = 64 - ilog2(buckets);
	pq_ledger.buckets = kvcalloc(buckets, sizeof(*pq_ledger.buckets), GFP_KERNEL);
	pq_ledger.watched = kvcalloc(BITS_TO_LONGS(buckets), sizeof(long), GFP_KERNEL);
	err = -ENOMEM;
	if (pq_ledger.buckets && pq_ledger.watched)
		err = pq_spares_init();
	if (err)
		pq_ledger_destroy(NULL);
	return err;
}

/**
 * pq_ledger_destroy() - free the ledger and all that is still in it
 * @forget: called for each entry before it is freed; may be NULL when empty
 *
 * Context: process; no hook, file or periodic work uses the ledger any more.
 */
void pq_ledger_destroy(void (*forget)(struct pq_entry *entry))
{
	struct pq_entry *entry, *next;
	unsigned int i;

	for (i = 0; forget && i < pq_ledger_buckets(); i++) {
		for (entry = pq_bucket_first(&pq_ledger.buckets[i]); entry; entry = next) {
			next = entry->next;
			forget(entry);
			pq_entry_free(entry);
		}
		cond_resched();
	}
	pq_spares_exit();
	kvfree(pq_ledger.watched);
	kvfree(pq_ledger.buckets);
	memset(&pq_ledger, 0, sizeof(pq_ledger));
}

/**
 * pq_ledger_insert() - put an entry in if there is none with its key
 * @entry: the entry; the ledger owns it from now on if it was put in
 *
 * Context: any but hard interrupts.
 * Return: true if it was put in.
 */
bool pq_ledger_insert(struct pq_entry *entry)
{
	struct pq_bucket *bucket = pq_ledger_bucket(entry->key);
	struct pq_entry *first;
	bool vacant;

	local_bh_disable();
	first = pq_bucket_lock(bucket);
	vacant = !pq_chain_find(first, entry->key);
	if (vacant) {
		entry->next = first;
		first = entry;
	}
	pq_bucket_unlock(bucket, first);
	local_bh_enable();
	return vacant;
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_insert);

/**
 * pq_ledger_lock() - hold on to the entry of a key, if there is one
 * @key: the socket or TIME_WAIT
 *
 * Context: any but hard interrupts. Softirqs are off until pq_ledger_unlock()
 * with the same key.
 * Return: the entry, still owned by the ledger, or NULL.
 */
struct pq_entry *pq_ledger_lock(const void *key)
	__acquires(bitlock)
{
	struct pq_bucket *bucket = pq_ledger_bucket(key);

	local_bh_disable();
	return pq_chain_find(pq_bucket_lock(bucket), key);
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_lock);

/**
 * pq_ledger_unlock() - let go of what pq_ledger_lock() locked
 * @key: the same key
 */
void pq_ledger_unlock(const void *key)
	__releases(bitlock)
{
	struct pq_bucket *bucket = pq_ledger_bucket(key);

	pq_bucket_unlock(bucket, pq_bucket_first(bucket));
	local_bh_enable();
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_unlock);

/**
 * pq_ledger_watch() - an entry is one that has to be looked at from time to time
 * @key: its key. The entry is in the ledger, or the caller holds its bucket's lock.
 *
 * Context: any.
 */
void pq_ledger_watch(const void *key)
{
	set_bit(pq_ledger_bucket(key) - pq_ledger.buckets, pq_ledger.watched);
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_watch);

/**
 * pq_ledger_next_watched() - the next bucket that is watched, which ends that
 * @bucket: the first that may be it
 *
 * The caller visits the bucket now, and has it watched again if there is an entry
 * in it for that. An entry that is put in meanwhile is watched by who puts it in:
 * if the visit does not see it, pq_ledger_watch() is called after this.
 *
 * Context: any.
 * Return: the bucket; pq_ledger_buckets() if there is none.
 */
unsigned int pq_ledger_next_watched(unsigned int bucket)
{
	unsigned int buckets = pq_ledger_buckets();

	bucket = find_next_bit(pq_ledger.watched, buckets, bucket);
	/* A full barrier, before the visit. */
	if (bucket < buckets)
		test_and_clear_bit(bucket, pq_ledger.watched);
	return bucket;
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_next_watched);

/**
 * pq_ledger_buckets() - how many buckets there are to visit
 *
 * Return: the number; 0 when there is no ledger.
 */
unsigned int pq_ledger_buckets(void)
{
	return pq_ledger.buckets ? 1U << (64 - pq_ledger.shift) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_buckets);

/**
 * pq_ledger_first_order() - where a bucket begins
 * @bucket: below pq_ledger_buckets(), or that number
 *
 * Return: what no key in it, or behind it, has less of; see pq_ledger_order().
 */
u64 pq_ledger_first_order(unsigned int bucket)
{
	return (u64)bucket << (pq_ledger.shift - (64 - PQ_LEDGER_ORDER_BITS));
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_first_order);

/**
 * pq_ledger_bucket_at() - the bucket in which there may be a key with some place
 * @order: the place
 *
 * Return: the bucket's number.
 */
unsigned int pq_ledger_bucket_at(u64 order)
{
	return order >> (pq_ledger.shift - (64 - PQ_LEDGER_ORDER_BITS));
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_bucket_at);

/**
 * pq_ledger_visit() - see every entry of a bucket
 * @bucket: below pq_ledger_buckets()
 * @visit: called for each under the bucket's lock: must not sleep, nor use the
 *	   ledger
 * @arg: for @visit
 *
 * Context: any but hard interrupts.
 */
void pq_ledger_visit(unsigned int bucket,
		     void (*visit)(struct pq_entry *entry, void *arg), void *arg)
{
	struct pq_bucket *at = &pq_ledger.buckets[bucket];
	struct pq_entry *first, *entry;

	/* Most are: an entry that is put in from here on comes too late for this visit. */
	if (!pq_bucket_first(at))
		return;
	local_bh_disable();
	first = pq_bucket_lock(at);
	for (entry = first; entry; entry = entry->next)
		visit(entry, arg);
	pq_bucket_unlock(at, first);
	local_bh_enable();
}
EXPORT_SYMBOL_IF_KUNIT(pq_ledger_visit);
