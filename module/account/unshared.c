// SPDX-License-Identifier: GPL-2.0-only
/* unshared: see unshared.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "lib/export.h"
#include "lib/once.h"
#include "unshared.h"

#define PORTS	65536

/**
 * pq_unshared_watch() - a port may be spoiled: it is, until somebody has looked
 * @unshared: those of the namespace
 * @port: the port, host order
 *
 * Without memory it is not watched, and not spoiled if no entry says so.
 *
 * Context: any.
 */
void pq_unshared_watch(struct pq_unshared *unshared, u16 port)
{
	unsigned long *watched = READ_ONCE(unshared->watched);

	if (unlikely(!watched))
		watched = pq_make_once(&unshared->watched, BITS_TO_LONGS(PORTS) * sizeof(*watched));
	if (!watched)
		return;
	/* Before the bit: another CPU may see it at once, look, and take both back. */
	pq_portset_hold(&unshared->spoiled, port);
	atomic_inc(&unshared->watching);
	if (!test_and_set_bit(port, watched))
		return;
	atomic_dec(&unshared->watching);
	pq_portset_release(&unshared->spoiled, port);
}
EXPORT_SYMBOL_IF_KUNIT(pq_unshared_watch);

/**
 * pq_unshared_unwatch() - somebody looks at a port
 * @unshared: those of the namespace
 * @port: the port, host order
 *
 * To be called before the look: if the port is to be watched on, or somebody else finds
 * that meanwhile, it is watched anew.
 *
 * Context: any.
 * Return: true if it was watched. The caller lets it go from the set of spoiled ones when
 * it has looked.
 */
bool pq_unshared_unwatch(struct pq_unshared *unshared, u16 port)
{
	if (!test_and_clear_bit(port, READ_ONCE(unshared->watched)))
		return false;
	atomic_dec(&unshared->watching);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(pq_unshared_unwatch);

/**
 * pq_unshared_free() - give back the memory
 * @unshared: those of a namespace; not used any more
 */
void pq_unshared_free(struct pq_unshared *unshared)
{
	pq_portset_free(&unshared->exclusive);
	pq_portset_free(&unshared->spoiled);
	kfree(unshared->watched);
}
EXPORT_SYMBOL_IF_KUNIT(pq_unshared_free);
