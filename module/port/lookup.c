// SPDX-License-Identifier: GPL-2.0-only
/* lookup: see lookup.h for what it promises. */
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "account/ledger.h"
#include "account/netns.h"
#include "account/owner.h"
#include "lib/compat.h"
#include "lookup.h"

/* A step is less than ten instructions, and no more than 100,000 are to be with softirqs off. */
#define STEPS	10000

/* One bucket's part of pq_places_next() */
struct gathering {
	struct pq_places *places;
	pq_lookup_wanted *wanted;
	const void *arg;
};

/* Keeps the first PQ_PLACES of those that are wanted, sorted. */
static void gather(struct pq_entry *entry, void *arg)
{
	struct gathering *gathering = arg;
	struct pq_places *places = gathering->places;
	struct pq_place *at = places->at;
	u64 order = pq_ledger_order(entry->key);
	unsigned int i = places->nr;

	if (order < places->from || !gathering->wanted(entry, gathering->arg))
		return;
	if (i == PQ_PLACES) {
		if (pq_ledger_order(at[i - 1].key) < order)
			return;
		pq_owner_put(at[--i].owner);
	}
	places->nr = i + 1;
	for (; i && pq_ledger_order(at[i - 1].key) > order; i--)
		at[i] = at[i - 1];
	at[i] = (struct pq_place){
		.key = entry->key,
		.owner = entry->owner,
		.hash = entry->hash,
		.port = entry->port,
		.flags = entry->flags,
	};
	pq_ref_hold(&entry->owner->users);
}

/**
 * pq_places_of_bucket() - gather places from one bucket of the ledger
 * @places: holds none; @places->from says from where on, and is moved behind them
 * @bucket: the bucket
 * @wanted: which ones
 * @arg: for @wanted
 *
 * Context: any but hard interrupts.
 * Return: true if as many were gathered as fit, so that there may be more.
 */
bool pq_places_of_bucket(struct pq_places *places, unsigned int bucket, pq_lookup_wanted *wanted,
			 const void *arg)
{
	struct gathering gathering = { .places = places, .wanted = wanted, .arg = arg };
	bool full;

	places->nr = 0;
	pq_ledger_visit(bucket, gather, &gathering);
	full = places->nr == PQ_PLACES;
	places->from = full ? pq_ledger_order(places->at[PQ_PLACES - 1].key) + 1 :
			      pq_ledger_first_order(bucket + 1);
	return full;
}

/**
 * pq_places_next() - gather places from the next bucket that has some
 * @places: as for pq_places_of_bucket()
 * @wanted: which ones
 * @arg: for @wanted
 *
 * Context: process, may sleep.
 * Return: false if there are none any more.
 */
bool pq_places_next(struct pq_places *places, pq_lookup_wanted *wanted, const void *arg)
{
	unsigned int bucket;

	while ((bucket = pq_ledger_bucket_at(places->from)) < pq_ledger_buckets()) {
		pq_places_of_bucket(places, bucket, wanted, arg);
		if (places->nr)
			return true;
		cond_resched();
	}
	return false;
}

/**
 * pq_places_put() - let go of places
 * @places: from pq_places_next(); holds none from now on
 */
void pq_places_put(struct pq_places *places)
{
	while (places->nr)
		pq_owner_put(places->at[--places->nr].owner);
}

/**
 * struct search - one call of pq_lookup()
 * @net: the namespace
 * @place: where to look, and for what
 * @visit: what to do with it
 * @arg: for @visit
 * @steps: how many sockets may yet be looked at
 */
struct search {
	struct net *net;
	const struct pq_place *place;
	pq_lookup_visit *visit;
	void *arg;
	unsigned int steps;
};

/**
 * pq_lookup_hash() - what pq_lookup() finds a socket by
 * @sk: the socket or TIME_WAIT, which is there
 *
 * Return: the hash by which the kernel has it, or had it when it was connected.
 */
u32 pq_lookup_hash(const struct sock *sk)
{
	/* A listener has all of these until it is one no more. */
	if (inet_sk_state_load(sk) != TCP_LISTEN)
		return READ_ONCE(sk->sk_hash);	/* tw_hash is at the same place */
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_portaddr_hash(sock_net(sk), &sk->sk_v6_rcv_saddr, sk->sk_num);
#endif
	return ipv4_portaddr_hash(sock_net(sk), sk->sk_rcv_saddr, sk->sk_num);
}

/* Its memory may be that of another socket by now. */
static bool is_sought(const struct search *search, const struct sock *sk)
{
	return net_eq(sock_net(sk), search->net) && READ_ONCE(sk->sk_num) == search->place->port;
}

static bool entry_is_sought(const struct search *search, const struct pq_entry *entry)
{
	u16 kind = PQ_ENTRY_UDP | PQ_ENTRY_TIMEWAIT;

	return entry && entry->owner->account->key.net == search->place->owner->account->key.net &&
	       entry->port == search->place->port &&
	       (entry->flags & kind) == (search->place->flags & kind);
}

/* @sk: found in a table, and there as long as the caller's RCU section or lock; or NULL */
static bool visit_entry(const struct search *search, const struct sock *sk)
{
	const void *key = search->place->key;
	struct pq_entry *entry = pq_ledger_lock(key);
	bool sought = entry_is_sought(search, entry);

	if (sought) {
		/* It was found, so the hash is right, or will be from now on. */
		if (sk)
			entry->hash = pq_lookup_hash(sk);
		search->visit(entry, sk, search->arg);
	}
	pq_ledger_unlock(key);
	return sought;
}

/* Under RCU. The end tells which chain it is of: a socket that moves takes who is at it along. */
static const struct sock *find_in_chain(struct search *search, struct hlist_nulls_head *chain,
					unsigned long end)
{
	struct hlist_nulls_node *node;
	const struct sock *sk;

	do {
		sk_nulls_for_each_rcu(sk, node, chain) {
			if (!search->steps)
				return NULL;
			search->steps--;
			/* Compared, not looked into, but for the pointer to the next */
			if (sk == search->place->key)
				return is_sought(search, sk) ? sk : NULL;
		}
	} while (get_nulls_value(node) != end);
	return NULL;
}

static const struct sock *find_connected(struct search *search, struct inet_hashinfo *hashinfo)
{
	unsigned int slot = search->place->hash & hashinfo->ehash_mask;

	return find_in_chain(search, &hashinfo->ehash[slot].chain, slot);
}

static const struct sock *find_listener(struct search *search, struct inet_hashinfo *hashinfo)
{
	unsigned int slot = search->place->hash & hashinfo->lhash2_mask;

	return find_in_chain(search, &hashinfo->lhash2[slot].nulls_head,
			     slot + LISTENING_NULLS_BASE);
}

/* Under RCU, or with the slot locked. */
static const struct sock *find_in_slot(struct search *search, struct udp_hslot *slot)
{
	const struct sock *sk;

	sk_for_each_rcu(sk, &slot->head) {
		if (!search->steps)
			return NULL;
		search->steps--;
		if (sk == search->place->key)
			return is_sought(search, sk) ? sk : NULL;
	}
	return NULL;
}

static bool is_owner(struct sock *sk, void *arg)
{
	struct search *search = arg;

	if (!search->steps)
		return true;
	search->steps--;
	return sk == search->place->key;
}

static bool find_in_bucket(struct search *search, struct inet_bind_bucket *tb)
{
	return tb->port == search->place->port && net_eq(ib_net(tb), search->net) &&
	       pq_compat_any_owner(tb, NULL, is_owner, search);
}

/* A socket that is an owner here has its port, and is taken out before it is freed. */
static bool visit_owner(struct search *search, struct inet_hashinfo *hashinfo)
{
	const struct sock *sk = search->place->key;
	struct inet_bind_hashbucket *head;
	struct inet_bind_bucket *tb;
	bool found = false, visited = false;

	head = &hashinfo->bhash[inet_bhashfn(search->net, search->place->port,
					     hashinfo->bhash_size)];
	spin_lock_bh(&head->lock);
	inet_bind_bucket_for_each(tb, &head->chain) {
		found = find_in_bucket(search, tb);
		if (found)
			break;
	}
	if (found)
		visited = visit_entry(search, search->steps ? sk : NULL);
	spin_unlock_bh(&head->lock);
	return visited;
}

static bool visit_tcp(struct search *search)
{
	struct inet_hashinfo *hashinfo = search->net->ipv4.tcp_death_row.hashinfo;
	u16 flags = search->place->flags;
	const struct sock *sk = NULL;

	if (!(flags & PQ_ENTRY_BOUND))
		sk = find_connected(search, hashinfo);
	if (!sk && (flags & (PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND | PQ_ENTRY_TIMEWAIT)) ==
		   PQ_ENTRY_EXCLUSIVE)
		sk = find_listener(search, hashinfo);
	return (sk && visit_entry(search, sk)) || visit_owner(search, hashinfo);
}

/*
 * Without the lock, a walk goes astray with a socket that gives its port back and
 * takes another just then. That is rare, and so is what is not found.
 */
static bool visit_udp(struct search *search)
{
	struct udp_hslot *slot = udp_hashslot(pq_compat_udp_table(search->net), search->net,
					      search->place->port);
	const struct sock *sk = find_in_slot(search, slot);
	bool visited;

	if (sk && visit_entry(search, sk))
		return true;
	spin_lock_bh(&slot->lock);
	sk = find_in_slot(search, slot);
	visited = (sk || !search->steps) && visit_entry(search, sk);
	spin_unlock_bh(&slot->lock);
	return visited;
}

/**
 * pq_lookup() - look for the socket that an entry stands for
 * @place: what pq_places_next() said of the entry
 * @visit: called with the two, at most once, with softirqs off and under RCU; must
 *	   not use the ledger
 * @arg: for @visit
 *
 * There is nothing to visit when the port was given back by now, or the socket
 * has become TIME_WAIT, which is another place; or when its end was missed.
 *
 * Context: process.
 * Return: whether @visit was called.
 */
bool pq_lookup(const struct pq_place *place, pq_lookup_visit *visit, void *arg)
{
	struct pq_net *pn = place->owner->account->key.net;
	struct search search = {
		.place = place,
		.visit = visit,
		.arg = arg,
		.steps = STEPS,
	};
	bool visited = false;

	rcu_read_lock();
	/* If it has not begun to leave, the namespace stays until the end of this section. */
	if (!READ_ONCE(pn->leaving)) {
		search.net = pn->net;
		visited = place->flags & PQ_ENTRY_UDP ? visit_udp(&search) : visit_tcp(&search);
	}
	rcu_read_unlock();
	return visited;
}
