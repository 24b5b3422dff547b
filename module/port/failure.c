// SPDX-License-Identifier: GPL-2.0-only
/* failure: see failure.h for what it promises. */
#include <net/sock.h>

#include "account/account.h"
#include "account/tree.h"
#include "failure.h"

/**
 * pq_exhausted() - the kernel found no free port
 * @sk: the socket that wanted one
 * @res: PQ_TCP or PQ_UDP
 */
void pq_exhausted(struct sock *sk, enum pq_resource res)
{
	struct pq_account *acct;

	rcu_read_lock();
	acct = pq_sock_account(sk);
	if (acct)
		pq_usage_add(&acct->usage, res == PQ_UDP ? PQ_UDP_EXHAUSTED : PQ_TCP_EXHAUSTED, 1);
	rcu_read_unlock();
}
