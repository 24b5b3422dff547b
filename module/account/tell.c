// SPDX-License-Identifier: GPL-2.0-only
/* tell: see tell.h for what it promises. */
#include <linux/ktime.h>

#include "account.h"
#include "netns.h"
#include "tell.h"
#include "warn/warn.h"

/**
 * pq_account_sign() - fill in who an event is about, where it is and when
 * @acct: the account; its memory stays
 * @event: the event; the account keeps its subject
 *
 * Context: any but hard interrupts.
 */
void pq_account_sign(struct pq_account *acct, struct pq_event *event)
{
	event->time = ktime_get_real_ns();
	event->netns = acct->key.net->inum;
	event->subject = pq_account_subject(acct);
}

/**
 * pq_account_tell() - something is to be told about an account
 * @acct: the account; its memory stays
 * @event: what, but for who, where and when
 *
 * Context: any but hard interrupts.
 */
void pq_account_tell(struct pq_account *acct, struct pq_event *event)
{
	struct pq_net *pn = acct->key.net;

	pq_account_sign(acct, event);
	pq_warn(&pn->events, pn->foreign, event);
}
