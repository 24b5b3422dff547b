/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * match: the rules that the path of a cgroup matches, the namespace's and the host's.
 *
 * They are found also where there is no memory, and where softirqs are off.
 */
#ifndef _PORTQUOTA_MATCH_H
#define _PORTQUOTA_MATCH_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "netns.h"
#include "rule/rulebook.h"

struct cgroup;
struct pq_rule;

int pq_match_init(void);
void pq_match_exit(void);

bool pq_match_rules(struct pq_net *pn, struct cgroup *cgrp, bool insists, struct pq_rule *rule,
		    struct pq_rule *host_rule);

/**
 * pq_match_any() - may there be a rule that some cgroup of a namespace matches?
 * @pn: the namespace
 *
 * Context: any.
 * Return: true if so; may change at once.
 */
static __always_inline bool pq_match_any(const struct pq_net *pn)
{
	return unlikely(READ_ONCE(pn->rules.count) || READ_ONCE(pq_host_rules.count));
}

#endif
