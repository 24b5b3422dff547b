/* SPDX-License-Identifier: GPL-2.0-only */
/* What network namespaces are called, and by which file each can be entered. */
#ifndef PORTQUOTA_NETNS_NAMES_H
#define PORTQUOTA_NETNS_NAMES_H

#include <stdbool.h>

#include "lib/record.h"

#define NETNS_HOST	"host"	/* what the host's own namespace is called */

const char *netns_names_dirs(void);
char *netns_name_path(const char *name);
char *netns_host_path(void);
bool netns_of(const char *pid, char *netns, size_t size);
bool netns_here(char *netns, size_t size);
void netns_load(bool processes);
bool netns_is_known(const char *netns);
const char *netns_file(const char *netns);
const char *netns_file_nth(const char *netns, size_t number);
void netns_describe(struct record *rec, const char *netns);
void netns_unload(void);

#endif
