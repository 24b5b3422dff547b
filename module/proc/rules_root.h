/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules_root: the part of a rule's path that who writes or reads it does not see.
 *
 * Paths are as the writer and the reader see them: below the root of their own
 * cgroup namespace. The book has them from the root of the hierarchy.
 */
#ifndef _PORTQUOTA_RULES_ROOT_H
#define _PORTQUOTA_RULES_ROOT_H

#include <linux/types.h>

char *pq_rules_root(void);
size_t pq_rules_put_literally(char *to, const char *path, bool glob);

#endif
