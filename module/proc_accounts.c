// SPDX-License-Identifier: GPL-2.0-only
/*
 * proc_accounts: /proc/net/portquota/accounts, one line an account.
 *
 * pq_nets_mutex keeps the accounts from being freed while they are printed;
 * new ones may come in at the end.
 */
#include <linux/capability.h>
#include <linux/seq_file_net.h>
#include <uapi/linux/portquota.h>

#include "account.h"
#include "netns.h"
#include "proc.h"
#include "text.h"

static struct pq_net *accounts_net(struct seq_file *seq)
{
	return pq_net_of(seq_file_net(seq));
}

static void *accounts_start(struct seq_file *seq, loff_t *pos)
{
	mutex_lock(&pq_nets_mutex);
	return seq_list_start(&accounts_net(seq)->accounts, *pos);
}

static void *accounts_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return seq_list_next(v, &accounts_net(seq)->accounts, pos);
}

static void accounts_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&pq_nets_mutex);
}

static int accounts_show(struct seq_file *seq, void *v)
{
	struct pq_account *acct = list_entry(v, struct pq_account, link);
	bool deleted = pq_account_deleted(acct);
	int err;

	/* Drained, and only waiting for the sweep; or nothing was there before. */
	if ((deleted || !acct->key.cgrp) && pq_usage_idle(&acct->usage))
		return SEQ_SKIP;

	if (acct->key.cgrp) {
		err = pq_text_path(seq, acct->key.cgrp);
		if (err)
			return err;
	} else {
		seq_puts(seq, PORTQUOTA_BEFORE_LOAD);
	}
	if (deleted)
		seq_puts(seq, " " PORTQUOTA_DELETED);
	pq_text_keys(seq, acct, PQ_TEXT_ACCOUNT);
	/* Who has which port is for those who see the reservations. */
	if (file_ns_capable(seq->file, seq_file_net(seq)->user_ns, CAP_NET_ADMIN))
		pq_text_owners(seq, acct);
	seq_putc(seq, '\n');
	return 0;
}

const struct seq_operations pq_accounts_seq_ops = {
	.start = accounts_start,
	.next = accounts_next,
	.stop = accounts_stop,
	.show = accounts_show,
};
