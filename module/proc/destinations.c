// SPDX-License-Identifier: GPL-2.0-only
/*
 * destinations: /proc/net/portquota/destinations, one line per source
 * and destination, those with most ports first.
 *
 * To be sorted they are copied, when the reading begins: so a row that stays is
 * neither lost nor doubled, in however small pieces the file is read. Sorted and
 * printed they are without a lock.
 */
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "account/account.h"
#include "account/destination.h"
#include "account/netns.h"
#include "account/walk.h"
#include "files.h"
#include "keys.h"
#include "lib/range.h"

struct row {
	struct pq_destination_key key;	/* of what did not fit: no family */
	int used;
	int timewait;
};

struct destinations_state {
	struct pq_net *pn;
	struct row *rows;
	unsigned int nr;
	unsigned int room;
};

static int by_used(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	/* sort() takes a while for thousands, and holds no lock. */
	cond_resched();
	return right->used - left->used ?: memcmp(&left->key.flow, &right->key.flow,
						  sizeof(left->key.flow));
}

static void row_add(struct destinations_state *state, const struct pq_destination *to)
{
	struct row *row = &state->rows[state->nr];

	row->key = to->key;
	row->used = pq_destination_used(to);
	row->timewait = min(atomic_read(&to->timewait), row->used);
	if (row->used > 0)
		state->nr++;
}

static void copy_row(struct pq_destination *to, void *arg)
{
	struct destinations_state *state = arg;

	/* Without room it was made in the meantime. */
	if (state->nr < state->room)
		row_add(state, to);
}

static int copy_rows(struct destinations_state *state)
{
	struct pq_destinations *all = &state->pn->destinations;

	kvfree(state->rows);
	state->nr = 0;
	state->room = min_t(unsigned int, atomic_read(&all->count), PQ_DESTINATIONS_MAX);
	state->rows = kvmalloc_array(state->room + 1, sizeof(*state->rows), GFP_KERNEL_ACCOUNT);
	if (!state->rows)
		return -ENOMEM;
	mutex_lock(&pq_nets_mutex);
	pq_walk_destinations(state->pn, copy_row, state);
	mutex_unlock(&pq_nets_mutex);
	sort(state->rows, state->nr, sizeof(*state->rows), by_used, NULL);
	row_add(state, &all->other);
	return 0;
}

static void *destinations_start(struct seq_file *seq, loff_t *pos)
{
	struct destinations_state *state = seq->private;
	int err;

	if (!*pos || !state->rows) {
		err = copy_rows(state);
		if (err)
			return ERR_PTR(err);
	}
	return *pos < state->nr ? &state->rows[*pos] : NULL;
}

static void *destinations_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct destinations_state *state = seq->private;

	return ++*pos < state->nr ? &state->rows[*pos] : NULL;
}

static void destinations_stop(struct seq_file *seq, void *v)
{
}

/* Ports that bind() or listen() hold are lost for connect(). */
static long ports_free(const struct pq_net *pn, const struct row *row, long usable)
{
	long exclusive = 0;

	if (!row->key.range.low)
		exclusive = atomic_long_read(&pn->root->usage.tally[PQ_TCP_EXCLUSIVE]);
	return max(usable - row->used - exclusive, 0L);
}

static int destinations_show(struct seq_file *seq, void *v)
{
	struct destinations_state *state = seq->private;
	const struct pq_flow *flow;
	const struct row *row = v;
	long usable;

	cond_resched();
	if (!row->key.flow.family) {
		seq_printf(seq, "other used=%d timewait=%d\n", row->used, row->timewait);
		return 0;
	}
	flow = &row->key.flow;
	pq_show_address(seq, flow->family, &flow->source);
	seq_putc(seq, ' ');
	pq_show_address(seq, flow->family, &flow->address);
	usable = pq_destination_usable(&row->key);
	seq_printf(seq, ":%u used=%d timewait=%d usable=%ld free=%ld", flow->port, row->used,
		   row->timewait, usable, ports_free(state->pn, row, usable));
	if (row->key.range.low)
		seq_printf(seq, " range=%u-%u", row->key.range.low, row->key.range.high);
	seq_putc(seq, '\n');
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
	return 0;
}

static int destinations_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct destinations_state *state = seq->private;

	kvfree(state->rows);
	put_net(state->pn->net);
	return seq_release_private(inode, file);
}

const struct proc_ops pq_destinations_proc_ops = {
	.proc_open = destinations_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = destinations_release,
};
