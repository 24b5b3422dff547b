/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets of a worker, and what all operations on them have in common: each
 * keeps what tracked.h knows of a socket in step with what the kernel did.  For
 * tcp.c, udp.c and pass.c.
 */
#ifndef PQ_MODEL_SLOT_H
#define PQ_MODEL_SLOT_H

#include "model/model.h"

/* A new socket in place of what was there, with options or without. */
struct tracked *slot_fill(struct worker *w, struct slot *s, struct rng *r, bool udp);
void slot_close(struct slot *s);
struct tracked *tracked_of(const struct slot *s);
uint64_t cookie_of(int fd);
int tcp_state(int fd);			/* as TCP_INFO gives it */
void options_draw(const struct slot *s, struct rng *r);

/* An address that suits the socket: host 0 is "any". */
struct addr address_for(const struct tracked *t, struct rng *r, unsigned int host, uint16_t port);

/* A connection that is over has given its port back, unless bind() had named it. */
void state_follow(const struct slot *s, struct tracked *t);
void port_taken(const struct slot *s, struct tracked *t, enum holding how, bool by_bind);

/* A call said that there is no port. */
void refused(const struct tracked *t, enum refusal how);
enum refusal refusal_of(const struct tracked *t, unsigned int port);	/* of a bind() that named it */

void slot_bind(const struct slot *s, struct tracked *t, const struct addr *a);
void slot_disconnect(const struct slot *s, struct tracked *t);

void do_udp(struct worker *w, struct rng *r);
void do_pass(struct worker *w, struct rng *r);

#endif
