/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_COMPILER_TYPES_H
#define _UNIT_LINUX_COMPILER_TYPES_H

#define __always_inline		inline __attribute__((__always_inline__))
#define __weak			__attribute__((__weak__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __printf(format, first)	__attribute__((__format__(__printf__, format, first)))

#endif
