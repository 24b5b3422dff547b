/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * portset: which ports have something about them, as long as anybody says so.
 *
 * A port is in the set as long as it has a holder. Unlike a portcount, which only
 * says how many ports there are, a set says how many there are in a range, at the
 * cost of a bit that is kept with the number of holders: for what happens less
 * often than a connection begins. Memory is taken with the first port that is held,
 * and by the 256 ports, when the first of them is held, and kept.
 *
 * Lockless; any context. A port whose memory could not be had is not in the set.
 */
#ifndef _PORTQUOTA_PORTSET_H
#define _PORTQUOTA_PORTSET_H

#include <linux/types.h>

struct pq_portset_chunks;

/**
 * struct pq_portset - a set of ports
 * @chunks: where the holders of each port are; NULL until there is the first
 */
struct pq_portset {
	struct pq_portset_chunks *chunks;
};

void pq_portset_hold(struct pq_portset *set, u16 port);
bool pq_portset_release(struct pq_portset *set, u16 port);
unsigned int pq_portset_holders(const struct pq_portset *set, u16 port);
unsigned int pq_portset_count(const struct pq_portset *set, const struct pq_portset *without,
			      const unsigned long *reserved, u16 low, u16 high);
void pq_portset_free(struct pq_portset *set);

#endif
