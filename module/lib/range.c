// SPDX-License-Identifier: GPL-2.0-only
/* range: see range.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/bitops.h>

#include "export.h"
#include "range.h"

/**
 * pq_range_count() - how many ports of a range are not reserved
 * @reserved: bitmap of the 65,536 ports; may be NULL
 * @low: the first port
 * @high: the last port
 *
 * Return: the number.
 */
unsigned int pq_range_count(const unsigned long *reserved, int low, int high)
{
	unsigned int usable = high - low + 1, first = BIT_WORD(low);

	/* Mostly there are none, which is seen sooner than it is counted. */
	if (!reserved || find_next_bit(reserved, high + 1, low) > high)
		return usable;
	reserved += first;
	first *= BITS_PER_LONG;
	return usable - (bitmap_weight(reserved, high + 1 - first) -
			 bitmap_weight(reserved, low - first));
}
EXPORT_SYMBOL_IF_KUNIT(pq_range_count);

/**
 * pq_range_usable() - the range and how many ports of it can be had
 * @net: the namespace
 * @low: set to the first port
 * @high: set to the last port
 *
 * Context: any.
 * Return: the number of ports.
 */
unsigned int pq_range_usable(struct net *net, int *low, int *high)
{
	inet_get_local_port_range(net, low, high);
	return pq_range_count(net->ipv4.sysctl_local_reserved_ports, *low, *high);
}

/**
 * pq_range_reserved() - a fingerprint of the reserved ports
 * @net: the namespace
 *
 * Context: any.
 * Return: a number that is another when others are reserved.
 */
u64 pq_range_reserved(struct net *net)
{
	const unsigned long *reserved = net->ipv4.sysctl_local_reserved_ports;
	u64 print = 1;
	unsigned int i;

	for (i = 0; reserved && i < BITS_TO_LONGS(65536); i++)
		print = (print ^ reserved[i]) * 0x9e3779b97f4a7c15ULL;
	return print;
}
