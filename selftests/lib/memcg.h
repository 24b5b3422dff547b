/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's memory controller charges to a cgroup. It is for a test to
 * switch on, and off again when its cgroups are gone.
 */
#ifndef PQ_MEMCG_H
#define PQ_MEMCG_H

#include <stdbool.h>

bool memcg_on(void);		/* false if this kernel has no memory controller */
void memcg_off(void);

/* Bytes of slab objects that @path is charged for; waits until the kernel has summed them up. */
long long memcg_slab(const char *path);

#endif
