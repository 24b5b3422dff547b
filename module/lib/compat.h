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
#if !defined(CONFIG_X86_64) && !defined(CONFIG_ARM64)
#error "portquota knows how ftrace calls on x86-64 and arm64, not on this architecture"
#endif
#ifndef CONFIG_KPROBES
#error "portquota needs CONFIG_KPROBES: kprobes find the functions that it hooks"
#endif
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error "portquota needs CONFIG_DYNAMIC_FTRACE_WITH_ARGS: ftrace redirects calls by it"
#endif
#if defined(CONFIG_X86_64) && !defined(CONFIG_HAVE_STATIC_CALL_INLINE)
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
/* The one or the other: a kernel whose function has a third name would ignore timewait.delay. */
#if !defined(HAVE_HASHDANCE) && !defined(HAVE_HASHDANCE_SCHEDULE)
#error "portquota knows inet_twsk_hashdance() and inet_twsk_hashdance_schedule(): here is neither"
#endif

#include <linux/ftrace.h>
#include <linux/sched.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>
#include <net/udp.h>
#ifdef CONFIG_ARM64
#include <asm/cpufeature.h>
#include <asm/insn.h>
#endif

#include "export.h"

/*
 * Up to 6.4 it was ftrace_instruction_pointer_set(). Either is a macro on one
 * architecture and a function on another; and linux/ftrace.h may have a macro that
 * does nothing, so the architecture's own header is what Kbuild looks into.
 */
#ifdef HAVE_FTRACE_REGS_SET_IP
#define pq_compat_set_ip(fregs, ip)	ftrace_regs_set_instruction_pointer(fregs, ip)
#else
#define pq_compat_set_ip(fregs, ip)	ftrace_instruction_pointer_set(fregs, ip)
#endif

/*
 * pq_compat_site(): the instruction that ftrace changes, of the function that a
 * kprobe has found at @entry. On x86 the kprobe stands there already. On arm64 a
 * function begins with a BTI, if the kernel is built so, then an instruction that
 * saves the return address, then the one that is changed. The original goes on
 * behind it, MCOUNT_INSN_SIZE further.
 */
static inline unsigned long pq_compat_site(unsigned long entry)
{
#ifdef CONFIG_ARM64
	if (aarch64_insn_is_bti(le32_to_cpu(*(const __le32 *)entry)))
		entry += AARCH64_INSN_SIZE;
	entry += AARCH64_INSN_SIZE;
#endif
	return entry;
}

/*
 * pq_compat_uncallable(): what keeps originals from being called, or NULL. Where the
 * kernel has no static calls of its own, they are calls through a pointer, which
 * such kernels allow to the beginning of a function alone.
 */
static inline const char *pq_compat_uncallable(void)
{
#ifndef CONFIG_HAVE_STATIC_CALL
	if (IS_ENABLED(CONFIG_CFI) || IS_ENABLED(CONFIG_CFI_CLANG))
		return "CONFIG_CFI";
#ifdef CONFIG_ARM64_BTI_KERNEL
	if (system_supports_bti())
		return "CONFIG_ARM64_BTI_KERNEL, on a CPU that has BTI";
#endif
#endif
	return NULL;
}

/* How old in ms a TIME_WAIT is that connect() takes over; without the sysctl a second at most. */
static inline unsigned int pq_compat_reuse_delay(const struct net *net)
{
#ifdef HAVE_TW_REUSE_DELAY
	return READ_ONCE(net->ipv4.sysctl_tcp_tw_reuse_delay);
#else
	return MSEC_PER_SEC;
#endif
}

#ifdef HAVE_BHASH2_OWNERS
/* The bhash2 bucket that a socket of a bind bucket hangs below; the hash bucket's lock is held. */
static inline struct inet_bind2_bucket *pq_compat_bucket2(const struct sock *sk)
{
	if (inet_sk_state_load(sk) == TCP_TIME_WAIT)
		return inet_twsk(sk)->tw_tb2;
	return inet_csk(sk)->icsk_bind2_hash;
}
#else
/* Sockets do not hang below these. */
static inline struct inet_bind2_bucket *pq_compat_bucket2(const struct sock *sk)
{
	return NULL;
}
#endif

/*
 * pq_compat_any_owner(): asks @visit about every socket of a bind bucket, TIME_WAIT
 * too, or about those behind @from, until it says true; returns whether it did. Up to
 * 6.7 a bucket lists them itself; later they hang below its bhash2 buckets. The bind
 * hash bucket's lock must be held, and @from be in the bucket.
 */
static inline bool pq_compat_any_owner(const struct inet_bind_bucket *tb, struct sock *from,
				       bool (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct hlist_node *node;
#ifdef HAVE_BHASH2_OWNERS
	struct inet_bind2_bucket *tb2;

	if (from)
		tb2 = pq_compat_bucket2(from);
	else
		tb2 = hlist_entry_safe(tb->bhash2.first, struct inet_bind2_bucket, bhash_node);
	for (; tb2; tb2 = hlist_entry_safe(tb2->bhash_node.next, struct inet_bind2_bucket,
					   bhash_node)) {
		node = from ? from->sk_bind_node.next : tb2->owners.first;
		for (; node; node = node->next)
			if (visit(hlist_entry(node, struct sock, sk_bind_node), arg))
				return true;
		from = NULL;
	}
#else
	node = from ? from->sk_bind_node.next : tb->owners.first;
	for (; node; node = node->next)
		if (visit(hlist_entry(node, struct sock, sk_bind_node), arg))
			return true;
#endif
	return false;
}

/*
 * pq_compat_by_connect(): has connect() chosen the port of a TCP socket, or of what is
 * left of it, and no bind() or listen()? Older kernels do not say: there it is @guess.
 * The bind hash bucket's lock must be held.
 */
static inline bool pq_compat_by_connect(const struct sock *sk, bool guess)
{
#ifdef HAVE_CONNECT_BIND
	if (sk->sk_state == TCP_TIME_WAIT)
		return inet_twsk(sk)->tw_connect_bind;
	/* A field of bits, of which the socket's task may be changing others. */
	return data_race(sk->sk_userlocks) & SOCK_CONNECT_BIND;
#else
	return guess;
#endif
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

/*
 * pq_compat_set_closed(): makes a TCP socket TCP_CLOSE that is locked, has no port and
 * is in no table. Newer kernels do not export tcp_set_state(): there a BPF program that
 * watches the states of sockets is not told.
 */
static inline void pq_compat_set_closed(struct sock *sk)
{
#ifdef HAVE_TCP_SET_STATE
	tcp_set_state(sk, TCP_CLOSE);
#else
	inet_sk_set_state(sk, TCP_CLOSE);
#endif
}

/*
 * pq_compat_lookup(), pq_compat_lookup6(): the connection or TIME_WAIT with these two
 * ends, the far one first; a reference for the caller. Under RCU. The kernel's functions
 * were once told the table as well.
 */
static inline struct sock *pq_compat_lookup(struct net *net, __be32 far, __be16 far_port,
					    __be32 near, u16 near_port)
{
#ifdef HAVE_LOOKUP_HASHINFO
	return __inet_lookup_established(net, net->ipv4.tcp_death_row.hashinfo, far, far_port,
					 near, near_port, 0, 0);
#else
	return __inet_lookup_established(net, far, far_port, near, near_port, 0, 0);
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
static inline struct sock *pq_compat_lookup6(struct net *net, const struct in6_addr *far,
					     __be16 far_port, const struct in6_addr *near,
					     u16 near_port)
{
#ifdef HAVE_LOOKUP_HASHINFO
	return __inet6_lookup_established(net, net->ipv4.tcp_death_row.hashinfo, far, far_port,
					  near, near_port, 0, 0);
#else
	return __inet6_lookup_established(net, far, far_port, near, near_port, 0, 0);
#endif
}
#endif

/* From 6.2 a namespace may have a UDP table of its own. */
static inline struct udp_table *pq_compat_udp_table(const struct net *net)
{
#ifdef HAVE_NETNS_UDP_TABLE
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

/* From 6.13 on the name of a namespace of symbols is given as text. */
#ifdef HAVE_IMPORT_NS_OF_TEXT
#define PQ_COMPAT_IMPORT_NS(name)	MODULE_IMPORT_NS(#name)
#else
#define PQ_COMPAT_IMPORT_NS(name)	MODULE_IMPORT_NS(name)
#endif

#endif
