// SPDX-License-Identifier: GPL-2.0-only
/* wait: see wait.h for what it promises. */
#include <linux/file.h>
#include <linux/net.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/wait.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <net/sock.h>

#include "account/account.h"
#include "account/netns.h"
#include "account/trip.h"
#include "lib/params.h"
#include "wait.h"

static bool stopping;

#define NR_IA32_SOCKETCALL	102	/* arch/x86/entry/syscalls/syscall_32.tbl */
#define NR_IA32_CONNECT		362

/*
 * Only connect(2) waits. Two other callers reach the hook with a blocking file,
 * but must not block: io_uring's first attempt (io_uring/net.c, io_connect())
 * and sendto() with MSG_FASTOPEN | MSG_DONTWAIT. Both tell the kernel by a flag
 * that the hooked function does not get, so the system call is looked at.
 */
static bool in_connect(void)
{
	int nr;

	if (current->flags & (PF_KTHREAD | PF_IO_WORKER))
		return false;
	nr = syscall_get_nr(current, current_pt_regs());
	if (in_ia32_syscall())
		return nr == NR_IA32_CONNECT ||
		       (nr == NR_IA32_SOCKETCALL && current_pt_regs()->bx == SYS_CONNECT);
	return nr == __NR_connect;
}

/**
 * pq_wait_allowed() - is this connect() one that waits?
 * @sk: the socket, locked
 * @acct: the account whose limit is reached
 *
 * A socket without a file is the kernel's own, and never waits.
 *
 * Context: the task that has called connect().
 * Return: true if so.
 */
bool pq_wait_allowed(struct sock *sk, const struct pq_account *acct)
{
	const struct file *file = sk->sk_socket ? sk->sk_socket->file : NULL;

	return READ_ONCE(acct->wait_ms) && READ_ONCE(pq_mode) == PQ_MODE_ENFORCE &&
	       file && !(file->f_flags & O_NONBLOCK) && READ_ONCE(sk->sk_sndtimeo) &&
	       !READ_ONCE(stopping) && in_connect();
}

static void queue_count(struct pq_account *acct, int n)
{
	spin_lock_bh(&acct->lock);
	acct->queued += n;
	WRITE_ONCE(acct->usage.queued, acct->queued);
	pq_trip_changed(acct);	/* wakes the first in the queue */
	spin_unlock_bh(&acct->lock);
	/*
	 * pq_trip_changed() has set untrip so that every release trips. That has to
	 * be seen before this task reads held again: pairs with the atomic in
	 * pq_counter_uncharge().
	 */
	smp_mb();
}

static bool queue_is_first(struct pq_account *acct, const struct wait_queue_entry *wait)
{
	bool first;

	spin_lock_bh(&acct->queue.lock);
	first = list_first_entry(&acct->queue.head, struct wait_queue_entry, entry) == wait;
	spin_unlock_bh(&acct->queue.lock);
	return first;
}

/**
 * pq_wait_for_room() - wait for room in an account
 * @sk: the socket, locked, for which pq_wait_allowed() said yes
 * @acct: the account; the caller has a reference
 * @timeout: jiffies it may still wait; what is left of them
 * @try: called while this connect() is the first in the queue; true when it got
 *	 in, or has another account to wait for
 * @arg: for @try
 *
 * Context: process, sleeps.
 * Return: 0 if @try said true; -EADDRNOTAVAIL if time is up or there is no more
 * waiting; -ERESTARTSYS or -EINTR for a signal.
 */
int pq_wait_for_room(struct sock *sk, struct pq_account *acct, long *timeout,
		     bool (*try)(void *arg, struct pq_account *turn), void *arg)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = -EADDRNOTAVAIL;

	sock_owned_by_me(sk);
	/* Exclusive waiters are woken one at a time, the first in the queue first. */
	add_wait_queue_exclusive(&acct->queue, &wait);
	queue_count(acct, 1);
	for (;;) {
		if (queue_is_first(acct, &wait) && try(arg, acct)) {
			err = 0;
			break;
		}
		/* The rule or the mode may be another by now. */
		if (!*timeout || !pq_wait_allowed(sk, acct))
			break;
		if (signal_pending(current)) {
			err = sock_intr_errno(READ_ONCE(sk->sk_sndtimeo));
			break;
		}
		*timeout = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeout);
	}
	remove_wait_queue(&acct->queue, &wait);
	queue_count(acct, -1);
	return err;
}

/**
 * pq_wait_stop() - send all waiting connect()s away, and let none wait any more
 *
 * Context: process.
 */
void pq_wait_stop(void)
{
	struct pq_account *acct;
	struct pq_net *pn;

	WRITE_ONCE(stopping, true);
	mutex_lock(&pq_nets_mutex);
	list_for_each_entry(pn, &pq_nets, link)
		pq_for_each_account(acct, pn)
			wake_up_all(&acct->queue);
	mutex_unlock(&pq_nets_mutex);
}
