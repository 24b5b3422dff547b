/* SPDX-License-Identifier: GPL-2.0-only */
/* The system's limits.h includes the userspace header of this name too, for NAME_MAX. */
#ifndef _UNIT_LINUX_LIMITS_H
#define _UNIT_LINUX_LIMITS_H

#include_next <linux/limits.h>

#include <limits.h>

#define U16_MAX		65535
#define U8_MAX		255
#define U32_MAX		4294967295U

#endif
