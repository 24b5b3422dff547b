/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * portcount: how many distinct ports of one protocol are held in a namespace.
 *
 * Many connections to different destinations may hold the same port, so the
 * number of reservations says nothing of how many ports are gone. This counts
 * the holders of each port and, from that, the ports with any. Memory is taken
 * by the 256 ports, when the first of them is held, and kept.
 *
 * Lockless; any context. A port whose memory could not be had goes uncounted.
 */
#ifndef _PORTQUOTA_PORTCOUNT_H
#define _PORTQUOTA_PORTCOUNT_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define PQ_PORTMAP_CHUNK	256
#define PQ_PORTMAP_CHUNKS	(65536 / PQ_PORTMAP_CHUNK)

/**
 * struct pq_portmap - the ports of one protocol in one namespace
 * @chunk: holders of each port, by PQ_PORTMAP_CHUNK ports
 * @ports: how many ports have any
 * @trip: somebody wants to look when @ports reaches that
 * @untrip: somebody wants to look when @ports falls to that
 */
struct pq_portmap {
	atomic_t *chunk[PQ_PORTMAP_CHUNKS];
	atomic_t ports;
	long trip;
	long untrip;
};

atomic_t *pq_portmap_grow(struct pq_portmap *map, u16 port);
void pq_portmap_free(struct pq_portmap *map);

/**
 * pq_portmap_hold() - one more reservation holds a port
 * @map: the map
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if somebody wants to look at the number of ports.
 */
static __always_inline bool pq_portmap_hold(struct pq_portmap *map, u16 port)
{
	atomic_t *chunk = READ_ONCE(map->chunk[port / PQ_PORTMAP_CHUNK]);
	int ports;

	if (unlikely(!chunk)) {
		chunk = pq_portmap_grow(map, port);
		if (!chunk)
			return false;
	}
	if (atomic_inc_return(&chunk[port % PQ_PORTMAP_CHUNK]) != 1)
		return false;
	ports = atomic_inc_return(&map->ports);
	return ports >= READ_ONCE(map->trip);
}

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
static __always_inline bool pq_portmap_release(struct pq_portmap *map, u16 port)
{
	atomic_t *chunk = READ_ONCE(map->chunk[port / PQ_PORTMAP_CHUNK]);
	int ports;

	if (unlikely(!chunk) || atomic_dec_if_positive(&chunk[port % PQ_PORTMAP_CHUNK]))
		return false;
	ports = atomic_dec_return(&map->ports);
	return ports <= READ_ONCE(map->untrip);
}

/**
 * pq_portmap_ports() - how many distinct ports are held
 * @map: the map
 *
 * Return: the number.
 */
static inline unsigned int pq_portmap_ports(const struct pq_portmap *map)
{
	return atomic_read(&map->ports);
}

#endif
