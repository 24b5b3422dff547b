/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * functions: the kernel functions that are hooked, and what is done in each.
 */
#ifndef _PORTQUOTA_FUNCTIONS_H
#define _PORTQUOTA_FUNCTIONS_H

#include <linux/mutex.h>
#include <linux/types.h>

struct pq_rule;

/*
 * Held from before a rule's hooks are demanded until the rule can be found and
 * pq_rules_generation has grown; so they are not released in between.
 */
extern struct mutex pq_functions_mutex;

int pq_functions_hook(void);
bool pq_functions_needed(const struct pq_rule *rule);
int pq_functions_demand(const struct pq_rule *rule, bool allowed);
void pq_functions_release(bool ranged, bool delayed);
bool pq_functions_demanded(void);
void pq_functions_unhook(void);
void pq_functions_check(void);

#endif
