/* SPDX-License-Identifier: GPL-2.0-only */
/* As Debian's kernels have it */
#ifndef _UNIT_LINUX_JIFFIES_H
#define _UNIT_LINUX_JIFFIES_H

#define HZ	250

/* A clock that wraps: what is less than half of it ahead is later. */
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)

#endif
