// SPDX-License-Identifier: GPL-2.0-only
/* spoil: see spoil.h for what it promises. */
#include <net/inet_connection_sock.h>

#include "account/charge.h"
#include "account/ledger.h"
#include "account/netns.h"
#include "account/unshared.h"
#include "bindhash.h"
#include "chain.h"
#include "lib/compat.h"
#include "lib/portcount.h"
#include "lib/range.h"
#include "spoil.h"

/* There are no more destinations than these, and a connection to each may share the port. */
#define SPOIL_TURNS	(PQ_DESTINATIONS_MAX / PQ_TURN_VISITS)

struct news {
	bool shareable;		/* what connect() can do with the port */
	bool unknown;		/* some socket has no reservation */
};

static void tell_owner(struct sock *sk, void *arg)
{
	struct pq_entry *entry = pq_ledger_lock(sk);
	struct news *news = arg;

	/* The TIME_WAIT of an accepted connection has an entry, but does not give back a port. */
	if (!entry || !(entry->flags & PQ_ENTRY_RESERVATION))
		news->unknown = true;
	else
		pq_entry_set_spoiled(entry, !news->shareable);
	pq_ledger_unlock(sk);
}

/*
 * Tells the connections of a port that connect() can share it, or cannot, as long as that
 * is so. Returns false if some socket has no reservation: an accepted one, or one whose
 * connect() is under way.
 *
 * @may_sleep is false in bind(), which mostly has just gone through them itself, with the
 * lock held all the time (inet_csk_bind_conflict()).
 */
static bool tell_owners(struct pq_net *pn, u16 port, bool shareable, bool may_sleep)
{
	struct inet_bind_hashbucket *head = pq_bindhash_head(pn->net, port);
	struct news news = { .shareable = shareable };
	struct inet_bind_bucket *tb;
	struct pq_chain chain = {};
	unsigned int turns = 0;

	/* Below the ledger's lock there is no memory to be had for it. */
	pq_portset_hold(&pn->unshared.spoiled, port);
	do {
		if (may_sleep)
			cond_resched();
		pq_chain_begin(&chain, head);
		tb = pq_bindhash_find(head, pn->net, port);
		if (turns++ >= SPOIL_TURNS * (1 + chain.turn.lost))
			news.unknown = true;
		else if (tb && pq_bucket_shareable(tb) == shareable)
			pq_chain_visit(&chain, tb, tell_owner, &news);
	} while (pq_chain_end(&chain, head));
	pq_portset_release(&pn->unshared.spoiled, port);
	return !news.unknown;
}

/* Has anything the port in a bucket that connect() cannot share? */
static bool is_unshareable(const struct net *net, u16 port)
{
	struct inet_bind_hashbucket *head = pq_bindhash_head(net, port);
	struct inet_bind_bucket *tb;
	bool unshareable;

	spin_lock_bh(&head->lock);
	tb = pq_bindhash_find(head, net, port);
	unshareable = tb && !pq_bucket_shareable(tb);
	spin_unlock_bh(&head->lock);
	return unshareable;
}

/**
 * pq_spoil() - a socket was let onto a port by bind() or listen()
 * @sk: the socket, locked and in the ledger; its port is in inet_num
 *
 * If connections by connect() have the port too, no more can share it as long as any
 * of these lives. A connect() that is in between the kernel's bind hash and the ledger
 * is found when the port is looked at again.
 *
 * Context: process.
 */
void pq_spoil(struct sock *sk)
{
	u16 port = inet_sk(sk)->inet_num;
	struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	/* Nearly always it is the only one. Of a port out of the range not all are known. */
	if (pn && !inet_sk_bound_l3mdev(sk) &&
	    (pq_portcount_holders(&pn->ports[PQ_TCP], port) >
	     pq_portset_holders(&pn->unshared.exclusive, port) +
	     pq_portset_holders(&pn->unshared.spoiled, port) ||
	     !pq_range_has(sock_net(sk), port)) &&
	    !tell_owners(pn, port, false, false)) {
		pq_unshared_watch(&pn->unshared, port);
		pq_net_awaken(pn);
	}
	rcu_read_unlock();
}

/**
 * pq_spoil_found() - there is a port that connect() cannot share since before the module
 * @tb: its bind bucket; the lock of its hash bucket is held
 */
void pq_spoil_found(const struct inet_bind_bucket *tb)
{
	struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(ib_net(tb));
	if (pn && !tb->l3mdev && pq_range_has(ib_net(tb), tb->port)) {
		pq_unshared_watch(&pn->unshared, tb->port);
		pq_net_awaken(pn);
	}
	rcu_read_unlock();
}

/*
 * Newer kernels let connect() share a port again when bind() and listen() have no socket
 * there any more, nor accepted ones: inet_bind_bucket_destroy() gives the mark back that
 * bind() has taken away.
 */
static void look_again(struct pq_net *pn, u16 port)
{
	struct pq_portset *spoiled = &pn->unshared.spoiled;

	/* One is the caller's, the others are those of connections. */
	if (pq_portset_holders(spoiled, port) < 2)
		return;
	/*
	 * A connection may be on its way out, or become TIME_WAIT right now. Where all that
	 * are there were told, what holds the port is an end that was missed.
	 */
	if (!tell_owners(pn, port, true, true) && pq_portset_holders(spoiled, port) > 1)
		pq_unshared_watch(&pn->unshared, port);
}

/*
 * While bind() or listen() has the port it need not be watched: when the last of these
 * goes, it is watched anew.
 */
static void look(struct pq_net *pn, u16 port)
{
	struct pq_unshared *unshared = &pn->unshared;
	bool bound;

	if (!pq_unshared_unwatch(unshared, port))
		return;
	bound = pq_portset_holders(&unshared->exclusive, port);
	if (bound)
		tell_owners(pn, port, false, true);
	else if (is_unshareable(pn->net, port))
		pq_unshared_watch(unshared, port);
	else
		look_again(pn, port);
	pq_portset_release(&unshared->spoiled, port);
	/* Meanwhile a bind() took what is held here for a connection that was told. */
	if (!bound && pq_portset_holders(&unshared->exclusive, port)) {
		pq_unshared_watch(unshared, port);
		pq_net_awaken(pn);
	}
}

/**
 * pq_spoil_look() - look at the ports that are watched
 * @pn: the namespace; it is kept from removal
 * @most: how many of them; the next call goes on from there
 *
 * When it has looked at all of them, the number of spoiled ports is right.
 *
 * Context: process, may sleep.
 */
void pq_spoil_look(struct pq_net *pn, unsigned int most)
{
	struct pq_unshared *unshared = &pn->unshared;
	unsigned long port = READ_ONCE(unshared->next);

	/* Pairs with pq_make_once() in pq_unshared_watch(): who sees a count sees the bitmap. */
	if (!atomic_read_acquire(&unshared->watching))
		return;
	most = min_t(unsigned int, most, atomic_read(&unshared->watching));
	while (most--) {
		port = find_next_bit(READ_ONCE(unshared->watched), 65536, port);
		if (port == 65536)
			port = find_next_bit(READ_ONCE(unshared->watched), 65536, 0);
		if (port == 65536)
			break;
		look(pn, port++);
		cond_resched();
	}
	WRITE_ONCE(unshared->next, port);
}
