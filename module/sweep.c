// SPDX-License-Identifier: GPL-2.0-only
/* sweep: see sweep.h for what it promises. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/workqueue.h>

#include "holder.h"
#include "netns.h"
#include "redirect.h"
#include "sweep.h"

#define SWEEP_INTERVAL	(5 * HZ)

static bool hooks_dead;
static void sweep(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(sweep_work, sweep);

/*
 * With ftrace dead the hooked functions still lead here, and nothing can
 * change that: the module must not go any more.
 */
static void sweep_hooks(void)
{
	if (hooks_dead || !pq_redirects_dead())
		return;
	WRITE_ONCE(hooks_dead, true);
	__module_get(THIS_MODULE);
	pr_crit("the kernel has shut ftrace down: counting may be wrong from now on, and the module cannot be removed\n");
}

static void sweep(struct work_struct *work)
{
	sweep_hooks();
	pq_holders_sweep();
	pq_nets_sweep();
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
}

/**
 * pq_sweep_hooks_dead() - has the kernel shut ftrace down?
 *
 * Return: what the last sweep found.
 */
bool pq_sweep_hooks_dead(void)
{
	return READ_ONCE(hooks_dead);
}

/**
 * pq_sweep_start() - begin to sweep; the hooks are in
 *
 * Context: process.
 */
void pq_sweep_start(void)
{
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
}

/**
 * pq_sweep_stop() - sweep no more
 *
 * Context: process, waits for a sweep that is running.
 */
void pq_sweep_stop(void)
{
	cancel_delayed_work_sync(&sweep_work);
}
