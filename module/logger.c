// SPDX-License-Identifier: GPL-2.0-only
/* logger: see logger.h for what it promises. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <uapi/linux/portquota.h>

#include "account.h"
#include "event.h"
#include "logger.h"
#include "mode.h"
#include "netns.h"

static void logger_work_fn(struct work_struct *work);
static DECLARE_WORK(logger_work, logger_work_fn);

static u64 place;	/* only the work uses it */

static bool log_due(struct pq_account *acct, enum pq_edge edge)
{
	unsigned long now = jiffies ?: 1;
	unsigned long last = acct->logged[edge];

	if (last && time_before(now, last + msecs_to_jiffies(READ_ONCE(pq_log_interval_ms))))
		return false;
	acct->logged[edge] = now;
	return true;
}

static const char *edge_text(const struct pq_event *event)
{
	if (event->edge == PQ_EDGE_DENY)
		return event->audit ? "limit reached, would refuse new ones" :
				      "limit reached, refusing new ones";
	if (event->edge == PQ_EDGE_DESTINATION)
		return "uses many of the ports to one destination";
	if (event->edge == PQ_EDGE_EARLY)
		return "ended before its time";
	if (event->edge == PQ_EDGE_CLEAR)
		return "is clear again";
	return event->edge == PQ_EDGE_FORECAST ? "will be full soon" : "threshold crossed";
}

static void log_event(const struct pq_event *event)
{
	struct pq_account *acct = event->account;
	char *path, rate[80] = "";

	if (!READ_ONCE(pq_log) || !log_due(acct, event->edge))
		return;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return;
	if (!acct->key.cgrp)
		strscpy(path, PORTQUOTA_BEFORE_LOAD, PATH_MAX);
	else if (cgroup_path(acct->key.cgrp, path, PATH_MAX) < 0)
		strscpy(path, "?", PATH_MAX);
	if (event->left >= 0 && event->rate > 0)
		snprintf(rate, sizeof(rate), ", growing by %ld/s, full in %ld s", event->rate,
			 event->left);
	pr_warn("net:[%u] %s: %s %s: %ld of %ld%s\n", acct->key.net->inum, path,
		pq_meter_words[event->meter], edge_text(event), event->held, event->limit, rate);
	kfree(path);
}

static void logger_work_fn(struct work_struct *work)
{
	struct pq_event event;
	u64 lost;

	while (pq_events_get(&pq_host_events, &place, &event, &lost)) {
		if (lost)
			pr_warn_ratelimited("%llu warnings came too fast for the log\n", lost);
		log_event(&event);
		pq_account_put(event.account);
	}
}

/**
 * pq_logger_kick() - there is something to log
 *
 * Context: any.
 */
void pq_logger_kick(void)
{
	queue_work(system_unbound_wq, &logger_work);
}

/**
 * pq_logger_stop() - log no more; nobody kicks any longer
 *
 * Context: process.
 */
void pq_logger_stop(void)
{
	cancel_work_sync(&logger_work);
	place = 0;
}
