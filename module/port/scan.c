// SPDX-License-Identifier: GPL-2.0-only
/* scan: see scan.h for what it promises. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <net/inet_connection_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>

#include "account/ledger.h"
#include "bindhash.h"
#include "lib/compat.h"
#include "lib/range.h"
#include "reservation.h"
#include "scan.h"
#include "spoil.h"
#include "timewait.h"

/* Chains between two pauses. Most are empty, and one that is takes some ten instructions. */
#define SCAN_SLICE	1024

struct scan_count {
	unsigned long reservations;
	unsigned long timewaits;
};

struct scan_bucket {
	struct scan_count *count;
	struct inet_bind_bucket *tb;
	bool serves;
};

static bool scan_owner(struct sock *sk, void *arg)
{
	struct scan_bucket *b = arg;
	u16 kind;

	if (inet_sk_state_load(sk) == TCP_TIME_WAIT) {
		kind = pq_bucket_kind(ib_net(b->tb), b->tb, b->serves);
		b->count->timewaits += pq_timewait_found(inet_twsk(sk), kind);
	} else {
		kind = pq_bucket_sock_kind(sk, b->tb, b->serves);
		if (kind)
			b->count->reservations += pq_reservation_found(sk, kind);
	}
	return false;
}

static void scan_tcp_bucket(struct inet_bind_bucket *tb, struct scan_count *count)
{
	struct scan_bucket b = { .count = count, .tb = tb, .serves = pq_bucket_serves(tb) };

	pq_compat_any_owner(tb, scan_owner, &b);
	if (!pq_bucket_shareable(tb))
		pq_spoil_found(tb);
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
	struct inet_bind_hashbucket *head;
	struct inet_bind_bucket *tb;
	unsigned int i;

	for (i = 0; i < hashinfo->bhash_size; i++) {
		head = &hashinfo->bhash[i];
		pause_scan(i);
		if (hlist_empty(&head->chain))
			continue;
		spin_lock_bh(&head->lock);
		inet_bind_bucket_for_each(tb, &head->chain)
			scan_tcp_bucket(tb, count);
		spin_unlock_bh(&head->lock);
		cond_resched();
	}
}

static void scan_udp(struct net *net, struct scan_count *count)
{
	struct udp_table *table = pq_compat_udp_table(net);
	struct udp_hslot *slot;
	struct sock *sk;
	unsigned int i;

	for (i = 0; i <= table->mask; i++) {
		slot = &table->hash[i];
		pause_scan(i);
		if (hlist_empty(&slot->head))
			continue;
		spin_lock_bh(&slot->lock);
		sk_for_each(sk, &slot->head) {
			if (!net_eq(sock_net(sk), net) || sk->sk_protocol != IPPROTO_UDP)
				continue;
			if (!pq_sock_bound_by_hand(sk) ||
			    pq_range_has(net, inet_sk(sk)->inet_num))
				count->reservations += pq_reservation_found(sk, PQ_ENTRY_UDP);
		}
		spin_unlock_bh(&slot->lock);
		cond_resched();
	}
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
	struct net *net;

	scan_tcp(&count);
	down_read(&net_rwsem);
	for_each_net(net)
		scan_udp(net, &count);
	up_read(&net_rwsem);
	WRITE_ONCE(pq_scanning, false);

	pr_info("found %lu reservations and %lu TIME_WAIT in %lld ms\n", count.reservations,
		count.timewaits, ktime_ms_delta(ktime_get(), start));
}
