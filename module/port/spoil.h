/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spoil: keeps account/unshared.h right, by looking at the kernel's bind hash.
 *
 * A bind() that is let onto a port which connections by connect() have spoils it for
 * other connect()s. The connections are told so, once, when that happens. And ports
 * that are watched are looked at: by the tick, and by whoever reads their number.
 */
#ifndef _PORTQUOTA_SPOIL_H
#define _PORTQUOTA_SPOIL_H

#include <linux/types.h>

struct inet_bind_bucket;
struct pq_net;
struct sock;

#define PQ_SPOIL_ALL	65536
#define PQ_SPOIL_SOME	256	/* while others wait */

void pq_spoil(struct sock *sk);
void pq_spoil_found(const struct inet_bind_bucket *tb);
void pq_spoil_look(struct pq_net *pn, unsigned int most);

#endif
