// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts: /proc/net/portquota/accounts, one line per account.
 *
 * pq_nets_mutex keeps the accounts from being freed while they are printed;
 * new ones may come in at the end. The position is the serial number of the last
 * one printed, so that none is passed over when others go between two reads.
 */
#include <linux/capability.h>
#include <linux/seq_file_net.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/limits.h"
#include "account/netns.h"
#include "files.h"
#include "keys.h"

static struct pq_net *accounts_net(struct seq_file *seq)
{
	return pq_net_of(seq_file_net(seq));
}

static void *accounts_start(struct seq_file *seq, loff_t *pos)
{
	struct pq_account *acct;

	/* What a percentage comes to is told as it is now. */
	if (!*pos)
		pq_limits_follow_range(accounts_net(seq), seq_file_net(seq));
	mutex_lock(&pq_nets_mutex);
	list_for_each_entry(acct, &accounts_net(seq)->accounts, link)
		if (acct->serial > *pos)
			return acct;
	return NULL;
}

static void *accounts_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct pq_account *acct = v;

	*pos = acct->serial;
	if (list_is_last(&acct->link, &accounts_net(seq)->accounts))
		return NULL;
	return list_next_entry(acct, link);
}

static void accounts_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&pq_nets_mutex);
}

static int accounts_show(struct seq_file *seq, void *v)
{
	struct pq_account *acct = v;
	bool deleted = pq_account_deleted(acct);
	int err;

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
