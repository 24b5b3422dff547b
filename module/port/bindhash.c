// SPDX-License-Identifier: GPL-2.0-only
/* bindhash: see bindhash.h for what it promises. */
#include <net/inet_connection_sock.h>

#include "account/ledger.h"
#include "bindhash.h"
#include "lib/compat.h"
#include "lib/range.h"

bool pq_scanning __read_mostly = true;

/* A listener, or the second that is not known to be of connect(): that must have had one. */
static bool owner_serves(struct sock *sk, void *arg)
{
	unsigned int *owners = arg;

	if (pq_compat_by_connect(sk, false))
		return false;
	return inet_sk_state_load(sk) == TCP_LISTEN || ++*owners > 1;
}

/**
 * pq_bindhash_head() - the chain that has the bind bucket of a port, if there is one
 * @net: the namespace
 * @port: the port, host order
 *
 * Return: the head of the chain, with its lock. All namespaces share one bind hash.
 */
struct inet_bind_hashbucket *pq_bindhash_head(const struct net *net, u16 port)
{
	struct inet_hashinfo *hashinfo = net->ipv4.tcp_death_row.hashinfo;

	return &hashinfo->bhash[inet_bhashfn(net, port, hashinfo->bhash_size)];
}

static void assert_locked(const struct inet_bind_bucket *tb)
{
	lockdep_assert_held(&pq_bindhash_head(ib_net(tb), tb->port)->lock);
}

/**
 * pq_bindhash_find() - the bind bucket of a port
 * @head: its chain, locked
 * @net: the namespace
 * @port: the port, host order
 *
 * Return: the bucket, of sockets in no VRF; NULL if there is none.
 */
struct inet_bind_bucket *pq_bindhash_find(struct inet_bind_hashbucket *head,
					  const struct net *net, u16 port)
{
	struct inet_bind_bucket *tb;

	lockdep_assert_held(&head->lock);
	inet_bind_bucket_for_each(tb, &head->chain)
		if (tb->port == port && !tb->l3mdev && net_eq(ib_net(tb), net))
			return tb;
	return NULL;
}

/**
 * pq_bucket_shareable() - may connect() share a bind bucket's port?
 * @tb: the bucket; the lock of its hash bucket is held
 *
 * connect() marks a bucket that it makes by -1 in both, and goes by both
 * (net/ipv4/inet_hashtables.c, __inet_hash_connect()). A bind() or listen() that is
 * let onto the port changes one of them at least (inet_csk_update_fastreuse()).
 *
 * Return: true if so.
 */
bool pq_bucket_shareable(const struct inet_bind_bucket *tb)
{
	assert_locked(tb);
	return tb->fastreuse < 0 && tb->fastreuseport < 0;
}

/* Asked once for a bucket, because it may have to go through all of its connections. */
static bool serves(struct pq_bind_bucket *bucket)
{
	unsigned int owners = 0;

	if (!bucket->asked)
		bucket->serves = pq_compat_any_owner(bucket->tb, NULL, owner_serves, &owners);
	bucket->asked = true;
	return bucket->serves;
}

/**
 * pq_bucket_kind() - what a bind bucket says about a connection in it
 * @sk: the connection, or its TIME_WAIT
 * @bucket: the bucket; the lock of its hash bucket is held
 *
 * connect() marks the buckets it makes with fastreuse -1
 * (net/ipv4/inet_hashtables.c), and on newer kernels its sockets too. A connection
 * in a bucket made by bind() was accepted if the bucket serves (it has a listener, or
 * so many other sockets that it must have had one); otherwise it is
 * taken to have been bound before it connected. The last accepted one of a
 * listener that is gone cannot be told from that, if the port is in the range.
 * Nor can, on older kernels, connections of connect() be told from accepted ones,
 * if there are several in a bucket that bind() has had a socket in: that has taken
 * the mark away, for as long as the bucket lives. The manual page says so, under
 * "(before load)".
 *
 * Return: PQ_ENTRY_RESERVATION, _EXCLUSIVE and _UNSHARED as they apply; 0 for
 * accepted ones.
 */
u16 pq_bucket_kind(const struct sock *sk, struct pq_bind_bucket *bucket)
{
	const struct inet_bind_bucket *tb = bucket->tb;

	assert_locked(tb);
	if (pq_compat_by_connect(sk, tb->fastreuse == -1))
		return PQ_ENTRY_RESERVATION |
		       (pq_bucket_shareable(tb) || tb->l3mdev ? 0 : PQ_ENTRY_UNSHARED);
	if (pq_range_has(ib_net(tb), tb->port) && !serves(bucket))
		return PQ_ENTRY_RESERVATION | PQ_ENTRY_EXCLUSIVE;
	return 0;
}

/**
 * pq_bucket_sock_kind() - what a socket in a bind bucket holds
 * @sk: the socket, no TIME_WAIT
 * @bucket: the bucket; the lock of its hash bucket is held
 *
 * Return: PQ_ENTRY_RESERVATION, _EXCLUSIVE, _UNSHARED and _BOUND as they apply; 0
 * if it holds no port.
 */
u16 pq_bucket_sock_kind(struct sock *sk, struct pq_bind_bucket *bucket)
{
	const struct inet_bind_bucket *tb = bucket->tb;
	int state = inet_sk_state_load(sk);	/* it is not locked */
	u16 kind;

	assert_locked(tb);
	if (pq_sock_bound_by_hand(sk) || state == TCP_LISTEN ||
	    (state == TCP_CLOSE && !pq_compat_by_connect(sk, tb->fastreuse == -1))) {
		if (!pq_range_has(sock_net(sk), tb->port))
			return 0;
		kind = PQ_ENTRY_RESERVATION | PQ_ENTRY_EXCLUSIVE;
	} else {
		kind = pq_bucket_kind(sk, bucket);
	}
	if (kind && state == TCP_CLOSE)
		kind |= PQ_ENTRY_BOUND;
	return kind;
}

/**
 * pq_bindhash_kind() - what a TCP connection from before the hooks holds
 * @sk: the connection, which still has its port
 *
 * Context: any but hard interrupts, no bind hash lock held.
 * Return: PQ_ENTRY_RESERVATION, _EXCLUSIVE and _UNSHARED as they apply; 0 for an
 * accepted one.
 */
u16 pq_bindhash_kind(struct sock *sk)
{
	struct inet_bind_hashbucket *head = pq_bindhash_head(sock_net(sk), inet_sk(sk)->inet_num);
	struct pq_bind_bucket bucket = {};
	u16 kind = 0;

	spin_lock_bh(&head->lock);
	bucket.tb = inet_csk(sk)->icsk_bind_hash;
	if (bucket.tb)
		kind = pq_bucket_sock_kind(sk, &bucket);
	spin_unlock_bh(&head->lock);
	return kind & ~PQ_ENTRY_BOUND;
}
