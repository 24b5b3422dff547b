/* SPDX-License-Identifier: GPL-2.0-only */
/* What an allocation may do while it waits for memory means nothing to malloc(). */
#ifndef _UNIT_LINUX_SLAB_H
#define _UNIT_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>

#include <linux/cache.h>
#include <linux/overflow.h>
#include <linux/types.h>

typedef unsigned int gfp_t;

#define GFP_KERNEL		0U
#define GFP_KERNEL_ACCOUNT	0U
#define GFP_ATOMIC		0U
#define __GFP_ACCOUNT		0U
#define __GFP_NOWARN		0U

static inline void *kcalloc(size_t count, size_t size, gfp_t gfp)
{
	(void)gfp;
	return calloc(count, size);
}

/* As the kernel's caches for larger sizes are, it is aligned to a cache line. */
static inline void *kzalloc(size_t size, gfp_t gfp)
{
	void *memory;

	(void)gfp;
	return posix_memalign(&memory, SMP_CACHE_BYTES, size) ? NULL : memset(memory, 0, size);
}

static inline void kfree(const void *memory)
{
	free((void *)memory);
}

#endif
