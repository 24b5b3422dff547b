/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stock: charges of one node that were made beforehand, so that those who come next
 * need not touch the counters, nor those of the ancestors, that all CPUs write to.
 *
 * What lies in a stock is held by the node and by all of its ancestors, and used by
 * nobody. So of each node it is known, without a look at any stock:
 *
 *	held - loose <= used <= held
 *
 * where loose is the sum of what its stocks can have in them at most. A stock is only
 * opened, and filled, where that is enough: where everything in between is below the
 * limits, the peak and the trip points, and above the untrip points. There nothing can
 * happen that somebody would have to be told. Who charges or uncharges without a stock
 * and leaves that room is told that a number has tripped (counter.h). He has all stocks
 * emptied before anything is compared, and as long as a number is out of that room no
 * stock is opened. So nothing is ever refused, told or missed that would not be without
 * stocks, and the peak is exact: as long as there are stocks, held is not above it.
 *
 * Of a load that stays the same what is given back is what is taken next: it goes into
 * the stock and out of it, also where held is as high as it ever was.
 *
 * Pure arithmetic. The caller serialises the calls for one stock; those for different
 * stocks, and for the nodes, may come at the same time. No call sleeps. A call that
 * goes up to the root does so for PQ_STOCK_DEPTH levels at most.
 */
#ifndef _PORTQUOTA_STOCK_H
#define _PORTQUOTA_STOCK_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "counter.h"

#define PQ_STOCK_MAX	256	/* of each resource, in one stock */
#define PQ_STOCK_MIN	4	/* with less it is not worth it */
#define PQ_STOCK_FILL	32	/* so many are charged at once; what is given back is more */
#define PQ_STOCK_DEPTH	16	/* a node with more ancestors has none */

/**
 * struct pq_stock - a stock of one node
 * @cap: how much of each resource it may have in it; 0: it is closed
 * @tcp: how much TCP is in it
 * @timewait: how much TIME_WAIT
 * @begun: how many TCP have begun, and are not counted yet
 * @ended: by why they ended: TIME_WAITs that have ended, and are not counted yet
 * @fin_wait2: so many more TIME_WAITs are still in FIN_WAIT2 than is counted, or fewer
 */
struct pq_stock {
	int cap;
	int tcp;
	int timewait;
	unsigned int begun;
	unsigned int ended[PQ_TW_ENDS];
	int fin_wait2;
};

int pq_stock_room(const struct pq_usage *usage, unsigned int share, s64 more);
bool pq_stock_is_far(const struct pq_usage *usage, long room);
bool pq_stock_at_peak(const struct pq_usage *usage, s64 more);
bool pq_stock_open(struct pq_stock *stock, struct pq_usage *usage, int cap);
int pq_stock_fill(struct pq_stock *stock, struct pq_usage *usage, enum pq_resource res);
void pq_stock_close(struct pq_stock *stock, struct pq_usage *usage);

/**
 * pq_stock_take() - take hold of one from a stock
 * @stock: the stock, open
 * @res: PQ_TCP, which is to be counted by @begun when it is used; or PQ_TIMEWAIT, that
 *	 of one that holds a port
 *
 * Return: false if there is none in it.
 */
static __always_inline bool pq_stock_take(struct pq_stock *stock, enum pq_resource res)
{
	int *have = res == PQ_TCP ? &stock->tcp : &stock->timewait;

	if (unlikely(!*have))
		return false;
	(*have)--;
	return true;
}

/**
 * pq_stock_give() - uncharge a TIME_WAIT and the TCP port that it held into a stock
 * @stock: the stock, open or closed
 * @reason: why it has ended
 *
 * Return: false if it has no room for them.
 */
static __always_inline bool pq_stock_give(struct pq_stock *stock, enum pq_tally reason)
{
	if (unlikely(max(stock->tcp, stock->timewait) >= stock->cap))
		return false;
	stock->tcp++;
	stock->timewait++;
	stock->ended[reason]++;
	return true;
}

#endif
