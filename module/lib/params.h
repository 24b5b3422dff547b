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
extern bool pq_log;
extern unsigned int pq_log_interval_ms;

extern const struct kernel_param_ops pq_bool_ops, pq_uint_ops;

/**
 * pq_param_named() - as module_param_named(), of a parameter that the host's root sets
 * @name: the parameter's name
 * @value: the variable
 * @type: bool or uint
 * @perm: the file's mode
 */
#define pq_param_named(name, value, type, perm)			\
	param_check_##type(name, &(value));				\
	module_param_cb(name, &pq_##type##_ops, &(value), perm);	\
	__MODULE_PARM_TYPE(name, #type)

#endif
