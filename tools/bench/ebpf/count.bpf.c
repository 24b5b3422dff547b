// SPDX-License-Identifier: GPL-2.0-only
/*
 * count: the module's counts, kept by an eBPF program. What the module is
 * compared with.
 *
 * It hooks what the module hooks, with fentry where it need not know what came
 * of a call. It keeps the same by account: current, peak, begun, ended and
 * local of each resource in the socket's cgroup and all its ancestors, why
 * TIME_WAITs ended and after how long, distinct ports; and by socket: who
 * pays, the program that took the port, since when.
 *
 * It is to be as fast as it gets:
 * - Sockets are known by their cookie, which a TIME_WAIT inherits: nothing has
 *   to be re-keyed. Sockets without one have nothing to give back.
 * - Accounts and ports are in arrays, that need no call to be looked into. What
 *   accounts are found by, cgroup and namespace, is asked for once a connection.
 * - All maps have their memory from the start.
 *
 * It has no limits, which programs of this kind cannot have, nor waiting for
 * room, nor counts of what was denied. It leaves out warnings, destinations,
 * ports that are reserved or a cgroup's own, and sockets that are there before
 * it. It holds 262,144 sockets, 4,096 accounts and 16 namespaces; those of
 * cgroups that are removed are left to userspace. A TIME_WAIT that ss -K has
 * killed counts as recycled. A socket that is disconnected and connected again
 * is not counted while its last TIME_WAIT lasts. A program that interrupts
 * itself is skipped by the kernel, and what it would have seen goes uncounted.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "count.h"

#define MAX_DEPTH		16	/* of cgroups: loops must have an end that the verifier sees */
#define MAX_SOCKETS		262144	/* tcp_max_tw_buckets of a large machine */

#define IPPROTO_TCP		6
#define IPPROTO_UDP		17
#define SOCK_BINDPORT_LOCK	8
#define TCP_TIME_WAIT		6
#define TCP_LISTEN		10
#define FIN_WAIT2		5
#define TCP_TW_ACK		2

char LICENSE[] SEC("license") = "GPL";

const volatile __u64 hz = 250;	/* jiffies in a second: set by userspace */

/* Of the kernel's types, what is looked at; where it is in them, the kernel's BTF says. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct ns_common {
	unsigned int inum;
};

/* Two numbers, later a word */
struct local_ports___pair {
	int range[2];
};

struct local_ports {
	__u32 range;
};

struct netns_ipv4 {
	struct local_ports ip_local_ports;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	__u16 skc_num;
	unsigned char skc_state;
	possible_net_t skc_net;
	atomic64_t skc_cookie;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	__u8 sk_userlocks : 4;
	struct sock_cgroup_data sk_cgrp_data;
};

struct hlist_node {
	struct hlist_node **pprev;
};

struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	unsigned char tw_substate;
	struct timer_list tw_timer;
	struct inet_bind_bucket *tw_tb;
};

#pragma clang attribute pop

#define OWNER_RESERVING	(1 << TW_RESERVING)
#define OWNER_EXCLUSIVE	(1 << TCP_EXCLUSIVE)
#define OWNER_BOUND	(1 << TCP_BOUND)
#define OWNER_FIN_WAIT2	(1 << TW_FIN_WAIT2)
#define OWNER_UDP	(1 << NR_GAUGES)
#define OWNER_TIMEWAIT	(1 << (NR_GAUGES + 1))

/* What a socket holds, and who has it */
struct owner {
	struct account_place place;
	__u32 tgid;
	__u16 port;
	__u16 flags;
	__u64 born;	/* jiffies */
	__u64 since;	/* when it became TIME_WAIT */
	char comm[16];
};

/* By cookie; where there is none, a TIME_WAIT by its address */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SOCKETS);
	__type(key, __u64);
	__type(value, struct owner);
} owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_ACCOUNTS);
	__type(key, __u32);
	__type(value, struct account);
} accounts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ACCOUNTS);
	__type(key, struct account_key);
	__type(value, struct account_place);
} places SEC(".maps");

/* Which are in use by nobody: filled by userspace */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, MAX_ACCOUNTS);
	__type(value, __u32);
} free_accounts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, MAX_NETNS);
	__type(value, __u32);
} free_netns SEC(".maps");

/* How many hold it: by namespace, resource, port */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_NETNS << 17);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

static __always_inline struct account *account_at(__u32 number)
{
	return bpf_map_lookup_elem(&accounts, &number);
}

#define for_each_account(i, acct, number)					\
	for (i = 0; i < MAX_DEPTH && (acct = account_at(number)); i++, number = acct->parent)

/* Of one level, whose parent has one already */
static __always_inline struct account_place place_make(const struct account_key *key,
							struct account_place parent)
{
	struct account_place *known = bpf_map_lookup_elem(&places, key), place;
	struct account *acct;

	if (known)
		return *known;
	place = parent;
	/* The first of a namespace? If there is no room, its ports go uncounted. */
	if (parent.account == NOWHERE && bpf_map_pop_elem(&free_netns, &place.netns))
		place.netns = NOWHERE;
	/* And if there is no room for the account, its parent has it all. */
	if (bpf_map_pop_elem(&free_accounts, &place.account))
		return parent;
	acct = account_at(place.account);
	if (!acct)
		return parent;
	acct->parent = parent.account;
	if (!bpf_map_update_elem(&places, key, &place, BPF_NOEXIST))
		return place;
	/* Somebody else was first. */
	bpf_map_push_elem(&free_accounts, &place.account, 0);
	if (parent.account == NOWHERE && place.netns != NOWHERE)
		bpf_map_push_elem(&free_netns, &place.netns, 0);
	known = bpf_map_lookup_elem(&places, key);
	return known ? *known : parent;
}

/* The first of a cgroup: from the root down, so that none is seen without its parent. */
static __noinline void places_make(struct sock *sk, struct account_place *place)
{
	struct account_key key = { .netns = sk->__sk_common.skc_net.net->ns.inum };
	struct cgroup *cgrp = sk->sk_cgrp_data.cgroup;
	struct cgroup_subsys_state *css;
	__u64 id[MAX_DEPTH];
	int n;

	for (n = 0; n < MAX_DEPTH && cgrp; n++) {
		id[n] = cgrp->kn->id;
		css = cgrp->self.parent;
		cgrp = css ? css->cgroup : NULL;
	}
	*place = (struct account_place){ NOWHERE, NOWHERE };
	while (--n >= 0) {
		key.cgroup = id[n];
		*place = place_make(&key, *place);
	}
}

/* Who is to pay for a socket */
static __always_inline struct account_place place_of(struct sock *sk)
{
	struct account_key key = {
		.cgroup = sk->sk_cgrp_data.cgroup->kn->id,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
	};
	struct account_place *known = bpf_map_lookup_elem(&places, &key), place;

	if (known)
		return *known;
	places_make(sk, &place);
	return place;
}

static __always_inline void add(__s64 *number, __s64 n)
{
	__sync_fetch_and_add(number, n);
}

static __always_inline void tally(__u32 number, enum tally which, __s64 n)
{
	struct account *acct;
	int i;

	for_each_account(i, acct, number)
		add(&acct->tally[which], n);
}

static __always_inline void gauges(__u32 number, __u16 flags, __s64 n)
{
	if (flags & OWNER_EXCLUSIVE)
		tally(number, TCP_EXCLUSIVE, n);
	if (flags & OWNER_BOUND)
		tally(number, TCP_BOUND, n);
	if (flags & OWNER_FIN_WAIT2)
		tally(number, TW_FIN_WAIT2, n);
}

static __always_inline void counter_charge(struct counter *c)
{
	__s64 current = __sync_fetch_and_add(&c->current, 1) + 1, peak = c->peak, old;
	int tries;

	add(&c->begun, 1);
	for (tries = 0; current > peak && tries < 8; tries++) {
		old = __sync_val_compare_and_swap(&c->peak, peak, current);
		if (old == peak)
			break;
		peak = old;
	}
}

static __always_inline void counter_uncharge(struct counter *c)
{
	add(&c->ended, 1);
	add(&c->current, -1);
}

static __always_inline __u32 *port_at(__u32 netns, enum resource res, __u16 port)
{
	__u32 number = netns << 17 | res << 16 | port;

	return netns < MAX_NETNS ? bpf_map_lookup_elem(&ports, &number) : NULL;
}

/* Is it the first hold on the port? */
static __always_inline bool port_hold(const struct owner *owner, enum resource res)
{
	__u32 *holds = port_at(owner->place.netns, res, owner->port);

	return holds && !__sync_fetch_and_add(holds, 1);
}

/* Was it the last? */
static __always_inline bool port_release(const struct owner *owner, enum resource res)
{
	__u32 *holds = port_at(owner->place.netns, res, owner->port);

	return holds && __sync_fetch_and_add(holds, -1) == 1;
}

static __always_inline void owner_init(struct owner *owner, struct sock *sk, __u16 flags)
{
	owner->place = place_of(sk);
	owner->tgid = bpf_get_current_pid_tgid() >> 32;
	owner->port = sk->__sk_common.skc_num;
	owner->flags = flags;
	owner->born = bpf_jiffies64();
	owner->since = 0;
	bpf_get_current_comm(owner->comm, sizeof(owner->comm));
}

/* A socket that had its port already is connected or listens now. */
static __always_inline void port_busy(__u64 cookie)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &cookie);

	if (!owner || !(owner->flags & OWNER_BOUND))
		return;
	owner->flags &= ~OWNER_BOUND;
	tally(owner->place.account, TCP_BOUND, -1);
}

/* Returns what bpf_map_update_elem() does: -EEXIST when it has its port already. */
static __always_inline int port_begin(struct sock *sk, enum resource res, __u16 flags)
{
	__u64 cookie = bpf_get_socket_cookie(sk);
	struct account *acct, *root = NULL;
	struct owner owner;
	__u32 number;
	int err;	/* of what 6.1 returns the upper half is undefined */
	int i;

	owner_init(&owner, sk, flags | OWNER_RESERVING);
	err = bpf_map_update_elem(&owners, &cookie, &owner, BPF_NOEXIST);
	if (err) {
		if (err != -EEXIST)
			tally(owner.place.account, UNTRACKED, 1);
		return err;
	}
	number = owner.place.account;
	gauges(number, flags, 1);
	for_each_account(i, acct, number) {
		if (!i)
			add(&acct->local[res], 1);
		counter_charge(&acct->counter[res]);
		root = acct;
	}
	if (port_hold(&owner, res) && root)
		add(&root->ports[res], 1);
	return 0;
}

static __always_inline void port_end(struct sock *sk, enum resource res)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	struct account *acct, *root = NULL;
	struct owner *owner, was;
	__u32 number;
	int i;

	/* Accepted ones, most of all */
	if (!cookie)
		return;
	owner = bpf_map_lookup_elem(&owners, &cookie);
	if (!owner || owner->flags & OWNER_TIMEWAIT)
		return;
	was = *owner;
	if (bpf_map_delete_elem(&owners, &cookie))
		return;
	number = was.place.account;
	gauges(number, was.flags, -1);
	for_each_account(i, acct, number) {
		if (!i)
			add(&acct->local[res], -1);
		counter_uncharge(&acct->counter[res]);
		root = acct;
	}
	if (port_release(&was, res) && root)
		add(&root->ports[res], -1);
}

static __always_inline bool in_range(const struct sock *sk, __u16 port)
{
	const struct local_ports *ports = &sk->__sk_common.skc_net.net->ipv4.ip_local_ports;
	const struct local_ports___pair *pair = (const void *)ports;

	if (bpf_core_field_exists(ports->range))
		return port >= (ports->range & 0xffff) && port <= ports->range >> 16;
	return port >= pair->range[0] && port <= pair->range[1];
}

static __always_inline void exhausted(struct sock *sk, enum tally which)
{
	tally(place_of(sk).account, which, 1);
}

static __always_inline int connected(struct sock *sk, int err)
{
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (err) {
		if (err == -EADDRNOTAVAIL && !sk->__sk_common.skc_num)
			exhausted(sk, TCP_EXHAUSTED);
		return 0;
	}
	/* Bound by hand: counted then, or not to be counted */
	if (BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK ||
	    port_begin(sk, TCP, 0) == -EEXIST)
		port_busy(bpf_get_socket_cookie(sk));
	return 0;
}

SEC("fexit/inet_hash_connect")
int BPF_PROG(connect4, void *death_row, struct sock *sk, int err)
{
	return connected(sk, err);
}

SEC("fexit/inet6_hash_connect")
int BPF_PROG(connect6, void *death_row, struct sock *sk, int err)
{
	return connected(sk, err);
}

SEC("fexit/inet_csk_get_port")
int BPF_PROG(get_port, struct sock *sk, unsigned short port, int err)
{
	bool listening = sk->__sk_common.skc_state == TCP_LISTEN;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (err) {
		if (!port)
			exhausted(sk, TCP_EXHAUSTED);
		return 0;
	}
	if (port && !in_range(sk, port))
		return 0;
	if (port_begin(sk, TCP, OWNER_EXCLUSIVE | (listening ? 0 : OWNER_BOUND)) == -EEXIST &&
	    listening)
		port_busy(bpf_get_socket_cookie(sk));
	return 0;
}

SEC("fentry/inet_put_port")
int BPF_PROG(put_port, struct sock *sk)
{
	port_end(sk, TCP);
	return 0;
}

SEC("fexit/udp_lib_get_port")
int BPF_PROG(udp_get_port, struct sock *sk, unsigned short port, unsigned int hash2, int err)
{
	if (sk->sk_protocol != IPPROTO_UDP)
		return 0;
	if (!err && (!port || in_range(sk, port)))
		port_begin(sk, UDP, OWNER_UDP);
	else if (err && !port)
		exhausted(sk, UDP_EXHAUSTED);
	return 0;
}

SEC("fentry/udp_lib_unhash")
int BPF_PROG(udp_unhash, struct sock *sk)
{
	port_end(sk, UDP);
	return 0;
}

/* What a TIME_WAIT is known by */
static __always_inline __u64 timewait_key(const struct inet_timewait_sock *tw)
{
	__u64 cookie = tw->__tw_common.skc_cookie.counter;

	return cookie ? cookie : (__u64)tw;
}

/* A connection becomes TIME_WAIT; its cookie goes over to that. */
SEC("fexit/inet_twsk_alloc")
int BPF_PROG(timewait_begin, struct sock *sk, void *death_row, int state,
	     struct inet_timewait_sock *tw)
{
	__u16 flags = OWNER_TIMEWAIT | (state == FIN_WAIT2 ? OWNER_FIN_WAIT2 : 0);
	struct owner *owner, accepted;
	struct account *acct;
	__u32 number;
	__u64 key, now;
	bool reserving;
	int i;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (!tw) {
		tally(place_of(sk).account, TW_OVERFLOW, 1);
		return 0;
	}
	key = timewait_key(tw);
	now = bpf_jiffies64();
	owner = bpf_map_lookup_elem(&owners, &key);
	reserving = owner;
	if (owner) {
		number = owner->place.account;
		/* The socket has been used again while that of its last connection lasts. */
		if (owner->flags & OWNER_TIMEWAIT) {
			tally(number, UNTRACKED, 1);
			return 0;
		}
		if (owner->flags & OWNER_BOUND) {
			owner->flags &= ~OWNER_BOUND;
			tally(number, TCP_BOUND, -1);
		}
		owner->since = now;
		owner->flags |= flags;
	} else {
		/* Holds no port: that is its listener's. */
		owner_init(&accepted, sk, flags);
		accepted.since = now;
		number = accepted.place.account;
		if (bpf_map_update_elem(&owners, &key, &accepted, BPF_NOEXIST)) {
			tally(number, UNTRACKED, 1);
			return 0;
		}
	}
	if (flags & OWNER_FIN_WAIT2)
		tally(number, TW_FIN_WAIT2, 1);
	for_each_account(i, acct, number) {
		if (!i)
			add(&acct->local[TIMEWAIT], 1);
		counter_charge(&acct->counter[TIMEWAIT]);
		if (reserving)
			add(&acct->tally[TW_RESERVING], 1);
	}
	return 0;
}

/* Kernels differ in how many arguments there are, so what it returned is asked for. */
SEC("fexit/tcp_timewait_state_process")
int BPF_PROG(timewait_packet, struct inet_timewait_sock *tw)
{
	struct owner *owner;
	__u64 status, key;

	/* The FIN that makes it TIME_WAIT is to be answered, so it is still there. */
	if (bpf_get_func_ret(ctx, &status) || (__u32)status != TCP_TW_ACK)
		return 0;
	key = timewait_key(tw);
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner || !(owner->flags & OWNER_FIN_WAIT2) || tw->tw_substate != TCP_TIME_WAIT)
		return 0;
	owner->flags &= ~OWNER_FIN_WAIT2;
	owner->since = bpf_jiffies64();
	tally(owner->place.account, TW_FIN_WAIT2, -1);
	return 0;
}

static __always_inline enum tally reason_of(const struct inet_timewait_sock *tw)
{
	if (tw->tw_timer.entry.pprev)
		return TW_REUSED;
	return (__s64)(bpf_jiffies64() - tw->tw_timer.expires) >= 0 ? TW_EXPIRED : TW_RECYCLED;
}

static __always_inline unsigned int lifetime_class(__u64 lasted)
{
	unsigned int class = 0;

	for (lasted /= hz; lasted && class < NR_LIFETIMES - 1; lasted >>= 1)
		class++;
	return class;
}

/* Is called a second time when a connect() has taken it over */
SEC("fentry/inet_twsk_bind_unhash")
int BPF_PROG(timewait_end, struct inet_timewait_sock *tw)
{
	struct account *acct, *root = NULL;
	struct owner *owner, was;
	enum tally reason;
	unsigned int class;
	__u32 number;
	__u64 key;
	int i;

	if (!tw->tw_tb)
		return 0;
	key = timewait_key(tw);
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner)
		return 0;
	was = *owner;
	if (bpf_map_delete_elem(&owners, &key))
		return 0;
	reason = reason_of(tw);
	class = lifetime_class(bpf_jiffies64() - was.since);
	number = was.place.account;
	gauges(number, was.flags, -1);
	for_each_account(i, acct, number) {
		add(&acct->tally[reason], 1);
		counter_uncharge(&acct->counter[TIMEWAIT]);
		if (!i)
			add(&acct->local[TIMEWAIT], -1);
		if (was.flags & OWNER_RESERVING) {
			if (!i)
				add(&acct->local[TCP], -1);
			add(&acct->tally[TW_RESERVING], -1);
			counter_uncharge(&acct->counter[TCP]);
		}
		root = acct;
	}
	if (!root)
		return 0;
	add(&root->lifetimes[class], 1);
	if (was.flags & OWNER_RESERVING && port_release(&was, TCP))
		add(&root->ports[TCP], -1);
	return 0;
}
