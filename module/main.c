// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota: who holds the ephemeral ports and TIME_WAIT sockets of this
 * machine.
 *
 * Only the order in which its parts begin and end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <generated/utsrelease.h>
#include <linux/module.h>
#include <linux/utsname.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/apply.h"
#include "account/charge.h"
#include "account/culprit.h"
#include "account/destination.h"
#include "account/ledger.h"
#include "account/match.h"
#include "account/owner.h"
#include "account/stocks.h"
#include "account/told.h"
#include "gc.h"
#include "hook/functions.h"
#include "lib/compat.h"
#include "pernet.h"
#include "port/scan.h"
#include "port/wait.h"
#include "proc/proc.h"
#include "rule/rulebook.h"
#include "warn/event.h"
#include "warn/logger.h"

/*
 * What is hooked is of no ABI. With CONFIG_MODVERSIONS the kernel compares the types of
 * what a module calls, and not its release; those of what is hooked nobody compares.
 */
static int kernel_is_right(void)
{
	const char *release = init_utsname()->release, *built_for = UTS_RELEASE;

	/* So that it is compared as text, which the selftest changes in the file. */
	OPTIMIZER_HIDE_VAR(built_for);
	if (!strcmp(release, built_for))
		return 0;
	pr_err("built for kernel %s, and this is %s\n", built_for, release);
	return -ENOEXEC;
}

static int host_rules_init(void)
{
	return pq_rulebook_init(&pq_host_rules);
}

static void host_rules_exit(void)
{
	pq_rulebook_destroy(&pq_host_rules);
}

static int host_events_init(void)
{
	return pq_events_init(&pq_host_events, PQ_EVENTS_HOST);
}

static void host_events_exit(void)
{
	pq_logger_stop();
	pq_events_close(&pq_host_events);
	pq_events_destroy(&pq_host_events);
}

static int ledger_init(void)
{
	/* As many buckets as the kernel's own connections have. */
	return pq_ledger_init(init_net.ipv4.tcp_death_row.hashinfo->ehash_mask + 1);
}

static void ledger_exit(void)
{
	pq_ledger_destroy(pq_entry_forget);
}

static int scan(void)
{
	pq_scan();
	return 0;
}

static int told_start(void)
{
	pq_told_start(pq_culprit_of);
	return 0;
}

static int gc_start(void)
{
	pq_gc_start();
	return 0;
}

/*
 * The ladder: up with init, from the first to the last; down with exit, from
 * the last whose init has succeeded to the first. Either may be missing.
 */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} steps[] = {
	{ kernel_is_right, NULL },
	{ pq_match_init, pq_match_exit },
	{ host_rules_init, host_rules_exit },
	{ pq_destinations_init, pq_destinations_exit },
	{ pq_accounts_init, pq_accounts_exit },
	/* Down: all namespaces are dead and no entry is left, so accounts and destinations go. */
	{ pq_nets_memory_init, pq_nets_memory_exit },
	{ host_events_init, host_events_exit },
	{ pq_owners_init, pq_owners_exit },
	{ pq_stocks_init, pq_stocks_exit },
	{ ledger_init, ledger_exit },
	{ pq_nets_init, pq_nets_exit },
	{ NULL, pq_apply_stop },
	/* On the way down nothing crosses a threshold any more. */
	{ told_start, pq_told_flush },
	{ NULL, pq_stocks_close },
	/* What follows needs the hooks: without them, sockets go and their entries stay. */
	{ pq_functions_hook, pq_functions_unhook },
	{ scan, NULL },
	{ pq_proc_init, pq_proc_exit },
	{ gc_start, pq_gc_stop },
	/* A connect() that waits for a port is in a hook, and it is the gc that wakes it. */
	{ NULL, pq_wait_stop },
};

/* Goes down from below step @nr. */
static void undo(unsigned int nr)
{
	while (nr--)
		if (steps[nr].exit)
			steps[nr].exit();
}

static int __init portquota_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i].init ? steps[i].init() : 0;
		if (err) {
			undo(i);
			return err;
		}
	}
	return 0;
}

static void __exit portquota_exit(void)
{
	undo(ARRAY_SIZE(steps));
}

module_init(portquota_init);
module_exit(portquota_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(PORTQUOTA_VERSION);
MODULE_DESCRIPTION("Accounting of ephemeral ports and TIME_WAIT sockets per cgroup");
