/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limits: what the rules mean for an account, in numbers: tcp.max, tcp.warn,
 * tcp.range, timewait.delay and their like, as the file accounts shows them.
 *
 * An account is bound to the rules of its path when it is made and when rules
 * change. Percentages are turned into numbers then, and again when the range
 * that they are a part of has changed. The numbers are protected by the lock of
 * the account.
 */
#ifndef _PORTQUOTA_LIMITS_H
#define _PORTQUOTA_LIMITS_H

#include "lib/counter.h"
#include "rule/rule.h"

struct cgroup;
struct net;
struct pq_account;
struct pq_net;

int pq_limits_init(void);
void pq_limits_exit(void);

bool pq_limits_bind(struct pq_account *acct);
bool pq_limits_refresh(struct pq_account *acct);
void pq_limits_inherit(struct pq_net *pn);
bool pq_limits_exist(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res);
struct pq_ports pq_limits_range(struct pq_net *pn, struct cgroup *cgrp, enum pq_resource res);
void pq_limits_follow_range(struct pq_net *pn, struct net *net);

#endif
