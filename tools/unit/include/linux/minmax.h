/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the types are alike is for the kernel's build to check. */
#ifndef _UNIT_LINUX_MINMAX_H
#define _UNIT_LINUX_MINMAX_H

#define min(a, b)						\
({								\
	__auto_type _a = (a);					\
	__auto_type _b = (b);					\
	_a < _b ? _a : _b;					\
})

#define max(a, b)						\
({								\
	__auto_type _a = (a);					\
	__auto_type _b = (b);					\
	_a > _b ? _a : _b;					\
})

#define min3(a, b, c)	min(min(a, b), c)

#define clamp(value, low, high)	min(max(value, low), high)

#define min_t(type, a, b)	min((type)(a), (type)(b))

#endif
