/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_OVERFLOW_H
#define _UNIT_LINUX_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)

static inline size_t unit_size_sum(size_t size, size_t each, size_t count)
{
	size_t all;

	if (__builtin_mul_overflow(each, count, &all) || __builtin_add_overflow(all, size, &all))
		return SIZE_MAX;
	return all;
}

/* The size of *@p with @count elements in the array @member at its end; SIZE_MAX if it overflows */
#define struct_size(p, member, count)	\
	unit_size_sum(sizeof(*(p)), sizeof((p)->member[0]), count)

#endif
