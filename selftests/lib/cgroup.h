/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup v2, by the paths the module prints ("/a/b"); "/" is the root.
 * A socket belongs to the cgroup its maker is in at that moment, so a single
 * process can make sockets for many cgroups by moving between them.
 */
#ifndef PQ_CGROUP_H
#define PQ_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

void cgroup_make(const char *path);		/* with its parents */
void cgroup_enter(const char *path);		/* the calling process */
void cgroup_move(const char *path, pid_t pid);
int cgroup_remove(const char *path);		/* 0 or -errno */
void cgroup_remove_tree(const char *path);	/* it and all below, best effort */
void cgroup_remove_below(const char *path);	/* all below it */
void cgroup_of_self(char *path, size_t size);
unsigned int cgroup_count(void);		/* how many exist below the root */

#endif
