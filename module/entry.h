/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry: what a line of the ledger does to the counters, from when it is made
 * until it is freed.
 *
 * Order: a charge is made before the ledger shows the entry, and taken back
 * after the ledger has let go of it, so no number is ever below zero. All of
 * this can be called in any context but hard interrupts, under the kernel's
 * socket and bind hash locks.
 */
#ifndef _PORTQUOTA_ENTRY_H
#define _PORTQUOTA_ENTRY_H

#include <linux/types.h>

#include "ledger.h"
#include "usage.h"

struct cgroup;
struct net;
struct pq_account;
struct pq_net;
struct sock;

struct pq_account *pq_sock_account(const struct sock *sk);
struct cgroup *pq_sock_cgroup(const struct sock *sk);
struct pq_holder *pq_holder_of(struct pq_net *pn, struct cgroup *cgrp, bool program);
void pq_count_untracked(struct pq_net *pn);

struct pq_account *pq_entry_account(const struct pq_entry *entry);
struct pq_entry *pq_entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
			       u16 port, u16 flags);
void pq_entry_commit_port(struct pq_entry *entry);
void pq_entry_charge_port(struct pq_entry *entry);
void pq_entry_charge_timewait(struct pq_entry *entry);
void pq_entry_set_bound(struct pq_entry *entry, bool bound);
void pq_entry_tally_end(struct pq_entry *entry, enum pq_tally reason);
void pq_entry_end(struct pq_entry *entry);
void pq_entry_end_stale(struct pq_entry *stale);
void pq_entry_forget(struct pq_entry *entry);
bool pq_port_ever_held(u16 port);

extern atomic_long_t pq_missed;

#endif
