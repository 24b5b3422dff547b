// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has connect() of one process take its time in the search for a port: a rule can be set
 * meanwhile.
 *
 *	insmod pq_slow.ko tgid=PID ms=500
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

static int tgid;
module_param(tgid, int, 0444);
MODULE_PARM_DESC(tgid, "the process");

static uint ms = 500;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long");

static int wait_a_little(struct kprobe *probe, struct pt_regs *regs)
{
	u64 end = ktime_get_mono_fast_ns() + ms * (u64)NSEC_PER_MSEC;

	/* Not mdelay(), which may count loops and be far too short in a guest. */
	while (current->tgid == tgid && ktime_get_mono_fast_ns() < end)
		cpu_relax();
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "__inet_hash_connect",
	.pre_handler = wait_a_little,
};

static int __init pq_slow_init(void)
{
	return register_kprobe(&probe);
}

static void __exit pq_slow_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(pq_slow_init);
module_exit(pq_slow_exit);
MODULE_DESCRIPTION("Slows connect() down, for portquota's selftests");
MODULE_LICENSE("GPL");
