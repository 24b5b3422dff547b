// SPDX-License-Identifier: GPL-2.0-only
/* gc: see gc.h for what it promises. */
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "account/limits.h"
#include "account/netns.h"
#include "account/owner.h"
#include "account/spares.h"
#include "account/stocks.h"
#include "account/stocks_off.h"
#include "account/stray.h"
#include "account/trip.h"
#include "account/trip_destination.h"
#include "account/walk.h"
#include "gc.h"
#include "hook/functions.h"
#include "lib/export.h"
#include "lib/params.h"
#include "lib/wakeup.h"
#include "pernet.h"
#include "port/reset.h"
#include "port/spoil.h"
#include "rule/rulebook.h"

#define GC_INTERVAL	(5 * HZ)

static void gc(struct work_struct *work);
static void gc_lazily(struct work_struct *work);
static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(gc_work, gc);
static DECLARE_DEFERRABLE_WORK(lazy_work, gc_lazily);
static DECLARE_DELAYED_WORK(tick_work, tick);

static ktime_t last_gc, last_tick;
static int modes_seen;		/* of pq_mode_changes; the tick's */

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

/* To be done now, whatever it was asked for. */
static void gc_hurry(void)
{
	mod_delayed_work(system_power_efficient_wq, &gc_work, 0);
}

static void gc_lazily(struct work_struct *work)
{
	gc_hurry();
}

static void gc(struct work_struct *work)
{
	ktime_t now = ktime_get();
	bool resets, left;

	pq_functions_check();
	resets = pq_reservations_find_resets();
	pq_spares_gc();
	pq_stocks_close();
	pq_owners_gc();
	left = pq_nets_gc(ktime_ms_delta(now, last_gc));
	WRITE_ONCE(last_gc, now);
	release_hooks();
	if (resets)
		pq_wakeup(PQ_WAKEUP_RESETS);
	else if (left || pq_owners_exist() || pq_spares_exist() || pq_functions_demanded())
		pq_wakeup(PQ_WAKEUP_GC);
}

/**
 * struct tick - a tick
 * @elapsed_ms: how much time since the last one
 * @all: look at all accounts, also those that rest: the mode has changed
 * @overdue: of this namespace some that rest are overdue
 * @strays: some range has changed, see stray.h
 */
struct tick {
	unsigned int elapsed_ms;
	bool all;
	bool overdue;
	bool strays;
};

static void tick_account(struct pq_account *acct, void *arg)
{
	const struct tick *t = arg;

	pq_limits_catch_up(acct, true);
	pq_trip_tick(acct, t->elapsed_ms, t->all || (t->overdue && pq_trip_due(acct)));
}

static bool tick_net(struct pq_net *pn, void *arg)
{
	struct tick *t = arg;
	bool changes = false;

	/* An account that awakens from here on has the tick come again. */
	if (!xchg(&pn->awake, false) && !t->all)
		return false;
	pq_stocks_hold_off(pn, 0);
	t->overdue = xchg(&pn->overdue, false);
	pq_limits_follow_range(pn, pn->net);
	/* Rules about ranges hold in one mode alone. */
	if (t->all && READ_ONCE(pn->ranged))
		pq_net_move(pn);
	t->strays |= pq_strays_due(pn);
	pq_spoil_look(pn, PQ_SPOIL_SOME);
	if (!pq_net_moving(pn) && (pn->destinations.usable != READ_ONCE(pn->range.usable) ||
				   READ_ONCE(pn->recounted))) {
		WRITE_ONCE(pn->recounted, false);
		pn->destinations.usable = READ_ONCE(pn->range.usable);
		pq_trip_resized(pn);
	}
	if (!pn->dead)
		changes = pq_trip_count_reusable(pn);
	if (!pn->dead)
		pq_walk_accounts(pn, tick_account, arg);
	if (!pn->dead)
		pq_trip_tick_destinations(pn);
	/* What may change though no call comes by */
	if (!pn->dead && (changes || READ_ONCE(pn->destinations.watched) || pq_strays_due(pn) ||
			  atomic_read(&pn->unshared.watching)))
		pq_net_awaken(pn);
	pq_stocks_let_on(pn);
	return true;
}

/*
 * Rates and forecasts, and reserved ports that have come or gone. It comes again
 * only if somebody has asked for it meanwhile: pq_trip_tick(), for an account that
 * does not rest yet, among others.
 */
static void tick(struct work_struct *work)
{
	int modes = atomic_read(&pq_mode_changes);
	ktime_t now = ktime_get();
	struct tick t = {
		.elapsed_ms = ktime_ms_delta(now, last_tick),
		.all = modes != modes_seen,
	};

	modes_seen = modes;
	pq_walk_nets(NULL, tick_net, &t);
	if (t.strays)
		pq_strays_tick();
	last_tick = now;
	/* Something goes on here, so a gc that was put off because the CPU is idle is due. */
	if (ktime_ms_delta(now, READ_ONCE(last_gc)) >= jiffies_to_msecs(GC_INTERVAL))
		gc_hurry();
}

/**
 * pq_gc_start() - begin with the periodic work; the hooks are in
 *
 * Context: process.
 */
void pq_gc_start(void)
{
	struct delayed_work *works[PQ_NR_WAKEUPS] = {
		[PQ_WAKEUP_TICK] = &tick_work,
		[PQ_WAKEUP_RESETS] = &gc_work,
		[PQ_WAKEUP_GC] = &lazy_work,
	};

	last_gc = ktime_get();
	last_tick = last_gc;
	pq_wakeups_start(works);
	/* For what the scan has found */
	pq_wakeup(PQ_WAKEUP_TICK);
	pq_wakeup(PQ_WAKEUP_RESETS);
}
EXPORT_SYMBOL_IF_KUNIT(pq_gc_start);

/**
 * pq_gc_stop() - end the periodic work
 *
 * Context: process, waits for a run that is under way.
 */
void pq_gc_stop(void)
{
	pq_wakeups_stop();
	/* In this order: each may hurry the ones behind it. */
	cancel_delayed_work_sync(&tick_work);
	cancel_delayed_work_sync(&lazy_work);
	cancel_delayed_work_sync(&gc_work);
}
EXPORT_SYMBOL_IF_KUNIT(pq_gc_stop);
