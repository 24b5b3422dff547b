/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_ERR_H
#define _UNIT_LINUX_ERR_H

#include <errno.h>
#include <stdbool.h>

static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

static inline bool IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= -4095UL;
}

#endif
