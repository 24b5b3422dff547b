/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spares: the memory of entries, of which each CPU keeps some that were just freed.
 */
#ifndef _PORTQUOTA_SPARES_H
#define _PORTQUOTA_SPARES_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "entry.h"

int pq_spares_init(void);
void pq_spares_exit(void);
void pq_spares_gc(void);
bool pq_spares_exist(void);

DECLARE_PER_CPU(struct pq_entry *, pq_spares);

struct pq_entry *pq_entry_alloc(void);
void pq_entry_free(struct pq_entry *entry);
void __pq_entry_free(struct pq_entry *entry);

/**
 * pq_entry_spare() - a spare entry
 *
 * Context: interrupts off.
 * Return: an entry that the caller fills in and owns; NULL if the CPU has none.
 */
static __always_inline struct pq_entry *pq_entry_spare(void)
{
	struct pq_entry *entry = __this_cpu_read(pq_spares);

	if (likely(entry))
		__this_cpu_write(pq_spares, entry->next);
	return entry;
}

#endif
