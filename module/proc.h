/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc: the files below /proc/net/portquota and /proc/portquota.
 *
 * proc.c makes the folders and the short files; each longer file has a source
 * of its own.
 */
#ifndef _PORTQUOTA_PROC_H
#define _PORTQUOTA_PROC_H

struct net;
struct pq_net;

int pq_proc_init(void);
void pq_proc_exit(void);
int pq_proc_init_net(struct net *net, struct pq_net *pn);
void pq_proc_exit_net(struct net *net);

#endif
