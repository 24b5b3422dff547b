/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk: goes through the namespaces, and through the accounts or destinations of
 * one, of which there may be tens of thousands, a few at a time.
 *
 * pq_nets_mutex keeps what is on the lists from being freed, and whoever makes or
 * removes a namespace waits for it. So a walk gives it up after every few, and
 * keeps its place by a reference.
 */
#ifndef _PORTQUOTA_WALK_H
#define _PORTQUOTA_WALK_H

#include <linux/types.h>

struct pq_account;
struct pq_destination;
struct pq_net;

void pq_walk_nets(struct pq_net *only, bool (*visit)(struct pq_net *pn, void *arg), void *arg);
void pq_walk_accounts(struct pq_net *pn, void (*visit)(struct pq_account *acct, void *arg),
		      void *arg);
void pq_walk_destinations(struct pq_net *pn,
			  void (*visit)(struct pq_destination *to, void *arg), void *arg);

#endif
