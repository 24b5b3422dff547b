/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path: the path of a cgroup of the default hierarchy.
 *
 * As cgroup_path() writes it, but for a tenth of the instructions and without keeping
 * interrupts off meanwhile, for as long as the square of the levels: paths are made in
 * softirqs, have up to 4,095 characters, and any user may have thousands of levels.
 * What cgroup_path() takes a lock for does not happen there: a cgroup of the default
 * hierarchy is not renamed or moved ("rename(2) is disallowed", kernel/cgroup/cgroup.c
 * above cgroup_on_dfl()).
 */
#ifndef _PORTQUOTA_PATH_H
#define _PORTQUOTA_PATH_H

#include <linux/types.h>

struct cgroup;

ssize_t pq_cgroup_path(struct cgroup *cgrp, char *path, size_t size);
ssize_t pq_cgroup_path_shown(struct cgroup *cgrp, const struct cgroup *root, char *path,
			     size_t size);

#endif
