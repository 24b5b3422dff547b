/* SPDX-License-Identifier: GPL-2.0-only */
/* No option of the kernel's configuration is on in userspace. */
#ifndef _UNIT_LINUX_KCONFIG_H
#define _UNIT_LINUX_KCONFIG_H

#define IS_ENABLED(option)	0

#endif
