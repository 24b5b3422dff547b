// SPDX-License-Identifier: GPL-2.0-only
/* wait: see wait.h for what it promises. */
#include <linux/atomic.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/tcp.h>
#include <linux/wait.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "account/account.h"
#include "account/trip.h"
#include "account/walk.h"
#include "lib/compat.h"
#include "lib/params.h"
#include "wait.h"

static bool stopping;

atomic_t pq_waits_unlocked;	/* see wait.h */

/* Who waits for the last of them */
static DECLARE_WAIT_QUEUE_HEAD(all_locked);

#ifdef __NR_socketcall
static bool in_socketcall(void)
{
	unsigned long args[6];

	syscall_get_arguments(current, current_pt_regs(), args);
	return args[0] == SYS_CONNECT;
}
#endif

/*
 * A task that has a ring: is it in connect(2), or does it submit a request to
 * io_uring? Whether io_uring may block is known to the functions above the hooked
 * one alone, so the system call is looked at. Numbers of compat system calls
 * are not to be had on every architecture: such a task does not wait.
 */
static bool in_connect_not_ring(void)
{
	int nr;

	if (in_compat_syscall())
		return false;
	nr = syscall_get_nr(current, current_pt_regs());
#ifdef __NR_socketcall
	if (nr == __NR_socketcall)
		return in_socketcall();
#endif
	return nr == __NR_connect;
}

/*
 * Only connect(2) waits. Others reach the hook with a blocking file as well, but
 * must not block: sendmsg() with MSG_FASTOPEN, which tcp_sendmsg_fastopen() has
 * made a request for, io_uring's workers, and io_uring's first attempt in the
 * task that submits it (io_uring/net.c, io_connect()). The last needs a ring, so
 * nothing else need be known of a task that has none.
 */
static bool in_connect(const struct sock *sk)
{
	if ((current->flags & (PF_KTHREAD | PF_IO_WORKER)) || tcp_sk(sk)->fastopen_req)
		return false;
	return !pq_compat_has_ring(current) || in_connect_not_ring();
}

/* What may change while a connect() waits */
static bool still_allowed(struct sock *sk, const struct pq_account *acct)
{
	const struct file *file = READ_ONCE(sk->sk_socket->file);

	return READ_ONCE(acct->wait_ms) && READ_ONCE(pq_mode) == PQ_MODE_ENFORCE &&
	       file && !(READ_ONCE(file->f_flags) & O_NONBLOCK) &&
	       READ_ONCE(sk->sk_sndtimeo) && !READ_ONCE(stopping);
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
	return sk->sk_socket && still_allowed(sk, acct) && in_connect(sk);
}

static void queue_count(struct pq_account *acct, int n)
{
	spin_lock_bh(&acct->lock);
	acct->queued += n;
	pq_usage_set_queued(&acct->usage, acct->queued);
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

/* On the socket's own queue, where pq_wait_holds() knows it by this function. */
static int wake_for_socket(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	return default_wake_function(entry, mode, sync, key);
}

/**
 * pq_wait_holds() - does a connect() wait that has given up a socket's lock?
 * @sk: the socket, locked
 *
 * That connect() goes on in the middle of tcp_v4_connect() or tcp_v6_connect(), or
 * ends by closing the socket. Until then the socket may be disconnected, and the
 * connect() ends for it, but it must not get a port, or it would lose it again.
 *
 * Context: process.
 * Return: true if so.
 */
bool pq_wait_holds(struct sock *sk)
{
	struct wait_queue_head *queue = sk_sleep(sk);
	struct wait_queue_entry *entry;
	unsigned long flags;
	bool held = false;

	if (likely(!pq_wait_any()) || !queue)
		return false;
	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(entry, &queue->head, entry)
		held |= entry->func == wake_for_socket;
	spin_unlock_irqrestore(&queue->lock, flags);
	return held;
}

/* The socket of an MPTCP connection is not this one, and stays locked. */
static bool socket_is_own(const struct sock *sk)
{
	return sk->sk_socket->sk == sk;
}

static void unlocked_put(void)
{
	if (atomic_dec_and_test(&pq_waits_unlocked))
		wake_up(&all_locked);
}

/*
 * Others may use the socket from here on. It is TCP_SYN_SENT and has no port:
 * nothing can find it by its addresses, and it cannot be bound or connected anew,
 * unless it is disconnected first. SS_CONNECTING tells another connect() that one
 * is under way, as later when the SYN is sent.
 *
 * Returns false if it stays locked.
 */
static bool socket_unlock(struct sock *sk, struct wait_queue_entry *entry)
{
	sock_owned_by_me(sk);
	if (!socket_is_own(sk))
		return false;
	atomic_inc(&pq_waits_unlocked);
	/* Pairs with the one in pq_wait_stop(), which then waits for this task. */
	smp_mb__after_atomic();
	if (READ_ONCE(stopping)) {
		unlocked_put();
		return false;
	}
	init_waitqueue_func_entry(entry, wake_for_socket);
	entry->private = current;
	add_wait_queue(sk_sleep(sk), entry);
	sk->sk_socket->state = SS_CONNECTING;
	release_sock(sk);
	return true;
}

/* Has another task disconnected it? pq_wait_holds() keeps it from being connected anew. */
static bool socket_disconnected(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) != TCP_SYN_SENT;
}

/*
 * Another task has called sendmsg() with MSG_FASTOPEN meanwhile, and waits for the
 * connection with its data. tcp_connect() would take that from its addresses in the
 * memory of the task that goes on here. The kernel never has these two be different.
 */
static bool socket_has_data(const struct sock *sk)
{
	return tcp_sk(sk)->fastopen_req;
}

/* Returns what the kernel's connect() does when another task disconnects the socket. */
static int socket_lock(struct sock *sk, struct wait_queue_entry *entry)
{
	int err = 0;

	lock_sock(sk);
	remove_wait_queue(sk_sleep(sk), entry);
	if (socket_disconnected(sk))
		err = sock_error(sk) ?: -ECONNABORTED;
	else
		sk->sk_socket->state = SS_UNCONNECTED;
	if (!err && socket_has_data(sk))
		err = -ECONNABORTED;
	unlocked_put();
	return err;
}

/**
 * pq_wait_for_room() - wait for room in an account
 * @sk: the socket, locked, for which pq_wait_allowed() said yes. It is unlocked
 *	while this function waits, unless it is a part of an MPTCP connection.
 * @acct: the account; the caller has a reference
 * @timeout: jiffies it may still wait; what is left of them
 * @try: called while this connect() is the first in the queue; true when it got
 *	 in, or has another account to wait for. Must not sleep.
 * @arg: for @try
 *
 * Context: process, sleeps.
 * Return: 0 if @try said true; -EADDRNOTAVAIL if time is up or there is no more
 * waiting; -ERESTARTSYS or -EINTR for a signal. If another task has disconnected
 * the socket, -ECONNABORTED or the socket's error, and @try may have said true;
 * -ECONNABORTED too if another task waits for the connection with data for the SYN.
 */
int pq_wait_for_room(struct sock *sk, struct pq_account *acct, long *timeout,
		     bool (*try)(void *arg, struct pq_account *turn), void *arg)
{
	struct wait_queue_entry turn, changed;
	int err = -EADDRNOTAVAIL;
	bool lock;

	init_waitqueue_entry(&turn, current);
	/* Exclusive waiters are woken one at a time, the first in the queue first. */
	add_wait_queue_exclusive(&acct->queue, &turn);
	queue_count(acct, 1);
	lock = socket_unlock(sk, &changed);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (queue_is_first(acct, &turn) && try(arg, acct)) {
			err = 0;
			break;
		}
		/* The rule or the mode may be another by now. */
		if (!*timeout || socket_disconnected(sk) || !still_allowed(sk, acct))
			break;
		if (signal_pending(current)) {
			err = sock_intr_errno(READ_ONCE(sk->sk_sndtimeo));
			break;
		}
		*timeout = schedule_timeout(*timeout);
	}
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(&acct->queue, &turn);
	/* The next one need not wait until another task has unlocked the socket. */
	wake_up_interruptible(&acct->queue);
	if (lock)
		err = socket_lock(sk, &changed) ?: err;
	/*
	 * Not before the socket is locked: while a node has a queue, no connect() of
	 * that socket passes by pq_attempt_over(), where pq_wait_holds() is asked.
	 */
	queue_count(acct, -1);
	return err;
}

/**
 * pq_wait_failed() - a connect() that has waited is going to fail
 * @sk: the socket, locked
 *
 * While it was unlocked, other tasks may have begun to wait for the connection in
 * poll(), send() or another connect(). tcp_v4_connect() closes the socket, but as
 * the kernel never unlocks it there, it wakes no one.
 *
 * Context: process.
 */
void pq_wait_failed(struct sock *sk)
{
	sock_owned_by_me(sk);
	/* Who waits for the connection has seen the socket unlocked, so is there by now. */
	if (!socket_is_own(sk) || !waitqueue_active(sk_sleep(sk)))
		return;
	pq_compat_set_closed(sk);
	sk->sk_state_change(sk);
}

static void wake_account(struct pq_account *acct, void *arg)
{
	wake_up_all(&acct->queue);
}

static bool wake_net(struct pq_net *pn, void *arg)
{
	pq_walk_accounts(pn, wake_account, NULL);
	return true;
}

/**
 * pq_wait_stop() - send all waiting connect()s away, and let none wait any more
 *
 * When it returns, each has its socket locked again. The hooks must be there until
 * then: see pq_wait_holds().
 *
 * Context: process, may sleep.
 */
void pq_wait_stop(void)
{
	WRITE_ONCE(stopping, true);
	smp_mb();	/* pairs with the one in socket_unlock() */
	/* Who waits has a socket, and that keeps its namespace. */
	pq_walk_nets(NULL, wake_net, NULL);
	wait_event(all_locked, !pq_wait_any());
}
