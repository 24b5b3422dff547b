/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * range: the ports a namespace hands out, net.ipv4.ip_local_port_range less
 * ip_local_reserved_ports. Asked anew each time, so it follows the sysctls.
 */
#ifndef _PORTQUOTA_RANGE_H
#define _PORTQUOTA_RANGE_H

#include <net/ip.h>

/**
 * struct pq_range - a namespace's range, as it was when last asked for
 * @low: the first port
 * @high: the last one
 * @usable: how many of them there were to be had; what 100 % is
 */
struct pq_range {
	int low, high;
	unsigned int usable;
};

/**
 * pq_range_spans() - does a port lie between the bounds of the range?
 * @net: the namespace
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if so, whether it is reserved or not.
 */
static inline bool pq_range_spans(struct net *net, u16 port)
{
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	return port >= low && port <= high;
}

/**
 * pq_range_has() - is a port one of those that are handed out?
 * @net: the namespace
 * @port: the port, host order
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool pq_range_has(struct net *net, u16 port)
{
	return pq_range_spans(net, port) && !inet_is_local_reserved_port(net, port);
}

unsigned int pq_range_usable(struct net *net, int *low, int *high);
u64 pq_range_reserved(struct net *net);
unsigned int pq_range_count(const unsigned long *reserved, int low, int high);

#endif
