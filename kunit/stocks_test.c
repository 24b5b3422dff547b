// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of stocks: which program and destination a CPU has a stock for, and that what comes
 * out of it and goes into it is counted where all else is. With the slots that are in service,
 * and entries that stand for no socket, in a namespace that only this suite knows.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <net/sock.h>

#include "../module/account/account.h"
#include "../module/account/charge.h"
#include "../module/account/destination.h"
#include "../module/account/netns.h"
#include "../module/account/owner.h"
#include "../module/account/stocks.h"
#include "../module/account/tree.h"
#include "../module/account/trip.h"
#include "../module/gc.h"
#include "../module/lib/params.h"
#include "cgroup_fake.h"
#include "net_fake.h"

#define PEAK	1000	/* that was there before */
#define USABLE	20000
#define MANY	1000	/* programs, of which some have the same place */
#define PORT	40000
#define MOST_UNSTOCKED	(2 * PQ_SLOT_NO_ROOM)	/* go by before there is a stock */

struct stocks_test {
	struct pq_net *pn;
	struct cgroup *cgrp;
	struct pq_owner *owner;
	struct sock *sk;
	struct pq_destination *to;
};

static void was_there_before(struct pq_usage *usage)
{
	for (; usage; usage = usage->parent) {
		atomic_long_set(&usage->peak[PQ_TCP], PEAK);
		atomic_long_set(&usage->peak[PQ_TIMEWAIT], PEAK);
	}
}

static struct pq_owner *program(struct stocks_test *t, const char *comm)
{
	return owner_fake(t->pn, t->cgrp, NULL, comm);
}

static int stocks_init(struct kunit *test)
{
	struct stocks_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->sk = kunit_kzalloc(test, sizeof(*t->sk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->sk);
	t->pn = net_fake(test, (struct pq_range){ .low = 1024, .high = 65535, .usable = USABLE });
	t->cgrp = cgroup_below(test, &cgrp_dfl_root.cgrp, "pod");
	t->owner = program(t, "first");
	KUNIT_ASSERT_NOT_NULL(test, t->owner);
	was_there_before(&t->owner->account->usage);
	t->sk->sk_family = AF_INET;
	t->sk->sk_daddr = htonl(INADDR_LOOPBACK);
	t->sk->sk_dport = htons(80);
	rcu_read_lock();
	t->to = pq_charge_destination(t->owner, t->sk);
	rcu_read_unlock();
	KUNIT_ASSERT_PTR_EQ(test, t->owner->recent, t->to);
	test->priv = t;
	/* The slots are by CPU. */
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

static void stocks_exit(struct kunit *test)
{
	struct stocks_test *t = test->priv;

	if (!t)
		return;
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->stocks_open), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->ports[PQ_TCP].ports), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->ports[PQ_TCP].loose), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->loose), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->timewait), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->kept), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->pn->root->usage.tally[PQ_TW_FIN_WAIT2]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->root->usage.loose), 0);
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&t->pn->root->usage));
	KUNIT_EXPECT_TRUE(test, pq_usage_idle(&t->owner->account->usage));
	pq_uncharge_destination(t->to, t->owner->account, false);
	KUNIT_EXPECT_EQ(test, pq_destination_used(t->to), 0);
	pq_owner_put(t->owner);
	net_fake_exit(test, t->pn);
	pq_portcount_free(&t->pn->ports[PQ_TCP]);
}

/* As connect() does it: first what is in the stock, then what may be put there. Softirqs off. */
static bool take(struct pq_owner *owner, struct pq_destination *to)
{
	struct pq_slot *slot = pq_slot_lock(owner, to);
	bool done = false;

	if (slot) {
		done = pq_stock_take(&slot->stock, PQ_TCP);
		pq_slot_unlock(slot);
	}
	return done || (pq_slot_is_due(owner, to, false) && pq_stocks_take(owner, to, PQ_TCP));
}

/* As the attempt of a connect() that has no stock. */
static bool hold(struct pq_owner *owner)
{
	struct pq_usage *usage = &owner->account->usage;
	struct pq_net *pn = owner->account->key.net;
	enum pq_resource why;
	bool held = !pq_usage_try_charge(usage, PQ_TCP, NULL, &why);

	if (!held) {
		pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
		held = !pq_usage_try_charge(usage, PQ_TCP, NULL, &why);
		pq_stocks_let_on(pn);
	}
	return held;
}

/* A connection; NULL if there is a limit in the way, or no memory. */
static struct pq_entry *begin(struct stocks_test *t, struct pq_owner *owner, u16 port)
{
	struct pq_entry *entry = pq_entry_alloc();

	if (!entry)
		return NULL;
	*entry = (struct pq_entry){
		.owner = owner,
		.port = port,
		.flags = PQ_ENTRY_RESERVATION,
	};
	local_bh_disable();
	if (take(owner, t->to)) {
		entry->destination = t->to;
		pq_entry_commit_stocked(entry);
	} else if (hold(owner)) {
		pq_ref_hold(&owner->users);
		entry->destination = pq_charge_destination(owner, t->sk);
		pq_entry_commit_port(entry);
	} else {
		pq_entry_free(entry);
		entry = NULL;
	}
	local_bh_enable();
	return entry;
}

static void linger(struct pq_entry *entry)
{
	local_bh_disable();
	entry->flags |= PQ_ENTRY_TIMEWAIT;
	pq_entry_charge_timewait(entry);
	local_bh_enable();
}

static void end(struct pq_entry *entry)
{
	local_bh_disable();
	pq_entry_uncharge_timewait(entry, PQ_TW_EXPIRED);
	local_bh_enable();
}

/* From FIN_WAIT2 to TIME_WAIT, for which the entry has to be in the ledger */
static void turn_second(struct pq_entry *entry)
{
	entry->key = entry;
	local_bh_disable();
	pq_ledger_replace(entry);
	pq_ledger_lock(entry);
	pq_entry_set_second(entry);
	pq_ledger_unlock(entry);
	pq_ledger_remove(entry);
	local_bh_enable();
}

/* How large the stock of a program is; 0 for none */
static int cap_of(struct stocks_test *t, struct pq_owner *owner)
{
	struct pq_slot *slot;
	int cap = 0;

	local_bh_disable();
	slot = pq_slot_lock(owner, t->to);
	if (slot) {
		cap = slot->stock.cap;
		pq_slot_unlock(slot);
	}
	local_bh_enable();
	return cap;
}

static bool has_stock(struct stocks_test *t, struct pq_owner *owner)
{
	return cap_of(t, owner) > 0;
}

static void end_all(struct pq_entry **entries, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		linger(entries[i]);
		end(entries[i]);
	}
}

/* Begins so many as may go by before there is a stock. */
static unsigned int begin_until_stocked(struct kunit *test, struct pq_owner *owner,
					struct pq_entry **entries)
{
	unsigned int n = 0;

	while (n < MOST_UNSTOCKED && !has_stock(test->priv, owner)) {
		entries[n] = begin(test->priv, owner, PORT + n);
		KUNIT_ASSERT_NOT_NULL(test, entries[n]);
		n++;
	}
	KUNIT_ASSERT_TRUE(test, has_stock(test->priv, owner));
	return n;
}

static void expect_used(struct kunit *test, int tcp, int timewait)
{
	struct stocks_test *t = test->priv;
	struct pq_usage *usage = &t->owner->account->usage;

	KUNIT_EXPECT_EQ(test, pq_usage_local(usage, PQ_TCP), tcp);
	KUNIT_EXPECT_EQ(test, pq_usage_local(usage, PQ_TIMEWAIT), timewait);
	for (; usage; usage = usage->parent) {
		KUNIT_EXPECT_EQ(test, pq_usage_held(usage, PQ_TCP), tcp);
		KUNIT_EXPECT_EQ(test, pq_usage_held(usage, PQ_TIMEWAIT), timewait);
		KUNIT_EXPECT_EQ(test, atomic_read(&usage->loose), 0);
	}
	/* The suite's own is one of them, and its reference one of the owner's. */
	KUNIT_EXPECT_EQ(test, pq_destination_used(t->to), 1 + tcp);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->timewait), timewait);
	KUNIT_EXPECT_EQ(test, pq_owner_held(t->owner), 1 + tcp);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->ports[PQ_TCP].ports), tcp);
}

/* All that is counted is in the stock, and with it closed where it belongs. */
static void stocks_count_what_they_have_given(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entries[MOST_UNSTOCKED + 8];
	unsigned int i, n = begin_until_stocked(test, t->owner, entries), all = n + 8;
	struct pq_count count;

	for (i = n; i < all; i++) {
		entries[i] = begin(t, t->owner, PORT + i);
		KUNIT_ASSERT_NOT_NULL(test, entries[i]);
	}
	KUNIT_EXPECT_GT(test, pq_usage_held(&t->pn->root->usage, PQ_TCP), all);
	KUNIT_EXPECT_GT(test, atomic_read(&t->pn->stocks_open), 0);
	for (i = 0; i < all; i += 2)
		linger(entries[i]);
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pn->stocks_open), 0);
	expect_used(test, all, (all + 1) / 2);
	count = pq_usage_read(&t->pn->root->usage, PQ_TCP);
	KUNIT_EXPECT_EQ(test, count.begun, all);
	KUNIT_EXPECT_EQ(test, count.ended, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->pn->root->usage.peak[PQ_TCP]), PEAK);
	pq_stocks_let_on(t->pn);
	for (i = 0; i < all; i++) {
		if (i % 2)
			linger(entries[i]);
		end(entries[i]);
	}
	pq_stocks_hold_off(t->pn, 0);
	expect_used(test, 0, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->pn->root->usage.tally[PQ_TW_EXPIRED]), all);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->pn->lifetimes[0]), all);
	count = pq_usage_read(&t->pn->root->usage, PQ_TIMEWAIT);
	KUNIT_EXPECT_EQ(test, count.begun, all);
	KUNIT_EXPECT_EQ(test, count.ended, all);
}

/* What is still in FIN_WAIT2 is counted by stocks too, and where it is in TIME_WAIT no more. */
static void stocks_count_what_is_in_fin_wait2(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entries[MOST_UNSTOCKED + 8];
	atomic_long_t *tally = &t->pn->root->usage.tally[PQ_TW_FIN_WAIT2];
	unsigned int i, n = begin_until_stocked(test, t->owner, entries), all = n + 8;

	for (i = n; i < all; i++) {
		entries[i] = begin(t, t->owner, PORT + i);
		KUNIT_ASSERT_NOT_NULL(test, entries[i]);
	}
	for (i = 0; i < all; i++) {
		entries[i]->flags |= PQ_ENTRY_FIN_WAIT2;
		linger(entries[i]);
	}
	/* There was a stock, so not all of them are in the account. */
	KUNIT_EXPECT_LT(test, atomic_long_read(tally), all);
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(tally), all);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->owner->account->usage.tally[PQ_TW_FIN_WAIT2]),
			all);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->kept), all);
	pq_stocks_let_on(t->pn);

	for (i = 0; i < all; i += 2) {
		turn_second(entries[i]);
		end(entries[i]);
	}
	KUNIT_EXPECT_GT(test, atomic_long_read(tally), all / 2);
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(tally), all / 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->kept), all / 2);
	pq_stocks_let_on(t->pn);
	/* And what ends in FIN_WAIT2 */
	for (i = 1; i < all; i += 2)
		end(entries[i]);
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(tally), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->to->kept), 0);
	expect_used(test, 0, 0);
	pq_stocks_let_on(t->pn);
}

/* Two who hold them off: the first that lets on lets nothing on. */
static void stocks_are_held_off_by_all(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entries[MOST_UNSTOCKED + 1];
	unsigned int i, n;

	pq_stocks_hold_off(t->pn, 0);
	pq_stocks_hold_off(t->pn, 0);
	pq_stocks_let_on(t->pn);
	for (n = 0; n < MOST_UNSTOCKED; n++) {
		entries[n] = begin(t, t->owner, PORT + n);
		KUNIT_ASSERT_NOT_NULL(test, entries[n]);
	}
	KUNIT_EXPECT_FALSE(test, has_stock(t, t->owner));
	expect_used(test, n, 0);
	pq_stocks_let_on(t->pn);
	for (i = 0; i < n; i++) {
		linger(entries[i]);
		end(entries[i]);
	}
	/* What has ended made one. */
	KUNIT_EXPECT_TRUE(test, has_stock(t, t->owner));
}

/* The module's parameter, with which one may look whether it is the stocks. */
static void stocks_can_be_switched_off(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entry;
	unsigned int i;

	WRITE_ONCE(pq_stocks_on, false);
	for (i = 0; i < MOST_UNSTOCKED; i++) {
		entry = begin(t, t->owner, PORT);
		if (!entry)
			break;
		linger(entry);
		end(entry);
	}
	KUNIT_EXPECT_FALSE(test, has_stock(t, t->owner));
	WRITE_ONCE(pq_stocks_on, true);
	KUNIT_EXPECT_EQ(test, i, MOST_UNSTOCKED);
}

/* At a peak there is room for none. What ends makes some, and is not to wait for long. */
static void stocks_begin_with_what_ends(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_slot *slot = pq_slot_of(t->owner, t->to);
	struct pq_entry *entries[MOST_UNSTOCKED];
	struct pq_usage *usage;
	unsigned int i, n;

	pq_stocks_hold_off(t->pn, 0);
	for (n = 0; n < MOST_UNSTOCKED - 1; n++) {
		entries[n] = begin(t, t->owner, PORT + n);
		KUNIT_ASSERT_NOT_NULL(test, entries[n]);
		linger(entries[n]);
	}
	for (usage = &t->owner->account->usage; usage; usage = usage->parent)
		atomic_long_set(&usage->peak[PQ_TCP], n);
	WRITE_ONCE(slot->pause, 0);
	pq_stocks_let_on(t->pn);
	/* One more than ever: it looks whether there is a stock for it. */
	entries[n] = begin(t, t->owner, PORT + n);
	KUNIT_ASSERT_NOT_NULL(test, entries[n]);
	KUNIT_EXPECT_FALSE(test, has_stock(t, t->owner));
	KUNIT_EXPECT_EQ(test, slot->pause, PQ_SLOT_NO_ROOM);

	for (i = 0; i < n && !has_stock(t, t->owner); i++)
		end(entries[i]);
	KUNIT_EXPECT_EQ(test, i, ilog2(PQ_SLOT_NO_ROOM) + 2);
	while (i < n)
		end(entries[i++]);
	end_all(&entries[n], 1);
	pq_stocks_hold_off(t->pn, 0);
	expect_used(test, 0, 0);
	pq_stocks_let_on(t->pn);
}

/* More TIME_WAITs than have room in one stock end at once. */
static void stocks_take_a_burst(struct kunit *test)
{
	const unsigned int n = 3 * PQ_STOCK_MAX;
	struct stocks_test *t = test->priv;
	struct pq_entry **entries = kunit_kcalloc(test, n, sizeof(*entries), GFP_KERNEL);
	struct pq_count count;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, entries);
	pq_stocks_hold_off(t->pn, 0);
	for (i = 0; i < n; i++) {
		entries[i] = begin(t, t->owner, PORT + i);
		KUNIT_ASSERT_NOT_NULL(test, entries[i]);
		linger(entries[i]);
	}
	pq_stocks_let_on(t->pn);
	for (i = 0; i < n; i++)
		end(entries[i]);
	KUNIT_EXPECT_TRUE(test, has_stock(t, t->owner));
	pq_stocks_hold_off(t->pn, 0);
	expect_used(test, 0, 0);
	count = pq_usage_read(&t->pn->root->usage, PQ_TIMEWAIT);
	KUNIT_EXPECT_EQ(test, count.begun, n);
	KUNIT_EXPECT_EQ(test, count.ended, n);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&t->pn->lifetimes[0]), n);
	pq_stocks_let_on(t->pn);
}

/* As where the tick looks, and no threshold is near: what rests has a point nearby. */
static void keep_points_away(struct pq_usage *usage)
{
	enum pq_resource res;

	for (; usage; usage = usage->parent) {
		for (res = 0; res < PQ_NR_RESOURCES; res++) {
			WRITE_ONCE(usage->trips[res].trip, LONG_MAX);
			WRITE_ONCE(usage->trips[res].untrip, -1);
		}
	}
}

/* The size of the stock that is opened next */
static int next_cap(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entries[MOST_UNSTOCKED];
	unsigned int n;
	int cap;

	pq_stocks_hold_off(t->pn, 0);
	pq_stocks_let_on(t->pn);
	WRITE_ONCE(pq_slot_of(t->owner, t->to)->pause, 0);
	n = begin_until_stocked(test, t->owner, entries);
	cap = cap_of(t, t->owner);
	end_all(entries, n);
	return cap;
}

/* A stock is large where there is plenty of room, and few others are. */
static void stocks_leave_each_other_room(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_portcount *count = &t->pn->ports[PQ_TCP];
	int share = PQ_STOCKS_ROOM / (int)num_online_cpus();

	keep_points_away(&t->owner->account->usage);
	WRITE_ONCE(count->trip, LONG_MAX);
	KUNIT_EXPECT_EQ(test, next_cap(test), clamp(share, PQ_STOCK_SMALL, PQ_STOCK_MAX));
	/* Others have as much as they may together. */
	atomic_add(PQ_STOCKS_ROOM, &count->loose);
	KUNIT_EXPECT_EQ(test, next_cap(test), PQ_STOCK_SMALL);
	atomic_sub(PQ_STOCKS_ROOM, &count->loose);
	/* A point is near, but not so near. */
	WRITE_ONCE(count->trip, PQ_STOCK_MAX);
	KUNIT_EXPECT_EQ(test, next_cap(test), PQ_STOCK_SMALL);
	WRITE_ONCE(count->trip, LONG_MAX);
	pq_usage_set_max(&t->pn->root->usage, PQ_TCP, PQ_STOCK_MAX);
	KUNIT_EXPECT_EQ(test, next_cap(test), PQ_STOCK_SMALL);
	pq_usage_set_max(&t->pn->root->usage, PQ_TCP, LONG_MAX);
	WRITE_ONCE(count->trip, PQ_STOCK_SMALL);
	local_bh_disable();
	pq_stocks_hold_off(t->pn, 0);
	pq_stocks_let_on(t->pn);
	KUNIT_EXPECT_FALSE(test, take(t->owner, t->to));
	local_bh_enable();
	WRITE_ONCE(count->trip, LONG_MAX);
}

/* Three programs that have one pair of slots: the third has to come so often before it gets one. */
static void stocks_change_hands_with_patience(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_owner **all = kunit_kcalloc(test, MANY, sizeof(*all), GFP_KERNEL);
	struct pq_entry **entries[3];
	unsigned int place = pq_slot_place(t->owner, t->to);
	struct pq_owner *owners[3] = { t->owner };
	unsigned int i, n[3], nr = 1;
	char comm[TASK_COMM_LEN];

	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < 3; i++) {
		entries[i] = kunit_kcalloc(test, MOST_UNSTOCKED, sizeof(**entries), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, entries[i]);
	}
	for (i = 0; i < MANY && nr < ARRAY_SIZE(owners); i++) {
		snprintf(comm, sizeof(comm), "other-%u", i);
		all[i] = program(t, comm);
		KUNIT_ASSERT_NOT_NULL(test, all[i]);
		if (pq_slot_place(all[i], t->to) == place)
			owners[nr++] = all[i];
	}
	KUNIT_ASSERT_EQ(test, nr, ARRAY_SIZE(owners));

	for (i = 0; i < 2; i++)
		n[i] = begin_until_stocked(test, owners[i], entries[i]);
	KUNIT_EXPECT_TRUE(test, has_stock(t, owners[0]));
	KUNIT_EXPECT_TRUE(test, has_stock(t, owners[1]));
	n[2] = begin_until_stocked(test, owners[2], entries[2]);
	/* Nobody has come by in between: as many as there is patience, and the one that gets it. */
	KUNIT_EXPECT_EQ(test, n[2], PQ_SLOT_PAUSE + 1);
	KUNIT_EXPECT_EQ(test, has_stock(t, owners[0]) + has_stock(t, owners[1]), 1);

	for (i = 0; i < 3; i++)
		end_all(entries[i], n[i]);
	pq_stocks_hold_off(t->pn, 0);
	KUNIT_EXPECT_EQ(test, pq_owner_held(owners[1]), 1);
	KUNIT_EXPECT_EQ(test, pq_owner_held(owners[2]), 1);
	pq_stocks_let_on(t->pn);
	for (i = 0; i < MANY && all[i]; i++)
		pq_owner_put(all[i]);
}

/* connect() that fails in the kernel: it has never begun. */
static void stocks_take_back(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry *entries[MOST_UNSTOCKED];
	unsigned int i, n = begin_until_stocked(test, t->owner, entries);
	bool taken;

	local_bh_disable();
	taken = take(t->owner, t->to);
	local_bh_enable();
	KUNIT_ASSERT_TRUE(test, taken);
	KUNIT_EXPECT_TRUE(test, pq_stocks_take_back(t->owner, t->to));
	pq_stocks_hold_off(t->pn, 0);
	expect_used(test, n, 0);
	KUNIT_EXPECT_EQ(test, pq_usage_read(&t->pn->root->usage, PQ_TCP).begun, n);
	/* It is closed now: the caller is to do so. */
	KUNIT_EXPECT_FALSE(test, pq_stocks_take_back(t->owner, t->to));
	pq_stocks_let_on(t->pn);
	for (i = 0; i < n; i++) {
		linger(entries[i]);
		end(entries[i]);
	}
}

#define LIMIT	100

/* The last one below the limit is had, by whichever way. */
static void stocks_end_at_the_limit(struct kunit *test)
{
	struct stocks_test *t = test->priv;
	struct pq_entry **entries = kunit_kcalloc(test, LIMIT, sizeof(*entries), GFP_KERNEL);
	unsigned int i, round;

	KUNIT_ASSERT_NOT_NULL(test, entries);
	pq_usage_set_max(&t->pn->root->usage, PQ_TCP, LIMIT);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < LIMIT; i++) {
			entries[i] = begin(t, t->owner, PORT + i);
			KUNIT_ASSERT_NOT_NULL(test, entries[i]);
		}
		KUNIT_EXPECT_NULL(test, begin(t, t->owner, PORT));
		for (i = 0; i < LIMIT; i++) {
			linger(entries[i]);
			end(entries[i]);
		}
	}
	pq_usage_set_max(&t->pn->root->usage, PQ_TCP, LONG_MAX);
}

#define RACERS	4
#define ROUNDS	10000
#define MOST	40	/* that a racer holds */

struct racer {
	struct stocks_test *t;
	struct pq_owner *owner;
	u16 port;
	struct completion done;
	unsigned long begun, refused;
};

/* Begins and ends by chance. Every racer has its ports, of which its neighbour has half. */
static int run_racer(void *data)
{
	struct racer *racer = data;
	unsigned int random = racer->port, i, nr = 0;
	struct pq_entry *entries[MOST];

	for (i = 0; i < ROUNDS; i++) {
		random = random * 1103515245 + 12345;
		if (nr < MOST && (!nr || random >> 16 & 1)) {
			entries[nr] = begin(racer->t, racer->owner, racer->port + nr);
			if (entries[nr]) {
				if (random >> 17 & 1)
					entries[nr]->flags |= PQ_ENTRY_FIN_WAIT2;
				linger(entries[nr++]);
				racer->begun++;
			} else {
				racer->refused++;
			}
		} else {
			nr--;
			if (entries[nr]->flags & PQ_ENTRY_FIN_WAIT2 && random >> 18 & 1)
				turn_second(entries[nr]);
			end(entries[nr]);
		}
		if (i % 256 == 0)
			cond_resched();
	}
	while (nr)
		end(entries[--nr]);
	complete(&racer->done);
	return 0;
}

/* On all CPUs, with somebody who reads all the time, as who reads a file does. */
static void run_race(struct kunit *test, long cap)
{
	struct stocks_test *t = test->priv;
	struct pq_usage *usage = &t->pn->root->usage;
	struct racer *racers = kunit_kcalloc(test, RACERS, sizeof(*racers), GFP_KERNEL);
	struct pq_owner *other = program(t, "second");
	unsigned long begun = 0, refused = 0, reads = 0;
	struct task_struct *task;
	struct pq_count count;
	unsigned int i;
	int cpu = -1;

	KUNIT_ASSERT_NOT_NULL(test, racers);
	KUNIT_ASSERT_NOT_NULL(test, other);
	pq_usage_set_max(usage, PQ_TCP, cap);
	for (i = 0; i < RACERS; i++) {
		racers[i].t = t;
		racers[i].owner = i % 2 ? t->owner : other;
		racers[i].port = PORT + i * MOST / 2;
		init_completion(&racers[i].done);
		task = kthread_create(run_racer, &racers[i], "pq-stocks/%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		kthread_bind(task, cpu);
		wake_up_process(task);
	}
	for (i = 0; i < RACERS; i++) {
		do {
			pq_stocks_hold_off(t->pn, PQ_SLOT_PAUSE);
			KUNIT_EXPECT_LE(test, pq_usage_held(usage, PQ_TCP), cap);
			count = pq_usage_read(usage, PQ_TCP);
			KUNIT_EXPECT_GE(test, count.begun, count.ended);
			KUNIT_EXPECT_GE(test, atomic_read(&t->to->kept), 0);
			KUNIT_EXPECT_GE(test, atomic_long_read(&usage->tally[PQ_TW_FIN_WAIT2]), 0);
			pq_stocks_let_on(t->pn);
			reads++;
		} while (!wait_for_completion_timeout(&racers[i].done, 1));
		begun += racers[i].begun;
		refused += racers[i].refused;
	}
	pq_stocks_hold_off(t->pn, 0);
	expect_used(test, 0, 0);
	KUNIT_EXPECT_EQ(test, pq_owner_held(other), 1);
	count = pq_usage_read(usage, PQ_TCP);
	KUNIT_EXPECT_EQ(test, count.begun, begun);
	KUNIT_EXPECT_EQ(test, count.ended, begun);
	KUNIT_EXPECT_EQ(test, pq_usage_read(usage, PQ_TIMEWAIT).begun, begun);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&usage->tally[PQ_TW_EXPIRED]), begun);
	KUNIT_EXPECT_LE(test, atomic_long_read(&usage->peak[PQ_TCP]), max(PEAK, cap));
	pq_stocks_let_on(t->pn);
	pq_usage_set_max(usage, PQ_TCP, LONG_MAX);
	pq_owner_put(other);
	kunit_info(test, "%lu begun, %lu refused, %lu reads", begun, refused, reads);
}

static void stocks_survive_a_race(struct kunit *test)
{
	run_race(test, LONG_MAX);
}

static void stocks_survive_a_race_to_the_limit(struct kunit *test)
{
	run_race(test, MOST);
}

static struct kunit_case stocks_cases[] = {
	KUNIT_CASE(stocks_count_what_they_have_given),
	KUNIT_CASE(stocks_count_what_is_in_fin_wait2),
	KUNIT_CASE(stocks_are_held_off_by_all),
	KUNIT_CASE(stocks_can_be_switched_off),
	KUNIT_CASE(stocks_begin_with_what_ends),
	KUNIT_CASE(stocks_take_a_burst),
	KUNIT_CASE(stocks_leave_each_other_room),
	KUNIT_CASE(stocks_change_hands_with_patience),
	KUNIT_CASE(stocks_take_back),
	KUNIT_CASE(stocks_end_at_the_limit),
	KUNIT_CASE(stocks_survive_a_race),
	KUNIT_CASE(stocks_survive_a_race_to_the_limit),
	{}
};

/* The gc would close stocks, also this suite's. */
static int stocks_suite_init(struct kunit_suite *suite)
{
	pq_gc_stop();
	return 0;
}

static void stocks_suite_exit(struct kunit_suite *suite)
{
	pq_gc_start();
}

static struct kunit_suite stocks_suite = {
	.name = "portquota_stocks",
	.suite_init = stocks_suite_init,
	.suite_exit = stocks_suite_exit,
	.init = stocks_init,
	.exit = stocks_exit,
	.test_cases = stocks_cases,
};

kunit_test_suite(stocks_suite);
