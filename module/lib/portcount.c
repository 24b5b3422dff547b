// SPDX-License-Identifier: GPL-2.0-only
/* portcount: see portcount.h for what it promises. */
#include <linux/slab.h>

#include "compat.h"
#include "portcount.h"

/**
 * pq_portmap_grow() - memory for the ports around one
 * @map: the map
 * @port: the port, host order
 *
 * Context: any.
 * Return: the holders of these ports, or NULL.
 */
atomic_t *pq_portmap_grow(struct pq_portmap *map, u16 port)
{
	atomic_t **slot = &map->chunk[port / PQ_PORTMAP_CHUNK];
	atomic_t *chunk, *other;

	chunk = kcalloc(PQ_PORTMAP_CHUNK, sizeof(*chunk),
			GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!chunk)
		return NULL;
	/* Pairs with the READ_ONCE() in pq_portmap_hold(): zeroed, then seen. */
	other = cmpxchg(slot, NULL, chunk);
	if (other) {
		kfree(chunk);
		chunk = other;
	}
	return chunk;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portmap_grow);

/**
 * pq_portmap_free() - give back a map's memory
 * @map: the map; nobody uses it any more
 */
void pq_portmap_free(struct pq_portmap *map)
{
	unsigned int i;

	for (i = 0; i < PQ_PORTMAP_CHUNKS; i++)
		kfree(map->chunk[i]);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portmap_free);
