// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes sockets of the loading process give their ports back without any hook
 * seeing it: it calls the kernel's functions where portquota does, behind the
 * ftrace site. Ends that no hook has seen are what hooks.missed counts.
 *
 *	insmod pq_miss.ko fds=3,4	these sockets
 *	insmod pq_miss.ko timewait=PORT	all TIME_WAITs of that local port in the
 *					process's namespace
 *
 * Loading it always fails, with EAGAIN when it was done.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>
#include <net/udp.h>
#ifdef CONFIG_ARM64
#include <asm/insn.h>
#endif

static int fds[64];
static unsigned int nr_fds;
module_param_array(fds, int, &nr_fds, 0444);
MODULE_PARM_DESC(fds, "sockets whose ports are given back");

static ushort timewait;
module_param(timewait, ushort, 0444);
MODULE_PARM_DESC(timewait, "local port of the TIME_WAITs that are ended");

static void (*put_port)(struct sock *sk);
static void (*unhash_udp)(struct sock *sk);
static void (*unhash_timewait)(struct inet_timewait_sock *tw, struct inet_hashinfo *hashinfo);

/*
 * The first instruction of a function that no tracer has a hand in. On arm64 there are up
 * to two before the ftrace site: module/lib/compat.h, pq_compat_site().
 */
static void *behind_the_site(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	void *at;

	if (register_kprobe(&probe))
		return NULL;
	unregister_kprobe(&probe);
	at = probe.addr;
#ifdef CONFIG_ARM64
	if (aarch64_insn_is_bti(le32_to_cpu(*(const __le32 *)at)))
		at += AARCH64_INSN_SIZE;
	at += AARCH64_INSN_SIZE;
#endif
	return at + MCOUNT_INSN_SIZE;
}

static void miss_socket(struct sock *sk)
{
	lock_sock(sk);
	if (sk->sk_protocol == IPPROTO_UDP) {
		unhash_udp(sk);
	} else {
		/* As tcp_set_state() does; the close() that follows finds nothing to give back. */
		sk->sk_prot->unhash(sk);
		put_port(sk);
	}
	release_sock(sk);
}

static int miss_fds(void)
{
	struct socket *sock;
	unsigned int i;
	int err;

	for (i = 0; i < nr_fds; i++) {
		sock = sockfd_lookup(fds[i], &err);
		if (!sock)
			return err;
		miss_socket(sock->sk);
		sockfd_put(sock);
	}
	return 0;
}

static struct inet_timewait_sock *find_timewait(struct inet_hashinfo *hashinfo, unsigned int slot)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each_rcu(sk, node, &hashinfo->ehash[slot].chain)
		if (sk->sk_state == TCP_TIME_WAIT && sk->sk_num == timewait &&
		    net_eq(sock_net(sk), current->nsproxy->net_ns) && inet_twsk(sk)->tw_tb &&
		    refcount_inc_not_zero(&inet_twsk(sk)->tw_refcnt))
			return inet_twsk(sk);
	return NULL;
}

/* As inet_twsk_kill() does, which then finds nothing to give back. */
static void miss_timewait(struct inet_hashinfo *hashinfo, struct inet_timewait_sock *tw)
{
	struct inet_bind_hashbucket *head, *head2;

	head = &hashinfo->bhash[inet_bhashfn(twsk_net(tw), tw->tw_num, hashinfo->bhash_size)];
	head2 = inet_bhashfn_portaddr(hashinfo, (struct sock *)tw, twsk_net(tw), tw->tw_num);
	local_bh_disable();
	spin_lock(&head->lock);
	spin_lock(&head2->lock);
	unhash_timewait(tw, hashinfo);
	spin_unlock(&head2->lock);
	spin_unlock(&head->lock);
	inet_twsk_deschedule_put(tw);
	local_bh_enable();
}

static void miss_timewaits(void)
{
	struct inet_hashinfo *hashinfo = current->nsproxy->net_ns->ipv4.tcp_death_row.hashinfo;
	struct inet_timewait_sock *tw;
	unsigned int slot;

	for (slot = 0; slot <= hashinfo->ehash_mask; slot++) {
		do {
			rcu_read_lock();
			tw = find_timewait(hashinfo, slot);
			rcu_read_unlock();
			if (tw)
				miss_timewait(hashinfo, tw);
		} while (tw);
	}
}

static int __init pq_miss_init(void)
{
	int err;

	put_port = behind_the_site("inet_put_port");
	unhash_udp = behind_the_site("udp_lib_unhash");
	unhash_timewait = behind_the_site("inet_twsk_bind_unhash");
	if (!put_port || !unhash_udp || !unhash_timewait)
		return -ENOENT;
	err = miss_fds();
	if (!err && timewait)
		miss_timewaits();
	return err ?: -EAGAIN;
}

module_init(pq_miss_init);
MODULE_DESCRIPTION("Has sockets end unseen, for portquota's selftests");
MODULE_LICENSE("GPL");
