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
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

struct pq_portset;

#define PQ_PORTCOUNT_CHUNK	256
#define PQ_PORTCOUNT_CHUNKS	(65536 / PQ_PORTCOUNT_CHUNK)

/**
 * struct pq_portcount - the ports of one protocol in one namespace
 * @chunk: holders of each port, by PQ_PORTCOUNT_CHUNK ports
 * @ports: how many ports have any; what is looked at only when it changes is in its line
 * @trip: when @ports reaches this, the caller is told
 * @untrip: also when it falls to this
 */
struct pq_portcount {
	atomic_t *chunk[PQ_PORTCOUNT_CHUNKS];
	atomic_t ports ____cacheline_aligned;
	long trip;
	long untrip;
};

atomic_t *pq_portcount_grow(struct pq_portcount *count, u16 port);
void pq_portcount_free(struct pq_portcount *count);

/**
 * pq_portcount_hold() - one more reservation holds a port
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if the number of ports has tripped.
 */
static __always_inline bool pq_portcount_hold(struct pq_portcount *count, u16 port)
{
	atomic_t *chunk = READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);
	int ports;

	if (unlikely(!chunk)) {
		chunk = pq_portcount_grow(count, port);
		if (!chunk)
			return false;
	}
	if (atomic_inc_return(&chunk[port % PQ_PORTCOUNT_CHUNK]) != 1)
		return false;
	ports = atomic_inc_return(&count->ports);
	return ports >= READ_ONCE(count->trip);
}

/**
 * pq_portcount_release() - one reservation less holds a port
 * @count: the count
 * @port: the port, host order
 *
 * Releasing a port that could not be counted when it was taken does nothing.
 *
 * Context: any.
 * Return: true if the number of ports has tripped.
 */
static __always_inline bool pq_portcount_release(struct pq_portcount *count, u16 port)
{
	atomic_t *chunk = READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);
	int ports;

	if (unlikely(!chunk) || atomic_dec_if_positive(&chunk[port % PQ_PORTCOUNT_CHUNK]))
		return false;
	ports = atomic_dec_return(&count->ports);
	return ports <= READ_ONCE(count->untrip);
}

/**
 * pq_portcount_holders() - how many reservations hold a port
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: the number; 0 if the port could not be counted.
 */
static inline unsigned int pq_portcount_holders(const struct pq_portcount *count, u16 port)
{
	const atomic_t *chunk = READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);

	return chunk ? atomic_read(&chunk[port % PQ_PORTCOUNT_CHUNK]) : 0;
}

unsigned long pq_portcount_outside(const struct pq_portcount *count,
				   const struct pq_portset *without,
				   const unsigned long *reserved, u16 low, u16 high);

/**
 * pq_portcount_ports() - how many distinct ports are held
 * @count: the count
 *
 * Return: the number.
 */
static inline unsigned int pq_portcount_ports(const struct pq_portcount *count)
{
	return atomic_read(&count->ports);
}

#endif
