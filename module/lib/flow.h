/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flow: where a connection comes from and goes to, without the port that it
 * has here. Pure data.
 */
#ifndef _PORTQUOTA_FLOW_H
#define _PORTQUOTA_FLOW_H

#include <linux/in6.h>
#include <linux/types.h>
#include <net/ipv6.h>

/**
 * struct pq_flow - from an address to an address and port
 * @source: the local address; an IPv4 one is in the first word
 * @address: the remote one
 * @port: the remote port, host order
 * @family: AF_INET or AF_INET6; IPv4-mapped IPv6 is AF_INET
 */
struct pq_flow {
	struct in6_addr source;
	struct in6_addr address;
	u16 port;
	u16 family;
};

/**
 * pq_addresses_mapped() - does an IPv6 socket have IPv4 addresses?
 * @local: its own address
 * @remote: the other end's
 *
 * One that is bound and not connected has its own alone. The IPv4 addresses of such
 * a socket are in sk_rcv_saddr and sk_daddr too.
 *
 * Return: true if so.
 */
static inline bool pq_addresses_mapped(const struct in6_addr *local, const struct in6_addr *remote)
{
	return ipv6_addr_v4mapped(remote) || (ipv6_addr_any(remote) && ipv6_addr_v4mapped(local));
}

/**
 * pq_flow_of() - where a socket is connected to
 * @sk: a connected socket, or a TIME_WAIT: sk_common is what they share
 * @flow: filled in, all of it
 */
static inline void pq_flow_of(const struct sock *sk, struct pq_flow *flow)
{
	flow->port = ntohs(sk->sk_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		flow->family = AF_INET6;
		flow->source = sk->sk_v6_rcv_saddr;
		flow->address = sk->sk_v6_daddr;
		return;
	}
#endif
	flow->family = AF_INET;
	flow->source = (struct in6_addr){ .s6_addr32[0] = sk->sk_rcv_saddr };
	flow->address = (struct in6_addr){ .s6_addr32[0] = sk->sk_daddr };
}

/**
 * pq_flow_is() - is that where a socket is connected to?
 * @flow: from pq_flow_of()
 * @sk: a connected socket, or a TIME_WAIT
 *
 * Return: true if so.
 */
static inline bool pq_flow_is(const struct pq_flow *flow, const struct sock *sk)
{
	if (flow->port != ntohs(sk->sk_dport))
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		return flow->family == AF_INET6 &&
		       ipv6_addr_equal(&flow->address, &sk->sk_v6_daddr) &&
		       ipv6_addr_equal(&flow->source, &sk->sk_v6_rcv_saddr);
#endif
	return flow->family == AF_INET && flow->address.s6_addr32[0] == sk->sk_daddr &&
	       flow->source.s6_addr32[0] == sk->sk_rcv_saddr;
}

/**
 * pq_flow_mapped() - both addresses of a flow as IPv6
 * @flow: the flow; family 0 for none
 * @source: set to the local one, :: if there is none
 * @address: set to the remote one
 */
static inline void pq_flow_mapped(const struct pq_flow *flow, struct in6_addr *source,
				  struct in6_addr *address)
{
	*source = flow->source;
	*address = flow->address;
	if (flow->family == AF_INET) {
		ipv6_addr_set_v4mapped(flow->source.s6_addr32[0], source);
		ipv6_addr_set_v4mapped(flow->address.s6_addr32[0], address);
	}
}

#endif
