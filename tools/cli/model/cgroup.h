/* SPDX-License-Identifier: GPL-2.0-only */
/* The cgroups that there are, as the caller sees them below /sys/fs/cgroup. */
#ifndef PORTQUOTA_CGROUP_H
#define PORTQUOTA_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* Their paths; starts as all zero. */
struct cgroup_list {
	char **paths;
	size_t count;
	size_t room;
};

bool cgroup_list_read(struct cgroup_list *list);
size_t cgroup_list_match(const struct cgroup_list *list, const char *pattern, bool glob);
void cgroup_list_free(struct cgroup_list *list);
char *cgroup_guess(const char *name);
void cgroup_tell_missing(const char *path);

#endif
