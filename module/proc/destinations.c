// SPDX-License-Identifier: GPL-2.0-only
/*
 * destinations: /proc/net/portquota/destinations, one line per source
 * and destination, those with most ports first.
 *
 * To be sorted they are copied, when the reading begins: so a row that stays is
 * neither lost nor doubled, in however small pieces the file is read. Sorted and
 * printed they are without a lock. They are a list in pages, because one piece of
 * memory for thousands is zeroed at a stretch.
 */
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "account/account.h"
#include "account/destination.h"
#include "account/netns.h"
#include "account/stocks_off.h"
#include "account/stray.h"
#include "account/unshared.h"
#include "account/walk.h"
#include "files.h"
#include "keys.h"
#include "lib/range.h"
#include "port/spoil.h"

struct row {
	struct list_head link;
	struct pq_destination_key key;	/* of what did not fit: no family */
	int used;
	int timewait;
	int outside;	/* of those: on ports that the range has no more */
	int outside_timewait;
	int apart;
	int away;
	int reusable;
	int beside;	/* connections there, from own ranges, on ports of the namespace's */
};

struct page_of_rows {
	struct page_of_rows *next;
	struct row rows[];
};

#define ROWS_PER_PAGE	((PAGE_SIZE - sizeof(struct page_of_rows)) / sizeof(struct row))

/* What there is of the namespace's range, when the copy was made */
struct supply {
	int low, high;
	unsigned int usable;
	unsigned int unshared;	/* of those: connect() cannot share them */
};

struct destinations_state {
	struct pq_net *pn;
	struct page_of_rows *pages;
	struct list_head unused;	/* rows of @pages */
	struct list_head rows;		/* those that are told */
	struct list_head *at;		/* one of them, where the reader is */
	loff_t at_pos;
	bool ranged;		/* some row is of a cgroup's own range */
	struct supply supply;
};

static struct row *row_of(const struct list_head *link)
{
	return list_entry(link, struct row, link);
}

static int by_used(void *priv, const struct list_head *a, const struct list_head *b)
{
	const struct row *left = row_of(a), *right = row_of(b);

	/* list_sort() takes a while for thousands, and holds no lock. */
	cond_resched();
	return right->used - left->used ?: memcmp(&left->key.flow, &right->key.flow,
						  sizeof(left->key.flow));
}

static void row_add(struct destinations_state *state, const struct pq_destination *to,
		    struct list_head *rows)
{
	struct row *row = list_first_entry(&state->unused, struct row, link);

	row->key = to->key;
	row->used = pq_destination_used(to);
	row->timewait = min(atomic_read(&to->timewait), row->used);
	row->outside = min(atomic_read(&to->outside), row->used);
	row->outside_timewait = min3(atomic_read(&to->outside_timewait), row->outside,
				     row->timewait);
	row->apart = atomic_read(&to->apart);
	row->away = atomic_read(&to->away);
	row->beside = 0;
	state->ranged |= row->key.range.low;
	row->reusable = min(pq_destination_reusable(to), row->timewait);
	if (row->used > 0)
		list_move_tail(&row->link, rows);
}

static unsigned int count_unshared(const struct pq_net *pn, u16 low, u16 high)
{
	const unsigned long *reserved = pn->net->ipv4.sysctl_local_reserved_ports;

	return pq_unshared_exclusive(&pn->unshared, reserved, low, high) +
	       pq_unshared_spoiled(&pn->unshared, reserved, low, high);
}

static void take_stock(struct pq_net *pn, struct supply *supply)
{
	pq_strays_settle(pn, pn->net);
	pq_spoil_look(pn, PQ_SPOIL_ALL);
	supply->usable = pq_range_usable(pn->net, &supply->low, &supply->high);
	supply->unshared = count_unshared(pn, supply->low, supply->high);
}

static int by_flow(void *priv, const struct list_head *a, const struct list_head *b)
{
	const struct row *left = row_of(a), *right = row_of(b);

	/* As in by_used(). The namespace's own has a range of zeros, and comes first. */
	cond_resched();
	return memcmp(&left->key.flow, &right->key.flow, sizeof(left->key.flow)) ?:
	       left->key.range.low - right->key.range.low;
}

/*
 * A connection keeps its port from all others between the same ends, whichever range it
 * was taken from. Where a port of a cgroup's own range lies within the namespace's, that is
 * one less for those that choose from there.
 */
static void count_beside(struct destinations_state *state)
{
	struct row *row, *whole = NULL;

	list_sort(NULL, &state->rows, by_flow);
	list_for_each_entry(row, &state->rows, link) {
		if (!row->key.range.low)
			whole = row;
		else if (whole &&
			 !memcmp(&whole->key.flow, &row->key.flow, sizeof(row->key.flow)))
			whole->beside += max(row->used - row->away, 0);
	}
}

static void free_rows(struct destinations_state *state)
{
	struct page_of_rows *page;

	while ((page = state->pages)) {
		state->pages = page->next;
		kfree(page);
		cond_resched();
	}
	INIT_LIST_HEAD(&state->unused);
	INIT_LIST_HEAD(&state->rows);
	state->at = NULL;
}

static int make_room(struct destinations_state *state, unsigned int rows)
{
	struct page_of_rows *page;
	unsigned int i;

	for (; rows; rows -= min_t(unsigned int, rows, ROWS_PER_PAGE)) {
		page = kmalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT);
		if (!page)
			return -ENOMEM;
		page->next = state->pages;
		state->pages = page;
		for (i = 0; i < ROWS_PER_PAGE; i++)
			list_add_tail(&page->rows[i].link, &state->unused);
		cond_resched();
	}
	return 0;
}

static void copy_row(struct pq_destination *to, void *arg)
{
	struct destinations_state *state = arg;

	/* The last is for those that did not fit. Without room it was made in the meantime. */
	if (!list_is_singular(&state->unused))
		row_add(state, to, &state->rows);
}

static int copy_rows(struct destinations_state *state)
{
	struct pq_destinations *all = &state->pn->destinations;
	LIST_HEAD(other);
	int err;

	take_stock(state->pn, &state->supply);
	free_rows(state);
	state->ranged = false;
	err = make_room(state, min(atomic_read(&all->count), PQ_DESTINATIONS_MAX) + 1);
	if (err)
		return err;
	pq_stocks_hold_off(state->pn, PQ_SLOT_PAUSE);
	mutex_lock(&pq_nets_mutex);
	pq_walk_destinations(state->pn, copy_row, state);
	mutex_unlock(&pq_nets_mutex);
	row_add(state, &all->other, &other);
	pq_stocks_let_on(state->pn);
	if (state->ranged)
		count_beside(state);
	list_sort(NULL, &state->rows, by_used);
	list_splice_tail(&other, &state->rows);
	return 0;
}

static struct list_head *go_to(struct destinations_state *state, struct list_head *at, loff_t pos)
{
	state->at = at;
	state->at_pos = pos;
	return at;
}

static void *destinations_start(struct seq_file *seq, loff_t *pos)
{
	struct destinations_state *state = seq->private;
	int err;

	if (!*pos || !state->pages) {
		err = copy_rows(state);
		if (err)
			return ERR_PTR(err);
	}
	/* Usually it goes on where it has stopped. */
	if (state->at && state->at_pos == *pos)
		return state->at;
	return go_to(state, seq_list_start(&state->rows, *pos), *pos);
}

static void *destinations_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct destinations_state *state = seq->private;
	struct list_head *next = seq_list_next(v, &state->rows, pos);

	return go_to(state, next, *pos);
}

static void destinations_stop(struct seq_file *seq, void *v)
{
}

/*
 * The ports that connect() can still get: those that it can share, less those that
 * are used towards the destination. A connection on a port that it cannot share is
 * among those already, one in a VRF is in another network, and one that was made before
 * the range was changed may be on a port outside of it.
 */
static long ports_free(const struct row *row, const struct supply *supply)
{
	long shared = row->used - row->apart + row->beside;

	return max((long)supply->usable - supply->unshared - max(shared, 0L), 0L);
}

static void take_stock_of(const struct pq_net *pn, const struct pq_destination_key *key,
			  struct supply *supply)
{
	supply->usable = pq_destination_usable(key);
	supply->unshared = count_unshared(pn, key->range.low, key->range.high);
}

static int destinations_show(struct seq_file *seq, void *v)
{
	struct destinations_state *state = seq->private;
	struct supply supply = state->supply;
	const struct pq_flow *flow;
	const struct row *row = row_of(v);

	cond_resched();
	if (!row->key.flow.family) {
		seq_printf(seq, "other used=%d timewait=%d\n", row->used, row->timewait);
		return 0;
	}
	flow = &row->key.flow;
	pq_show_address(seq, flow->family, &flow->source);
	seq_putc(seq, ' ');
	pq_show_address(seq, flow->family, &flow->address);
	if (row->key.range.low)
		take_stock_of(state->pn, &row->key, &supply);
	seq_printf(seq, ":%u used=%d timewait=%d usable=%u free=%ld", flow->port, row->used,
		   row->timewait, supply.usable, ports_free(row, &supply));
	if (row->key.range.low)
		seq_printf(seq, " range=%u-%u", row->key.range.low, row->key.range.high);
	seq_printf(seq, " reusable=%d outside=%d outside.timewait=%d\n", row->reusable,
		   row->outside, row->outside_timewait);
	return 0;
}

static const struct seq_operations destinations_seq_ops = {
	.start = destinations_start,
	.next = destinations_next,
	.stop = destinations_stop,
	.show = destinations_show,
};

static int destinations_open(struct inode *inode, struct file *file)
{
	struct pq_net *pn = pde_data(inode);
	struct destinations_state *state;

	/* As seq_open_net() does it. */
	if (!maybe_get_net(pn->net))
		return -ENXIO;
	state = __seq_open_private(file, &destinations_seq_ops, sizeof(*state));
	if (!state) {
		put_net(pn->net);
		return -ENOMEM;
	}
	state->pn = pn;
	INIT_LIST_HEAD(&state->unused);
	INIT_LIST_HEAD(&state->rows);
	return 0;
}

static int destinations_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct destinations_state *state = seq->private;

	free_rows(state);
	put_net(state->pn->net);
	return seq_release_private(inode, file);
}

const struct proc_ops pq_destinations_proc_ops = {
	.proc_open = destinations_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = destinations_release,
};
