/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unshared: the TCP ports of a namespace that connect() cannot share.
 *
 * connect() takes a port in two ways (net/ipv4/inet_hashtables.c,
 * __inet_hash_connect()): one that nobody has, or one that other connect()s have
 * towards other destinations. It passes over each port that a bind() or listen() has
 * been let onto (inet_csk_update_fastreuse()), whatever the address, device or family
 * that was bound, and not only for as long as that socket lives: as long as any socket
 * has the port. So there are
 *
 * - exclusive ports, which a socket has that was bound or listens, and
 * - spoiled ones, which only others have now: connections by connect() that were there
 *   before the bind(), their TIME_WAITs, or accepted connections of a listener.
 *
 * Entries of the ledger that have PQ_ENTRY_UNSHARED hold their port in one of two sets.
 * Sockets that are not in the ledger, as accepted ones are, give back their ports
 * unseen: where such may have the last word, a port is watched, which holds it in the
 * set of spoiled ones too until somebody has looked at the kernel's bucket (see
 * port/spoil.h).
 */
#ifndef _PORTQUOTA_UNSHARED_H
#define _PORTQUOTA_UNSHARED_H

#include <linux/atomic.h>

#include "lib/portset.h"

/**
 * struct pq_unshared - the ports that connect() cannot share
 * @exclusive: those that bind() or listen() has
 * @spoiled: those that such a call had; also some of @exclusive
 * @watched: a bitmap of the ports to look at; made when there is the first
 * @watching: how many these are
 * @next: from which port on to look the next time
 */
struct pq_unshared {
	struct pq_portset exclusive;
	struct pq_portset spoiled;
	unsigned long *watched;
	atomic_t watching;
	unsigned int next;
};

void pq_unshared_watch(struct pq_unshared *unshared, u16 port);
bool pq_unshared_unwatch(struct pq_unshared *unshared, u16 port);
void pq_unshared_free(struct pq_unshared *unshared);

/**
 * pq_unshared_exclusive() - how many ports of a range does bind() or listen() have?
 * @unshared: those of the namespace
 * @reserved: its net.ipv4.ip_local_reserved_ports, which do not count; or NULL
 * @low: the first port
 * @high: the last port
 *
 * Return: the number.
 */
static inline unsigned int pq_unshared_exclusive(const struct pq_unshared *unshared,
						 const unsigned long *reserved, u16 low, u16 high)
{
	return pq_portset_count(&unshared->exclusive, NULL, reserved, low, high);
}

/**
 * pq_unshared_spoiled() - how many more can connect() not share?
 * @unshared: those of the namespace
 * @reserved: its net.ipv4.ip_local_reserved_ports, which do not count; or NULL
 * @low: the first port
 * @high: the last port
 *
 * Return: the number.
 */
static inline unsigned int pq_unshared_spoiled(const struct pq_unshared *unshared,
					       const unsigned long *reserved, u16 low, u16 high)
{
	return pq_portset_count(&unshared->spoiled, &unshared->exclusive, reserved, low, high);
}

#endif
