/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * portcount: how many distinct ports of a namespace's range one protocol holds.
 *
 * Many connections to different destinations may hold the same port, so the
 * number of reservations says nothing of how many ports are gone. This counts
 * the holders of each port and, from that, the ports with any. Memory is taken
 * by the 256 ports, when the first of them is held, and kept.
 *
 * Ports outside of the range have holders too: of connections that were there
 * before it was moved, or of cgroups that have a range of their own. They do not
 * count, and a bit that is kept with the number of their holders sees to that:
 * with it this number never becomes 1 or 0. So nothing but a change of the range
 * needs to know it.
 *
 * Lockless; any context, if not said otherwise. A port whose memory could not be
 * had goes uncounted.
 */
#ifndef _PORTQUOTA_PORTCOUNT_H
#define _PORTQUOTA_PORTCOUNT_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define PQ_PORTCOUNT_CHUNK	256
#define PQ_PORTCOUNT_CHUNKS	(65536 / PQ_PORTCOUNT_CHUNK)
#define PQ_PORTCOUNT_OUTSIDE	BIT(30)	/* beside the number of holders */

/**
 * struct pq_portcount - the ports of one protocol in one namespace
 * @chunk: holders of each port, by PQ_PORTCOUNT_CHUNK ports
 * @ports: how many ports of the range have any; what is looked at only when it changes is
 *	   in its line
 * @trip: when @ports reaches this, the caller is told
 * @untrip: also when it falls to this
 * @loose: so many ports more or less may be held, as CPUs know and have not counted yet
 * @fits: grows when what follows has changed; 0: it never had, and all ports count
 * @low: the first port of the range
 * @high: the last one
 * @reserved: of the range, these do not count; a bitmap of the 65,536 ports, or NULL
 */
struct pq_portcount {
	atomic_t *chunk[PQ_PORTCOUNT_CHUNKS];
	atomic_t ports ____cacheline_aligned;
	atomic_t loose;
	long trip;
	long untrip;
	unsigned int fits;
	u16 low, high;
	const unsigned long *reserved;
};

atomic_t *pq_portcount_grow(struct pq_portcount *count, u16 port);
void pq_portcount_fit(struct pq_portcount *count, const unsigned long *reserved, u16 low, u16 high);
void pq_portcount_free(struct pq_portcount *count);

/**
 * pq_portcount_chunk() - how many hold each of the ports around one
 * @count: the count
 * @port: the port, host order
 *
 * Return: what pq_portcount_hold_in() is to be given; NULL if there is no memory for it yet.
 */
static __always_inline atomic_t *pq_portcount_chunk(const struct pq_portcount *count, u16 port)
{
	return READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);
}

/**
 * pq_portcount_hold_in() - one more reservation holds a port, and the caller counts ports
 * @chunk: from pq_portcount_chunk()
 * @port: the port, host order
 *
 * Context: any.
 * Return: 1 if the caller has one more to count, 0 if not.
 */
static __always_inline int pq_portcount_hold_in(atomic_t *chunk, u16 port)
{
	return atomic_inc_return(&chunk[port % PQ_PORTCOUNT_CHUNK]) == 1;
}

/**
 * pq_portcount_hold_only() - the same where there may be no memory yet
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: 1 if the caller has one more to count, 0 if not; -ENOMEM if the port could not
 * be counted, and then it is not to be released.
 */
static __always_inline int pq_portcount_hold_only(struct pq_portcount *count, u16 port)
{
	atomic_t *chunk = pq_portcount_chunk(count, port);

	if (unlikely(!chunk)) {
		chunk = pq_portcount_grow(count, port);
		if (!chunk)
			return -ENOMEM;
	}
	return pq_portcount_hold_in(chunk, port);
}

/**
 * pq_portcount_release_only() - one less holds a port, and the caller counts ports
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if the caller has one less to count.
 */
static __always_inline bool pq_portcount_release_only(struct pq_portcount *count, u16 port)
{
	atomic_t *chunk = READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);

	return likely(chunk) && !atomic_dec_if_positive(&chunk[port % PQ_PORTCOUNT_CHUNK]);
}

/**
 * pq_portcount_more() - count ports of which pq_portcount_hold_only() has said so
 * @count: the count
 * @n: how many, less those of which pq_portcount_release_only() has
 *
 * Context: any.
 * Return: true if the number of ports has tripped, or may have.
 */
static inline bool pq_portcount_more(struct pq_portcount *count, int n)
{
	/* Of before as well: who closes a stock meanwhile adds to the number, and does not look. */
	int loose = atomic_read(&count->loose);
	long ports = atomic_add_return(n, &count->ports);

	return ports + max(loose, atomic_read(&count->loose)) >= READ_ONCE(count->trip);
}

/**
 * pq_portcount_one_less() - the same of one of pq_portcount_release_only()
 * @count: the count
 *
 * Context: any.
 * Return: true if the number of ports has tripped, or may have.
 */
static inline bool pq_portcount_one_less(struct pq_portcount *count)
{
	int loose = atomic_read(&count->loose);	/* as in pq_portcount_more() */
	long ports = atomic_dec_return(&count->ports), untrip = READ_ONCE(count->untrip);

	/* The number is below zero where more is known of by stocks alone than by it. */
	return untrip >= 0 && ports - max(loose, atomic_read(&count->loose)) <= untrip;
}

/**
 * pq_portcount_has_room() - is the number of ports far enough from where it trips?
 * @count: the count
 * @n: by how much it may go up or down, beside what it may already
 *
 * Return: true if so.
 */
static inline bool pq_portcount_has_room(const struct pq_portcount *count, int n)
{
	long ports = atomic_read(&count->ports), untrip = READ_ONCE(count->untrip);

	n += atomic_read(&count->loose);
	return ports + n < READ_ONCE(count->trip) && (untrip < 0 || ports - n > untrip);
}

/**
 * pq_portcount_hold() - one more reservation holds a port
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: 1 if the number of ports has tripped, else 0; -ENOMEM if the port could not
 * be counted, and then it is not to be released.
 */
static __always_inline int pq_portcount_hold(struct pq_portcount *count, u16 port)
{
	int more = pq_portcount_hold_only(count, port);

	return more <= 0 ? more : pq_portcount_more(count, 1);
}

/**
 * pq_portcount_release() - one reservation less holds a port
 * @count: the count
 * @port: the port, host order
 *
 * Releasing a port of the range that nobody holds does nothing.
 *
 * Context: any.
 * Return: true if the number of ports has tripped.
 */
static __always_inline bool pq_portcount_release(struct pq_portcount *count, u16 port)
{
	return pq_portcount_release_only(count, port) && pq_portcount_one_less(count);
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

	return chunk ? atomic_read(&chunk[port % PQ_PORTCOUNT_CHUNK]) & ~PQ_PORTCOUNT_OUTSIDE : 0;
}

/**
 * pq_portcount_ports() - how many distinct ports of the range are held
 * @count: the count
 *
 * Return: the number. While the range changes, some may be taken off before they are
 * added: never below 0.
 */
static inline unsigned int pq_portcount_ports(const struct pq_portcount *count)
{
	return max(atomic_read(&count->ports), 0);
}

#endif
