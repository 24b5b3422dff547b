/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network namespaces that are visited: the one asked for with -n, or with -A all of them. What
 * is read is that of the namespace which this process is in.
 */
#ifndef PORTQUOTA_NETNS_H
#define PORTQUOTA_NETNS_H

#include <stdbool.h>

#include "lib/record.h"

bool netns_is_no_other(void);
int netns_enter(void);
int netns_each(int (*visit)(void *data), void *data);
int netns_each_or(int (*visit)(void *data), int (*missed)(struct record *totals, void *data),
		  void *data);
const char *netns_visited(void);
void netns_tag(struct record *rec);
int netns_each_line(const char *name, bool (*parse)(struct record *rec),
		    bool (*visit)(struct record *rec, void *data), void *data);
char *netns_called(void);
char *netns_title(void);
char *netns_label(void);

#endif
