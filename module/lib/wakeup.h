/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wakeup: asks for the periodic work of gc.c, from where there begins to be
 * something to do for it.
 *
 * That work runs only as long as it is asked for: an idle machine is not woken for
 * nothing. Asking for what is due already costs a few instructions, and asking
 * before pq_wakeups_start() or after pq_wakeups_stop() does nothing.
 */
#ifndef _PORTQUOTA_WAKEUP_H
#define _PORTQUOTA_WAKEUP_H

struct delayed_work;

/**
 * enum pq_wakeup - what is asked for
 * @PQ_WAKEUP_TICK: look at rates, in half a second
 * @PQ_WAKEUP_RESETS: a gc in five seconds, as is promised
 * @PQ_WAKEUP_GC: a gc in five seconds, or when the CPU is not idle any more
 */
enum pq_wakeup {
	PQ_WAKEUP_TICK,
	PQ_WAKEUP_RESETS,
	PQ_WAKEUP_GC,
	PQ_NR_WAKEUPS
};

void pq_wakeups_start(struct delayed_work *works[PQ_NR_WAKEUPS]);
void pq_wakeups_stop(void);
void pq_wakeup(enum pq_wakeup what);

#endif
