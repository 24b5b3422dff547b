/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * failure: calls that the kernel itself has given no port, told by the hooks
 * and counted at the account of the socket's cgroup.
 *
 * What a rule refuses is none of these: it never comes to the kernel, and is
 * counted as denied (see attempt.h).
 */
#ifndef _PORTQUOTA_FAILURE_H
#define _PORTQUOTA_FAILURE_H

#include "lib/counter.h"

struct sock;

void pq_exhausted(struct sock *sk, enum pq_resource res);

#endif
