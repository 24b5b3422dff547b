/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * awake: an account whose numbers have changed lately, or of which something is to be
 * told later, is awake, and the tick looks at it. All others rest.
 */
#ifndef _PORTQUOTA_AWAKE_H
#define _PORTQUOTA_AWAKE_H

#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "account.h"
#include "netns.h"

/**
 * pq_account_awaken() - let the tick look at an account, until it rests again
 * @acct: the account, locked
 *
 * Context: any but hard interrupts, not below a bucket of the ledger.
 */
static inline void pq_account_awaken(struct pq_account *acct)
{
	unsigned int rested_ms, metric;

	lockdep_assert_held(&acct->lock);
	if (acct->awake)
		return;
	WRITE_ONCE(acct->awake, true);
	rested_ms = jiffies_to_msecs(min(jiffies - acct->rests_since, 3600UL * HZ));
	for (metric = 0; metric < pq_account_metrics(acct->parent); metric++)
		pq_thresholds_rested(&acct->thresholds[metric], rested_ms);
	pq_net_awaken(acct->key.net);
}

#endif
