/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc: the files below /proc/net/portquota and /proc/portquota.
 *
 * proc.c makes the folders and the short files; each longer file has a source
 * of its own. They are there from after the hooks are in until before they go:
 * a file shows sockets that the ledger refers to, and without the hooks a
 * socket would be freed while its entry stays.
 */
#ifndef _PORTQUOTA_PROC_H
#define _PORTQUOTA_PROC_H

int pq_proc_init(void);
void pq_proc_exit(void);

#endif
