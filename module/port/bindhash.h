/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bindhash: what a TCP socket from before the hooks holds, read off the
 * kernel's bind hash.
 *
 * A socket that takes its port while the hooks are in is told by them. For one
 * that was there before, the only witness is its bind bucket.
 */
#ifndef _PORTQUOTA_BINDHASH_H
#define _PORTQUOTA_BINDHASH_H

#include <linux/types.h>

struct inet_bind_bucket;
struct net;
struct sock;

/* True until the sockets that were there before the hooks have been found */
extern bool pq_scanning;

bool pq_bucket_serves(struct inet_bind_bucket *tb);
u16 pq_bucket_kind(struct net *net, struct inet_bind_bucket *tb, bool serves);
u16 pq_bucket_sock_kind(struct sock *sk, struct inet_bind_bucket *tb, bool serves);
u16 pq_bindhash_kind(struct sock *sk);

#endif
