// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts: /proc/net/portquota/accounts, one line per account.
 *
 * The reader has a reference on the account that it comes to next, also between
 * two reads: so that stays in the list, and nothing is locked while a line is
 * printed, which takes long. The position is the serial number of the account
 * before it, by which the place is found again after an lseek().
 *
 * Cgroups outside of the reader's cgroup namespace have no line. What they hold
 * is one line at the end, if they hold something.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/stocks_off.h"
#include "account/stray.h"
#include "files.h"
#include "keys.h"
#include "port/spoil.h"
#include "view.h"

/**
 * struct accounts_state - an open file
 * @pn: the namespace it is of, kept from removal
 * @root: of the reader's view, from start to stop
 * @next: the account that comes at @pos, with a reference; or NULL
 * @pos: see there
 * @last: the serial number of the last account that was there at the beginning. A reader
 *	  that is slower than accounts are made comes to an end all the same
 */
struct accounts_state {
	struct pq_net *pn;
	struct cgroup *root;
	struct pq_account *next;
	loff_t pos;
	loff_t last;
};

/* Stands for the line of what is outside, and its position is the last one. */
static char outside;

#define OUTSIDE		((void *)&outside)
#define OUTSIDE_POS	LLONG_MAX

#define SLICE		256	/* accounts passed over in one RCU section */

/*
 * The account behind @acct, with a reference, in the place of that on @acct. It is
 * not dead, and so still in the list, as @acct is; NULL if there is none. @acct is
 * NULL for the first.
 */
static struct pq_account *account_behind(struct pq_net *pn, struct pq_account *acct)
{
	struct list_head *at = acct ? &acct->link : &pn->accounts;
	struct pq_account *next = NULL, *found;

	rcu_read_lock();
	for (at = rcu_dereference(list_next_rcu(at)); at != &pn->accounts;
	     at = rcu_dereference(list_next_rcu(at))) {
		found = list_entry(at, struct pq_account, link);
		if (pq_ref_get(&found->users)) {
			next = found;
			break;
		}
	}
	rcu_read_unlock();
	if (acct)
		pq_account_put(acct);
	return next;
}

/* The account with the next serial number after @pos, with a reference; or NULL. */
static struct pq_account *account_after(struct pq_net *pn, loff_t pos)
{
	struct pq_account *acct = account_behind(pn, NULL);
	unsigned int passed = 0;

	while (acct && acct->serial <= pos) {
		acct = account_behind(pn, acct);
		if (!(++passed % SLICE))
			cond_resched();
	}
	return acct;
}

static void accounts_drop(struct accounts_state *state)
{
	if (state->next)
		pq_account_put(state->next);
	state->next = NULL;
}

static void accounts_begin(struct accounts_state *state)
{
	struct pq_net *pn = state->pn;

	/* What a percentage comes to is told as it is now, and which ports are spoiled. */
	pq_strays_settle(pn, pn->net);
	pq_spoil_look(pn, PQ_SPOIL_ALL);
	spin_lock_bh(&pn->accounts_lock);
	state->last = pn->accounts_made;
	spin_unlock_bh(&pn->accounts_lock);
}

/* The account that comes next, or what is behind all of them */
static void *accounts_at(struct accounts_state *state)
{
	if (state->next && state->next->serial > state->last)
		accounts_drop(state);
	return state->next ?: OUTSIDE;
}

static void *accounts_start(struct seq_file *seq, loff_t *pos)
{
	struct accounts_state *state = seq->private;

	pq_stocks_hold_off(state->pn, PQ_SLOT_PAUSE);
	if (!*pos)
		accounts_begin(state);
	state->root = pq_view_root();
	if (IS_ERR(state->root))
		return state->root;
	if (*pos == OUTSIDE_POS)
		return NULL;
	if (!state->next || state->pos != *pos) {
		accounts_drop(state);
		state->next = account_after(state->pn, *pos);
		state->pos = *pos;
	}
	return accounts_at(state);
}

static void *accounts_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct accounts_state *state = seq->private;

	if (v == OUTSIDE) {
		*pos = OUTSIDE_POS;
		return NULL;
	}
	*pos = state->next->serial;
	state->next = account_behind(state->pn, state->next);
	state->pos = *pos;
	return accounts_at(state);
}

static void accounts_stop(struct seq_file *seq, void *v)
{
	struct accounts_state *state = seq->private;

	pq_stocks_let_on(state->pn);
	if (!IS_ERR(state->root))
		cgroup_put(state->root);
}

/*
 * What the cgroups outside of a view hold: the sum over accounts of what each itself
 * holds, because differences of totals would not be exact while sockets come and go.
 * Only what is held now: an account that is freed takes its other counters along,
 * which only grow.
 */
static int outside_show(struct seq_file *seq, struct pq_net *pn, struct cgroup *root)
{
	static const char *const names[PQ_NR_RESOURCES] = { "tcp", "udp", "timewait" };
	long held[PQ_NR_RESOURCES] = {};
	struct pq_account *acct = NULL;
	unsigned int seen = 0;
	bool any = false;
	int res;

	if (!cgroup_parent(root))
		return SEQ_SKIP;	/* the whole hierarchy is in view */
	while ((acct = account_behind(pn, acct))) {
		if (!pq_account_in_view(acct, root)) {
			held[PQ_TCP] += pq_usage_local(&acct->usage, PQ_TCP);
			held[PQ_UDP] += pq_usage_local(&acct->usage, PQ_UDP);
			held[PQ_TIMEWAIT] += pq_usage_local_timewaits(&acct->usage);
		}
		if (!(++seen % SLICE))
			cond_resched();
	}
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

	cond_resched();
	if (v == OUTSIDE)
		return outside_show(seq, state->pn, state->root);
	if (!pq_account_in_view(acct, state->root))
		return SEQ_SKIP;
	deleted = pq_account_deleted(acct);
	/* Drained, and only waiting for the gc; or nothing was there before. */
	if ((deleted || !acct->key.cgrp) && pq_usage_idle(&acct->usage))
		return SEQ_SKIP;

	pq_limits_catch_up(acct, false);
	if (acct->key.cgrp) {
		err = pq_show_path_below(seq, acct->key.cgrp, state->root);
		if (err)
			return err;
	} else {
		seq_puts(seq, PORTQUOTA_BEFORE_LOAD);
	}
	if (deleted)
		seq_puts(seq, " " PORTQUOTA_DELETED);
	pq_keys_show(seq, acct, PQ_KEYS_ACCOUNT);
	/* Pids and commands need the right that reading reservations needs. */
	if (file_ns_capable(seq->file, state->pn->net->user_ns, CAP_NET_ADMIN))
		pq_show_owners(seq, acct);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations accounts_seq_ops = {
	.start = accounts_start,
	.next = accounts_next,
	.stop = accounts_stop,
	.show = accounts_show,
};

static int accounts_open(struct inode *inode, struct file *file)
{
	struct pq_net *pn = pde_data(inode);
	struct accounts_state *state;

	/* As seq_open_net() does it. */
	if (!maybe_get_net(pn->net))
		return -ENXIO;
	state = __seq_open_private(file, &accounts_seq_ops, sizeof(*state));
	if (!state) {
		put_net(pn->net);
		return -ENOMEM;
	}
	state->pn = pn;
	return 0;
}

static int accounts_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct accounts_state *state = seq->private;

	accounts_drop(state);
	put_net(state->pn->net);
	return seq_release_private(inode, file);
}

const struct proc_ops pq_accounts_proc_ops = {
	.proc_open = accounts_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = accounts_release,
};
