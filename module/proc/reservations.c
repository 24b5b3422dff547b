// SPDX-License-Identifier: GPL-2.0-only
/*
 * reservations: /proc/net/portquota/reservations, one line per reservation.
 *
 * Rows are in the order of pq_ledger_order(), and a reader goes on behind the
 * last one that it has: so a row that stays is read once, whatever comes and goes
 * meanwhile and however little is read at a time. A reservation that becomes
 * TIME_WAIT changes its place; if a reader is between the two, it may see it
 * twice, or not.
 *
 * Printing a path sleeps. So places are gathered from a bucket of the ledger, then
 * each socket is looked for in the kernel's tables, see lookup.h, and what is to
 * be printed is copied, with a reference on the owner. An entry whose socket is in
 * none of them is no row.
 */
#include <linux/capability.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file_net.h>
#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp_states.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/charge.h"
#include "account/netns.h"
#include "account/owner.h"
#include "files.h"
#include "keys.h"
#include "lib/flow.h"
#include "port/lookup.h"
#include "view.h"

struct row {
	struct pq_owner *owner;
	struct pq_destination *disconnected;	/* to be given back */
	struct in6_addr local, remote;
	u16 local_port, remote_port;
	u16 family;
	u16 flags;
	u8 state;
	u32 age;	/* seconds */
	u32 left;	/* milliseconds, for TIME_WAIT */
};

/* The position in the file is the least pq_ledger_order() that the next row may have. */
struct reservations_state {
	struct seq_net_private net;	/* must be first */
	struct pq_net *pn;
	unsigned int nr;
	unsigned int at;
	struct row rows[PQ_PLACES];
	loff_t next_pos[PQ_PLACES];	/* position behind each row */
	struct pq_places places;
};

const size_t pq_reservations_state_size = sizeof(struct reservations_state);

/* As ss names them */
static const char *const state_names[] = {
	[TCP_ESTABLISHED] = "ESTAB",
	[TCP_SYN_SENT] = "SYN-SENT",
	[TCP_SYN_RECV] = "SYN-RECV",
	[TCP_FIN_WAIT1] = "FIN-WAIT-1",
	[TCP_FIN_WAIT2] = "FIN-WAIT-2",
	[TCP_TIME_WAIT] = "TIME-WAIT",
	[TCP_CLOSE] = "UNCONN",
	[TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCP_LAST_ACK] = "LAST-ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
	[TCP_NEW_SYN_RECV] = "SYN-RECV",
};

static const char *state_name(const struct row *row)
{
	if (row->state == TCP_CLOSE && !(row->flags & PQ_ENTRY_UDP))
		return "BOUND";
	if (row->state >= ARRAY_SIZE(state_names) || !state_names[row->state])
		return "UNKNOWN";
	return state_names[row->state];
}

#if IS_ENABLED(CONFIG_IPV6)
static struct in6_addr address_of(const struct in6_addr *changing)
{
	/* One that is half old and half new is seen at worst, as in inet_diag. */
	return data_race(*changing);
}
#endif

/*
 * sk_common is what sockets and TIME_WAITs have in common. The socket is not locked,
 * and may be connecting elsewhere just now. IPv4 in an IPv6 socket is written as the
 * destinations file and the events write it.
 *
 * Where there is no remote port, the remote address is what is left of an earlier
 * connection, perhaps of the other family.
 */
static void row_set_addresses(struct row *row, const struct sock *sk)
{
	row->family = READ_ONCE(sk->sk_family);
	row->remote_port = ntohs(READ_ONCE(sk->sk_dport));
	row->remote = (struct in6_addr){};
#if IS_ENABLED(CONFIG_IPV6)
	if (row->family == AF_INET6) {
		row->local = address_of(&sk->sk_v6_rcv_saddr);
		if (row->remote_port)
			row->remote = address_of(&sk->sk_v6_daddr);
		if (!pq_addresses_mapped(&row->local, &row->remote))
			return;
		row->family = AF_INET;
	}
#endif
	row->local.s6_addr32[0] = READ_ONCE(sk->sk_rcv_saddr);
	if (row->remote_port)
		row->remote.s6_addr32[0] = READ_ONCE(sk->sk_daddr);
}

/*
 * A TIME_WAIT is in the ledger as soon as it is allocated, while its memory still
 * has the addresses of the socket that was there before. inet_twsk_hashdance(),
 * or from 6.12 on inet_twsk_hashdance_schedule(), sets the reference count when
 * the addresses are its own.
 */
static bool timewait_is_whole(const struct inet_timewait_sock *tw)
{
	bool whole = refcount_read(&tw->tw_refcnt);

	smp_rmb();	/* the fields after the count */
	return whole;
}

static void row_fill_timewait(struct row *row, const struct inet_timewait_sock *tw)
{
	long left = (long)(READ_ONCE(tw->tw_timer.expires) - jiffies);

	row->state = READ_ONCE(tw->tw_substate);
	row->left = jiffies_to_msecs(max(left, 0L));
}

static void row_fill_socket(struct row *row, struct pq_entry *entry, const struct sock *sk)
{
	row->state = inet_sk_state_load(sk);
	/*
	 * A reset of a connection whose port was bound by hand leaves
	 * no trace in the hooks; here it shows.
	 */
	if (!(entry->flags & PQ_ENTRY_UDP) && row->state == TCP_CLOSE)
		row->disconnected = pq_entry_set_bound(entry);
	else if (!(entry->flags & (PQ_ENTRY_UDP | PQ_ENTRY_KEPT)))
		pq_entry_set_busy(entry);
}

/* Where too many sockets share the port to find this one among them */
static void row_fill_unknown(struct row *row, const struct pq_entry *entry)
{
	row->family = AF_UNSPEC;
	row->remote_port = 0;
	row->state = entry->flags & PQ_ENTRY_BOUND ? TCP_CLOSE : 0;
	row->left = 0;
}

static void row_fill(struct pq_entry *entry, const struct sock *sk, void *arg)
{
	struct reservations_state *state = arg;
	struct row *row = &state->rows[state->nr];

	row->disconnected = NULL;
	if (!sk) {
		row_fill_unknown(row, entry);
	} else {
		if (entry->flags & PQ_ENTRY_TIMEWAIT && !timewait_is_whole(inet_twsk(sk)))
			return;
		row_set_addresses(row, sk);
		if (entry->flags & PQ_ENTRY_TIMEWAIT)
			row_fill_timewait(row, inet_twsk(sk));
		else
			row_fill_socket(row, entry, sk);
	}
	row->local_port = entry->port;
	row->flags = entry->flags;
	row->age = (u32)ktime_get_seconds() - entry->born;
	row->owner = entry->owner;
	pq_ref_hold(&row->owner->users);
	state->nr++;
}

static bool is_row(const struct pq_entry *entry, const void *pn)
{
	return entry->flags & PQ_ENTRY_RESERVATION && pq_entry_account(entry)->key.net == pn;
}

/* What row_fill() may not do below the bucket's lock */
static void reservations_disconnect(struct reservations_state *state)
{
	struct row *row;

	for (row = state->rows; row < state->rows + state->nr; row++)
		if (unlikely(row->disconnected))
			pq_uncharge_destination(row->disconnected, row->owner->account, false);
}

static void reservations_drop(struct reservations_state *state)
{
	while (state->at < state->nr)
		pq_owner_put(state->rows[state->at++].owner);
	state->at = 0;
	state->nr = 0;
}

/* Makes rows of what was gathered. */
static void reservations_look(struct reservations_state *state)
{
	const struct pq_place *place;
	unsigned int nr;

	for (place = state->places.at; place < state->places.at + state->places.nr; place++) {
		nr = state->nr;
		pq_lookup(place, row_fill, state);
		if (state->nr > nr)
			state->next_pos[nr] = pq_ledger_order(place->key) + 1;
	}
	pq_places_put(&state->places);
	reservations_disconnect(state);
}

/* Copies the next rows from @pos on; NULL when there are none. */
static struct row *reservations_fill(struct reservations_state *state, loff_t pos)
{
	reservations_drop(state);
	state->places.from = pos;
	while (pq_places_next(&state->places, is_row, state->pn)) {
		reservations_look(state);
		if (state->nr)
			return &state->rows[0];
	}
	return NULL;
}

static void *reservations_start(struct seq_file *seq, loff_t *pos)
{
	struct reservations_state *state = seq->private;
	struct net *net = seq_file_net(seq);

	/* The rights of the task that opened the file count, as in every write. */
	if (!file_ns_capable(seq->file, net->user_ns, CAP_NET_ADMIN))
		return ERR_PTR(-EPERM);
	state->pn = pq_net_of(net);
	return reservations_fill(state, *pos);
}

static void *reservations_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct reservations_state *state = seq->private;

	*pos = state->next_pos[state->at];
	pq_owner_put(state->rows[state->at++].owner);
	if (state->at < state->nr)
		return &state->rows[state->at];
	return reservations_fill(state, *pos);
}

static void reservations_stop(struct seq_file *seq, void *v)
{
	reservations_drop(seq->private);
}

static void show_address(struct seq_file *seq, const struct row *row,
			 const struct in6_addr *addr, u16 port)
{
	seq_putc(seq, ' ');
	if (unlikely(row->family == AF_UNSPEC))
		seq_putc(seq, '*');
	else
		pq_show_address(seq, row->family, addr);
	if (port)
		seq_printf(seq, ":%u", port);
	else
		seq_puts(seq, ":*");
}

static int reservations_show(struct seq_file *seq, void *v)
{
	const struct row *row = v;
	const struct pq_owner *owner = row->owner;
	struct cgroup *cgrp = owner->account->key.cgrp;
	int err;

	seq_puts(seq, row->flags & PQ_ENTRY_UDP ? "udp" : "tcp");
	show_address(seq, row, &row->local, row->local_port);
	show_address(seq, row, &row->remote, row->remote_port);
	seq_printf(seq, " %s account=", state_name(row));
	if (cgrp) {
		err = pq_show_path(seq, cgrp);
		if (err)
			return err;
	} else {
		pq_show_word(seq, PORTQUOTA_BEFORE_LOAD);
	}
	if (pq_account_deleted(owner->account))
		seq_puts(seq, " deleted=1");

	seq_printf(seq, " pid=%d comm=", pid_nr_ns(owner->key.pid, task_active_pid_ns(current)));
	pq_show_word(seq, owner->key.pid ? owner->key.comm : "-");
	seq_printf(seq, " age=%u kind=%s", row->age,
		   row->flags & (PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_UDP) ? "exclusive" : "shareable");
	if (row->flags & PQ_ENTRY_TIMEWAIT)
		seq_printf(seq, " left=%u.%u", row->left / 1000, row->left % 1000 / 100);
	seq_putc(seq, '\n');
	return 0;
}

const struct seq_operations pq_reservations_seq_ops = {
	.start = reservations_start,
	.next = reservations_next,
	.stop = reservations_stop,
	.show = reservations_show,
};
