// SPDX-License-Identifier: GPL-2.0-only
/*
 * What DKMS installs where portquota does not build: a module of its name that tells why there is
 * none. Whoever loads it gets EOPNOTSUPP, and the reason in the kernel log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

#include <uapi/linux/portquota.h>

static int __init placeholder_init(void)
{
	pr_err("version " PORTQUOTA_VERSION " does not build for this kernel: nothing to load\n");
	pr_err("see make.log below /var/lib/dkms/portquota for the compiler's errors; to try again:\n");
	pr_err("dkms build --force portquota/" PORTQUOTA_VERSION "\n");
	pr_err("dkms install --force portquota/" PORTQUOTA_VERSION "\n");
	return -EOPNOTSUPP;
}
module_init(placeholder_init);

MODULE_DESCRIPTION("placeholder: portquota does not build for this kernel");
MODULE_LICENSE("GPL");
MODULE_VERSION(PORTQUOTA_VERSION);
