// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota: who holds the ephemeral ports and TIME_WAIT sockets of this
 * machine.
 *
 * Only the ladder of init, hooks last, and of exit, hooks first.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>

#include "account.h"
#include "destination.h"
#include "entry.h"
#include "event.h"
#include "holder.h"
#include "ledger.h"
#include "logger.h"
#include "pernet.h"
#include "policy.h"
#include "proc.h"
#include "queue.h"
#include "redirect.h"
#include "rulebook.h"
#include "survey.h"
#include "sweep.h"

/* Everything is idle, and nobody is left who could change that. */
static void forget_all(void)
{
	pq_logger_stop();
	pq_ledger_destroy(pq_entry_forget);
	pq_holders_sweep();
	pq_nets_sweep(0);
	pq_destinations_exit();
	pq_accounts_exit();
	pq_holders_exit();
	pq_policy_exit();
	pq_rulebook_destroy(&pq_host_rules);
	pq_events_destroy(&pq_host_events);
}

static void host_files_exit(void)
{
	/* Readers of events wait for ever if they are not sent away: now, and who was late. */
	pq_events_close(&pq_host_events);
	pq_events_drain(&pq_host_events);
	pq_proc_exit();
	pq_events_drain(&pq_host_events);
}

static int __init portquota_init(void)
{
	int err;

	/* As many buckets as the kernel's own connections have. */
	err = pq_ledger_init(init_net.ipv4.tcp_death_row.hashinfo->ehash_mask + 1);
	if (err)
		return err;
	err = pq_holders_init();
	if (err)
		goto ledger;
	err = pq_accounts_init();
	if (err)
		goto holders;
	err = pq_destinations_init();
	if (err)
		goto accounts;
	err = pq_rulebook_init(&pq_host_rules);
	if (err)
		goto destinations;
	err = pq_events_init(&pq_host_events, PQ_EVENTS_HOST);
	if (err)
		goto rules;
	err = pq_proc_init();
	if (err)
		goto events;
	err = pq_policy_init();
	if (err)
		goto host_files;
	err = pq_nets_init();
	if (err)
		goto proc;
	err = pq_redirects_install();
	if (err)
		goto nets;
	pq_survey();
	pq_sweep_start();
	return 0;

nets:
	host_files_exit();
	pq_nets_exit();
	forget_all();
	return err;
proc:
	/* The namespaces that came before the one that failed are dead, and left to us. */
	host_files_exit();
	forget_all();
	return err;
host_files:
	host_files_exit();
events:
	pq_events_destroy(&pq_host_events);
rules:
	pq_rulebook_destroy(&pq_host_rules);
destinations:
	pq_destinations_exit();
accounts:
	pq_accounts_exit();
holders:
	pq_holders_exit();
ledger:
	pq_ledger_destroy(NULL);
	return err;
}

static void __exit portquota_exit(void)
{
	pq_queue_stop();
	pq_redirects_remove();
	pq_sweep_stop();
	host_files_exit();
	pq_nets_exit();
	forget_all();
}

module_init(portquota_init);
module_exit(portquota_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
MODULE_DESCRIPTION("Accounting of ephemeral ports and TIME_WAIT sockets per cgroup");
