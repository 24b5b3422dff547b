/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's lines in the kernel's log.  log_lines() returns how many name a
 * cgroup's path and have a word in them ("" for any); log_raw_lines() how many have
 * a control byte that is not escaped.  After log_begin(), only of what comes later: the
 * numbers of network namespaces are given out again.
 */
#ifndef PQ_LOG_H
#define PQ_LOG_H

void log_begin(void);
unsigned int log_lines(const char *path, const char *word);
unsigned int log_raw_lines(void);

#endif
