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

/*
 * Bytes that @path is charged for, of a key of memory.stat: slab objects are exact in
 * slab, whole pages are in kernel as well. Waits until the kernel has summed them up.
 */
long long memcg_stat(const char *path, const char *key);

#endif
