// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts: /proc/net/portquota/accounts, one line per account.
 *
 * pq_nets_mutex keeps the accounts from being freed while they are printed;
 * new ones may come in at the end. The position is the serial number of the last
 * one printed, so that none is passed over when others go between two reads.
 *
 * Cgroups outside of the reader's cgroup namespace have no line. What they hold
 * is one line at the end, if they hold something.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/seq_file_net.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/limits.h"
#include "account/netns.h"
#include "files.h"
#include "keys.h"
#include "view.h"

struct accounts_state {
	struct seq_net_private net;	/* must be first */
	struct cgroup *root;		/* of the reader's view, from start to stop */
};

const size_t pq_accounts_state_size = sizeof(struct accounts_state);

/* Stands for the line of what is outside, and its position is the last one. */
#define OUTSIDE		((void *)&pq_accounts_state_size)
#define OUTSIDE_POS	LLONG_MAX

static struct pq_net *accounts_net(struct seq_file *seq)
{
	return pq_net_of(seq_file_net(seq));
}

static void *accounts_start(struct seq_file *seq, loff_t *pos)
{
	struct accounts_state *state = seq->private;
	struct pq_account *acct;

	/* What a percentage comes to is told as it is now. */
	if (!*pos)
		pq_limits_follow_range(accounts_net(seq), seq_file_net(seq));
	state->root = pq_view_root();
	mutex_lock(&pq_nets_mutex);
	if (IS_ERR(state->root))
		return state->root;
	if (*pos == OUTSIDE_POS)
		return NULL;
	pq_for_each_account(acct, accounts_net(seq))
		if (acct->serial > *pos)
			return acct;
	return OUTSIDE;
}

static void *accounts_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct pq_account *acct = v;

	if (v == OUTSIDE) {
		*pos = OUTSIDE_POS;
		return NULL;
	}
	*pos = acct->serial;
	acct = list_next_or_null_rcu(&accounts_net(seq)->accounts, &acct->link,
				     struct pq_account, link);
	return acct ?: OUTSIDE;
}

static void accounts_stop(struct seq_file *seq, void *v)
{
	struct accounts_state *state = seq->private;

	mutex_unlock(&pq_nets_mutex);
	if (!IS_ERR(state->root))
		cgroup_put(state->root);
}

/*
 * What the cgroups outside of a view hold: the sum over accounts of what each itself
 * holds, because differences of totals would not be exact while sockets come and go.
 * Only what is held now: an account that is freed takes its other counters along,
 * which only grow.
 */
static int outside_show(struct seq_file *seq, const struct pq_net *pn, struct cgroup *root)
{
	static const char *const names[PQ_NR_RESOURCES] = { "tcp", "udp", "timewait" };
	long held[PQ_NR_RESOURCES] = {};
	const struct pq_account *acct;
	bool any = false;
	int res;

	lockdep_assert_held(&pq_nets_mutex);
	if (!cgroup_parent(root))
		return SEQ_SKIP;	/* the whole hierarchy is in view */
	pq_for_each_account(acct, pn)
		if (!pq_account_in_view(acct, root))
			for (res = 0; res < PQ_NR_RESOURCES; res++)
				held[res] += pq_usage_local(&acct->usage, res);
	for (res = 0; res < PQ_NR_RESOURCES; res++)
		any |= held[res] > 0;
	if (!any)
		return SEQ_SKIP;
	seq_puts(seq, PORTQUOTA_OUTSIDE);
	for (res = 0; res < PQ_NR_RESOURCES; res++)
		seq_printf(seq, " %s.current=%ld", names[res], max(held[res], 0L));
	for (res = 0; res < PQ_NR_RESOURCES; res++)
		seq_printf(seq, " %s.local=%ld", names[res], max(held[res], 0L));
	seq_putc(seq, '\n');
	return 0;
}

static int accounts_show(struct seq_file *seq, void *v)
{
	struct accounts_state *state = seq->private;
	struct pq_account *acct = v;
	bool deleted;
	int err;

	if (v == OUTSIDE)
		return outside_show(seq, accounts_net(seq), state->root);
	if (!pq_account_in_view(acct, state->root))
		return SEQ_SKIP;
	deleted = pq_account_deleted(acct);
	/* Drained, and only waiting for the gc; or nothing was there before. */
	if ((deleted || !acct->key.cgrp) && pq_usage_idle(&acct->usage))
		return SEQ_SKIP;

	if (acct->key.cgrp) {
		err = pq_show_path(seq, acct->key.cgrp);
		if (err)
			return err;
	} else {
		seq_puts(seq, PORTQUOTA_BEFORE_LOAD);
	}
	if (deleted)
		seq_puts(seq, " " PORTQUOTA_DELETED);
	pq_keys_show(seq, acct, PQ_KEYS_ACCOUNT);
	/* Pids and commands need the right that reading reservations needs. */
	if (file_ns_capable(seq->file, seq_file_net(seq)->user_ns, CAP_NET_ADMIN))
		pq_show_owners(seq, acct);
	seq_putc(seq, '\n');
	return 0;
}

const struct seq_operations pq_accounts_seq_ops = {
	.start = accounts_start,
	.next = accounts_next,
	.stop = accounts_stop,
	.show = accounts_show,
};
