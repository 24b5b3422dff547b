/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc: the files below /proc/net/portquota and /proc/portquota.
 *
 * proc.c makes the folders and the short files; each longer file has a source
 * of its own.
 */
#ifndef _PORTQUOTA_PROC_H
#define _PORTQUOTA_PROC_H

#include <linux/proc_fs.h>
#include <linux/seq_file.h>

struct file;
struct net;
struct pq_net;

extern const struct seq_operations pq_accounts_seq_ops;
extern const struct seq_operations pq_net_rules_seq_ops;
extern const struct seq_operations pq_reservations_seq_ops;
extern const struct proc_ops pq_destinations_proc_ops;
extern const struct proc_ops pq_net_events_proc_ops;
extern const struct proc_ops pq_host_events_proc_ops;
extern const struct proc_ops pq_host_rules_proc_ops;
int pq_rules_write_net(struct file *file, char *buf, size_t size);
bool pq_proc_host_allowed(void);
extern const size_t pq_reservations_state_size;

int pq_proc_init(void);
void pq_proc_exit(void);
int pq_proc_init_net(struct net *net, struct pq_net *pn);
void pq_proc_exit_net(struct net *net);

#endif
