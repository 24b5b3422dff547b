/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spares: the memory of entries, of which each CPU keeps some that were just freed.
 */
#ifndef _PORTQUOTA_SPARES_H
#define _PORTQUOTA_SPARES_H

#include <linux/types.h>

struct pq_entry;

int pq_spares_init(void);
void pq_spares_exit(void);
void pq_spares_gc(void);
bool pq_spares_exist(void);

struct pq_entry *pq_entry_alloc(void);
void pq_entry_free(struct pq_entry *entry);
void __pq_entry_free(struct pq_entry *entry);

#endif
