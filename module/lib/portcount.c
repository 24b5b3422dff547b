// SPDX-License-Identifier: GPL-2.0-only
/* portcount: see portcount.h for what it promises. */
#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/barrier.h>

#include "export.h"
#include "once.h"
#include "portcount.h"

/*
 * One port comes into the range, or is no more in it. Whoever takes it or gives it back
 * meanwhile has done so before or after that: the number is changed in one step, and says
 * whether the port has counted.
 */
static void place(struct pq_portcount *count, atomic_t *holders, bool outside)
{
	int old = atomic_read(holders);

	if (outside == !!(old & PQ_PORTCOUNT_OUTSIDE))
		return;
	if (outside) {
		old = atomic_fetch_or(PQ_PORTCOUNT_OUTSIDE, holders);
		if (old && !(old & PQ_PORTCOUNT_OUTSIDE))
			atomic_dec(&count->ports);
	} else {
		old = atomic_fetch_andnot(PQ_PORTCOUNT_OUTSIDE, holders);
		if (old & PQ_PORTCOUNT_OUTSIDE && old != PQ_PORTCOUNT_OUTSIDE)
			atomic_inc(&count->ports);
	}
}

static void fit_chunk(struct pq_portcount *count, unsigned int i)
{
	unsigned int low = READ_ONCE(count->low), high = READ_ONCE(count->high);
	const unsigned long *reserved = READ_ONCE(count->reserved);
	unsigned int port = i * PQ_PORTCOUNT_CHUNK, end = port + PQ_PORTCOUNT_CHUNK;
	atomic_t *chunk = READ_ONCE(count->chunk[i]);

	for (; port < end; port++)
		place(count, chunk++, port < low || port > high ||
		      (reserved && test_bit(port, reserved)));
}

/* Do all ports of a chunk count? */
static bool chunk_counts(const struct pq_portcount *count, unsigned int i)
{
	const unsigned long *reserved = READ_ONCE(count->reserved);
	unsigned int port = i * PQ_PORTCOUNT_CHUNK, end = port + PQ_PORTCOUNT_CHUNK;

	return port >= READ_ONCE(count->low) && end <= READ_ONCE(count->high) + 1U &&
	       (!reserved || find_next_bit(reserved, end, port) >= end);
}

/**
 * pq_portcount_grow() - memory for the ports around one
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: the holders of these ports, or NULL.
 */
atomic_t *pq_portcount_grow(struct pq_portcount *count, u16 port)
{
	unsigned int i = port / PQ_PORTCOUNT_CHUNK, fits;
	atomic_t *chunk = pq_make_once(&count->chunk[i], PQ_PORTCOUNT_CHUNK * sizeof(*chunk));
	bool marked = false;

	if (!chunk)
		return NULL;
	/*
	 * The cmpxchg() has put it in place, then the range is read; who changes the range
	 * writes it, then looks for what is in place.
	 */
	while ((fits = smp_load_acquire(&count->fits))) {
		/* Whoever marks ports takes that back himself: new memory has no marks. */
		if (marked || !chunk_counts(count, i)) {
			fit_chunk(count, i);
			marked = true;
		}
		/* Who has put ports by an older range, after they were put by another, sees so. */
		smp_mb();
		if (fits == READ_ONCE(count->fits))
			break;
	}
	return chunk;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_grow);

/**
 * pq_portcount_fit() - the range has changed: others count
 * @count: the count
 * @reserved: of the range, these do not count; a bitmap of the 65,536 ports, or NULL. It
 *	      stays as long as a port may be held that never was
 * @low: the first port
 * @high: the last port
 *
 * Context: process, may sleep; one call at a time. The cost grows with the ports that were
 * ever held.
 */
void pq_portcount_fit(struct pq_portcount *count, const unsigned long *reserved, u16 low, u16 high)
{
	unsigned int i;

	WRITE_ONCE(count->low, low);
	WRITE_ONCE(count->high, high);
	WRITE_ONCE(count->reserved, reserved);
	/* The range, then that it is another one: pairs with pq_portcount_grow(). */
	smp_store_release(&count->fits, count->fits + 1 ?: 1);
	/* The range, then which memory there is: pairs with the cmpxchg() of pq_make_once(). */
	smp_mb();
	for (i = 0; i < PQ_PORTCOUNT_CHUNKS; i++) {
		if (!READ_ONCE(count->chunk[i]))
			continue;
		fit_chunk(count, i);
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_fit);

/**
 * pq_portcount_free() - give back a count's memory
 * @count: the count; it is not used any more
 */
void pq_portcount_free(struct pq_portcount *count)
{
	unsigned int i;

	for (i = 0; i < PQ_PORTCOUNT_CHUNKS; i++)
		kfree(count->chunk[i]);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_free);
