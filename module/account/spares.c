// SPDX-License-Identifier: GPL-2.0-only
/* spares: see spares.h for what it promises. */
#include <linux/bottom_half.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "entry.h"
#include "lib/compat.h"
#include "lib/export.h"
#include "lib/softirq.h"
#include "spares.h"

#define SPARES_MAX		1024	/* kept for each CPU */
#define SPARES_IDLE		(60 * HZ)	/* a TIME_WAIT: a burst per minute keeps them */

DEFINE_PER_CPU(struct pq_entry *, pq_spares);

/**
 * struct idle - how long a CPU has let its spares lie
 * @first: the first of them when pq_spares_gc() saw them last; only compared
 * @since: jiffies when it saw that one first
 * @work: gives them back, on their CPU
 */
struct idle {
	const struct pq_entry *first;
	unsigned long since;
	struct work_struct work;
};

static DEFINE_PER_CPU(struct idle, idle);
static int hotplug_state;
static struct kmem_cache *cache __read_mostly;

static noinline void spares_free(struct pq_entry *list)
{
	struct pq_entry *next;

	for (; list; list = next) {
		next = list->next;
		kmem_cache_free(cache, list);
	}
}

static void spares_give_back(struct work_struct *work)
{
	spares_free(this_cpu_xchg(pq_spares, NULL));
}

/* The CPU is offline: nothing uses its list. */
static int spares_cpu_dead(unsigned int cpu)
{
	spares_free(per_cpu(pq_spares, cpu));
	per_cpu(pq_spares, cpu) = NULL;
	return 0;
}

/**
 * pq_spares_init() - before the first entry is allocated
 *
 * Context: process.
 * Return: 0 or -ENOMEM, -ENOSPC; pq_spares_exit() is to be called all the same.
 */
int pq_spares_init(void)
{
	int cpu;

	cache = kmem_cache_create("portquota_reservation", sizeof(struct pq_entry), 0,
				  SLAB_ACCOUNT, NULL);
	if (!cache)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		INIT_WORK(&per_cpu(idle, cpu).work, spares_give_back);
	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "net/portquota:dead", NULL,
						  spares_cpu_dead);
	return min(hotplug_state, 0);
}

/**
 * pq_spares_exit() - no CPU allocates or frees entries any more
 *
 * Context: process.
 */
void pq_spares_exit(void)
{
	int cpu;

	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
	for_each_possible_cpu(cpu) {
		if (hotplug_state)
			cancel_work_sync(&per_cpu(idle, cpu).work);
		spares_cpu_dead(cpu);
	}
	hotplug_state = 0;
	kmem_cache_destroy(cache);
	cache = NULL;
}

/*
 * Spares: entries that were just freed, for the next connection. A slab would
 * fill a new one with zeros, and take an old one back by its slow path, which
 * comes to a fifth of all instructions of the module. There is a list per CPU:
 * born is the number of entries from there on.
 *
 * __pq_entry_free() runs with softirqs off, and on PREEMPT_RT with preemption off
 * too, so nothing else on its CPU changes the list meanwhile. pq_entry_alloc()
 * usually runs with softirqs on and may be moved to another CPU: it takes the whole
 * list with one xchg, and puts the rest back where it then is, if that list is empty.
 *
 * An entry is charged to the memcg for which the slab has made it, also when it
 * serves others later. That is at most SPARES_MAX entries per CPU, less than
 * what memcg itself charges ahead (MEMCG_CHARGE_BATCH pages per CPU); and a CPU
 * that has let them lie for a minute, or is offline, gives them back.
 */

/**
 * pq_entry_alloc() - memory for an entry
 *
 * Context: any.
 * Return: an entry that the caller fills in and owns, or NULL.
 */
struct pq_entry *pq_entry_alloc(void)
{
	struct pq_entry *entry = this_cpu_xchg(pq_spares, NULL), *rest;

	if (unlikely(!entry))
		return kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	rest = entry->next;
	/* If the CPU has a list again, the slab takes what was to be put back. */
	if (rest && unlikely(this_cpu_cmpxchg(pq_spares, NULL, rest)))
		spares_free(rest);
	return entry;
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_alloc);

/**
 * __pq_entry_free() - free an entry that is in the ledger no more
 * @entry: the entry
 *
 * Context: softirqs off.
 */
void __pq_entry_free(struct pq_entry *entry)
{
	struct pq_entry *list;

	pq_assert_softirqs_off();
	preempt_disable_nested();
	list = __this_cpu_read(pq_spares);
	entry->next = list;
	entry->born = list ? list->born + 1 : 1;
	if (likely(entry->born <= SPARES_MAX)) {
		__this_cpu_write(pq_spares, entry);
		entry = NULL;
	}
	preempt_enable_nested();
	if (unlikely(entry))
		kmem_cache_free(cache, entry);
}
EXPORT_SYMBOL_IF_KUNIT(__pq_entry_free);

/**
 * pq_entry_free() - the same with softirqs on
 * @entry: the entry
 *
 * Context: any but hard interrupts.
 */
void pq_entry_free(struct pq_entry *entry)
{
	local_bh_disable();
	__pq_entry_free(entry);
	local_bh_enable();
}
EXPORT_SYMBOL_IF_KUNIT(pq_entry_free);

/**
 * pq_spares_exist() - has pq_spares_gc() something to do, now or later?
 *
 * Context: any.
 * Return: true if some CPU has spares.
 */
bool pq_spares_exist(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu(pq_spares, cpu)))
			return true;
	return false;
}

/**
 * pq_spares_gc() - have the spares given back that their CPU does not use
 *
 * Context: process, may sleep; called every few seconds, by one task.
 */
void pq_spares_gc(void)
{
	const struct pq_entry *first;
	struct idle *at;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		/* Another one may have come to the same place: then the CPU needs few. */
		first = READ_ONCE(per_cpu(pq_spares, cpu));
		at = per_cpu_ptr(&idle, cpu);
		if (!first || at->first != first) {
			at->first = first;
			at->since = jiffies;
		} else if (time_after(jiffies, at->since + SPARES_IDLE)) {
			queue_work_on(cpu, system_wq, &at->work);
		}
	}
	cpus_read_unlock();
}
