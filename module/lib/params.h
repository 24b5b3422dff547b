/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * params: the module's parameters, in /sys/module/portquota/parameters/. To set one
 * needs CAP_NET_ADMIN in the initial user namespace.
 */
#ifndef _PORTQUOTA_PARAMS_H
#define _PORTQUOTA_PARAMS_H

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/types.h>

enum pq_mode {
	PQ_MODE_ENFORCE,	/* limits are limits */
	PQ_MODE_AUDIT,		/* count and warn as if they were, refuse nothing */
	PQ_MODE_OFF,		/* count only */
};

extern int pq_mode;
extern atomic_t pq_mode_changes;	/* grows when @pq_mode is set, after that */
extern bool pq_stocks_on;
extern bool pq_log;
extern unsigned int pq_log_interval_ms;

/* Types for module_param_named(): a bool and an unsigned int that the host's root sets */
extern const struct kernel_param_ops param_ops_pq_bool, param_ops_pq_uint;

#define param_check_pq_bool(name, p)	param_check_bool(name, p)
#define param_check_pq_uint(name, p)	param_check_uint(name, p)

#endif
