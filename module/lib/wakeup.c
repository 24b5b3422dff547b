// SPDX-License-Identifier: GPL-2.0-only
/* wakeup: see wakeup.h for what it promises. */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "export.h"
#include "wakeup.h"

static const unsigned long delays[PQ_NR_WAKEUPS] = {
	[PQ_WAKEUP_TICK] = HZ / 2,
	[PQ_WAKEUP_RESETS] = 5 * HZ,
	[PQ_WAKEUP_GC] = 5 * HZ,
};

/* NULL: not started, or stopped */
static struct delayed_work *asked_for[PQ_NR_WAKEUPS];

/**
 * pq_wakeups_start() - let the periodic work be asked for
 * @works: for each enum pq_wakeup what is queued then
 *
 * Context: process.
 */
void pq_wakeups_start(struct delayed_work *works[PQ_NR_WAKEUPS])
{
	unsigned int i;

	for (i = 0; i < PQ_NR_WAKEUPS; i++)
		WRITE_ONCE(asked_for[i], works[i]);
}

/**
 * pq_wakeups_stop() - let it be asked for no more
 *
 * What was queued before this returns still runs, if it is not cancelled.
 *
 * Context: process, sleeps.
 */
void pq_wakeups_stop(void)
{
	unsigned int i;

	for (i = 0; i < PQ_NR_WAKEUPS; i++)
		WRITE_ONCE(asked_for[i], NULL);
	synchronize_rcu();
}

/**
 * pq_wakeup() - ask for periodic work
 * @what: which
 *
 * Context: any but hard interrupts, not below a bucket of the ledger.
 */
void pq_wakeup(enum pq_wakeup what)
{
	struct delayed_work *work;

	rcu_read_lock();
	work = READ_ONCE(asked_for[what]);
	if (work)
		queue_delayed_work(system_power_efficient_wq, work, delays[what]);
	rcu_read_unlock();
}
EXPORT_SYMBOL_IF_KUNIT(pq_wakeup);
