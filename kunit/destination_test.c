// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of destination: counting, the program's last one, what does not fit,
 * and the thresholds. In a namespace that only this suite knows, with sockets
 * that are only addresses.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <net/sock.h>

#include "../module/account/account.h"
#include "../module/account/charge.h"
#include "../module/account/destination.h"
#include "../module/account/netns.h"
#include "../module/account/owner.h"
#include "../module/account/tree.h"
#include "../module/account/trip_destination.h"
#include "net_fake.h"

#define USABLE	100
#define MANY	200

struct destination_test {
	unsigned long *reserved;	/* net.ipv4.ip_local_reserved_ports */
	struct pq_net *pn;
	struct pq_owner *owner;
	struct sock *sk;
};

static int destination_init(struct kunit *test)
{
	struct destination_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->sk = kunit_kzalloc(test, sizeof(*t->sk), GFP_KERNEL);
	t->reserved = kunit_kzalloc(test, 65536 / 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->sk);
	KUNIT_ASSERT_NOT_NULL(test, t->reserved);
	t->pn = net_fake(test, (struct pq_range){ .usable = USABLE });
	t->pn->net->ipv4.sysctl_local_reserved_ports = t->reserved;
	t->owner = owner_fake(t->pn, &cgrp_dfl_root.cgrp, NULL, "");
	KUNIT_ASSERT_NOT_NULL(test, t->owner);
	test->priv = t;
	return 0;
}

static void gc(struct destination_test *t)
{
	net_fake_gc_destinations(t->pn);
}

static void destination_exit(struct kunit *test)
{
	struct destination_test *t = test->priv;

	if (!t)
		return;
	pq_owner_put(t->owner);
	net_fake_exit(test, t->pn);
}

static struct pq_destination *get_sk(struct destination_test *t)
{
	struct pq_destination *to;

	rcu_read_lock();
	to = pq_charge_destination(t->owner, t->sk);
	rcu_read_unlock();
	return to;
}

static struct pq_destination *get(struct destination_test *t, u32 daddr, u16 port)
{
	t->sk->sk_family = AF_INET;
	t->sk->sk_rcv_saddr = htonl(INADDR_LOOPBACK);
	t->sk->sk_daddr = htonl(daddr);
	t->sk->sk_dport = htons(port);
	return get_sk(t);
}

static void put(struct destination_test *t, struct pq_destination *to)
{
	pq_uncharge_destination(to, t->owner->account, false);
}

static void destination_counts(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *a = get(t, 1, 80), *b = get(t, 1, 81), *c = get(t, 2, 80);

	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_PTR_NE(test, a, c);
	KUNIT_EXPECT_PTR_EQ(test, get(t, 1, 80), a);
	KUNIT_EXPECT_PTR_EQ(test, get(t, 1, 80), a);
	KUNIT_EXPECT_EQ(test, pq_destination_used(a), 3);
	KUNIT_EXPECT_EQ(test, pq_destination_used(b), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->destinations.count), 3);
	atomic_inc(&a->timewait);
	pq_uncharge_destination(a, t->owner->account, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&a->timewait), 0);
	put(t, a);
	put(t, a);
	KUNIT_EXPECT_EQ(test, pq_destination_used(a), 0);
	put(t, b);
	put(t, c);
}

static void destination_unused_goes(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *a = get(t, 1, 80), *b = get(t, 2, 80);

	gc(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->destinations.count), 2);
	put(t, a);
	put(t, b);
	gc(t);
	/* The last one stays for the program that comes back to it. */
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->destinations.count), 1);
	KUNIT_EXPECT_PTR_EQ(test, get(t, 2, 80), b);
	KUNIT_EXPECT_EQ(test, pq_destination_used(b), 1);
	put(t, b);
}

static void destination_families_differ(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *four = get(t, 0x7f000001, 80), *mapped, *six;

	t->sk->sk_family = AF_INET6;
	ipv6_addr_set_v4mapped(htonl(0x7f000001), &t->sk->sk_v6_daddr);
	mapped = get_sk(t);
	KUNIT_EXPECT_PTR_EQ(test, mapped, four);
	t->sk->sk_v6_daddr = in6addr_loopback;
	t->sk->sk_v6_rcv_saddr = in6addr_loopback;
	six = get_sk(t);
	KUNIT_EXPECT_PTR_NE(test, six, four);
	KUNIT_EXPECT_EQ(test, six->key.flow.family, AF_INET6);
	put(t, four);
	put(t, mapped);
	put(t, six);
}

static void destination_own_range_is_another(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *a = get(t, 1, 80), *b;

	bitmap_set(t->reserved, 10000, 500);
	t->owner->account->range[PQ_TCP] = (struct pq_ports){ 10000, 10999 };
	b = get(t, 1, 80);
	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, pq_destination_usable(&b->key), 500);
	KUNIT_EXPECT_EQ(test, b->trip, 250);
	KUNIT_EXPECT_EQ(test, pq_destination_usable(&a->key), USABLE);
	put(t, a);
	put(t, b);
}

static struct pq_destination *with(const struct pq_destination *to, struct pq_ports range)
{
	struct pq_destination *other;

	rcu_read_lock();
	other = pq_destination_with(to, range);
	rcu_read_unlock();
	return other;
}

static void destination_with_another_range(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *a = get(t, 1, 80), *b = with(a, (struct pq_ports){ 10000, 10999 });

	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, pq_destination_used(b), 1);
	KUNIT_EXPECT_EQ(test, pq_destination_usable(&b->key), 1000);
	KUNIT_EXPECT_TRUE(test, pq_flow_is(&b->key.flow, t->sk));
	KUNIT_EXPECT_PTR_EQ(test, with(b, (struct pq_ports){}), a);
	KUNIT_EXPECT_PTR_EQ(test, with(b, b->key.range), b);
	KUNIT_EXPECT_EQ(test, pq_destination_used(a), 2);
	KUNIT_EXPECT_EQ(test, pq_destination_used(b), 2);
	/* The program still connects to where it has connected last. */
	KUNIT_EXPECT_PTR_EQ(test, get(t, 1, 80), a);
	atomic_add(PQ_DESTINATIONS_MAX, &t->pn->destinations.count);
	KUNIT_EXPECT_PTR_EQ(test, with(a, (struct pq_ports){ 20000, 20999 }),
			    &t->pn->destinations.other);
	atomic_sub(PQ_DESTINATIONS_MAX, &t->pn->destinations.count);
	put(t, a);
	put(t, a);
	put(t, a);
	put(t, b);
	put(t, b);
	put(t, &t->pn->destinations.other);
}

static void destination_other_takes_the_rest(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *other = &t->pn->destinations.other;
	struct pq_destination **to;
	unsigned int i;

	to = kvcalloc(PQ_DESTINATIONS_MAX + 2, sizeof(*to), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, to);
	for (i = 0; i < PQ_DESTINATIONS_MAX + 2; i++)
		to[i] = get(t, i, 80);
	KUNIT_EXPECT_PTR_NE(test, to[PQ_DESTINATIONS_MAX - 1], other);
	KUNIT_EXPECT_PTR_EQ(test, to[PQ_DESTINATIONS_MAX], other);
	KUNIT_EXPECT_PTR_EQ(test, to[PQ_DESTINATIONS_MAX + 1], other);
	KUNIT_EXPECT_EQ(test, pq_destination_used(other), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->destinations.count), PQ_DESTINATIONS_MAX);
	for (i = 0; i < PQ_DESTINATIONS_MAX + 2; i++)
		put(t, to[i]);
	KUNIT_EXPECT_EQ(test, pq_destination_used(other), 0);
	kvfree(to);
}

/* No further: an event would go to the host's stream too, and outlive this namespace. */
static void destination_looks_at_half(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *to = get(t, 1, 80);

	KUNIT_EXPECT_EQ(test, to->trip, USABLE / 2);
	KUNIT_EXPECT_EQ(test, to->untrip, -1);
	t->pn->range.usable = 2 * USABLE;
	pq_trip_resized(t->pn);
	KUNIT_EXPECT_EQ(test, to->trip, USABLE);
	put(t, to);
}

static int reusable_with(struct destination_test *t, struct pq_destination *to, u8 reuse)
{
	t->pn->net->ipv4.sysctl_tcp_tw_reuse = reuse;
	return pq_destination_reusable(to);
}

static struct pq_destination *get_between(struct destination_test *t, u32 from, u32 to)
{
	t->sk->sk_family = AF_INET;
	t->sk->sk_rcv_saddr = htonl(from);
	t->sk->sk_daddr = htonl(to);
	t->sk->sk_dport = htons(80);
	return get_sk(t);
}

/* As the kernel has it: 0 is never, 1 is always, 2 is where an end is a loopback address. */
static void destination_reuse_by_sysctl(struct kunit *test)
{
	static const struct {
		u32 from, to;
		bool loopback;
	} cases[] = {
		{ 0x7f000001, 0x7f000001, true },
		{ 0x0a000001, 0x7f010203, true },
		{ 0x7f010203, 0x0a000001, true },
		{ 0x0a000001, 0x0a000001, false },
	};
	struct destination_test *t = test->priv;
	struct pq_destination *to;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		to = get_between(t, cases[i].from, cases[i].to);
		atomic_set(&to->timewait, 5);
		atomic_set(&to->kept, 2);
		KUNIT_EXPECT_EQ(test, reusable_with(t, to, 0), 0);
		KUNIT_EXPECT_EQ(test, reusable_with(t, to, 1), 3);
		KUNIT_EXPECT_EQ(test, reusable_with(t, to, 2), 3 * cases[i].loopback);
		/* Two numbers that are not read at once */
		atomic_set(&to->kept, 6);
		KUNIT_EXPECT_EQ(test, reusable_with(t, to, 1), 0);
		put(t, to);
	}
	t->sk->sk_family = AF_INET6;
	t->sk->sk_v6_daddr = in6addr_loopback;
	t->sk->sk_v6_rcv_saddr = in6addr_loopback;
	to = get_sk(t);
	atomic_set(&to->timewait, 1);
	KUNIT_EXPECT_EQ(test, reusable_with(t, to, 2), 1);
	pq_destinations_exit_net(&t->pn->destinations);
	KUNIT_EXPECT_EQ(test, pq_destination_reusable(to), 0);
	put(t, to);
}

/* What is reusable is not lost, so it is looked at later; and beyond the threshold by the tick. */
static void destination_trips_by_what_is_lost(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destinations *all = &t->pn->destinations;
	struct pq_destination *to = get(t, 1, 80);

	t->pn->net->ipv4.sysctl_tcp_tw_reuse = 1;
	atomic_set(&to->timewait, 5);
	spin_lock_bh(&all->lock);
	pq_destination_set_trips(to);
	spin_unlock_bh(&all->lock);
	KUNIT_EXPECT_EQ(test, to->trip, USABLE / 2 + 5);
	KUNIT_EXPECT_EQ(test, to->untrip, -1);
	KUNIT_EXPECT_EQ(test, pq_destination_lost(to), 0);
	KUNIT_EXPECT_EQ(test, all->watched, 0);
	t->pn->range.usable = 2;
	spin_lock_bh(&all->lock);
	pq_destination_set_levels(to);
	pq_destination_set_trips(to);
	pq_destination_set_trips(to);
	spin_unlock_bh(&all->lock);
	KUNIT_EXPECT_EQ(test, all->watched, 1);
	put(t, to);
	spin_lock_bh(&all->lock);
	pq_destination_set_trips(to);
	spin_unlock_bh(&all->lock);
	KUNIT_EXPECT_EQ(test, all->watched, 0);
}

/* A walk pauses between many: each is visited, and what keeps its place is no connection. */
static void destination_many_are_resized(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *to[MANY];
	unsigned int i;

	for (i = 0; i < MANY; i++)
		to[i] = get(t, i, 80);
	t->pn->range.usable = 2 * USABLE;
	pq_trip_resized(t->pn);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, to[i]->trip, USABLE);
		KUNIT_EXPECT_EQ(test, pq_destination_used(to[i]), 1);
		put(t, to[i]);
	}
	gc(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->destinations.count), 1);
}

/* One that is dead, but still in the table, is not waited for: there is a second one then. */
static void destination_dead_is_replaced(struct kunit *test)
{
	struct destination_test *t = test->priv;
	struct pq_destination *first = get(t, 1, 80), *other = get(t, 2, 80), *second;

	/* The program has been elsewhere since, so nothing uses the first. */
	put(t, first);
	KUNIT_ASSERT_TRUE(test, pq_ref_kill(&first->users));
	second = get(t, 1, 80);
	KUNIT_EXPECT_PTR_NE(test, second, first);
	KUNIT_EXPECT_EQ(test, pq_destination_used(second), 1);
	put(t, second);
	put(t, other);
	pq_ref_init(&first->users, 0);
}

static struct kunit_case destination_cases[] = {
	KUNIT_CASE(destination_counts),
	KUNIT_CASE(destination_unused_goes),
	KUNIT_CASE(destination_dead_is_replaced),
	KUNIT_CASE(destination_families_differ),
	KUNIT_CASE(destination_own_range_is_another),
	KUNIT_CASE(destination_with_another_range),
	KUNIT_CASE(destination_other_takes_the_rest),
	KUNIT_CASE(destination_looks_at_half),
	KUNIT_CASE(destination_reuse_by_sysctl),
	KUNIT_CASE(destination_trips_by_what_is_lost),
	KUNIT_CASE(destination_many_are_resized),
	{}
};

static struct kunit_suite destination_suite = {
	.name = "portquota_destination",
	.init = destination_init,
	.exit = destination_exit,
	.test_cases = destination_cases,
};

kunit_test_suite(destination_suite);
