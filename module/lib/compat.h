/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat: the one place that knows how kernels differ.
 *
 * HAVE_* macros come from Kbuild, which looks for the feature in the headers
 * of the kernel that is built for: stable kernels carry backports, so version
 * numbers lie.
 */
#ifndef _PORTQUOTA_COMPAT_H
#define _PORTQUOTA_COMPAT_H

/*
 * What the kernel must have. Without some of these the module would build all the
 * same, and find no function to hook, or charge everything to the root cgroup.
 */
#ifndef CONFIG_KPROBES
#error "portquota needs CONFIG_KPROBES: kprobes find the functions that it hooks"
#endif
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error "portquota needs CONFIG_DYNAMIC_FTRACE_WITH_ARGS: ftrace redirects calls by it"
#endif
#ifndef CONFIG_HAVE_STATIC_CALL_INLINE
#error "portquota needs CONFIG_HAVE_STATIC_CALL_INLINE: originals are called without a pointer"
#endif
#ifndef CONFIG_CGROUPS
#error "portquota needs CONFIG_CGROUPS: it counts by cgroup"
#endif
#ifndef CONFIG_SOCK_CGROUP_DATA
#error "portquota needs CONFIG_SOCK_CGROUP_DATA: it is how a socket knows its cgroup"
#endif
#ifndef CONFIG_PROC_FS
#error "portquota needs CONFIG_PROC_FS: its files are there"
#endif

#include <linux/ftrace.h>
#include <linux/sched.h>
#include <net/inet_hashtables.h>
#include <net/udp.h>

#include "export.h"

/* Up to 6.4 the arch macro was ftrace_instruction_pointer_set() */
#ifdef ftrace_regs_set_instruction_pointer
#define pq_compat_set_ip(fregs, ip)	ftrace_regs_set_instruction_pointer(fregs, ip)
#else
#define pq_compat_set_ip(fregs, ip)	ftrace_instruction_pointer_set(fregs, ip)
#endif

/*
 * pq_compat_any_owner(): asks @visit about every socket of a bind bucket,
 * TIME_WAIT too, until it says true; returns whether it did. Up to 6.7 a
 * bucket lists them itself; later they hang below its bhash2 buckets. The bind
 * hash bucket's lock must be held.
 */
static inline bool pq_compat_any_owner(const struct inet_bind_bucket *tb,
				       bool (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct sock *sk;
#ifdef HAVE_BHASH2_OWNERS
	struct inet_bind2_bucket *tb2;

	hlist_for_each_entry(tb2, &tb->bhash2, bhash_node)
		sk_for_each_bound(sk, &tb2->owners)
			if (visit(sk, arg))
				return true;
#else
	sk_for_each_bound(sk, &tb->owners)
		if (visit(sk, arg))
			return true;
#endif
	return false;
}

/* IP_LOCAL_PORT_RANGE of a socket: two u16, later a word; zeros where it is not set */
static inline void pq_compat_sock_range(const struct sock *sk, int *low, int *high)
{
#ifdef HAVE_SOCK_RANGE_WORD
	u32 range = READ_ONCE(inet_sk(sk)->local_port_range);

	*low = range & 0xffff;
	*high = range >> 16;
#else
	*low = inet_sk(sk)->local_port_range.lo;
	*high = inet_sk(sk)->local_port_range.hi;
#endif
}

/* Has the task ever submitted a request to io_uring, or made a ring? */
static inline bool pq_compat_has_ring(const struct task_struct *task)
{
#ifdef CONFIG_IO_URING
	return task->io_uring;
#else
	return false;
#endif
}

/* From 6.2 a namespace may have a UDP table of its own. */
static inline struct udp_table *pq_compat_udp_table(const struct net *net)
{
#ifdef HAVE_NETNS_UDP_TABLE
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

#endif
