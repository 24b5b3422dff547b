// SPDX-License-Identifier: GPL-2.0-only
/* pernet: see pernet.h for what it promises. */
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/apply.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/runs.h"
#include "account/stocks_off.h"
#include "account/stray.h"
#include "account/tree.h"
#include "account/trip_destination.h"
#include "lib/dead.h"
#include "lib/params.h"
#include "pernet.h"

static loff_t last_serial;	/* of a namespace; pq_nets_mutex */

/*
 * kmalloc() would take twice of what a struct pq_net needs, which is mostly the
 * pointers of @ports: hold and release of a port find theirs without one more.
 */
static struct kmem_cache *cache;

/* A namespace's pointers to our part of it: see pq_net_of() for the first */
enum {
	SLOT_LIVE,
	SLOT_KEPT,	/* until net_exit() */
	NR_SLOTS
};

static void net_free(struct pq_net *pn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pn->ports); i++)
		pq_portcount_free(&pn->ports[i]);
	pq_unshared_free(&pn->unshared);
	pq_rulebook_destroy(&pn->rules);
	pq_events_destroy(&pn->events);
	kmem_cache_free(cache, pn);
}

/* No hook finds the namespace any more. The gc frees what is left of it. */
static void net_end(struct pq_net *pn)
{
	mutex_lock(&pq_nets_mutex);
	pn->dead = true;
	pq_destinations_exit_net(&pn->destinations);
	pq_runs_exit_net(pn);
	pq_accounts_exit_net(pn);
	mutex_unlock(&pq_nets_mutex);
	pq_wakeup(PQ_WAKEUP_GC);
}

static int __net_init net_init(struct net *net)
{
	struct pq_net **slot = net_generic(net, pq_net_id);
	struct pq_net *pn;
	int err = -ENOMEM;

	pn = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!pn)
		return err;
	pn->net = net;
	pn->inum = net->ns.inum;
	pn->foreign = net->user_ns != &init_user_ns;
	spin_lock_init(&pn->accounts_lock);
	INIT_LIST_HEAD(&pn->accounts);
	pq_destinations_init_net(&pn->destinations, net, &pn->range);

	err = pq_rulebook_init(&pn->rules);
	if (err)
		goto free_struct;
	if (pn->foreign)
		pn->rules.glob_chars_max = PORTQUOTA_GLOB_CHARS_FOREIGN_MAX;
	err = pq_events_init(&pn->events, PQ_EVENTS_NET);
	if (err)
		goto free;
	err = pq_accounts_init_net(pn);
	if (err)
		goto free;
	pq_limits_follow_range(pn, net);
	pq_strays_init_net(pn);

	mutex_lock(&pq_nets_mutex);
	pn->serial = ++last_serial;
	list_add_tail(&pn->link, &pq_nets);
	/* A host's rule that was written before this point has not been applied to it. */
	pq_apply_net(pn);
	mutex_unlock(&pq_nets_mutex);
	slot[SLOT_KEPT] = pn;
	/* Pairs with the READ_ONCE() in pq_net_of(): filled in, then seen. */
	smp_store_release(&slot[SLOT_LIVE], pn);
	return 0;

free:
	net_free(pn);
	return err;
free_struct:
	kmem_cache_free(cache, pn);
	return err;
}

/*
 * The kernel waits for an RCU grace period between this and net_exit(). By then
 * every hook that has found the namespace is done with it.
 */
static void __net_exit net_pre_exit(struct net *net)
{
	struct pq_net **slot = net_generic(net, pq_net_id);

	/* Its files are gone, if it had any: see proc.c. */
	pq_events_close(&slot[SLOT_LIVE]->events);
	WRITE_ONCE(slot[SLOT_LIVE]->leaving, true);
	WRITE_ONCE(slot[SLOT_LIVE], NULL);
}

static void __net_exit net_exit(struct net *net)
{
	struct pq_net **slot = net_generic(net, pq_net_id);

	net_end(slot[SLOT_KEPT]);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &pq_net_id,
	.size = NR_SLOTS * sizeof(struct pq_net *),
};

/**
 * pq_nets_memory_init() - make what struct pq_net has its memory from
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_nets_memory_init(void)
{
	/* Aligned, so that the lines that are written to have nothing else in them than before. */
	cache = kmem_cache_create("portquota_namespace", sizeof(struct pq_net), 0,
				  SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN, NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * pq_nets_memory_exit() - free what is left of the namespaces, and their cache
 *
 * Context: process; all namespaces are forgotten, and nothing refers to their
 * accounts and destinations.
 */
void pq_nets_memory_exit(void)
{
	pq_nets_gc(0);
	kmem_cache_destroy(cache);
}

/**
 * pq_nets_init() - begin to follow the network namespaces
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_nets_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * pq_nets_exit() - forget the network namespaces
 *
 * What is left of them goes with the next gc.
 *
 * Context: process.
 */
void pq_nets_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}

/* Only the gc frees, so it keeps its place while others have the mutex. */
static void pause_gc(void)
{
	mutex_unlock(&pq_nets_mutex);
	cond_resched();
	mutex_lock(&pq_nets_mutex);
}

/**
 * pq_nets_gc() - free what is not used any more
 * @elapsed_ms: how much time since the last gc
 *
 * That is: destinations without connections, accounts without users whose
 * cgroup or namespace has been removed, and removed namespaces without either;
 * and the memory of owners that have gone before.
 *
 * A hook that has found a namespace just before it was removed may still be
 * making an account in it. It does so under RCU, and net_exit() marks the
 * namespace dead only a grace period later, so such an account is in the list
 * by then.
 *
 * Context: process, sleeps, waits for a grace period; one call at a time.
 * Return: true if there is something left that may be freed some time.
 */
bool pq_nets_gc(unsigned int elapsed_ms)
{
	struct pq_net *pn, *next;
	bool left = false;

	mutex_lock(&pq_nets_mutex);
	list_for_each_entry_safe(pn, next, &pq_nets, link) {
		/* What lies in stocks is no part of the rates of destinations. */
		pq_stocks_hold_off(pn, 0);
		pq_destinations_gc_net(&pn->destinations, elapsed_ms,
				       pn->dead || READ_ONCE(pq_mode) == PQ_MODE_OFF ?
				       NULL : pq_trip_destination_calm, pause_gc);
		pq_stocks_let_on(pn);
		pq_accounts_gc_net(pn, pn->dead);
		/*
		 * Connections refer to an account and a destination. The last of
		 * them may have ended between the two calls above.
		 */
		if (pn->dead && list_empty(&pn->accounts) &&
		    list_empty(&pn->destinations.list)) {
			list_del(&pn->link);
			net_free(pn);
			continue;
		}
		/*
		 * Those that every namespace has come first. A cgroup goes without a word.
		 * Hooks add to the list meanwhile.
		 */
		left |= pn->dead || READ_ONCE(pn->before_load->link.next) != &pn->accounts;
		/* One of which a warning stands may be left by all. */
		left |= atomic_read(&pn->destinations.count) > 0;
	}
	mutex_unlock(&pq_nets_mutex);
	pq_dead_free();
	return left;
}
