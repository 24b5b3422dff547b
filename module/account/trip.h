/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trip: turns numbers that have tripped into warnings.
 *
 * The counters answer each charge and uncharge with whether a number has reached
 * its trip or untrip point. These functions are called then. They compare the
 * number with the thresholds of the account or destination, make the events
 * (warn, clear, forecast, destination, early) and set the next points. Calls that
 * fail are in runs.h.
 *
 * Context: any but hard interrupts, unless said otherwise. They take the lock of
 * the account or of the namespace's destinations.
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
void pq_trip_destination_calm(struct pq_destination *to);
void pq_trip_destination_put(struct pq_destination *to, struct pq_account *acct);
void pq_trip_resized(struct pq_net *pn);
void pq_trip_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due);
void pq_trip_tick(struct pq_account *acct, unsigned int elapsed_ms, bool all);
void pq_trip_tick_destinations(struct pq_net *pn);

#endif
