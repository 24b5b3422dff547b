// SPDX-License-Identifier: GPL-2.0-only
/* destination: see destination.h for what it promises. */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "destination.h"
#include "lib/compat.h"
#include "lib/params.h"
#include "lib/rhash.h"
#include "warn/subject.h"

#define GC_SLICE	64	/* destinations between two pauses */

static struct rhashtable destinations;

bool pq_destinations_on __read_mostly = true;
EXPORT_SYMBOL_IF_KUNIT(pq_destinations_on);
module_param_named(destinations, pq_destinations_on, pq_bool, 0644);
MODULE_PARM_DESC(destinations, "count connections by destination (default: on)");

/* A dead one is none: see lib/ref.h. */
static int destination_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct pq_destination *to = obj;

	return memcmp(arg->key, &to->key, sizeof(to->key)) || pq_ref_dead(&to->users);
}

static const struct rhashtable_params destination_params = {
	.head_offset = offsetof(struct pq_destination, hash_node),
	.key_offset = offsetof(struct pq_destination, key),
	.key_len = sizeof(struct pq_destination_key),
	.obj_cmpfn = destination_compare,
	.automatic_shrinking = true,
};

/* All of it is hashed and compared: there must be no hole in it. */
static_assert(sizeof(struct pq_destination_key) ==
	      sizeof(struct pq_destinations *) + sizeof(struct pq_flow) + sizeof(struct pq_ports));

/**
 * pq_destination_usable() - how many ports there are towards a destination
 * @key: the destination
 *
 * Context: any; the namespace is kept from removal.
 * Return: the size of the range that they are from, less
 * net.ipv4.ip_local_reserved_ports.
 */
unsigned int pq_destination_usable(const struct pq_destination_key *key)
{
	if (!key->range.low)
		return READ_ONCE(key->all->range->usable);
	return pq_range_count(key->all->net->ipv4.sysctl_local_reserved_ports, key->range.low,
			      key->range.high);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_usable);

static bool is_loopback(const struct pq_flow *flow)
{
	if (flow->family == AF_INET6)
		return ipv6_addr_loopback(&flow->source) || ipv6_addr_loopback(&flow->address);
	return ipv4_is_loopback(flow->source.s6_addr32[0]) ||
	       ipv4_is_loopback(flow->address.s6_addr32[0]);
}

/**
 * pq_destinations_may_reuse() - may connect() take over some TIME_WAIT, if there is any?
 * @all: the destinations of a namespace
 *
 * Context: any, as pq_destination_reusable().
 * Return: false if it takes over none, whichever destination it is of.
 */
bool pq_destinations_may_reuse(const struct pq_destinations *all)
{
	const struct net *net = READ_ONCE(all->net);

	return net && READ_ONCE(net->ipv4.sysctl_tcp_tw_reuse) &&
	       pq_compat_reuse_delay(net) <= MSEC_PER_SEC;
}
EXPORT_SYMBOL_IF_KUNIT(pq_destinations_may_reuse);

/**
 * pq_destination_reusable() - how many TIME_WAITs may connect() take over?
 * @to: the destination
 *
 * As net/ipv4/tcp_ipv4.c, tcp_twsk_unique(), has it for a connect() that looks for a
 * port; but that those count too of which it would say so in less than a second, when
 * their last timestamp is not of the present second any more. A TIME_WAIT of a socket
 * that was bound to the device lo, and has other addresses, does not count. Where
 * net.ipv4.tcp_tw_reuse_delay is more than that second, none does: which of them are
 * old enough is not known, and what is called reusable must be.
 *
 * net.ipv4.tcp_tw_reuse is asked anew each time. Who finds a namespace here finds it
 * alive: one that is removed is taken away before its last TIME_WAITs are purged, and
 * these before its memory goes.
 *
 * Context: any.
 * Return: the number; 0 in a namespace that is removed.
 */
int pq_destination_reusable(const struct pq_destination *to)
{
	const struct net *net = READ_ONCE(to->key.all->net);

	if (!pq_destinations_may_reuse(to->key.all) ||
	    (READ_ONCE(net->ipv4.sysctl_tcp_tw_reuse) == 2 && !is_loopback(&to->key.flow)))
		return 0;
	return max(atomic_read(&to->timewait) - atomic_read(&to->kept), 0);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_reusable);

/**
 * pq_destination_set_trips() - set @trip, @untrip and @watched by the thresholds
 * @to: the destination, its namespace's lock held
 *
 * The thresholds are about what is lost, and the numbers that are looked at when a
 * connection begins or ends about all that is used: so what is reusable now is added,
 * and what is outside of the range. The first may become less or more without a begin or
 * an end, when TIME_WAITs begin or are taken over: beyond the first threshold the tick
 * looks too. The second becomes less with an end that is no news: then it looks as well.
 */
void pq_destination_set_trips(struct pq_destination *to)
{
	struct pq_destinations *all = to->key.all;
	long trip = pq_thresholds_trip(&to->thresholds);
	long untrip = pq_thresholds_untrip(&to->thresholds);
	int outside = atomic_read(&to->outside);
	int beside = pq_destination_reusable(to) + outside;
	bool watched = to->thresholds.raised || outside || pq_destination_used(to) >= trip;

	lockdep_assert_held(&all->lock);
	WRITE_ONCE(to->trip, trip == LONG_MAX ? trip : trip + beside);
	WRITE_ONCE(to->untrip, untrip < 0 ? untrip : untrip + beside);
	if (watched != to->watched)
		WRITE_ONCE(all->watched, all->watched + (watched ? 1 : -1));
	to->watched = watched;
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_set_trips);

static void set_levels(struct pq_destination *to)
{
	long usable = pq_destination_usable(&to->key);

	pq_thresholds_set(&to->thresholds, usable, usable / 2, usable * 3 / 4, usable * 9 / 10);
	WRITE_ONCE(to->trip, pq_thresholds_trip(&to->thresholds));
	WRITE_ONCE(to->untrip, pq_thresholds_untrip(&to->thresholds));
}

/**
 * pq_destination_set_levels() - the range has changed, and with it the
 *				 thresholds
 * @to: the destination, its namespace's lock held
 */
void pq_destination_set_levels(struct pq_destination *to)
{
	lockdep_assert_held(&to->key.all->lock);
	set_levels(to);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_set_levels);

/* Under RCU. Returns the one of another CPU if that was faster; NULL without memory or room. */
static struct pq_destination *destination_create(const struct pq_destination_key *key)
{
	struct pq_destinations *all = key->all;
	struct pq_destination *to, *other;

	if (atomic_inc_return(&all->count) > PQ_DESTINATIONS_MAX)
		goto full;
	to = kzalloc(sizeof(*to), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!to)
		goto full;
	to->key = *key;
	pq_ref_init(&to->users, 1);
	set_levels(to);
	do {
		other = pq_rhash_insert(&destinations, &to->hash_node, destination_params);
		if (!other) {
			spin_lock_bh(&all->lock);
			list_add_tail(&to->link, &all->list);
			spin_unlock_bh(&all->lock);
			return to;
		}
		/* If @other has died by now, it is not found again. */
	} while (!IS_ERR(other) && !pq_ref_get(&other->users));

	kfree(to);
	atomic_dec(&all->count);
	return IS_ERR(other) ? NULL : other;
full:
	atomic_dec(&all->count);
	return NULL;
}

/* Under RCU. With a user for the caller; NULL without memory or room. */
static struct pq_destination *destination_get(const struct pq_destination_key *key)
{
	struct pq_destination *to;

	to = rhashtable_lookup(&destinations, key, destination_params);
	if (!to || !pq_ref_get(&to->users))
		to = destination_create(key);
	return to;
}

/* The same for the caller of one that did not fit */
static struct pq_destination *other_get(struct pq_destinations *all)
{
	pq_ref_hold(&all->other.users);
	return &all->other;
}

/* Under RCU, and with a user. From now on @to is what a program has used last. */
static void remember(struct pq_destination **recent, struct pq_destination *to)
{
	pq_destination_keep(to);
	pq_destination_forget(xchg(recent, to));
}

/**
 * pq_destination_find() - count a connection to a destination that is not the
 *			   one its program has connected to last
 * @all: the destinations of the namespace
 * @recent: where the program has connected to last; changed
 * @sk: the connection, or its TIME_WAIT
 * @range: the cgroup's own range, or zeros
 *
 * Context: any but hard interrupts.
 * Return: the destination, to be given back; there always is one.
 */
struct pq_destination *pq_destination_find(struct pq_destinations *all,
					   struct pq_destination **recent,
					   const struct sock *sk, struct pq_ports range)
{
	struct pq_destination_key key = { .all = all, .range = range };
	struct pq_destination *to;

	pq_flow_of(sk, &key.flow);
	rcu_read_lock();
	to = destination_get(&key);
	if (to)
		remember(recent, to);
	else
		to = other_get(all);
	rcu_read_unlock();
	return to;
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_find);

/**
 * pq_destination_with() - the same destination, where ports are from another range
 * @to: the destination, kept by the caller; not the one for those that did not fit
 * @range: a cgroup's own, or zeros
 *
 * Context: under RCU; the namespace is not being removed.
 * Return: the destination, with a user for the caller; there always is one.
 */
struct pq_destination *pq_destination_with(const struct pq_destination *to, struct pq_ports range)
{
	struct pq_destination_key key = to->key;

	key.range = range;
	return destination_get(&key) ?: other_get(key.all);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destination_with);

static void free_unused(struct pq_destinations *all, struct pq_destination *to)
{
	unsigned int i;

	if (!pq_ref_kill(&to->users))
		return;
	pq_rhash_remove(&destinations, &to->hash_node, destination_params);
	spin_lock_bh(&all->lock);
	list_del(&to->link);
	if (to->watched)
		WRITE_ONCE(all->watched, all->watched - 1);
	spin_unlock_bh(&all->lock);
	atomic_dec(&all->count);
	for (i = 0; i < PQ_THRESHOLDS; i++)
		if (to->culprit[i])
			pq_subject_put(to->culprit[i]);
	pq_dead_add(&to->dead, to);
}

/* Some time has passed. Is it to be told that it has been clear for long enough? */
static bool destination_tick(struct pq_destination *to, unsigned int elapsed_ms)
{
	int lost = pq_destination_lost(to);

	lockdep_assert_held(&to->key.all->lock);
	pq_thresholds_tick(&to->thresholds, lost, elapsed_ms);
	return to->thresholds.raised && lost <= pq_thresholds_untrip(&to->thresholds);
}

/**
 * pq_destinations_gc_net() - free those without users, look at rates
 * @all: the destinations of a namespace
 * @elapsed_ms: how much time since the last gc
 * @look: called for one that has been clear of a threshold for long enough; NULL
 *	  where nothing is to be told: the namespace is gone, or the mode is off
 * @pause: called between a few and the next few, may sleep
 *
 * One of which a warning stands is not freed until it is told that this is over.
 * The memory of those that are stays until pq_dead_free().
 *
 * Context: process, sleeps. @pause may give up pq_nets_mutex: nothing but the gc,
 * of which there is one at a time, takes destinations out of the list.
 */
void pq_destinations_gc_net(struct pq_destinations *all, unsigned int elapsed_ms,
			    void (*look)(struct pq_destination *to), void (*pause)(void))
{
	struct pq_destination *to, *next;
	unsigned int seen = 0;
	bool due, stands;

	spin_lock_bh(&all->lock);
	to = list_first_entry(&all->list, struct pq_destination, link);
	while (!list_entry_is_head(to, &all->list, link)) {
		due = destination_tick(to, elapsed_ms);
		stands = to->thresholds.raised;
		/* Others only add to the end of the list, under the lock. */
		next = list_next_entry(to, link);
		spin_unlock_bh(&all->lock);
		if (due && look)
			look(to);
		if (!stands || !look)
			free_unused(all, to);
		if (!(++seen % GC_SLICE))
			pause();
		to = next;
		spin_lock_bh(&all->lock);
	}
	spin_unlock_bh(&all->lock);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destinations_gc_net);

/**
 * pq_destinations_init_net() - begin with none
 * @all: the destinations of a namespace, all zeros
 * @net: the namespace
 * @range: its range; stays as long as @all
 */
void pq_destinations_init_net(struct pq_destinations *all, struct net *net,
			      const struct pq_range *range)
{
	all->net = net;
	all->range = range;
	spin_lock_init(&all->lock);
	INIT_LIST_HEAD(&all->list);
	all->other.key.all = all;
	all->other.trip = LONG_MAX;
	all->other.untrip = -1;
}
EXPORT_SYMBOL_IF_KUNIT(pq_destinations_init_net);

/**
 * pq_destinations_exit_net() - the namespace is removed
 * @all: its destinations, which stay for as long as they have users
 *
 * Context: pq_nets_mutex held; no connection begins any more.
 */
void pq_destinations_exit_net(struct pq_destinations *all)
{
	WRITE_ONCE(all->net, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(pq_destinations_exit_net);

/**
 * pq_destinations_init() - make the table of destinations
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_destinations_init(void)
{
	return rhashtable_init(&destinations, &destination_params);
}

/**
 * pq_destinations_exit() - free the table; the last gc has emptied it
 *
 * Context: process.
 */
void pq_destinations_exit(void)
{
	rhashtable_destroy(&destinations);
}
