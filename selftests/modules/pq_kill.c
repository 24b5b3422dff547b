// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shuts ftrace down, as the kernel itself does when it finds ftrace broken
 * (kernel/trace/ftrace.c, ftrace_kill()). There is no way back but a reboot;
 * loading this always fails, with EAGAIN when it was done.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static int __init pq_kill_init(void)
{
	struct kprobe probe = { .symbol_name = "ftrace_kill", .flags = KPROBE_FLAG_DISABLED };
	int err = register_kprobe(&probe);
	void (*kill)(void);

	if (err)
		return err;
	kill = (void *)probe.addr;
	unregister_kprobe(&probe);
	kill();
	return -EAGAIN;
}

module_init(pq_kill_init);
MODULE_DESCRIPTION("Shuts ftrace down, for portquota's selftests");
MODULE_LICENSE("GPL");
