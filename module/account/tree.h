/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree: the accounts of a namespace, one per cgroup, each below that of the
 * parent cgroup.
 *
 * The first charge of a cgroup makes its account and those of its ancestors
 * that are missing. An account is bound to its rules before it can be found and
 * charged. The root's account is there from the beginning.
 */
#ifndef _PORTQUOTA_TREE_H
#define _PORTQUOTA_TREE_H

#include <linux/cgroup.h>
#include <net/sock.h>

#include <uapi/linux/portquota.h>

struct pq_account;
struct pq_net;

/* With softirqs off. Each takes some 8,000 instructions; few cgroups are so deep. */
#define PQ_ACCOUNTS_AT_ONCE	8

/**
 * pq_sock_cgroup() - the cgroup that pays for a socket
 * @sk: the socket
 *
 * One that is more than PORTQUOTA_LEVELS_MAX levels below the root has no account of its
 * own. Each charge goes over all levels with softirqs off, and any user to whom a cgroup
 * is delegated may have thousands, one below the other.
 *
 * Return: its cgroup, or the ancestor that pays for it; the root where it has none.
 */
static inline struct cgroup *pq_sock_cgroup(const struct sock *sk)
{
	struct cgroup *cgrp = sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);

	if (unlikely(!cgrp))
		return &cgrp_dfl_root.cgrp;
	if (unlikely(cgrp->level > PORTQUOTA_LEVELS_MAX))
		return cgroup_ancestor(cgrp, PORTQUOTA_LEVELS_MAX);
	return cgrp;
}

struct pq_account *pq_account_get(struct pq_net *pn, struct cgroup *cgrp);
bool pq_accounts_missing(const struct sock *sk);
void pq_accounts_prepare(const struct sock *sk);
struct pq_account *pq_sock_account(const struct sock *sk);

int pq_accounts_init_net(struct pq_net *pn);
void pq_accounts_exit_net(struct pq_net *pn);

#endif
