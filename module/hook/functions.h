/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * functions: the kernel functions that are hooked, and what is done in each.
 */
#ifndef _PORTQUOTA_FUNCTIONS_H
#define _PORTQUOTA_FUNCTIONS_H

struct pq_rule;

int pq_redirects_install(void);
int pq_redirects_demand(const struct pq_rule *rule);
void pq_redirects_remove(void);
void pq_redirects_check(void);

#endif
