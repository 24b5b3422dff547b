// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes one kernel function the way a livepatch would: an ftrace_ops with
 * IPMODIFY that changes nothing.  While it is loaded nobody else can redirect
 * that function, so a test can make any of portquota's hooks fail.
 *
 *	insmod pq_take.ko function=inet_put_port
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>

static char *function = "";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "kernel function to take");

static void notrace leave_alone(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
}

static struct ftrace_ops take = {
	.func = leave_alone,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_DYNAMIC,
};

static int __init pq_take_init(void)
{
	int ret;

	ret = ftrace_set_filter(&take, (unsigned char *)function, strlen(function), 1);
	if (ret)
		return ret;
	ret = register_ftrace_function(&take);
	if (ret)
		ftrace_free_filter(&take);
	return ret;
}

static void __exit pq_take_exit(void)
{
	unregister_ftrace_function(&take);
	ftrace_free_filter(&take);
}

module_init(pq_take_init);
module_exit(pq_take_exit);
MODULE_DESCRIPTION("Takes one function's IPMODIFY, for portquota's selftests");
MODULE_LICENSE("GPL");
