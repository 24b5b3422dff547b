// SPDX-License-Identifier: GPL-2.0-only
/* portcount: see portcount.h for what it promises. */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "export.h"
#include "once.h"
#include "portcount.h"
#include "portset.h"

/**
 * pq_portcount_grow() - memory for the ports around one
 * @count: the count
 * @port: the port, host order
 *
 * Context: any.
 * Return: the holders of these ports, or NULL.
 */
atomic_t *pq_portcount_grow(struct pq_portcount *count, u16 port)
{
	return pq_make_once(&count->chunk[port / PQ_PORTCOUNT_CHUNK],
			    PQ_PORTCOUNT_CHUNK * sizeof(atomic_t));
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_grow);

static bool is_outside(unsigned int port, const unsigned long *reserved, u16 low, u16 high)
{
	return port < low || port > high || (reserved && test_bit(port, reserved));
}

/**
 * pq_portcount_outside() - how many reservations hold ports outside of a range
 * @count: the count
 * @without: its holders do not count, they are among those of @count
 * @reserved: of the range, these do not count; a bitmap of the 65,536 ports, or NULL
 * @low: the first port
 * @high: the last port
 *
 * Context: process, may sleep; the cost grows with the ports that were ever held.
 * Return: the number.
 */
unsigned long pq_portcount_outside(const struct pq_portcount *count,
				   const struct pq_portset *without,
				   const unsigned long *reserved, u16 low, u16 high)
{
	unsigned long outside = 0;
	int holders;
	unsigned int port, end;
	const atomic_t *chunk;

	for (port = 0; port < 65536; port = end) {
		end = port + PQ_PORTCOUNT_CHUNK;
		chunk = READ_ONCE(count->chunk[port / PQ_PORTCOUNT_CHUNK]);
		if (!chunk || (port >= low && end <= high + 1U &&
			       (!reserved || find_next_bit(reserved, end, port) >= end)))
			continue;
		for (; port < end; port++) {
			if (!is_outside(port, reserved, low, high))
				continue;
			holders = atomic_read(&chunk[port % PQ_PORTCOUNT_CHUNK]);
			outside += max(holders - (int)pq_portset_holders(without, port), 0);
		}
		cond_resched();
	}
	return outside;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_outside);

/**
 * pq_portcount_free() - give back a count's memory
 * @count: the count; it is not used any more
 */
void pq_portcount_free(struct pq_portcount *count)
{
	unsigned int i;

	for (i = 0; i < PQ_PORTCOUNT_CHUNKS; i++)
		kfree(count->chunk[i]);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portcount_free);
