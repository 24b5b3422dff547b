/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reservation: what happens to a local port, told by the hooks, entered in
 * the ledger and charged to an account.
 *
 * A reservation begins when a socket takes a port, moves to the TIME_WAIT
 * remainder when there is one (see timewait.h), and ends when the kernel gives
 * the port back. Everything here can be called in any context but hard
 * interrupts, under the kernel's socket and bind hash locks.
 *
 * Taking a port is tried before the kernel looks for one, and then committed
 * or cancelled. Memory that cannot be had fails a connection only where a
 * limit has to be kept; elsewhere it is counted as untracked.
 */
#ifndef _PORTQUOTA_RESERVATION_H
#define _PORTQUOTA_RESERVATION_H

#include <linux/types.h>

#include "lib/counter.h"

struct pq_entry;
struct sock;

struct pq_entry *pq_reservation_try(struct sock *sk, u16 kind, bool connecting);
void pq_reservation_commit(struct sock *sk, struct pq_entry *entry);
void pq_reservation_cancel(struct pq_entry *entry);
bool pq_reservation_mark(struct sock *sk, bool bound);
int pq_reservation_reconnect(struct sock *sk);
void pq_reservation_connected(struct sock *sk);
bool pq_reservation_wanted(const struct sock *sk, enum pq_resource res, u16 port);
void pq_reservation_end(const struct sock *sk, u16 port);
bool pq_reservation_found(struct sock *sk, u16 kind);

#endif
