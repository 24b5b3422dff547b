/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomic builtins rather than the kernel's volatile accesses, so that ThreadSanitizer knows what
 * is meant. The kernel's READ_ONCE() of a pointer orders what is read through it: consume.
 */
#ifndef _UNIT_LINUX_COMPILER_H
#define _UNIT_LINUX_COMPILER_H

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_CONSUME)
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), (value), __ATOMIC_RELAXED)

#endif
