/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timewait: counts TIME_WAITs (timewait.current, .entered, .expired, .reused,
 * .recycled, .killed), and makes them last as long as timewait.delay says.
 *
 * A reservation moves to the TIME_WAIT, and a socket that keeps its port all the same
 * gets another. A TIME_WAIT that holds none, that of
 * an accepted connection, is counted too. How long one lasts is settled when
 * it begins, by the rule of its account then. Where there is a rule, its timer
 * is armed step by step, to end when it is to.
 *
 * Any context but hard interrupts, under the kernel's bind hash locks.
 */
#ifndef _PORTQUOTA_TIMEWAIT_H
#define _PORTQUOTA_TIMEWAIT_H

#include <linux/timer.h>
#include <linux/types.h>

#include "lib/counter.h"

struct inet_timewait_sock;
struct sock;

/**
 * pq_timewait_set_end() - say when a timer that is armed for a step is to end
 * @timer: the timer
 * @end: jiffies
 *
 * The timer wheel runs an armed timer by the bucket that it is in, and does not
 * look at timer->expires any more. inet_diag does, for the time left that ss
 * prints, and so does this module.
 */
static inline void pq_timewait_set_end(struct timer_list *timer, unsigned long end)
{
	WRITE_ONCE(timer->expires, end);
}

/**
 * pq_timewait_reason() - why does a TIME_WAIT end?
 * @armed: its timer is armed
 * @due: its time is over
 * @packet: by the CPU that handles a packet for it
 * @rebinding: by a task in connect() with a port of its own
 *
 * connect() unhashes the TIME_WAIT it takes over before it stops the timer;
 * all others come with the timer stopped or run out. What is left, neither a
 * packet's nor a connect()'s doing, is the administrator's: ss -K, or the
 * namespace is removed.
 *
 * Return: PQ_TW_EXPIRED, _REUSED, _RECYCLED or _KILLED.
 */
static inline enum pq_tally pq_timewait_reason(bool armed, bool due, bool packet, bool rebinding)
{
	if (armed)
		return PQ_TW_REUSED;
	if (due)
		return PQ_TW_EXPIRED;
	if (packet)
		return PQ_TW_RECYCLED;
	return rebinding ? PQ_TW_REUSED : PQ_TW_KILLED;
}

void pq_timewait_begin(struct sock *sk, struct inet_timewait_sock *tw);
void pq_timewait_second(struct inet_timewait_sock *tw);
void pq_timewait_began(struct inet_timewait_sock *tw);
long pq_timewait_step(long left);
bool pq_timewait_length(struct inet_timewait_sock *tw, int *timeo);
bool pq_timewait_ruled(void);
bool pq_timewait_go_on(struct timer_list *timer);
void pq_timewait_end(struct inet_timewait_sock *tw, enum pq_tally reason);
void pq_timewait_overflow(struct sock *sk);
bool pq_timewait_found(struct inet_timewait_sock *tw, u16 kind);
void pq_timewaits_leave(void);

#endif
