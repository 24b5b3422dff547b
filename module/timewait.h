/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timewait: what is left of a connection when both have closed, from when the
 * kernel makes it until it gives the port back: why it ended, and whether that
 * was before its time.
 *
 * A reservation moves to the TIME_WAIT. A TIME_WAIT that holds none, that of
 * an accepted connection, is counted too. How long one lasts is settled when
 * it begins, by the rule of its account then.
 *
 * Any context but hard interrupts, under the kernel's bind hash locks.
 */
#ifndef _PORTQUOTA_TIMEWAIT_H
#define _PORTQUOTA_TIMEWAIT_H

#include <linux/types.h>

#include "usage.h"

struct inet_timewait_sock;
struct sock;

void pq_timewait_begin(struct sock *sk, struct inet_timewait_sock *tw);
int pq_timewait_arm(struct inet_timewait_sock *tw, int timeo);
void pq_timewait_second(struct inet_timewait_sock *tw);
int pq_timewait_rearm(struct inet_timewait_sock *tw, int timeo);
void pq_timewait_end(struct inet_timewait_sock *tw, enum pq_tally reason);
void pq_timewait_overflow(struct sock *sk);
bool pq_timewait_found(struct inet_timewait_sock *tw, u16 kind);

#endif
