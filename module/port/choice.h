/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choice: which local ports a socket may choose from, when a rule gives its
 * cgroup a range of its own (tcp.range, udp.range).
 */
#ifndef _PORTQUOTA_CHOICE_H
#define _PORTQUOTA_CHOICE_H

#include "lib/counter.h"
#include "rule/rule.h"

struct sock;

struct pq_ports pq_choice_range(const struct sock *sk, enum pq_resource res);
bool pq_choice_narrow(const struct sock *sk, int *low, int *high);

#endif
