// SPDX-License-Identifier: GPL-2.0-only
/* ebpf: see ebpf.h for what it promises. */
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

/* Of the attributes that say where the kernel's BTF has its members, nothing is needed here. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"

#include "../ebpf/count.bpf.c"

#include "ebpf.h"

#define LINE		64
#define BUCKETS		MAX_SOCKETS
#define BATCH		1024
#define SPARES		32768	/* of each CPU; a life needs one */
#define CPUS_MAX	64

/*
 * kernel/bpf/hashtab.c with its memory from the start: a lock in each bucket, and lists
 * of free elements by CPU, each with a lock (percpu_freelist.c).
 */
struct element {
	struct element *next;
	__u64 key[2];
	struct owner value;
};

struct bucket {
	struct element *first;
	int lock;
};

struct freelist {
	struct element *first;
	int lock;
} __attribute__((aligned(2 * LINE)));

static struct bucket owner_buckets[BUCKETS], place_buckets[MAX_ACCOUNTS];
static struct freelist freelists[CPUS_MAX];
static struct account account_array[MAX_ACCOUNTS];
static __u32 port_array[MAX_NETNS << 17];
static __u32 next_account, next_netns;

static __thread unsigned int this_cpu;
static __thread __u64 next_cookie, last_cookie;
static __u64 cookies = 1;

static void lock(int *l)
{
	while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(l, __ATOMIC_RELAXED))
			__builtin_ia32_pause();
}

static void unlock(int *l)
{
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}

static struct bucket *bucket_of(void *map, const __u64 *key, __u64 second)
{
	__u64 hash = (key[0] ^ second << 32) * 0x9e3779b97f4a7c15ull;

	return map == &owners ? &owner_buckets[hash >> 46] : &place_buckets[hash >> 52];
}

/* Of the kernel's two keys, one is a cookie and the other twice as long. */
static __u64 second_word(void *map, const __u64 *key)
{
	return map == &owners ? 0 : key[1];
}

static struct element *find(struct bucket *bucket, const __u64 *key, __u64 second)
{
	struct element *e = __atomic_load_n(&bucket->first, __ATOMIC_CONSUME);

	while (e && (e->key[0] != key[0] || e->key[1] != second))
		e = e->next;
	return e;
}

static inline void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 number = *(const __u32 *)key;
	struct element *e;
	__u64 second;

	if (map == &accounts)
		return number < MAX_ACCOUNTS ? &account_array[number] : NULL;
	if (map == &ports)
		return number < MAX_NETNS << 17 ? &port_array[number] : NULL;
	second = second_word(map, key);
	e = find(bucket_of(map, key, second), key, second);
	return e ? &e->value : NULL;
}

static struct element *element_get(void)
{
	struct freelist *list = &freelists[this_cpu];
	struct element *e;

	lock(&list->lock);
	e = list->first;
	if (e)
		list->first = e->next;
	unlock(&list->lock);
	return e;
}

static void element_put(struct element *e)
{
	struct freelist *list = &freelists[this_cpu];

	lock(&list->lock);
	e->next = list->first;
	list->first = e;
	unlock(&list->lock);
}

static inline long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	__u64 second = second_word(map, key);
	struct bucket *bucket = bucket_of(map, key, second);
	struct element *e = element_get();
	int err = 0;

	if (!e)
		return -E2BIG;
	e->key[0] = *(const __u64 *)key;
	e->key[1] = second;
	memcpy(&e->value, value,
	       map == &owners ? sizeof(struct owner) : sizeof(struct account_place));
	lock(&bucket->lock);
	if (find(bucket, key, second)) {
		err = -EEXIST;
	} else {
		e->next = bucket->first;
		__atomic_store_n(&bucket->first, e, __ATOMIC_RELEASE);
	}
	unlock(&bucket->lock);
	if (err)
		element_put(e);
	return err;
}

static inline long bpf_map_delete_elem(void *map, const void *key)
{
	__u64 second = second_word(map, key);
	struct bucket *bucket = bucket_of(map, key, second);
	struct element **at, *e;

	lock(&bucket->lock);
	for (at = &bucket->first; (e = *at); at = &e->next)
		if (e->key[0] == *(const __u64 *)key && e->key[1] == second)
			break;
	if (e)
		*at = e->next;
	unlock(&bucket->lock);
	if (!e)
		return -ENOENT;
	element_put(e);
	return 0;
}

static long bpf_map_push_elem(void *map, const void *value, __u64 flags)
{
	return 0;
}

static long bpf_map_pop_elem(void *map, void *value)
{
	*(__u32 *)value = __atomic_fetch_add(map == &free_accounts ? &next_account : &next_netns, 1,
					     __ATOMIC_SEQ_CST);
	return 0;
}

/* A CPU takes some at a time: gen_cookie_next(). */
static __u64 bpf_get_socket_cookie(void *sk)
{
	__s64 *cookie = &((struct sock *)sk)->__sk_common.skc_cookie.counter;

	if (*cookie)
		return *cookie;
	if (next_cookie == last_cookie) {
		next_cookie = __atomic_fetch_add(&cookies, BATCH, __ATOMIC_SEQ_CST);
		last_cookie = next_cookie + BATCH;
	}
	return *cookie = next_cookie++;
}

static __u64 bpf_get_current_pid_tgid(void)
{
	return (__u64)this_cpu << 32;
}

static __u64 bpf_jiffies64(void)
{
	return 1000000;
}

static long bpf_get_current_comm(void *to, __u32 size)
{
	memset(to, 'c', size);
	return 0;
}

static long bpf_get_func_ret(void *ctx, __u64 *value)
{
	return -1;
}

/* ---- sockets, of cgroups that are two levels deep ---- */

struct ebpf_cgroup {
	struct cgroup cgroup;
	struct kernfs_node kn;
};

struct ebpf_socket {
	struct sock sk;
	struct inet_timewait_sock tw __attribute__((aligned(LINE)));
	struct inet_bind_bucket *bound;
};

static void *make(size_t size)
{
	void *made = aligned_alloc(2 * LINE, (size + 2 * LINE - 1) / (2 * LINE) * 2 * LINE);

	if (!made)
		abort();
	return memset(made, 0, size);
}

static struct cgroup *cgroup_make(unsigned int id, struct cgroup *parent)
{
	struct ebpf_cgroup *made = make(sizeof(*made));

	made->kn.id = id;
	made->cgroup.kn = &made->kn;
	made->cgroup.self.cgroup = &made->cgroup;
	made->cgroup.self.parent = parent ? &parent->self : NULL;
	return &made->cgroup;
}

struct ebpf_socket *ebpf_socket_make(unsigned int netns, unsigned int middle, unsigned int leaf)
{
	static struct cgroup *cgroups[3][CPUS_MAX];
	static struct net *nets[CPUS_MAX];
	struct ebpf_socket *socket = make(sizeof(*socket));

	if (!cgroups[0][0])
		cgroups[0][0] = cgroup_make(1, NULL);
	if (!cgroups[1][middle])
		cgroups[1][middle] = cgroup_make(100 + middle, cgroups[0][0]);
	if (!cgroups[2][leaf])
		cgroups[2][leaf] = cgroup_make(200 + leaf, cgroups[1][middle]);
	if (!nets[netns]) {
		nets[netns] = make(sizeof(struct net));
		nets[netns]->ns.inum = 1000 + netns;
		nets[netns]->ipv4.ip_local_ports.range = 32768 | 60999u << 16;
	}
	socket->sk.__sk_common.skc_net.net = nets[netns];
	socket->sk.sk_protocol = IPPROTO_TCP;
	socket->sk.sk_cgrp_data.cgroup = cgroups[2][leaf];
	socket->tw.tw_tb = (void *)socket;
	return socket;
}

/* The calling thread runs on a CPU of that number. */
void ebpf_cpu(unsigned int number)
{
	struct element *e = make(SPARES * sizeof(*e));
	unsigned int i;

	this_cpu = number;
	for (i = 0; i < SPARES; i++)
		element_put(&e[i]);
}

void ebpf_connect(struct ebpf_socket *socket, unsigned short port)
{
	socket->sk.__sk_common.skc_num = port;
	socket->sk.__sk_common.skc_cookie.counter = 0;
	connect4(NULL, NULL, &socket->sk, 0);
}

/* close(): the socket becomes TIME_WAIT, and gives up a port that it does not have any more. */
void ebpf_timewait(struct ebpf_socket *socket)
{
	socket->tw.__tw_common.skc_cookie = socket->sk.__sk_common.skc_cookie;
	timewait_begin(NULL, &socket->sk, NULL, TCP_TIME_WAIT, &socket->tw);
	put_port(NULL, &socket->sk);
}

void ebpf_end(struct ebpf_socket *socket)
{
	timewait_end(NULL, &socket->tw);
}

/* What is wrong when all has been given back; or NULL */
const char *ebpf_check(void)
{
	const struct account *acct;
	__s64 begun = 0;

	for (acct = account_array; acct < account_array + next_account; acct++) {
		if (acct->counter[TCP].current || acct->counter[TIMEWAIT].current ||
		    acct->local[TCP] || acct->local[TIMEWAIT] || acct->ports[TCP] ||
		    acct->tally[TW_RESERVING])
			return "something is held";
		if (acct->counter[TCP].begun != acct->counter[TCP].ended ||
		    acct->counter[TIMEWAIT].begun != acct->counter[TCP].begun ||
		    acct->tally[TW_EXPIRED] != acct->counter[TCP].ended)
			return "not as many have ended as have begun";
		begun += acct->counter[TCP].begun;
	}
	return begun ? NULL : "nothing has been counted";
}
