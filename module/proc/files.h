/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files: the operations of the longer files, each defined in a source of
 * its own (accounts.c and so on), for proc.c to register.
 */
#ifndef _PORTQUOTA_PROC_FILES_H
#define _PORTQUOTA_PROC_FILES_H

#include <linux/proc_fs.h>
#include <linux/seq_file.h>

extern const struct seq_operations pq_net_rules_seq_ops;
extern const struct seq_operations pq_reservations_seq_ops;
extern const struct proc_ops pq_accounts_proc_ops;
extern const struct proc_ops pq_destinations_proc_ops;
extern const struct proc_ops pq_net_events_proc_ops;
extern const struct proc_ops pq_host_events_proc_ops;
extern const struct proc_ops pq_host_rules_proc_ops;
extern const size_t pq_reservations_state_size;
extern const size_t pq_rules_state_size;

int pq_rules_write_net(struct file *file, char *buf, size_t size);
ssize_t pq_host_rules_write(struct file *file, const char __user *ubuf, size_t size,
			    loff_t *pos);

#endif
