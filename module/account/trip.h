/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trip: turns numbers that have tripped into warnings.
 *
 * The counters answer each charge and uncharge with whether a number has reached
 * its trip or untrip point. These functions are called then. They compare the
 * number with the thresholds of the account, make the events (warn, clear,
 * forecast, early) and set the next points. Calls that fail are in runs.h,
 * destinations in trip_destination.h.
 *
 * Context: any but hard interrupts, unless said otherwise. They take the lock of
 * the account.
 */
#ifndef _PORTQUOTA_TRIP_H
#define _PORTQUOTA_TRIP_H

#include "lib/counter.h"
#include "warn/event.h"

struct pq_account;
struct pq_net;

/*
 * What one charge does at most: accounts that it looks at, which takes some 300
 * instructions each; of those, that it tells something of; and of those, that it makes
 * a name for, how deep they are, and characters of names after which it makes no more.
 * There may be thousands of each; a TIME_WAIT is charged in a softirq.
 */
#define PQ_LOOKS_AT_ONCE	32
#define PQ_TOLD_AT_ONCE		16
#define PQ_SUBJECTS_AT_ONCE	4
#define PQ_NAMED_LEVELS		64
#define PQ_NAMED_AT_ONCE	1024

void pq_trip_changed(struct pq_account *acct);
bool pq_trip_due(const struct pq_account *acct);
void pq_trip_charged(struct pq_account *acct);
void pq_trip_denied(struct pq_account *acct, enum pq_metric metric, bool audit);
void pq_trip_early(struct pq_account *acct, enum pq_tally reason, u32 lasted, u32 due);
bool pq_trip_count_reusable(struct pq_net *pn);
void pq_trip_tick(struct pq_account *acct, unsigned int elapsed_ms, bool all);

#endif
