/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * view: what a reader of the files may see.
 *
 * A reader sees the cgroups of its own cgroup namespace, by the names that they
 * have there, and of all others only that they are outside. The files of the
 * host are for readers with rights over the host. Nothing here takes a mutex of
 * the cgroups, which is held for long while a container starts.
 */
#ifndef _PORTQUOTA_VIEW_H
#define _PORTQUOTA_VIEW_H

#include <linux/types.h>

struct cgroup;
struct pq_account;
struct seq_file;

struct cgroup *pq_view_root(void);
bool pq_account_in_view(const struct pq_account *acct, struct cgroup *root);
int pq_show_path(struct seq_file *seq, struct cgroup *cgrp);
int pq_show_path_below(struct seq_file *seq, struct cgroup *cgrp, struct cgroup *root);
bool pq_host_files_allowed(void);

#endif
