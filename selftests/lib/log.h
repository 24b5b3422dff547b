/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's lines in the kernel's log: how many name a cgroup's path and
 * have a word in them ("" for any).
 */
#ifndef PQ_LOG_H
#define PQ_LOG_H

unsigned int log_lines(const char *path, const char *word);

#endif
