/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * taking: a socket takes a port, which is charged to its cgroup's account: tried before
 * the kernel looks for one, and then committed or cancelled. Memory that cannot be had
 * fails a connection only where a limit has to be kept; elsewhere it is counted as
 * untracked. What becomes of the reservation afterwards is in reservation.h.
 */
#ifndef _PORTQUOTA_TAKING_H
#define _PORTQUOTA_TAKING_H

#include <linux/types.h>

struct pq_entry;
struct sock;

struct pq_entry *pq_taking_try(struct sock *sk, u16 kind, bool connecting);
void pq_taking_commit(struct sock *sk, struct pq_entry *entry);
void pq_taking_cancel(struct pq_entry *entry);

#endif
