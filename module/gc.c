// SPDX-License-Identifier: GPL-2.0-only
/* gc: see gc.h for what it promises. */
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "account/ledger.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/owner.h"
#include "account/trip.h"
#include "account/walk.h"
#include "gc.h"
#include "hook/functions.h"
#include "pernet.h"
#include "port/reservation.h"
#include "port/spoil.h"
#include "rule/rulebook.h"

#define GC_INTERVAL	(5 * HZ)
#define TICK_INTERVAL	(HZ / 2)

static void gc(struct work_struct *work);
static void tick(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(gc_work, gc);
static DECLARE_DELAYED_WORK(tick_work, tick);
static ktime_t last_tick;

/* Hooks that rules demanded go with the last of these rules. */
static void release_hooks(void)
{
	int generation = atomic_read_acquire(&pq_rules_generation);	/* before the numbers */
	bool ranged, delayed;
	struct pq_net *pn;

	if (!pq_functions_demanded())
		return;
	ranged = READ_ONCE(pq_host_rules.ranged);
	delayed = READ_ONCE(pq_host_rules.delayed);
	mutex_lock(&pq_nets_mutex);
	list_for_each_entry(pn, &pq_nets, link) {
		/* A dead namespace stays for as long as it has accounts, and its rules too. */
		if (pn->dead)
			continue;
		ranged |= READ_ONCE(pn->rules.ranged) > 0;
		delayed |= READ_ONCE(pn->rules.delayed) > 0;
	}
	mutex_unlock(&pq_nets_mutex);
	mutex_lock(&pq_functions_mutex);
	/* If rule_set() in another task has set a rule meanwhile, the next gc looks again. */
	if (atomic_read(&pq_rules_generation) == generation)
		pq_functions_release(ranged, delayed);
	mutex_unlock(&pq_functions_mutex);
}

static void gc(struct work_struct *work)
{
	pq_functions_check();
	pq_reservations_find_resets();
	pq_ledger_gc();
	pq_owners_gc();
	pq_nets_gc(jiffies_to_msecs(GC_INTERVAL));
	release_hooks();
	queue_delayed_work(system_power_efficient_wq, &gc_work, GC_INTERVAL);
}

static void tick_account(struct pq_account *acct, void *arg)
{
	const unsigned int *elapsed_ms = arg;

	pq_limits_catch_up(acct);
	pq_trip_tick(acct, *elapsed_ms);
}

static bool tick_net(struct pq_net *pn, void *arg)
{
	pq_limits_follow_range(pn, pn->net);
	pq_spoil_look(pn, PQ_SPOIL_SOME);
	if (pn->destinations.usable != READ_ONCE(pn->range.usable) || READ_ONCE(pn->recounted)) {
		WRITE_ONCE(pn->recounted, false);
		pn->destinations.usable = READ_ONCE(pn->range.usable);
		pq_trip_resized(pn);
	}
	if (!pn->dead)
		pq_walk_accounts(pn, tick_account, arg);
	if (!pn->dead)
		pq_trip_tick_destinations(pn);
	return true;
}

/* Rates and forecasts, and reserved ports that have come or gone */
static void tick(struct work_struct *work)
{
	ktime_t now = ktime_get();
	unsigned int elapsed_ms = ktime_ms_delta(now, last_tick);

	pq_walk_nets(NULL, tick_net, &elapsed_ms);
	last_tick = now;
	queue_delayed_work(system_power_efficient_wq, &tick_work, TICK_INTERVAL);
}

/**
 * pq_gc_start() - begin with the periodic work; the hooks are in
 *
 * Context: process.
 */
void pq_gc_start(void)
{
	last_tick = ktime_get();
	queue_delayed_work(system_power_efficient_wq, &tick_work, TICK_INTERVAL);
	queue_delayed_work(system_power_efficient_wq, &gc_work, GC_INTERVAL);
}

/**
 * pq_gc_stop() - end the periodic work
 *
 * Context: process, waits for a run that is under way.
 */
void pq_gc_stop(void)
{
	cancel_delayed_work_sync(&tick_work);
	cancel_delayed_work_sync(&gc_work);
}
