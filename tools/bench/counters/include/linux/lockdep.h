/* SPDX-License-Identifier: GPL-2.0-only */
/* As in a kernel that is not watched */
#ifndef _CORES_LINUX_LOCKDEP_H
#define _CORES_LINUX_LOCKDEP_H

#define lockdep_assert(condition)	((void)sizeof(!!(condition)))
#define __acquires(lock)
#define __releases(lock)
#define __release(lock)			((void)0)

#endif
