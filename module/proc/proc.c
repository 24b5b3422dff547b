// SPDX-License-Identifier: GPL-2.0-only
/* proc: see proc.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/delay.h>
#include <linux/proc_fs.h>
#include <linux/seq_file_net.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/charge.h"
#include "account/limits.h"
#include "account/netns.h"
#include "account/stocks_off.h"
#include "account/stray.h"
#include "account/told.h"
#include "files.h"
#include "hook/ftrace.h"
#include "keys.h"
#include "port/spoil.h"
#include "proc.h"
#include "warn/logger.h"
#include "view.h"

static struct proc_dir_entry *host_dir;

/*
 * Writing rules needs CAP_NET_ADMIN, which a task that is not root may have. So
 * each write checks for it, and the mode of the file lets every task try.
 */
static const umode_t rules_mode = 0666;

static int stat_show(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_single_net(seq);
	struct pq_net *pn = pq_net_of(net);

	pq_strays_settle(pn, net);
	pq_limits_catch_up(pn->root, false);
	pq_spoil_look(pn, PQ_SPOIL_ALL);
	pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
	seq_printf(seq, "hooks %s\n", pq_hooks_dead() ? "dead" : "live");
	seq_printf(seq, "hooks.missed %ld\n", atomic_long_read(&pq_missed));
	/* Sockets of a machine that uses cgroup v1 alone are all in the v2 root. */
	seq_printf(seq, "cgroup.v2 %d\n", !!READ_ONCE(cgrp_dfl_root.cgrp.nr_descendants));
	seq_printf(seq, "range %d-%d\n", READ_ONCE(pn->range.low), READ_ONCE(pn->range.high));
	seq_printf(seq, "range.usable %u\n", READ_ONCE(pn->range.usable));
	pq_keys_show(seq, pn->root, PQ_KEYS_FLAT);
	pq_show_lifetimes(seq, pn);
	seq_printf(seq, "destinations %d\n", atomic_read(&pn->destinations.count));
	seq_printf(seq, "destinations.other %d\n", pq_destination_used(&pn->destinations.other));
	pq_stocks_let_on(pn);
	return 0;
}

/**
 * struct namespaces_state - an open file
 * @last: the serial number of the last one that was there at the beginning. A reader that
 *	  is slower than namespaces are made comes to an end all the same
 */
struct namespaces_state {
	loff_t last;
};

/* The one behind the serial number @pos. */
static struct pq_net *namespace_behind(const struct namespaces_state *state, loff_t pos)
{
	struct pq_net *pn;

	list_for_each_entry(pn, &pq_nets, link)
		if (pn->serial > pos)
			return pn->serial > state->last ? NULL : pn;
	return NULL;
}

static void *namespaces_start(struct seq_file *seq, loff_t *pos)
{
	struct namespaces_state *state = seq->private;

	mutex_lock(&pq_nets_mutex);
	if (!*pos && !list_empty(&pq_nets))
		state->last = list_last_entry(&pq_nets, struct pq_net, link)->serial;
	/* The position is the serial number of the last one printed: some may have gone. */
	return namespace_behind(state, *pos);
}

static void *namespaces_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct namespaces_state *state = seq->private;
	struct pq_net *pn = v;

	*pos = pn->serial;
	if (list_is_last(&pn->link, &pq_nets))
		return NULL;
	pn = list_next_entry(pn, link);
	return pn->serial > state->last ? NULL : pn;
}

static void namespaces_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&pq_nets_mutex);
}

static int namespaces_show(struct seq_file *seq, void *v)
{
	struct pq_net *pn = v;

	if (pn->dead)
		return SEQ_SKIP;
	pq_spoil_look(pn, PQ_SPOIL_SOME);
	seq_printf(seq, "net:[%u]", pn->inum);
	pq_stocks_hold_off(pn, PQ_SLOT_PAUSE);
	pq_keys_show(seq, pn->root, PQ_KEYS_NAMESPACE);
	pq_stocks_let_on(pn);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations namespaces_seq_ops = {
	.start = namespaces_start,
	.next = namespaces_next,
	.stop = namespaces_stop,
	.show = namespaces_show,
};

static int namespaces_open(struct inode *inode, struct file *file)
{
	if (!pq_host_files_allowed())
		return -EPERM;
	return seq_open_private(file, &namespaces_seq_ops, sizeof(struct namespaces_state));
}

static const struct proc_ops namespaces_proc_ops = {
	.proc_open = namespaces_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release_private,
};

static int host_files_create(void)
{
	host_dir = proc_mkdir(PORTQUOTA_DIR, NULL);
	if (!host_dir ||
	    !proc_create(PORTQUOTA_NAMESPACES, 0444, host_dir, &namespaces_proc_ops) ||
	    !proc_create(PORTQUOTA_RULES, rules_mode, host_dir, &pq_host_rules_proc_ops) ||
	    !proc_create(PORTQUOTA_EVENTS, 0444, host_dir, &pq_host_events_proc_ops))
		return -ENOMEM;
	return 0;
}

/*
 * proc_remove() waits for calls that are under way, and readers of events wait
 * for ever if they are not sent away. A reader that opened the file just before
 * it was removed may still be about to wait, hence the second time.
 */
static void host_files_remove(void)
{
	pq_events_close(&pq_host_events);
	pq_events_drain(&pq_host_events);
	proc_remove(host_dir);
	pq_events_drain(&pq_host_events);
}

static int __net_init proc_net_init(struct net *net)
{
	struct proc_dir_entry *dir = proc_net_mkdir(net, PORTQUOTA_DIR, net->proc_net);
	struct pq_net *pn = pq_net_of(net);

	if (!dir)
		return -ENOMEM;
	if (!proc_create_net_single(PORTQUOTA_STAT, 0444, dir, stat_show, NULL) ||
	    !proc_create_data(PORTQUOTA_ACCOUNTS, 0444, dir, &pq_accounts_proc_ops, pn) ||
	    !proc_create_net(PORTQUOTA_RESERVATIONS, 0444, dir, &pq_reservations_seq_ops,
			     pq_reservations_state_size) ||
	    !proc_create_net_data_write(PORTQUOTA_RULES, rules_mode, dir, &pq_net_rules_seq_ops,
					pq_rules_write_net, pq_rules_state_size, NULL) ||
	    !proc_create_data(PORTQUOTA_DESTINATIONS, 0444, dir, &pq_destinations_proc_ops, pn) ||
	    !proc_create_data(PORTQUOTA_EVENTS, 0444, dir, &pq_net_events_proc_ops, pn)) {
		remove_proc_subtree(PORTQUOTA_DIR, net->proc_net);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit proc_net_pre_exit(struct net *net)
{
	struct pq_net *pn = pq_net_of(net);

	pq_events_close(&pn->events);
	pq_events_drain(&pn->events);
	remove_proc_subtree(PORTQUOTA_DIR, net->proc_net);
}

/*
 * Registered after pernet.c's, so the kernel calls them in this order: a
 * namespace's struct pq_net is there before its files are made, and until they
 * are gone.
 */
static struct pernet_operations proc_net_ops = {
	.init = proc_net_init,
	.pre_exit = proc_net_pre_exit,
};

static bool readers_are_left(bool close)
{
	struct pq_net *pn;
	bool left = false;

	mutex_lock(&pq_nets_mutex);
	list_for_each_entry(pn, &pq_nets, link) {
		if (close)
			pq_events_close(&pn->events);
		left |= pq_events_send_away(&pn->events);
	}
	mutex_unlock(&pq_nets_mutex);
	return left;
}

/*
 * All streams are closed before one is waited for, and nothing is locked meanwhile. With
 * @close, that of a namespace that is made meanwhile is closed as well.
 */
static void send_readers_away(bool close)
{
	bool any = false;

	while (readers_are_left(close)) {
		any = true;
		msleep(20);
	}
	/* As in pq_events_drain() */
	if (any)
		synchronize_rcu();
}

/**
 * pq_proc_init() - make the files of the host and of all namespaces
 *
 * Context: process; the hooks are in and what was there before them has been
 * found, so what the files show is whole.
 * Return: 0 or -ENOMEM.
 */
int pq_proc_init(void)
{
	int err = host_files_create();

	if (!err)
		err = register_pernet_subsys(&proc_net_ops);
	if (err)
		host_files_remove();
	return err;
}

/**
 * pq_proc_exit() - remove the files
 *
 * The hooks are still in: an entry that a file shows must not outlive its
 * socket, and only the hooks see to that.
 *
 * Context: process, waits for reads and writes that are under way.
 */
void pq_proc_exit(void)
{
	pq_told_flush();
	/* The log reads the host's events, which are closed now. */
	pq_logger_flush();
	host_files_remove();
	/*
	 * Before unregister_pernet_subsys(), which would wait for the readers with
	 * pernet_ops_rwsem held, for which in turn waits who makes a namespace.
	 */
	send_readers_away(true);
	unregister_pernet_subsys(&proc_net_ops);
	/* As with the host's: those who opened the file just before. */
	send_readers_away(false);
}
