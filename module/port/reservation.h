/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reservation: what happens to a local port, told by the hooks, entered in
 * the ledger and charged to an account.
 *
 * A reservation begins when a socket takes a port (see taking.h), moves to the
 * TIME_WAIT remainder when there is one (see timewait.h), and ends when the
 * kernel gives the port back. Everything here can be called in any context but
 * hard interrupts, under the kernel's socket and bind hash locks.
 */
#ifndef _PORTQUOTA_RESERVATION_H
#define _PORTQUOTA_RESERVATION_H

#include <linux/types.h>

#include "lib/counter.h"

struct sock;

bool pq_reservation_mark(struct sock *sk, bool bound);
int pq_reservation_reconnect(struct sock *sk);
void pq_reservation_connected(struct sock *sk);
bool pq_reservation_wanted(const struct sock *sk, enum pq_resource res, u16 port);
void pq_reservation_end(const struct sock *sk, u16 port);
bool pq_reservation_found(struct sock *sk, u16 kind);

#endif
