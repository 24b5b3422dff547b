/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tell: an event about an account, passed on to who is told.
 */
#ifndef _PORTQUOTA_TELL_H
#define _PORTQUOTA_TELL_H

struct pq_account;
struct pq_event;

void pq_account_sign(struct pq_account *acct, struct pq_event *event);
void pq_account_tell(struct pq_account *acct, struct pq_event *event);

#endif
