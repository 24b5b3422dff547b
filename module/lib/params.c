// SPDX-License-Identifier: GPL-2.0-only
/* params: see params.h for what it promises. */
#include <linux/capability.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "params.h"
#include "wakeup.h"

atomic_t pq_mode_changes;
int pq_mode __read_mostly = PQ_MODE_ENFORCE;
EXPORT_SYMBOL_IF_KUNIT(pq_mode);
bool pq_stocks_on __read_mostly = true;
EXPORT_SYMBOL_IF_KUNIT(pq_stocks_on);
bool pq_log __read_mostly = true;
unsigned int pq_log_interval_ms __read_mostly = 5000;

static const char *const mode_words[] = {
	[PQ_MODE_ENFORCE] = "enforce",
	[PQ_MODE_AUDIT] = "audit",
	[PQ_MODE_OFF] = "off",
};

/*
 * The files' mode lets in the root of a container without a user namespace, and of one that
 * is uid 0 outside too. All parameters are the host's.
 */
static bool may_set(void)
{
	return capable(CAP_NET_ADMIN);
}

static int bool_set(const char *value, const struct kernel_param *param)
{
	return may_set() ? param_set_bool(value, param) : -EPERM;
}

static int uint_set(const char *value, const struct kernel_param *param)
{
	return may_set() ? param_set_uint(value, param) : -EPERM;
}

const struct kernel_param_ops param_ops_pq_bool = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = bool_set,
	.get = param_get_bool,
};

const struct kernel_param_ops param_ops_pq_uint = {
	.set = uint_set,
	.get = param_get_uint,
};

static int mode_set(const char *value, const struct kernel_param *param)
{
	int mode = sysfs_match_string(mode_words, value);

	if (!may_set())
		return -EPERM;
	if (mode < 0)
		return mode;
	WRITE_ONCE(pq_mode, mode);
	/* What was crossed while nothing was told of is told of now. */
	atomic_inc(&pq_mode_changes);
	pq_wakeup(PQ_WAKEUP_TICK);
	return 0;
}

static int mode_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%s\n", mode_words[READ_ONCE(pq_mode)]);
}

static const struct kernel_param_ops mode_ops = {
	.set = mode_set,
	.get = mode_get,
};

module_param_cb(mode, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(mode, "enforce (default), audit: count and warn but refuse nothing, off: count only");
module_param_named(stocks, pq_stocks_on, pq_bool, 0644);
MODULE_PARM_DESC(stocks, "charge some connections beforehand on each CPU (default: on)");
module_param_named(log, pq_log, pq_bool, 0644);
MODULE_PARM_DESC(log, "warnings to the kernel log too (default: on)");
module_param_named(log_interval_ms, pq_log_interval_ms, pq_uint, 0644);
MODULE_PARM_DESC(log_interval_ms, "at most one log line an account, resource, level and threshold in this time (default: 5000)");
