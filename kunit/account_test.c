// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of account and owner: what is made, found again, kept and freed, in
 * a namespace that only this suite knows.
 */
#include <kunit/test.h>
#include <linux/cgroup.h>
#include <linux/pid.h>

#include "../module/account/account.h"
#include "../module/account/limits.h"
#include "../module/account/netns.h"
#include "../module/account/owner.h"
#include "../module/account/tree.h"
#include "../module/account/trip.h"
#include "cgroup_fake.h"
#include "net_fake.h"

#define MANY	3000

static int account_init(struct kunit *test)
{
	test->priv = net_fake(test, (struct pq_range){});
	return 0;
}

static void account_exit(struct kunit *test)
{
	if (test->priv)
		net_fake_exit(test, test->priv);
}

static struct pq_account *get(struct pq_net *pn, struct cgroup *cgrp)
{
	struct pq_account *acct;

	rcu_read_lock();
	acct = pq_account_get(pn, cgrp);
	rcu_read_unlock();
	return acct;
}

static struct pq_owner *hold(struct pq_net *pn, struct pid *pid, const char *comm)
{
	return owner_fake(pn, &cgrp_dfl_root.cgrp, pid, comm);
}

static void account_root_is_there(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_account *root = get(pn, &cgrp_dfl_root.cgrp);
	struct pq_account *before = get(pn, NULL);

	KUNIT_EXPECT_PTR_EQ(test, root, pn->root);
	KUNIT_EXPECT_PTR_EQ(test, before, pn->before_load);
	KUNIT_EXPECT_NULL(test, root->usage.parent);
	KUNIT_EXPECT_PTR_EQ(test, before->usage.parent, &root->usage);
	pq_account_put(root);
	pq_account_put(before);
}

static void account_peek_takes_no_reference(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	int users = pq_ref_users(&pn->root->users);

	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, pq_account_peek(pn, &cgrp_dfl_root.cgrp), pn->root);
	KUNIT_EXPECT_PTR_EQ(test, pq_account_peek(pn, NULL), pn->before_load);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users);
}

static struct pq_ports range_without(struct pq_net *pn, enum pq_resource res)
{
	struct pq_ports range;

	rcu_read_lock();
	range = pq_limits_range(pn, &cgrp_dfl_root.cgrp, res);
	rcu_read_unlock();
	return range;
}

/* Where there is no memory for an account, its range is known from the rules. */
static void range_needs_no_account(struct kunit *test)
{
	static const struct pq_rule rule = { .range[PQ_TCP] = { 20000, 20999 } };
	struct pq_net *pn = test->priv;
	struct pq_ports range;

	KUNIT_EXPECT_EQ(test, range_without(pn, PQ_TCP).low, 0);
	mutex_lock(&pn->rules.mutex);
	KUNIT_EXPECT_EQ(test, pq_rulebook_set(&pn->rules, "/", false, &rule), 0);
	mutex_unlock(&pn->rules.mutex);
	range = range_without(pn, PQ_TCP);
	KUNIT_EXPECT_EQ(test, range.low, 20000);
	KUNIT_EXPECT_EQ(test, range.high, 20999);
	KUNIT_EXPECT_EQ(test, range_without(pn, PQ_UDP).low, 0);
}

/* When the range has changed, an account's limits follow when somebody wants them. */
static void range_is_followed_one_by_one(struct kunit *test)
{
	static const struct pq_rule rule = { .max[PQ_TCP] = { PQ_LIMIT_PERCENT, 50 } };
	struct pq_net *pn = test->priv;

	mutex_lock(&pn->rules.mutex);
	KUNIT_EXPECT_EQ(test, pq_rulebook_set(&pn->rules, "/", false, &rule), 0);
	mutex_unlock(&pn->rules.mutex);
	rcu_read_lock();
	pq_limits_bind(pn->root);
	rcu_read_unlock();
	pn->range.usable = 500;
	atomic_inc(&pn->range_generation);
	KUNIT_EXPECT_TRUE(test, pq_limits_stale(pn->root));
	KUNIT_EXPECT_TRUE(test, pq_limits_stale(pn->before_load));
	/* Its ancestors' first */
	pq_limits_catch_up(pn->before_load, false);
	KUNIT_EXPECT_FALSE(test, pq_limits_stale(pn->before_load));
	KUNIT_EXPECT_FALSE(test, pq_limits_stale(pn->root));
	KUNIT_EXPECT_EQ(test, pn->root->usage.max[PQ_TCP], 250);
	KUNIT_EXPECT_EQ(test, pn->before_load->usable[PQ_TCP], 500);
}

/* One that was allocated before the module was loaded has a shorter array of pointers. */
static void net_without_room_is_none(struct kunit *test)
{
	struct pq_net *pn = test->priv, *slot[] = { pn };
	struct net *net = kunit_kzalloc(test, sizeof(*net), GFP_KERNEL);
	struct net_generic *gen = kunit_kzalloc(test, (pq_net_id + 1) * sizeof(void *), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, net);
	KUNIT_ASSERT_NOT_NULL(test, gen);
	RCU_INIT_POINTER(net->gen, gen);
	gen->ptr[pq_net_id] = slot;	/* behind its end, as what lies there may look */
	gen->s.len = pq_net_id;
	KUNIT_EXPECT_NULL(test, pq_net_of(net));
	gen->s.len = pq_net_id + 1;
	KUNIT_EXPECT_PTR_EQ(test, pq_net_of(net), pn);
	gen->ptr[pq_net_id] = NULL;
	KUNIT_EXPECT_NULL(test, pq_net_of(net));
}

static void account_in_use_is_not_swept(struct kunit *test)
{
	struct pq_net *pn = test->priv;

	pq_accounts_gc_net(pn, true);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&pn->accounts), 2);
}

static void owner_is_shared(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_owner *first = hold(pn, task_tgid(current), "one");
	struct pq_owner *again = hold(pn, task_tgid(current), "one");

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_EXPECT_PTR_EQ(test, first, again);
	KUNIT_EXPECT_PTR_EQ(test, first->account, pn->root);
	KUNIT_EXPECT_EQ(test, pq_ref_users(&first->users), 2);
	pq_owner_put(first);
	pq_owner_put(again);
}

static void owner_tells_programs_apart(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_owner *one = hold(pn, task_tgid(current), "one");
	struct pq_owner *two = hold(pn, task_tgid(current), "two");
	struct pq_owner *nobody = hold(pn, NULL, "");

	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_ASSERT_NOT_NULL(test, two);
	KUNIT_ASSERT_NOT_NULL(test, nobody);
	KUNIT_EXPECT_PTR_NE(test, one, two);
	KUNIT_EXPECT_PTR_NE(test, one, nobody);
	KUNIT_EXPECT_STREQ(test, one->key.comm, "one");
	KUNIT_EXPECT_STREQ(test, two->key.comm, "two");
	pq_owner_put(one);
	pq_owner_put(two);
	pq_owner_put(nobody);
}

/* A owner without entries goes with the gc, one with entries does not. */
static void owner_is_swept_when_idle(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	int users = pq_ref_users(&pn->root->users);
	struct pq_owner *idle = hold(pn, task_tgid(current), "idle");
	struct pq_owner *busy = hold(pn, task_tgid(current), "busy");

	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users + 2);
	pq_owner_put(idle);
	pq_owners_gc();
	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users + 1);
	KUNIT_EXPECT_PTR_EQ(test, hold(pn, task_tgid(current), "busy"), busy);
	pq_owner_put(busy);
	pq_owner_put(busy);
	pq_owners_gc();
	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users);
}

/*
 * A program may call itself what it likes, as often as it likes: names that are much
 * alike do not fill one bucket of the table. And the gc pauses between many, and passes
 * none over for that. All are held until they are counted: the module's own gc runs
 * when it likes.
 */
static void owner_many_are_swept(struct kunit *test)
{
	struct pq_owner **owners = kunit_kcalloc(test, MANY, sizeof(*owners), GFP_KERNEL);
	struct pq_net *pn = test->priv;
	int users = pq_ref_users(&pn->root->users);
	char name[TASK_COMM_LEN];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, owners);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many%u", i);
		owners[i] = hold(pn, task_tgid(current), name);
		KUNIT_ASSERT_NOT_NULL(test, owners[i]);
	}
	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users + MANY);
	for (i = 0; i < MANY; i++)
		pq_owner_put(owners[i]);
	pq_owners_gc();
	KUNIT_EXPECT_EQ(test, pq_ref_users(&pn->root->users), users);
}

/* One that is dead, but still in the table, is not waited for: there is a second one then. */
static void owner_dead_is_replaced(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_owner *first = hold(pn, task_tgid(current), "dead"), *second;

	KUNIT_ASSERT_NOT_NULL(test, first);
	pq_owner_put(first);
	KUNIT_ASSERT_TRUE(test, pq_ref_kill(&first->users));
	second = hold(pn, task_tgid(current), "dead");
	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_EXPECT_PTR_NE(test, second, first);
	KUNIT_EXPECT_PTR_EQ(test, hold(pn, task_tgid(current), "dead"), second);
	pq_owner_put(second);
	pq_owner_put(second);
	/* Only the gc takes it out of the table, and it kills it itself. */
	pq_ref_init(&first->users, 0);
	pq_owners_gc();
}

#define DEEP	25

static struct cgroup *deep(struct kunit *test, int levels)
{
	struct cgroup *cgrp = &cgrp_dfl_root.cgrp;

	while (cgrp->level < levels)
		cgrp = cgroup_below(test, cgrp, "deep");
	return cgrp;
}

static void account_far_down_is_below_all(struct kunit *test)
{
	struct cgroup *cgrp = deep(test, DEEP);
	struct pq_account *acct = get(test->priv, cgrp), *at = acct;

	KUNIT_ASSERT_NOT_NULL(test, acct);
	for (; cgrp; cgrp = cgroup_parent(cgrp), at = at->parent) {
		KUNIT_ASSERT_NOT_NULL(test, at);
		KUNIT_EXPECT_PTR_EQ(test, at->key.cgrp, cgrp);
	}
	KUNIT_EXPECT_NULL(test, at);
	pq_account_put(acct);
}

/* Some at a stretch; and nothing is lost of what was made. */
static void account_far_down_is_made_bit_by_bit(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct cgroup *cgrp = deep(test, DEEP);
	struct pq_account *acct;
	unsigned int calls = 0;
	loff_t made;

	do {
		made = pn->accounts_made;
		local_bh_disable();
		acct = get(pn, cgrp);
		local_bh_enable();
		KUNIT_EXPECT_LE(test, pn->accounts_made - made, PQ_ACCOUNTS_AT_ONCE);
		KUNIT_ASSERT_LT(test, calls++, DEEP);
	} while (!acct);
	KUNIT_EXPECT_EQ(test, calls, DIV_ROUND_UP(DEEP, PQ_ACCOUNTS_AT_ONCE));
	KUNIT_EXPECT_PTR_EQ(test, acct->key.cgrp, cgrp);
	pq_account_put(acct);
}

static unsigned int count_subjects(const struct pq_account *acct)
{
	unsigned int n = 0;

	for (; acct; acct = acct->parent)
		n += !!acct->subject;
	return n;
}

/* One charge crosses a threshold of each: some are told at once, all others by the tick. */
static void account_far_down_is_told_bit_by_bit(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_account *acct = get(pn, deep(test, DEEP)), *at;

	KUNIT_ASSERT_NOT_NULL(test, acct);
	pn->foreign = true;	/* nothing for the kernel log */
	for (at = acct; at; at = at->parent) {
		pq_thresholds_set(&at->thresholds[PQ_METRIC_TIMEWAIT], LONG_MAX, 1, LONG_MAX,
				  LONG_MAX);
		at->usage.trips[PQ_TIMEWAIT].trip = 1;
	}
	pq_usage_charge(&acct->usage, PQ_TIMEWAIT, 0);
	pq_trip_charged(acct);
	KUNIT_EXPECT_EQ(test, count_subjects(acct), PQ_SUBJECTS_AT_ONCE);
	KUNIT_EXPECT_TRUE(test, pn->overdue);
	for (at = acct; at; at = at->parent)
		pq_trip_tick(at, MSEC_PER_SEC / 2, pq_trip_due(at));
	KUNIT_EXPECT_EQ(test, count_subjects(acct), DEEP + 1);
	KUNIT_EXPECT_EQ(test, pn->events.next, DEEP + 1);
	pq_usage_uncharge(&acct->usage, PQ_TIMEWAIT, 0);
	pq_account_put(acct);
}

static unsigned int count_due(const struct pq_account *acct)
{
	unsigned int n = 0;

	for (; acct; acct = acct->parent)
		n += pq_trip_due(acct);
	return n;
}

#define FAR_DOWN	(3 * PQ_LOOKS_AT_ONCE)

/* There is nothing to be told, but each has moved: some are looked at, and all in the end. */
static void account_far_down_is_looked_at_bit_by_bit(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_account *acct = get(pn, deep(test, FAR_DOWN)), *at;

	KUNIT_ASSERT_NOT_NULL(test, acct);
	for (at = acct; at; at = at->parent)
		at->usage.trips[PQ_TIMEWAIT].trip = 1;
	pq_usage_charge(&acct->usage, PQ_TIMEWAIT, 0);
	KUNIT_EXPECT_EQ(test, count_due(acct), FAR_DOWN + 1);
	pq_trip_charged(acct);
	KUNIT_EXPECT_EQ(test, count_due(acct), FAR_DOWN + 1 - PQ_LOOKS_AT_ONCE);
	/* The next charge goes on, if it comes before the tick. */
	pq_trip_charged(acct);
	KUNIT_EXPECT_EQ(test, count_due(acct), FAR_DOWN + 1 - 2 * PQ_LOOKS_AT_ONCE);
	for (at = acct; at; at = at->parent)
		pq_trip_tick(at, MSEC_PER_SEC / 2, pq_trip_due(at));
	KUNIT_EXPECT_EQ(test, count_due(acct), 0);
	pq_usage_uncharge(&acct->usage, PQ_TIMEWAIT, 0);
	pq_account_put(acct);
}

static unsigned int count_stale(const struct pq_account *acct)
{
	unsigned int n = 0;

	for (; acct; acct = acct->parent)
		n += pq_limits_stale(acct);
	return n;
}

/* The range changes: all follow at once. */
static void account_far_down_follows_the_range(struct kunit *test)
{
	struct pq_net *pn = test->priv;
	struct pq_account *acct = get(pn, deep(test, PORTQUOTA_LEVELS_MAX));

	KUNIT_ASSERT_NOT_NULL(test, acct);
	KUNIT_EXPECT_EQ(test, count_stale(acct), 0);
	atomic_inc(&pn->range_generation);
	pq_limits_catch_up(acct, false);
	KUNIT_EXPECT_EQ(test, count_stale(acct), 0);
	pq_account_put(acct);
}

static struct kunit_case account_cases[] = {
	KUNIT_CASE(account_root_is_there),
	KUNIT_CASE(account_peek_takes_no_reference),
	KUNIT_CASE(account_far_down_is_below_all),
	KUNIT_CASE(account_far_down_is_made_bit_by_bit),
	KUNIT_CASE(account_far_down_is_told_bit_by_bit),
	KUNIT_CASE(account_far_down_is_looked_at_bit_by_bit),
	KUNIT_CASE(account_far_down_follows_the_range),
	KUNIT_CASE(range_needs_no_account),
	KUNIT_CASE(range_is_followed_one_by_one),
	KUNIT_CASE(net_without_room_is_none),
	KUNIT_CASE(account_in_use_is_not_swept),
	KUNIT_CASE(owner_is_shared),
	KUNIT_CASE(owner_dead_is_replaced),
	KUNIT_CASE(owner_tells_programs_apart),
	KUNIT_CASE(owner_is_swept_when_idle),
	KUNIT_CASE(owner_many_are_swept),
	{}
};

static struct kunit_suite account_suite = {
	.name = "portquota_account",
	.init = account_init,
	.exit = account_exit,
	.test_cases = account_cases,
};

kunit_test_suite(account_suite);
