/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memcg: which memory cgroup pays for what is allocated for a socket.
 *
 * Everything that the module allocates for sockets, cgroups and namespaces is
 * accounted, mostly with GFP_ATOMIC, and so that goes above a limit where need
 * be: the next allocation that may wait reclaims for it. Whom memcg charges:
 *
 * - In a task that binds, connects, writes a rule or makes a namespace: that
 *   task, as for the struct sock itself. io_uring's workers count as the task
 *   that they work for.
 * - In a softirq, in the kernel's own threads, and for what the scan finds at
 *   load, there is no such task: nobody, or the administrator who loads the
 *   module, would be charged. Where pq_memcg_begin() is called, the memcg of the
 *   socket is, which pays for its buffers too. It is not called where a kernel
 *   thread connects: that one's sockets are charged to nobody either.
 * - In a softirq on PREEMPT_RT: nobody. There set_active_memcg() sets it for the
 *   CPU, and another softirq may run on the CPU before the first goes on: what one
 *   has put back may be the memcg of the other's socket, which nothing keeps. Most
 *   packets are handled in tasks there.
 */
#ifndef _PORTQUOTA_MEMCG_H
#define _PORTQUOTA_MEMCG_H

#include <linux/memcontrol.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <net/sock.h>

/* See above. */
static inline bool pq_memcg_can_set(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || in_task();
}

/**
 * pq_memcg_begin() - from here on, the memcg of a socket is charged
 * @sk: the socket, whose memcg stays until pq_memcg_end()
 *
 * Context: any but hard interrupts. Softirqs that interrupt it have their own.
 * Return: to be given to pq_memcg_end().
 */
static inline struct mem_cgroup *pq_memcg_begin(const struct sock *sk)
{
	return likely(pq_memcg_can_set()) ? set_active_memcg(sk->sk_memcg) : NULL;
}

/**
 * pq_memcg_end() - from here on, the one that was before
 * @before: from pq_memcg_begin()
 */
static inline void pq_memcg_end(struct mem_cgroup *before)
{
	if (likely(pq_memcg_can_set()))
		set_active_memcg(before);
}

#endif
