/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_TIME64_H
#define _UNIT_LINUX_TIME64_H

#define MSEC_PER_SEC	1000L

#endif
