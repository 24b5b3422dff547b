// SPDX-License-Identifier: GPL-2.0-only
/* trip_destination: see trip_destination.h for what it promises. */
#include "account.h"
#include "destination.h"
#include "lib/export.h"
#include "lib/params.h"
#include "netns.h"
#include "stocks_off.h"
#include "tell.h"
#include "told.h"
#include "trip_destination.h"
#include "walk.h"

/* Some threshold of @to may have been crossed; @acct was charged or uncharged. */
static void look_destination(struct pq_destination *to, struct pq_account *acct)
{
	long held = pq_destination_lost(to);
	enum pq_event_kind kind;
	struct pq_edge edge;

	lockdep_assert_held(&to->key.all->lock);
	if (READ_ONCE(pq_mode) == PQ_MODE_OFF)
		return;
	while ((kind = pq_thresholds_look(&to->thresholds, held, &edge)) != PQ_EVENT_NONE) {
		struct pq_event event = {
			.kind = kind == PQ_EVENT_WARN ? PQ_EVENT_DESTINATION : kind,
			.metric = PQ_METRIC_DESTINATION,
			.held = held,
			.threshold = edge.threshold,
			.step = edge.step,
			.of = kind == PQ_EVENT_CLEAR ? PQ_EVENT_DESTINATION : PQ_EVENT_NONE,
			.limit = to->thresholds.limit,
			.rate = to->thresholds.rate,
			.left = kind == PQ_EVENT_CLEAR ? -1 :
				pq_thresholds_left(&to->thresholds, held),
			.flow = to->key.flow,
		};

		pq_account_sign(acct, &event);
		pq_told_add(acct->key.net, to, &event);
	}
}

/* Also where it may trip with no connection that begins or ends: then by the tick. */
static void set_destination_trips(struct pq_destination *to)
{
	pq_destination_set_trips(to);
	if (to->watched)
		pq_net_awaken(container_of(to->key.all, struct pq_net, destinations));
}

/**
 * pq_trip_destination() - a destination's number has tripped
 * @to: the destination, with a user
 * @acct: the account that was charged
 *
 * Context: any but hard interrupts.
 */
void pq_trip_destination(struct pq_destination *to, struct pq_account *acct)
{
	struct pq_destinations *all = to->key.all;
	struct pq_net *pn = container_of(all, struct pq_net, destinations);

	pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
	spin_lock_bh(&all->lock);
	look_destination(to, acct);
	set_destination_trips(to);
	spin_unlock_bh(&all->lock);
	pq_stocks_let_on(pn);
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_destination);

/**
 * pq_trip_destination_calm() - a destination has been clear for long enough to
 *				say so
 * @to: the destination, in the list of a namespace that is not dead
 *
 * Context: process, pq_nets_mutex held.
 */
void pq_trip_destination_calm(struct pq_destination *to)
{
	struct pq_net *pn = container_of(to->key.all, struct pq_net, destinations);

	pq_net_assert_kept(pn);
	pq_trip_destination(to, pn->root);
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_destination_calm);

/**
 * pq_trip_destination_put() - a destination has one connection less, and with
 *			       that its number trips
 * @to: the destination; the caller's user is given back
 * @acct: the account that was uncharged
 *
 * Context: any but hard interrupts.
 */
void pq_trip_destination_put(struct pq_destination *to, struct pq_account *acct)
{
	rcu_read_lock();
	pq_ref_put(&to->users);
	pq_trip_destination(to, acct);
	rcu_read_unlock();
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_destination_put);

static void resize_destination(struct pq_destination *to, void *arg)
{
	struct pq_net *pn = arg;

	pq_destination_set_levels(to);
	look_destination(to, pn->root);
	set_destination_trips(to);
}

/**
 * pq_trip_resized() - a namespace's range has changed, and with it the
 *		       thresholds of its destinations
 * @pn: the namespace
 *
 * No program's call has crossed these thresholds. If nobody is found who holds
 * most, their events are about the namespace's root account.
 *
 * Context: as pq_walk_destinations().
 */
void pq_trip_resized(struct pq_net *pn)
{
	pq_walk_destinations(pn, resize_destination, pn);
}
EXPORT_SYMBOL_IF_KUNIT(pq_trip_resized);

static void look_watched(struct pq_destination *to, void *arg)
{
	struct pq_net *pn = arg;

	if (to->watched) {
		look_destination(to, pn->root);
		set_destination_trips(to);
	}
}

/**
 * pq_trip_tick_destinations() - look at the destinations that may cross a threshold
 *				 though no connection to them begins or ends
 * @pn: the namespace
 *
 * Context: as pq_walk_destinations().
 */
void pq_trip_tick_destinations(struct pq_net *pn)
{
	if (READ_ONCE(pn->destinations.watched))
		pq_walk_destinations(pn, look_watched, pn);
}
