// SPDX-License-Identifier: GPL-2.0-only
/* reset: see reset.h for what it promises. */
#include <linux/sched.h>
#include <net/inet_sock.h>

#include "account/charge.h"
#include "lookup.h"
#include "reset.h"

/* Bound by hand, and connected or listening, as far as the hooks have seen */
static bool may_be_reset(const struct pq_entry *entry, const void *arg)
{
	u16 kind = entry->flags & (PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND | PQ_ENTRY_UDP |
				   PQ_ENTRY_TIMEWAIT);

	return kind == PQ_ENTRY_EXCLUSIVE;
}

/* A connection or listener that is one no more: where it was connected to, to be given back */
struct reset {
	bool bound;
	bool listens;
	struct pq_destination *to;
};

/* A pq_lookup_visit */
static void visit_reset(struct pq_entry *entry, const struct sock *sk, void *arg)
{
	struct reset *reset = arg;

	int state = sk ? inet_sk_state_load(sk) : TCP_SYN_SENT;

	reset->bound = state == TCP_CLOSE;
	reset->listens = state == TCP_LISTEN;
	if (reset->bound)
		reset->to = pq_entry_set_bound(entry);
}

/*
 * One that was not may be yet, so its bucket is watched on. Returns true if that is by
 * what comes from elsewhere.
 */
static bool find_reset(const struct pq_place *place)
{
	struct reset reset = {};

	pq_lookup(place, visit_reset, &reset);
	if (reset.to)
		pq_uncharge_destination(reset.to, place->owner->account, false);
	if (!reset.bound)
		pq_ledger_watch(place->key);
	/* Nobody but its own program takes its state from a listener. */
	return !reset.bound && !reset.listens;
}

/**
 * pq_reservations_find_resets() - find connections that were reset and keep the port
 *
 * A socket whose port was bound by hand keeps it when its connection is reset
 * or times out, and comes by none of the hooks then (net/ipv4/tcp.c,
 * tcp_set_state()). From time to time is soon enough to say so. Only buckets
 * with such sockets, or with listeners, are visited.
 *
 * Context: process.
 * Return: true if there are connections that may be reset.
 */
bool pq_reservations_find_resets(void)
{
	struct pq_places places = {};
	unsigned int bucket, i;
	bool more, others = false;

	for (bucket = pq_ledger_next_watched(0); bucket < pq_ledger_buckets();
	     bucket = pq_ledger_next_watched(bucket + 1)) {
		places.from = pq_ledger_first_order(bucket);
		do {
			more = pq_places_of_bucket(&places, bucket, may_be_reset, NULL);
			for (i = 0; i < places.nr; i++)
				others |= find_reset(&places.at[i]);
			pq_places_put(&places);
			cond_resched();
		} while (more);
	}
	return others;
}
