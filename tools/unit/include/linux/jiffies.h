/* SPDX-License-Identifier: GPL-2.0-only */
/* As Debian's kernels have it */
#ifndef _UNIT_LINUX_JIFFIES_H
#define _UNIT_LINUX_JIFFIES_H

#define HZ	250

#endif
