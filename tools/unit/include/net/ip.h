/* SPDX-License-Identifier: GPL-2.0-only */
/* A network namespace is its range of ports and the ports reserved in it, not changed meanwhile. */
#ifndef _UNIT_NET_IP_H
#define _UNIT_NET_IP_H

#include <linux/bitops.h>
#include <linux/types.h>

struct net {
	struct {
		unsigned long *sysctl_local_reserved_ports;
		int range[2];
	} ipv4;
};

static inline void inet_get_local_port_range(const struct net *net, int *low, int *high)
{
	*low = net->ipv4.range[0];
	*high = net->ipv4.range[1];
}

static inline bool inet_is_local_reserved_port(const struct net *net, unsigned short port)
{
	const unsigned long *reserved = net->ipv4.sysctl_local_reserved_ports;

	return reserved && reserved[port / BITS_PER_LONG] & BIT(port % BITS_PER_LONG);
}

#endif
