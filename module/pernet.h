/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pernet: what is made with a network namespace and removed with it: its
 * struct pq_net, its two accounts, its rules, its stream of events.
 */
#ifndef _PORTQUOTA_PERNET_H
#define _PORTQUOTA_PERNET_H

#include <linux/types.h>

int pq_nets_memory_init(void);
void pq_nets_memory_exit(void);
int pq_nets_init(void);
void pq_nets_exit(void);
bool pq_nets_gc(unsigned int elapsed_ms);

#endif
