// SPDX-License-Identifier: GPL-2.0-only
/* portcount: see portcount.h for what it promises. */
#include <linux/slab.h>

#include "export.h"
#include "portcount.h"

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
	atomic_t **slot = &count->chunk[port / PQ_PORTCOUNT_CHUNK];
	atomic_t *chunk, *other;

	chunk = kcalloc(PQ_PORTCOUNT_CHUNK, sizeof(*chunk),
			GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!chunk)
		return NULL;
	/* Pairs with the READ_ONCE() in pq_portcount_hold(): zeroed, then seen. */
	other = cmpxchg(slot, NULL, chunk);
	if (other) {
		kfree(chunk);
		chunk = other;
	}
	return chunk;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_grow);

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
