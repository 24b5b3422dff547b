/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gc: what is done now and then, away from anybody's connect(). Every few
 * seconds owners and accounts that nothing refers to are freed, and the hooks
 * are looked after; twice a second the rates for forecasts are taken.
 */
#ifndef _PORTQUOTA_GC_H
#define _PORTQUOTA_GC_H

void pq_gc_start(void);
void pq_gc_stop(void);

#endif
