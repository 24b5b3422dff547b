// SPDX-License-Identifier: GPL-2.0-only
/*
 * ftrace: see ftrace.h for what it promises.
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
 *
 * The file is a little longer than others because the mechanism is one noun.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "ftrace.h"
#include "lib/compat.h"

/* BPF trampolines being changed on the same function make ftrace say EAGAIN */
#define HOOK_TRIES		50
#define HOOK_RETRY_MS		20

/* Sparse enough that a hash without collisions is found in a few tries */
#define SLOT_BITS		6
#define SLOT_TRIES		10000

DEFINE_PER_CPU(long, pq_hook_inflight);

/* From a site to its replacement. Set before the hooks go in. */
static struct {
	unsigned long multiplier;
	void *slot[1 << SLOT_BITS];
} by_site __read_mostly;

static unsigned int site_slot(unsigned long site)
{
	return (site * by_site.multiplier) >> (BITS_PER_LONG - SLOT_BITS);
}

/*
 * Preemption may be on here; this_cpu_inc() counts the call in on whichever CPU
 * that is, and see above for why that is enough.
 */
static void notrace hook_divert(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	this_cpu_inc(pq_hook_inflight);
	pq_compat_set_ip(fregs, (unsigned long)by_site.slot[site_slot(ip)]);
}

static struct ftrace_ops hook_ops;

#define HOOK_OPS_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT)

/* Protects what is hooked on demand, and whether anything may be */
static DEFINE_MUTEX(demand_mutex);
static bool demand_open;

/* Set once, by pq_hooks_check() */
static bool hooks_dead;

static bool hooks_fill_slots(struct pq_hook *hooks, unsigned int nr)
{
	unsigned int i;

	memset(by_site.slot, 0, sizeof(by_site.slot));
	for (i = 0; i < nr; i++) {
		if (by_site.slot[site_slot(hooks[i].site)])
			return false;
		by_site.slot[site_slot(hooks[i].site)] = hooks[i].replacement;
	}
	return true;
}

/* Looks for a multiplier that gives each site a slot of its own. */
static int hooks_hash(struct pq_hook *hooks, unsigned int nr)
{
	unsigned int tries;

	by_site.multiplier = GOLDEN_RATIO_64;
	for (tries = 0; tries < SLOT_TRIES; tries++) {
		if (hooks_fill_slots(hooks, nr))
			return 0;
		by_site.multiplier = by_site.multiplier * GOLDEN_RATIO_64 + 2;
	}
	return -ENOSPC;
}

static int hook_prepare(struct pq_hook *hook, struct kprobe *kp)
{
	int err;

	kp->symbol_name = hook->name;
	kp->flags = KPROBE_FLAG_DISABLED;
	err = register_kprobe(kp);
	if (err) {
		kp->addr = NULL;
		pr_err("cannot hook %s: not found (%d)\n", hook->name, err);
		return err;
	}
	hook->site = pq_compat_site((unsigned long)kp->addr);
	hook->set_original(hook->site + MCOUNT_INSN_SIZE);
	err = ftrace_set_filter_ip(hook->on_demand ? &hook->ops : &hook_ops, hook->site, 0, 0);
	if (err)
		pr_err("cannot hook %s: not a traceable function (%d)\n", hook->name, err);
	return err;
}

/*
 * Kprobes that are never armed find the ftrace sites of the symbols. They are
 * unregistered together, for one grace period instead of one each.
 */
static int hooks_prepare(struct pq_hook *hooks, unsigned int nr)
{
	struct kprobe *probes = kcalloc(nr, sizeof(*probes), GFP_KERNEL);
	struct kprobe **list = kcalloc(nr, sizeof(*list), GFP_KERNEL);
	unsigned int i, found = 0;
	int err = -ENOMEM;

	if (probes && list) {
		for (i = 0, err = 0; i < nr && !err; i++) {
			err = hook_prepare(&hooks[i], &probes[i]);
			if (probes[i].addr)
				list[found++] = &probes[i];
		}
		unregister_kprobes(list, found);
	}
	kfree(list);
	kfree(probes);
	return err;
}

static int ops_register(struct ftrace_ops *ops)
{
	unsigned int tries = 0;
	int err;

	while ((err = register_ftrace_function(ops)) == -EAGAIN && ++tries < HOOK_TRIES)
		msleep(HOOK_RETRY_MS);
	return err;
}

/* Leaves the call where it goes. */
static void notrace hook_nothing(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static const char *refusal_text(int err)
{
	return err == -EBUSY ? "ftrace is switched off, or a livepatch holds it" :
	       "ftrace refuses";
}

/* All were refused together: which one is to blame? */
static void hooks_blame(struct pq_hook *hooks, unsigned int nr, int err)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct ftrace_ops *ops;
		bool fits = false;

		if (hooks[i].on_demand)
			continue;
		ops = kzalloc(sizeof(*ops), GFP_KERNEL);
		if (ops) {
			ops->func = hook_nothing;
			ops->flags = HOOK_OPS_FLAGS;
			fits = !ftrace_set_filter_ip(ops, hooks[i].site, 0, 0) &&
			       !ops_register(ops);
			if (fits)
				unregister_ftrace_function(ops);
			ftrace_free_filter(ops);
			kfree(ops);
		}
		if (!fits)
			break;
	}
	pr_err("cannot hook %s: %s (%d)\n", i < nr ? hooks[i].name : "anything",
	       refusal_text(err), err);
}

static long hooks_inflight(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(pq_hook_inflight, cpu));
	return sum;
}

static void hooks_free_filters(struct pq_hook *hooks, unsigned int nr)
{
	unsigned int i;

	ftrace_free_filter(&hook_ops);
	for (i = 0; i < nr; i++)
		if (hooks[i].on_demand)
			ftrace_free_filter(&hooks[i].ops);
}

/**
 * pq_hooks_install() - hook a table of functions, all of them or none
 * @hooks: the table; must stay until pq_hooks_remove() returns
 * @nr: its number of entries
 *
 * When it cannot be done, the name of the function that does not fit and the
 * reason are logged. When it returns 0, no call that bypassed its replacement
 * is running any more.
 *
 * Context: process, may sleep for some hundred milliseconds.
 * Return: 0, or -ENOENT (no such function), -EINVAL (not traceable), -EBUSY
 * (ftrace off, or another IPMODIFY user), -ENODEV (ftrace dead), -ENOMEM,
 * -ENOSPC (too many functions), -EOPNOTSUPP (originals cannot be called).
 */
int pq_hooks_install(struct pq_hook *hooks, unsigned int nr)
{
	const char *uncallable = pq_compat_uncallable();
	unsigned int i;
	int err;

	if (uncallable) {
		pr_err("cannot hook anything: the kernel has %s\n", uncallable);
		return -EOPNOTSUPP;
	}
	hook_ops = (struct ftrace_ops){ .func = hook_divert, .flags = HOOK_OPS_FLAGS };
	for (i = 0; i < nr; i++)
		hooks[i].ops = hook_ops;
	err = hooks_prepare(hooks, nr);
	if (!err)
		err = hooks_hash(hooks, nr);
	if (!err) {
		err = ops_register(&hook_ops);
		if (err)
			hooks_blame(hooks, nr, err);
	}
	if (err) {
		hooks_free_filters(hooks, nr);
		return err;
	}
	synchronize_rcu_tasks();
	synchronize_rcu();
	mutex_lock(&demand_mutex);
	demand_open = true;
	mutex_unlock(&demand_mutex);
	return 0;
}

/**
 * pq_hook_demand() - hook a function of the table that is hooked on demand
 * @hook: the function; may be hooked already
 * @allowed: whether the caller may change what the whole host's calls run through
 *
 * Context: process, may sleep for some hundred milliseconds.
 * Return: 0, or -EPERM (not hooked, and not @allowed), -EBUSY (ftrace off, or
 * another IPMODIFY user), -ENODEV (ftrace dead, or the table is not installed),
 * -ENOMEM; what ftrace says is logged.
 */
int pq_hook_demand(struct pq_hook *hook, bool allowed)
{
	int err = 0;

	mutex_lock(&demand_mutex);
	if (!demand_open) {
		err = -ENODEV;
	} else if (!hook->demanded && !allowed) {
		err = -EPERM;
	} else if (!hook->demanded) {
		err = ops_register(&hook->ops);
		WRITE_ONCE(hook->demanded, !err);
		if (err)
			pr_err_ratelimited("cannot hook %s: %s (%d)\n", hook->name,
					   refusal_text(err), err);
	}
	mutex_unlock(&demand_mutex);
	return err;
}

/**
 * pq_hook_demanded() - is a function hooked that is hooked on demand?
 * @hook: the function
 *
 * Context: any.
 * Return: true if so; may change at once unless the caller sees to it.
 */
bool pq_hook_demanded(const struct pq_hook *hook)
{
	return READ_ONCE(hook->demanded);
}

/**
 * pq_hook_release() - unhook a function that was hooked on demand
 * @hook: the function; may not be hooked
 *
 * No call is diverted any more when this returns, but some may still be in the
 * replacement: pq_hooks_remove() waits for those. With ftrace dead the function
 * stays hooked.
 *
 * Context: process, may sleep for some hundred milliseconds.
 */
void pq_hook_release(struct pq_hook *hook)
{
	mutex_lock(&demand_mutex);
	if (demand_open && hook->demanded && !unregister_ftrace_function(&hook->ops))
		WRITE_ONCE(hook->demanded, false);
	mutex_unlock(&demand_mutex);
}

static void ops_unregister(struct ftrace_ops *ops)
{
	int err = unregister_ftrace_function(ops);

	/*
	 * Only a dead ftrace refuses. The sites then still lead here, and the
	 * text must not go: an rmmod that never ends is the lesser evil.
	 */
	if (WARN(err, "portquota: cannot unhook (%d)\n", err)) {
		for (;;)
			ssleep(3600);
	}
}

/**
 * pq_hooks_remove() - unhook what pq_hooks_install() hooked
 * @hooks: the table
 * @nr: its number of entries
 *
 * When it returns, no replacement is running and none can start. What is left
 * after pq_hook_leave() is a handful of instructions without a voluntary
 * sleep: RCU tasks waits for those in tasks, RCU for those in softirqs.
 *
 * Context: process, sleeps until the last call in flight is done.
 */
void pq_hooks_remove(struct pq_hook *hooks, unsigned int nr)
{
	unsigned int i;

	mutex_lock(&demand_mutex);
	demand_open = false;
	mutex_unlock(&demand_mutex);
	ops_unregister(&hook_ops);
	for (i = 0; i < nr; i++) {
		if (hooks[i].demanded)
			ops_unregister(&hooks[i].ops);
		hooks[i].demanded = false;
	}
	hooks_free_filters(hooks, nr);
	while (hooks_inflight())
		usleep_range(1000, 2000);
	synchronize_rcu_tasks();
	synchronize_rcu();
}

/*
 * ftrace_kill() has no notifier; every filter change is refused with ENODEV
 * from then on (kernel/trace/ftrace.c, ftrace_set_hash()).
 */
static bool ftrace_is_dead(const struct pq_hook *hook)
{
	/*
	 * A fresh ops for each question: ftrace_free_filter() leaves pointers to
	 * the hashes that it freed, so a static one could not be asked twice.
	 */
	struct ftrace_ops probe = { .func = hook_nothing };
	int err = ftrace_set_filter_ip(&probe, hook->site, 0, 0);

	ftrace_free_filter(&probe);
	return err == -ENODEV;
}

/**
 * pq_hooks_check() - has the kernel shut ftrace down in the meantime?
 * @hook: an installed hook
 *
 * With ftrace dead the hooked functions still lead here, and nothing can
 * change that: the module must not go any more, and the log says so once.
 *
 * Context: process, may sleep. One caller at a time.
 */
void pq_hooks_check(const struct pq_hook *hook)
{
	if (hooks_dead || !ftrace_is_dead(hook))
		return;
	WRITE_ONCE(hooks_dead, true);
	__module_get(THIS_MODULE);
	pr_crit("the kernel has shut ftrace down: counting may be wrong from now on, and the module cannot be removed\n");
}

/**
 * pq_hooks_dead() - is ftrace known to be dead?
 *
 * Context: any.
 * Return: what the last pq_hooks_check() found.
 */
bool pq_hooks_dead(void)
{
	return READ_ONCE(hooks_dead);
}
