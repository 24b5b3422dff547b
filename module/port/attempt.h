/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attempt: what happens to a call that wants a port above a limit.
 *
 * By the rule (over=deny, over=wait:TIME) it is refused and counted as denied,
 * or waits for room as wait.h says. In mode audit or off it is let through.
 */
#ifndef _PORTQUOTA_ATTEMPT_H
#define _PORTQUOTA_ATTEMPT_H

#include "lib/counter.h"

struct pq_account;
struct pq_owner;
struct sock;

void pq_attempt_cancel(struct pq_account *acct, enum pq_resource res);
int pq_attempt_above(struct pq_owner *owner);
int pq_attempt_over(struct pq_owner *owner, enum pq_resource res, struct pq_usage *full,
		    enum pq_resource why, struct sock *sk, bool connecting);

#endif
