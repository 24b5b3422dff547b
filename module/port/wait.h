/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait: blocking connect()s that wait for room below an account's limit.
 *
 * They are let in, in the order they came, as reservations end or the limit is
 * raised; a connect() that comes later does not get in before them. Like a
 * connect() that waits for the peer's answer, none holds its socket's lock
 * meanwhile, so that other tasks can use, change and shut down the socket.
 */
#ifndef _PORTQUOTA_WAIT_H
#define _PORTQUOTA_WAIT_H

#include <linux/atomic.h>
#include <linux/types.h>

struct pq_account;
struct sock;

/* How many connect()s wait with their socket unlocked */
extern atomic_t pq_waits_unlocked;

bool pq_wait_allowed(struct sock *sk, const struct pq_account *acct);
int pq_wait_for_room(struct sock *sk, struct pq_account *acct, long *timeout,
		     bool (*try)(void *arg, struct pq_account *turn), void *arg);
bool pq_wait_holds(struct sock *sk);
void pq_wait_failed(struct sock *sk);
void pq_wait_stop(void);

/**
 * pq_wait_any() - may a connect() wait that has given up its socket's lock?
 *
 * Context: any. Of a socket that the caller has locked the answer stays, if it is no.
 * Return: true if so, and pq_wait_holds() has to be asked.
 */
static inline bool pq_wait_any(void)
{
	return atomic_read(&pq_waits_unlocked);
}

#endif
