/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry: what a line of the ledger does to the counters, from when it is made
 * until it is freed.
 *
 * Order: a charge is made before the ledger shows the entry, and taken back
 * after the ledger has let go of it, so no number is ever below zero. All of
 * this can be called in any context but hard interrupts, under the kernel's
 * socket and bind hash locks. What ends an entry is called with softirqs off.
 */
#ifndef _PORTQUOTA_ENTRY_H
#define _PORTQUOTA_ENTRY_H

#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/types.h>
#include <net/sock.h>

#include "holder.h"
#include "ledger.h"
#include "usage.h"

struct net;
struct pq_account;
struct pq_net;

/**
 * pq_entry_account() - who pays for an entry
 * @entry: the entry
 *
 * Return: the account; it stays for as long as the entry.
 */
static inline struct pq_account *pq_entry_account(const struct pq_entry *entry)
{
	return entry->holder->account;
}

/**
 * pq_sock_cgroup() - who is to pay for a socket
 * @sk: the socket
 *
 * Return: its cgroup; the root where it has none.
 */
static inline struct cgroup *pq_sock_cgroup(const struct sock *sk)
{
	struct cgroup *cgrp = NULL;

#ifdef CONFIG_SOCK_CGROUP_DATA
	cgrp = sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
#endif
	return cgrp ?: &cgrp_dfl_root.cgrp;
}

extern unsigned long pq_ports_ever_held[];

/**
 * pq_port_ever_held() - may a socket with this port be in the ledger?
 * @port: the port, host order
 *
 * Return: false if certainly not.
 */
static inline bool pq_port_ever_held(u16 port)
{
	return test_bit(port, pq_ports_ever_held);
}

struct pq_account *pq_sock_account(const struct sock *sk);
void pq_count_untracked(struct pq_net *pn);

struct pq_entry *pq_entry_make(struct net *net, const void *sk, struct cgroup *cgrp,
			       u16 port, u16 flags);
void pq_entry_commit_port(struct pq_entry *entry);
void pq_entry_charge_port(struct pq_entry *entry);
void pq_entry_charge_timewait(struct pq_entry *entry);
struct pq_destination * __must_check pq_entry_set_bound(struct pq_entry *entry);
void pq_entry_set_busy(struct pq_entry *entry);
void pq_entry_end_port(struct pq_entry *entry);
void pq_entry_end_timewait(struct pq_entry *entry, enum pq_tally reason);
void pq_entry_end_stale(struct pq_entry *stale);
void pq_entry_forget(struct pq_entry *entry);

extern atomic_long_t pq_missed;

#endif
