// SPDX-License-Identifier: GPL-2.0-only
/* reservation: see reservation.h for what it promises. */
#include <net/ip.h>

#include "account/charge.h"
#include "account/destination.h"
#include "account/netns.h"
#include "account/owner.h"
#include "attempt.h"
#include "choice.h"
#include "lib/memcg.h"
#include "lib/range.h"
#include "lib/wakeup.h"
#include "lookup.h"
#include "reservation.h"

/**
 * pq_reservation_found() - a socket holds a port since before the module
 * @sk: the socket; the lock of its bind hash bucket is held
 * @kind: as for pq_taking_try(), and PQ_ENTRY_UNSHARED
 *
 * Does nothing when a hook has entered the socket in the meantime.
 *
 * Return: true if it was entered.
 */
bool pq_reservation_found(struct sock *sk, u16 kind)
{
	struct mem_cgroup *before = pq_memcg_begin(sk);
	struct pq_entry *entry;
	bool entered = false;

	rcu_read_lock();
	entry = pq_entry_make(sock_net(sk), sk, pq_sock_cgroup(sk), inet_sk(sk)->inet_num,
			      kind | PQ_ENTRY_RESERVATION | PQ_ENTRY_FOUND);
	if (entry) {
		if (!(kind & (PQ_ENTRY_BOUND | PQ_ENTRY_UDP)) &&
		    inet_sk_state_load(sk) != TCP_LISTEN)
			entry->destination = pq_charge_destination(entry->owner, sk);
		pq_entry_charge_port(entry);
		pq_entry_place_found(entry);
		entry->hash = pq_lookup_hash(sk);
		entered = pq_ledger_insert(entry);
		if (!entered) {
			local_bh_disable();
			pq_entry_uncharge_port(entry);
			local_bh_enable();
		} else if (kind & PQ_ENTRY_EXCLUSIVE && !(kind & PQ_ENTRY_BOUND)) {
			pq_ledger_watch(sk);
		}
	}
	rcu_read_unlock();
	pq_memcg_end(before);
	return entered;
}

/**
 * pq_reservation_mark() - a socket that may hold a port changed its use of it
 * @sk: the TCP socket, locked
 * @bound: whether it has neither connection nor listener now
 *
 * Return: true if the socket has a reservation.
 */
bool pq_reservation_mark(struct sock *sk, bool bound)
{
	struct pq_entry *entry = pq_ledger_lock(sk);
	struct pq_destination *to = NULL;
	struct pq_account *acct = NULL;

	if (entry) {
		acct = pq_entry_account(entry);
		if (bound)
			to = pq_entry_set_bound(entry);
		else
			pq_entry_set_busy(entry);
		entry->hash = pq_lookup_hash(sk);
	}
	pq_ledger_unlock(sk);
	/* The socket is locked: it keeps its entry, and that the account. */
	if (to)
		pq_uncharge_destination(to, acct, false);
	return entry;
}

/**
 * pq_reservation_reconnect() - may a socket that has its port connect from it?
 * @sk: the TCP socket, locked
 *
 * Not while more is held than limits allow, if its port was charged whatever these are,
 * because it has kept that beside a TIME_WAIT: with each connection there would be one more.
 *
 * Context: process.
 * Return: 0, or -EADDRNOTAVAIL.
 */
int pq_reservation_reconnect(struct sock *sk)
{
	struct pq_entry *entry = pq_ledger_lock(sk);
	struct pq_owner *owner = NULL;
	int err;

	if (unlikely(entry && entry->flags & PQ_ENTRY_KEPT)) {
		owner = entry->owner;
		pq_ref_hold(&owner->users);
	}
	pq_ledger_unlock(sk);
	if (likely(!owner))
		return 0;
	err = pq_attempt_above(owner);
	pq_owner_put(owner);
	return err;
}

/**
 * pq_reservation_connected() - a socket that had its port already is connected
 * @sk: the TCP socket, locked
 */
void pq_reservation_connected(struct sock *sk)
{
	struct pq_entry *entry = pq_ledger_lock(sk);
	struct pq_destination *to = NULL;
	struct pq_owner *owner = NULL;

	if (entry) {
		pq_entry_set_busy(entry);
		entry->hash = pq_lookup_hash(sk);
		owner = entry->owner;
		pq_ref_hold(&owner->users);
	}
	pq_ledger_unlock(sk);
	if (!owner)
		return;
	pq_wakeup(PQ_WAKEUP_RESETS);
	/* Nothing is made or looked for below the ledger's locks. */
	rcu_read_lock();
	to = pq_charge_destination(owner, sk);
	rcu_read_unlock();
	entry = pq_ledger_lock(sk);
	if (entry)
		to = pq_entry_connect(entry, to);
	pq_ledger_unlock(sk);
	if (to)
		pq_uncharge_destination(to, owner->account, false);
	pq_owner_put(owner);
}

/**
 * pq_reservation_wanted() - is a port one that is to be counted?
 * @sk: the socket that asks for it
 * @res: PQ_TCP or PQ_UDP
 * @port: the port, host order; 0: the kernel chooses
 *
 * Return: true if it is in the range of the namespace or of the socket's
 * cgroup.
 */
bool pq_reservation_wanted(const struct sock *sk, enum pq_resource res, u16 port)
{
	struct pq_ports own;

	if (!port || pq_range_has(sock_net(sk), port))
		return true;
	own = pq_choice_range(sk, res);
	return own.low <= port && port <= own.high &&
	       !inet_is_local_reserved_port(sock_net(sk), port);
}

/**
 * pq_reservation_end() - a socket has given its port back
 * @sk: the socket; only its address is used
 * @port: the port it had
 *
 * Does nothing for sockets without a reservation: accepted ones, those whose
 * reservation has moved to a TIME_WAIT, ports outside the range.
 */
void pq_reservation_end(const struct sock *sk, u16 port)
{
	struct pq_entry *entry;

	/* Every accepted connection comes here when it closes, and has no entry. */
	if (!pq_port_ever_held(port) || !pq_ledger_may_have(sk))
		return;
	local_bh_disable();
	entry = pq_ledger_remove(sk);
	if (entry)
		pq_entry_uncharge_port(entry);
	local_bh_enable();
}
