/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bindhash: what the kernel's bind hash says of a port, and of a TCP socket from
 * before the hooks.
 *
 * A socket that takes its port while the hooks are in is told by them. For one
 * that was there before, the only witness is its bind bucket.
 */
#ifndef _PORTQUOTA_BINDHASH_H
#define _PORTQUOTA_BINDHASH_H

#include <linux/types.h>
#include <net/sock.h>

struct inet_bind_bucket;
struct inet_bind_hashbucket;
struct net;

/**
 * struct pq_bind_bucket - a bind bucket, while the lock of its hash bucket is held
 * @tb: the bucket
 * @asked: whether somebody had to know the next
 * @serves: a listener has the port, or must have had it
 */
struct pq_bind_bucket {
	struct inet_bind_bucket *tb;
	bool asked;
	bool serves;
};

/* True until the sockets that were there before the hooks have been found */
extern bool pq_scanning;

/**
 * pq_sock_bound_by_hand() - has the program said which port its socket is to have?
 * @sk: the socket, which need not be locked
 *
 * Return: true if so.
 */
static inline bool pq_sock_bound_by_hand(const struct sock *sk)
{
	/* A field of some bits of a byte, of which the socket's task may be changing others. */
	return data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK;
}

struct inet_bind_hashbucket *pq_bindhash_head(const struct net *net, u16 port);
struct inet_bind_bucket *pq_bindhash_find(struct inet_bind_hashbucket *head,
					  const struct net *net, u16 port);
bool pq_bucket_shareable(const struct inet_bind_bucket *tb);
u16 pq_bucket_kind(const struct sock *sk, struct pq_bind_bucket *bucket);
u16 pq_bucket_sock_kind(struct sock *sk, struct pq_bind_bucket *bucket);
u16 pq_bindhash_kind(struct sock *sk);

#endif
