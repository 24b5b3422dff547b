/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * failure: calls that the kernel itself has given no port, told by the hooks,
 * counted at the account of the socket's cgroup, and told on as runs.
 *
 * A call that left the choice to the kernel is exhausted when it finds none. One
 * that named its port, or connects from a port that the socket has already, is
 * refused it because somebody else has it: the port is taken. What a rule
 * refuses is neither: it never comes to the kernel, and is counted as denied (see
 * attempt.h).
 */
#ifndef _PORTQUOTA_FAILURE_H
#define _PORTQUOTA_FAILURE_H

#include "lib/counter.h"

struct sock;

void pq_exhausted(struct sock *sk, enum pq_resource res, bool connecting);
void pq_taken(struct sock *sk, enum pq_resource res, u16 port, bool connecting);

#endif
