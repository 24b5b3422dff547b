/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gc: the periodic work, which is kept out of the paths of connect() and close().
 *
 * Every five seconds it frees owners, accounts, destinations and namespaces that
 * nothing refers to, releases the hooks that no rule needs any more, and looks
 * whether ftrace is still alive. Twice a second it takes the rates that
 * forecasts are made from, and follows the sysctls of the port range. Both run
 * in a workqueue, from after the hooks are in until before they go.
 */
#ifndef _PORTQUOTA_GC_H
#define _PORTQUOTA_GC_H

void pq_gc_start(void);
void pq_gc_stop(void);

#endif
