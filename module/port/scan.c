// SPDX-License-Identifier: GPL-2.0-only
/* scan: see scan.h for what it promises. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <net/inet_connection_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>

#include "account/ledger.h"
#include "account/tree.h"
#include "bindhash.h"
#include "chain.h"
#include "lib/compat.h"
#include "lib/memcg.h"
#include "lib/range.h"
#include "reservation.h"
#include "scan.h"
#include "spoil.h"
#include "timewait.h"
#include "turn.h"

/* Chains between two pauses. Most are empty, and one that is takes some ten instructions. */
#define SCAN_SLICE	1024

struct scan_count {
	unsigned long reservations;
	unsigned long timewaits;
	struct sock *deep;	/* kept: its accounts are to be made before it is entered */
	bool no_memory;		/* and could not be made */
};

struct scan_bucket {
	struct pq_bind_bucket bucket;
	struct scan_count *count;
};

static bool is_entered(const void *key)
{
	bool entered;

	if (!pq_ledger_may_have(key))
		return false;
	entered = pq_ledger_lock(key);
	pq_ledger_unlock(key);
	return entered;
}

/* With the lock there is no time for hundreds of accounts. */
static bool comes_later(struct sock *sk, struct scan_count *count)
{
	if (count->no_memory || !pq_accounts_missing(sk))
		return false;
	if (!count->deep && refcount_inc_not_zero(&sk->sk_refcnt))
		count->deep = sk;
	return count->deep;
}

static void enter(struct sock *sk, u16 kind, struct scan_count *count)
{
	if (!comes_later(sk, count))
		count->reservations += pq_reservation_found(sk, kind);
}

/* Without the lock. Returns true if the walk is to be begun anew for those that come later. */
static bool make_accounts(struct scan_count *count)
{
	struct sock *sk = count->deep;
	struct mem_cgroup *before;

	if (!sk)
		return false;
	before = pq_memcg_begin(sk);
	pq_accounts_prepare(sk);
	pq_memcg_end(before);
	count->no_memory = pq_accounts_missing(sk);
	count->deep = NULL;
	sock_gen_put(sk);
	return true;
}

static void scan_owner(struct sock *sk, void *arg)
{
	bool timewait = inet_sk_state_load(sk) == TCP_TIME_WAIT;
	struct scan_bucket *b = arg;
	u16 kind;

	if (is_entered(sk)) {
		/* Hooks go live one by one: the one that follows it may not have been. */
		if (timewait)
			pq_timewait_second(inet_twsk(sk));
		return;
	}
	if (timewait) {
		kind = pq_bucket_kind(sk, &b->bucket);
		b->count->timewaits += pq_timewait_found(inet_twsk(sk), kind);
	} else {
		kind = pq_bucket_sock_kind(sk, &b->bucket);
		if (kind)
			enter(sk, kind, b->count);
	}
}

/* Returns false when the turn is over. */
static bool scan_tcp_bucket(struct pq_chain *chain, struct inet_bind_bucket *tb,
			    struct scan_count *count)
{
	struct scan_bucket b = { .bucket = { .tb = tb }, .count = count };

	if (!pq_bucket_shareable(tb))
		pq_spoil_found(tb);
	return pq_chain_visit(chain, tb, scan_owner, &b);
}

/* Returns in how many turns. */
static unsigned int scan_tcp_turns(struct inet_bind_hashbucket *head, struct scan_count *count)
{
	struct inet_bind_bucket *tb;
	struct pq_chain chain = {};
	unsigned int turns = 0;

	do {
		cond_resched();
		turns++;
		pq_chain_begin(&chain, head);
		inet_bind_bucket_for_each(tb, &head->chain)
			if (!scan_tcp_bucket(&chain, tb, count))
				break;
	} while (pq_chain_end(&chain, head));
	return turns;
}

/*
 * Whoever was met is entered, or comes when its accounts are made. A walk of many turns is
 * done twice, for those that have moved in between: see chain.h.
 */
static bool again(unsigned int turns, bool *twice, struct scan_count *count)
{
	bool first = !*twice;

	if (make_accounts(count))
		return true;
	*twice = true;
	return turns > 1 && first;
}

static void scan_tcp_chain(struct inet_bind_hashbucket *head, struct scan_count *count)
{
	bool twice = false;
	unsigned int turns;

	do {
		turns = scan_tcp_turns(head, count);
	} while (again(turns, &twice, count));
}

static void pause_scan(unsigned int chain)
{
	if (!(chain % SCAN_SLICE))
		cond_resched();
}

/* All namespaces share one bind hash, also those with an ehash of their own. */
static void scan_tcp(struct scan_count *count)
{
	struct inet_hashinfo *hashinfo = init_net.ipv4.tcp_death_row.hashinfo;
	unsigned int i;

	for (i = 0; i < hashinfo->bhash_size; i++) {
		pause_scan(i);
		if (!hlist_empty(&hashinfo->bhash[i].chain))
			scan_tcp_chain(&hashinfo->bhash[i], count);
	}
}

static void scan_udp_socket(struct sock *sk, struct scan_count *count)
{
	if (sk->sk_protocol != IPPROTO_UDP || is_entered(sk))
		return;
	if (!pq_sock_bound_by_hand(sk) || pq_range_has(sock_net(sk), inet_sk(sk)->inet_num))
		enter(sk, PQ_ENTRY_UDP, count);
}

static bool slot_has(const struct udp_hslot *slot, const struct sock *wanted)
{
	struct sock *sk;

	sk_for_each(sk, &slot->head)
		if (sk == wanted)
			return true;
	return false;
}

static void scan_udp_from(struct sock *sk, struct pq_turn *turn, struct scan_count *count)
{
	for (; sk; sk = sk_next(sk)) {
		scan_udp_socket(sk, count);
		if (pq_turn_visited(turn, sk))
			break;
	}
}

/* Returns in how many turns. */
static unsigned int scan_udp_turns(struct udp_hslot *slot, struct scan_count *count)
{
	struct pq_turn turn = {};
	unsigned int turns = 0;

	do {
		cond_resched();
		turns++;
		spin_lock_bh(&slot->lock);
		pq_turn_begin(&turn);
		if (turn.kept && slot_has(slot, turn.kept)) {
			scan_udp_from(sk_next(turn.kept), &turn, count);
		} else {
			/* The first turn, or the last socket has lost its port. */
			if (turn.kept)
				pq_turn_lost(&turn);
			scan_udp_from(sk_head(&slot->head), &turn, count);
		}
		spin_unlock_bh(&slot->lock);
	} while (pq_turn_end(&turn));
	return turns;
}

/* A slot has the sockets of many ports, and all of a port that many share. */
static void scan_udp_slot(struct udp_hslot *slot, struct scan_count *count)
{
	bool twice = false;
	unsigned int turns;

	do {
		turns = scan_udp_turns(slot, count);
	} while (again(turns, &twice, count));
}

static void scan_udp_table(struct udp_table *table, struct scan_count *count)
{
	unsigned int i;

	for (i = 0; i <= table->mask; i++) {
		pause_scan(i);
		if (!hlist_empty(&table->hash[i].head))
			scan_udp_slot(&table->hash[i], count);
	}
}

/*
 * Nearly all namespaces share one table. Those that have one of their own cannot come or go
 * meanwhile, nor can others: so only these are gone through with the lock.
 */
static void scan_udp(struct scan_count *count)
{
	struct udp_table *shared = pq_compat_udp_table(&init_net), *table;
	struct net *net;

	scan_udp_table(shared, count);
	down_read(&net_rwsem);
	for_each_net(net) {
		table = pq_compat_udp_table(net);
		if (table != shared)
			scan_udp_table(table, count);
	}
	up_read(&net_rwsem);
}

/**
 * pq_scan() - enter what was there before the hooks
 *
 * Context: process, after pq_hooks_install() and the namespaces' init.
 */
void pq_scan(void)
{
	struct scan_count count = {};
	ktime_t start = ktime_get();

	scan_tcp(&count);
	scan_udp(&count);
	WRITE_ONCE(pq_scanning, false);

	pr_info("found %lu reservations and %lu TIME_WAIT in %lld ms\n", count.reservations,
		count.timewaits, ktime_ms_delta(ktime_get(), start));
}
