/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * params: the module's parameters, in /sys/module/portquota/parameters/.
 */
#ifndef _PORTQUOTA_PARAMS_H
#define _PORTQUOTA_PARAMS_H

#include <linux/atomic.h>
#include <linux/types.h>

enum pq_mode {
	PQ_MODE_ENFORCE,	/* limits are limits */
	PQ_MODE_AUDIT,		/* count and warn as if they were, refuse nothing */
	PQ_MODE_OFF,		/* count only */
};

extern int pq_mode;
extern atomic_t pq_mode_changes;	/* grows when @pq_mode is set, after that */
extern bool pq_log;
extern unsigned int pq_log_interval_ms;

#endif
