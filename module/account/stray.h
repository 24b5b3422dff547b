/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stray: finds what is held outside of a range that was moved or narrowed.
 *
 * A connection keeps its port when the range changes, and takes nothing then from who
 * chooses a port now. So it counts at its account as before, but not against the range:
 * not in tcp.ports, not in tcp.in_range, nor at its destination. To know that of each
 * reservation when it begins and ends would cost each of them. Instead the whole ledger is
 * gone through when a range has changed, and what is outside gets a mark, by which it is
 * counted back when it ends: see pq_entry_set_elsewhere(). Where a cgroup has got another
 * range of its own, or none any more, its connections move to the destinations of that.
 *
 * Until that is done, nobody is told how full a range is: see pq_net_moving().
 */
#ifndef _PORTQUOTA_STRAY_H
#define _PORTQUOTA_STRAY_H

#include <linux/types.h>

#include "netns.h"

struct net;

void pq_strays_settle(struct pq_net *pn, struct net *net);
void pq_strays_init_net(struct pq_net *pn);
void pq_strays_tick(void);

/**
 * pq_strays_due() - is there a walk to be done for a namespace?
 * @pn: the namespace
 *
 * Return: true if so.
 */
static inline bool pq_strays_due(const struct pq_net *pn)
{
	return pq_net_moving(pn) || READ_ONCE(pn->strayed);
}

#endif
