/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trip_destination: turns numbers of destinations that have tripped into warnings,
 * as trip does those of accounts.
 *
 * These functions compare a destination's number with its thresholds, make the events
 * (destination, clear) and set the next points at which it trips.
 *
 * Context: any but hard interrupts, unless said otherwise. They take the lock of
 * the namespace's destinations.
 */
#ifndef _PORTQUOTA_TRIP_DESTINATION_H
#define _PORTQUOTA_TRIP_DESTINATION_H

struct pq_account;
struct pq_destination;
struct pq_net;

void pq_trip_destination(struct pq_destination *to, struct pq_account *acct);
void pq_trip_destination_calm(struct pq_destination *to);
void pq_trip_destination_put(struct pq_destination *to, struct pq_account *acct);
void pq_trip_resized(struct pq_net *pn);
void pq_trip_tick_destinations(struct pq_net *pn);

#endif
