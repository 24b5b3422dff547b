/* SPDX-License-Identifier: GPL-2.0-only */
/* A network namespace that only one suite knows, and programs in it that do not run */
#ifndef _PORTQUOTA_KUNIT_NET_FAKE_H
#define _PORTQUOTA_KUNIT_NET_FAKE_H

#include <kunit/test.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "../module/account/destination.h"
#include "../module/account/netns.h"
#include "../module/account/owner.h"
#include "../module/account/tree.h"

/**
 * net_fake() - make a namespace with its two accounts
 * @test: the test
 * @range: the range of its ports, of which the thresholds of the accounts are made
 *
 * Return: the namespace, for net_fake_exit(); if it cannot be made the test ends.
 */
static inline struct pq_net *net_fake(struct kunit *test, struct pq_range range)
{
	struct pq_net *pn = kunit_kzalloc(test, sizeof(*pn), GFP_KERNEL);
	struct net *net = kunit_kzalloc(test, sizeof(*net), GFP_KERNEL);
	unsigned int res;

	KUNIT_ASSERT_NOT_NULL(test, pn);
	KUNIT_ASSERT_NOT_NULL(test, net);
	pn->net = net;
	pn->range = range;
	spin_lock_init(&pn->accounts_lock);
	INIT_LIST_HEAD(&pn->accounts);
	for (res = 0; res < ARRAY_SIZE(pn->ports); res++) {
		pn->ports[res].trip = LONG_MAX;
		pn->ports[res].untrip = -1;
	}
	pq_destinations_init_net(&pn->destinations, net, &pn->range);
	KUNIT_ASSERT_EQ(test, pq_rulebook_init(&pn->rules), 0);
	KUNIT_ASSERT_EQ(test, pq_events_init(&pn->events, PQ_EVENTS_NET), 0);
	KUNIT_ASSERT_EQ(test, pq_accounts_init_net(pn), 0);
	return pn;
}

static inline void net_fake_rest(void)
{
	cond_resched();
}

/* Frees the destinations to which nobody has connected for long. */
static inline void net_fake_gc_destinations(struct pq_net *pn)
{
	pq_destinations_gc_net(&pn->destinations, 5000, NULL, net_fake_rest);
}

/**
 * net_fake_exit() - a namespace ends, and all of it has to be free by now
 * @test: the test
 * @pn: from net_fake(); the suite has no references left
 */
static inline void net_fake_exit(struct kunit *test, struct pq_net *pn)
{
	pq_events_close(&pn->events);
	pq_accounts_exit_net(pn);
	pq_owners_gc();
	net_fake_gc_destinations(pn);
	KUNIT_EXPECT_EQ(test, atomic_read(&pn->destinations.count), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&pn->destinations.list));
	pq_accounts_gc_net(pn, true);
	KUNIT_EXPECT_TRUE(test, list_empty(&pn->accounts));
	pq_events_destroy(&pn->events);
	pq_rulebook_destroy(&pn->rules);
}

/**
 * owner_fake() - the owner that a program would be
 * @pn: the namespace
 * @cgrp: the program's cgroup
 * @pid: its process, or NULL
 * @comm: its command
 *
 * Return: the owner, with a reference; NULL without memory.
 */
static inline struct pq_owner *owner_fake(struct pq_net *pn, struct cgroup *cgrp, struct pid *pid,
					  const char *comm)
{
	struct pq_owner_key key = { .account = { .net = pn, .cgrp = cgrp }, .pid = pid };
	struct pq_owner *owner;

	strscpy(key.comm, comm, sizeof(key.comm));
	rcu_read_lock();
	owner = pq_owner_get(&key);
	rcu_read_unlock();
	return owner;
}

#endif
