/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stocks_off: who has to know what is used in a namespace, or sets what that is compared
 * with, holds its stocks off meanwhile: see stocks.h, whose file it is that does so. Apart,
 * because accounts need this, and stocks accounts.
 */
#ifndef _PORTQUOTA_STOCKS_OFF_H
#define _PORTQUOTA_STOCKS_OFF_H

#include "netns.h"

#define PQ_SLOT_PAUSE	16	/* calls go by before a slot changes hands, or is opened again */

void pq_stocks_hold_off(struct pq_net *pn, unsigned int pause);
void pq_stocks_let_on(struct pq_net *pn);

#endif
