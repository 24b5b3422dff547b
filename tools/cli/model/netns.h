/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces: the one asked for, all of them, and what people call them. */
#ifndef PORTQUOTA_NETNS_H
#define PORTQUOTA_NETNS_H

#include <stdbool.h>

#include "lib/record.h"

int netns_enter(void);
int netns_each(int (*visit)(void *data), void *data);
void netns_tag(struct record *rec);
int netns_each_line(const char *name, bool (*parse)(struct record *rec),
		    bool (*visit)(struct record *rec, void *data), void *data);
char *netns_called(void);

bool netns_here(char *netns, size_t size);
bool netns_is_known(const char *netns);
void netns_load(bool processes);
void netns_describe(struct record *rec, const char *netns);
void netns_unload(void);

#endif
