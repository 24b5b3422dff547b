// SPDX-License-Identifier: GPL-2.0-only
/*
 * hook: see hook.h for what it promises.
 *
 * Life of a redirected call:
 *
 *	caller -> ftrace site -> hook_divert(): counts the call in
 *	       -> replacement -> original -> pq_hook_leave(): counts it out
 *
 * unregister_ftrace_function() returns when no task is between the site and
 * the end of hook_divert() any more (it waits for RCU tasks: the ops are
 * dynamic), so from then on the count can only fall, and a sum over the CPUs
 * that reads zero is final. A percpu_ref would say the same, at thirty more
 * instructions a call.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "hook.h"

/* BPF trampolines being changed on the same function make ftrace say EAGAIN */
#define HOOK_TRIES		50
#define HOOK_RETRY_MS		20

DEFINE_PER_CPU(long, pq_hook_inflight);

/*
 * Preemption may be on here; one instruction counts the call in, and see
 * above for why that is enough.
 */
static void notrace hook_divert(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	struct pq_hook *hook = container_of(ops, struct pq_hook, ops);

	this_cpu_inc(pq_hook_inflight);
	pq_compat_set_ip(fregs, (unsigned long)hook->replacement);
}

/* A kprobe that is never armed finds the ftrace site of a symbol. */
static int hook_find_site(struct pq_hook *hook)
{
	struct kprobe kp = {
		.symbol_name = hook->name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;
	hook->site = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static int hook_install(struct pq_hook *hook)
{
	unsigned int tries = 0;
	int err;

	err = hook_find_site(hook);
	if (err) {
		pr_err("cannot hook %s: not found (%d)\n", hook->name, err);
		return err;
	}

	hook->ops = (struct ftrace_ops) {
		.func = hook_divert,
		.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
	};
	err = ftrace_set_filter_ip(&hook->ops, hook->site, 0, 0);
	if (err) {
		pr_err("cannot hook %s: not a traceable function (%d)\n", hook->name, err);
		return err;
	}
	hook->set_original(hook->site + MCOUNT_INSN_SIZE);

	while ((err = register_ftrace_function(&hook->ops)) == -EAGAIN && ++tries < HOOK_TRIES)
		msleep(HOOK_RETRY_MS);
	if (err) {
		pr_err("cannot hook %s: %s (%d)\n", hook->name, err == -EBUSY ?
		       "ftrace is switched off, or a livepatch holds it" : "ftrace refuses", err);
		ftrace_free_filter(&hook->ops);
	}
	return err;
}

static void hook_uninstall(struct pq_hook *hook)
{
	int err = unregister_ftrace_function(&hook->ops);

	/*
	 * Only a dead ftrace refuses. The site then still leads here, and the
	 * text must not go: an rmmod that never ends is the lesser evil.
	 */
	if (WARN(err, "portquota: cannot unhook %s (%d)\n", hook->name, err)) {
		for (;;)
			ssleep(3600);
	}
	ftrace_free_filter(&hook->ops);
}

static long hooks_inflight(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(pq_hook_inflight, cpu);
	return sum;
}

/*
 * Comes back when no task and no CPU is inside a replacement. What is left
 * after pq_hook_leave() is a handful of instructions without a voluntary
 * sleep: RCU tasks waits for those in tasks, RCU for those in softirqs.
 */
static void hooks_drain(void)
{
	while (hooks_inflight())
		msleep(1);
	synchronize_rcu_tasks();
	synchronize_rcu();
}

/**
 * pq_hooks_install() - hook a table of functions, all of them or none
 * @hooks: the table; must stay until pq_hooks_remove() returns
 * @nr: its number of entries
 *
 * Hooks are put in from first to last. When one cannot be, its name and the
 * reason are logged, and those already in are taken out again and drained.
 * When it returns 0, no call to an original that bypassed its replacement is
 * running any more.
 *
 * Context: process, may sleep for some hundred milliseconds.
 * Return: 0, or -ENOENT (no such function), -EINVAL (not traceable), -EBUSY
 * (ftrace off, or another IPMODIFY user), -ENODEV (ftrace dead), -ENOMEM.
 */
int pq_hooks_install(struct pq_hook *hooks, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = hook_install(&hooks[i]);
		if (err) {
			pq_hooks_remove(hooks, i);
			return err;
		}
	}
	synchronize_rcu_tasks();
	synchronize_rcu();
	return 0;
}

/**
 * pq_hooks_remove() - unhook a table of functions
 * @hooks: the table
 * @nr: how many of its entries are in
 *
 * When it returns, no replacement is running and none can start.
 *
 * Context: process, sleeps until the last call in flight is done.
 */
void pq_hooks_remove(struct pq_hook *hooks, unsigned int nr)
{
	while (nr--)
		hook_uninstall(&hooks[nr]);
	hooks_drain();
}

/**
 * pq_hooks_dead() - has the kernel shut ftrace down?
 * @hook: an installed hook
 *
 * ftrace_kill() tells nobody; every filter change is refused with ENODEV
 * from then on (kernel/trace/ftrace.c, ftrace_set_hash()).
 *
 * Context: process, may sleep.
 * Return: true when hooks may no longer be called and cannot be removed.
 */
bool pq_hooks_dead(struct pq_hook *hook)
{
	/* Not static: ftrace_free_filter() leaves pointers to what it freed. */
	struct ftrace_ops probe = { .func = hook_divert };
	int err = ftrace_set_filter_ip(&probe, hook->site, 0, 0);

	ftrace_free_filter(&probe);
	return err == -ENODEV;
}
