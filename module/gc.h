/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gc: the periodic work, which is kept out of the paths of connect() and close().
 *
 * The gc frees owners, accounts, destinations and namespaces that nothing refers to,
 * releases the hooks that no rule needs any more, and looks whether ftrace is still
 * alive. It comes every five seconds as long as there is something that it may find;
 * but it does not wake an idle CPU, unless a connection may be reset whose port would
 * be counted wrong (README.md promises five seconds for that).
 *
 * The tick takes the rates that forecasts are made from, and follows the sysctls of
 * the port range. It comes twice a second as long as numbers change somewhere, looks
 * only at the accounts whose numbers do, and has the gc come that was put off.
 *
 * Both are asked for by pq_wakeup(), and run in a workqueue, from after the hooks are
 * in until before they go.
 */
#ifndef _PORTQUOTA_GC_H
#define _PORTQUOTA_GC_H

void pq_gc_start(void);
void pq_gc_stop(void);

#endif
