/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * culprit: finds the account that holds most towards a destination.
 *
 * It is not counted while connections come and go, which would cost each of them, but
 * found out when there is something to tell: by asking the kernel for the connection
 * of each port of the range, and the ledger for who pays. That takes some hundred
 * instructions per port, as much as one connect() takes in a destination more than
 * half full; and to cross a threshold again takes a twentieth of the range in
 * connections.
 */
#ifndef _PORTQUOTA_CULPRIT_H
#define _PORTQUOTA_CULPRIT_H

struct pq_destination;
struct pq_net;
struct pq_subject;

struct pq_subject *pq_culprit_of(struct pq_net *pn, const struct pq_destination *to);

#endif
