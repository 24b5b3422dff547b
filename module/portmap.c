// SPDX-License-Identifier: GPL-2.0-only
/* portmap: see portmap.h for what it promises. */
#include <linux/slab.h>

#include "compat.h"
#include "portmap.h"

static atomic_t *portmap_grow(struct pq_portmap *map, u16 port)
{
	atomic_t **slot = &map->chunk[port / PQ_PORTMAP_CHUNK];
	atomic_t *chunk, *other;

	chunk = kcalloc(PQ_PORTMAP_CHUNK, sizeof(*chunk), GFP_ATOMIC | __GFP_NOWARN);
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

/**
 * pq_portmap_hold() - one more reservation holds a port
 * @map: the map
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if somebody wants to look at the number of ports.
 */
bool pq_portmap_hold(struct pq_portmap *map, u16 port)
{
	atomic_t *chunk = READ_ONCE(map->chunk[port / PQ_PORTMAP_CHUNK]);

	if (unlikely(!chunk)) {
		chunk = portmap_grow(map, port);
		if (!chunk)
			return false;
	}
	if (atomic_inc_return(&chunk[port % PQ_PORTMAP_CHUNK]) != 1)
		return false;
	return atomic_inc_return(&map->ports) >= READ_ONCE(map->trip);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portmap_hold);

/**
 * pq_portmap_release() - one reservation less holds a port
 * @map: the map
 * @port: the port, host order
 *
 * Releasing a port that could not be counted when it was taken does nothing.
 *
 * Context: any.
 * Return: true if somebody wants to look at the number of ports.
 */
bool pq_portmap_release(struct pq_portmap *map, u16 port)
{
	atomic_t *chunk = READ_ONCE(map->chunk[port / PQ_PORTMAP_CHUNK]);

	if (!chunk || atomic_dec_if_positive(&chunk[port % PQ_PORTMAP_CHUNK]))
		return false;
	return atomic_dec_return(&map->ports) <= READ_ONCE(map->untrip);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portmap_release);

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
