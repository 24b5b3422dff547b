/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trip: looks when a number has reached a point where somebody wants to, and
 * tells the events, the log and the tracepoints.
 */
#ifndef _PORTQUOTA_TRIP_H
#define _PORTQUOTA_TRIP_H

#include "lib/counter.h"
#include "warn/event.h"

struct pq_account;
struct pq_destination;
struct pq_net;

void pq_trip_changed(struct pq_account *acct);
void pq_trip_charged(struct pq_account *acct);
void pq_trip_denied(struct pq_account *acct, enum pq_metric metric, bool audit);
void pq_trip_destination(struct pq_destination *to, struct pq_account *acct);
void pq_trip_destination_put(struct pq_destination *to, struct pq_account *acct);
void pq_trip_resized(struct pq_net *pn);
void pq_trip_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due);
void pq_trip_tick(struct pq_net *pn, unsigned int elapsed_ms);

#endif
