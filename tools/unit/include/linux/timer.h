/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing in userspace runs a timer. */
#ifndef _UNIT_LINUX_TIMER_H
#define _UNIT_LINUX_TIMER_H

struct timer_list {
	unsigned long expires;
};

#endif
