// SPDX-License-Identifier: GPL-2.0-only
/* stock: see stock.h for what it promises. */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "export.h"
#include "stock.h"

/* Both resources of one stock are in this word. */
#define STOCK_WORD	PQ_TCP

/*
 * The most that may be held of a resource while there are stocks, but for the peak. TCP is
 * refused at the limit of TIME_WAIT, which nobody asks who takes from a stock: so that is not
 * reached.
 */
static long below_points(const struct pq_usage *usage, enum pq_resource res)
{
	long max = READ_ONCE(usage->max[res]);

	return min(READ_ONCE(usage->trips[res].trip) - 1,
		   res == PQ_TIMEWAIT && max != LONG_MAX ? max - 1 : max);
}

static long soft(const struct pq_usage *usage, enum pq_resource res)
{
	return min(below_points(usage, res), atomic_long_read(&usage->peak[res]));
}

/* @more: what is to be held beside */
static bool is_below_top(const struct pq_usage *usage, s64 more)
{
	s64 word = atomic64_read(&usage->held[pq_held_word(STOCK_WORD)]) + more;

	return pq_held_of(word, PQ_TCP) <= soft(usage, PQ_TCP) &&
	       pq_held_of(word, PQ_TIMEWAIT) <= soft(usage, PQ_TIMEWAIT);
}

static bool is_above_bottom(const struct pq_usage *usage)
{
	s64 word = atomic64_read(&usage->held[pq_held_word(STOCK_WORD)]);
	int loose = atomic_read(&usage->loose);

	return !pq_usage_nears_bottom(usage, PQ_TCP, pq_held_of(word, PQ_TCP), loose) &&
	       !pq_usage_nears_bottom(usage, PQ_TIMEWAIT, pq_held_of(word, PQ_TIMEWAIT), loose);
}

static long room_above_bottom(const struct pq_usage *usage, enum pq_resource res)
{
	long untrip = READ_ONCE(usage->trips[res].untrip);

	return untrip < 0 ? LONG_MAX :
	       pq_usage_held(usage, res) - atomic_read(&usage->loose) - 1 - untrip;
}

/**
 * pq_stock_room() - how large may a new stock be?
 * @usage: the node
 * @share: how many such stocks there may be, that are all to find room
 * @more: what is to be taken from it at once, by pq_held_one(); or 0
 *
 * Return: what to give to pq_stock_open(); 0 if there had better be none.
 */
int pq_stock_room(const struct pq_usage *usage, unsigned int share, s64 more)
{
	long room = PQ_STOCK_MAX * (long)share;
	unsigned int depth = 0;

	for (; usage; usage = usage->parent) {
		if (++depth > PQ_STOCK_DEPTH || READ_ONCE(usage->queued) ||
		    !is_below_top(usage, more))
			return 0;
		room = min3(room, room_above_bottom(usage, PQ_TCP),
			    room_above_bottom(usage, PQ_TIMEWAIT));
	}
	return room / (long)share < PQ_STOCK_MIN ? 0 : room / (long)share;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_room);

/**
 * pq_stock_is_far() - is a new stock far from where somebody has to be told something?
 * @usage: the node
 * @room: how far, up and down. The peak is none of these: to come there is usual.
 *
 * Return: true if every number is.
 */
bool pq_stock_is_far(const struct pq_usage *usage, long room)
{
	unsigned int depth = 0;

	for (; usage && depth < PQ_STOCK_DEPTH; usage = usage->parent, depth++)
		if (pq_usage_held(usage, PQ_TCP) + room > below_points(usage, PQ_TCP) ||
		    pq_usage_held(usage, PQ_TIMEWAIT) + room > below_points(usage, PQ_TIMEWAIT) ||
		    room_above_bottom(usage, PQ_TCP) < room ||
		    room_above_bottom(usage, PQ_TIMEWAIT) < room)
			return false;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_is_far);

/**
 * pq_stock_at_peak() - is there no room for a stock only because of a peak?
 * @usage: the node
 * @more: what was to be taken from it at once
 *
 * Then what ends makes room. At a limit, and at other points, a stock would soon be in the way.
 *
 * Return: true if so.
 */
bool pq_stock_at_peak(const struct pq_usage *usage, s64 more)
{
	static const enum pq_resource resources[] = { PQ_TCP, PQ_TIMEWAIT };
	unsigned int i, depth = 0;
	bool at_peak = false;
	long held;
	s64 word;

	for (; usage; usage = usage->parent) {
		if (++depth > PQ_STOCK_DEPTH || READ_ONCE(usage->queued))
			return false;
		word = atomic64_read(&usage->held[pq_held_word(STOCK_WORD)]) + more;
		for (i = 0; i < ARRAY_SIZE(resources); i++) {
			held = pq_held_of(word, resources[i]);
			if (held > below_points(usage, resources[i]))
				return false;
			at_peak |= held > atomic_long_read(&usage->peak[resources[i]]);
		}
	}
	return at_peak;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_at_peak);

static void loosen(struct pq_usage *usage, const struct pq_usage *top, int n)
{
	for (; usage != top; usage = usage->parent)
		atomic_add(n, &usage->loose);
}

/**
 * pq_stock_open() - begin with an empty stock
 * @stock: the stock, closed
 * @usage: its node
 * @cap: from pq_stock_room()
 *
 * Return: false if that was too much, and the stock is closed.
 */
bool pq_stock_open(struct pq_stock *stock, struct pq_usage *usage, int cap)
{
	struct pq_usage *at;

	for (at = usage; at; at = at->parent) {
		/* In this order, and then what is held and where the points are: see counter.h. */
		atomic_add_return(cap, &at->loose);
		atomic_inc_return(&at->opened);
		if (READ_ONCE(at->queued) || !is_below_top(at, 0) || !is_above_bottom(at)) {
			loosen(usage, at->parent, -cap);
			return false;
		}
	}
	*stock = (struct pq_stock){ .cap = cap };
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_open);

/* Never so much that a limit, a peak or a trip is reached, not even for a moment */
static bool hold(struct pq_usage *usage, enum pq_resource res, int n)
{
	atomic64_t *held = pq_usage_word(usage, res);
	s64 word = atomic64_read(held);

	do {
		if (pq_held_of(word, res) + n > soft(usage, res))
			return false;
	} while (!atomic64_try_cmpxchg(held, &word, word + n * pq_held_one(res)));
	return true;
}

static int room_to_top(const struct pq_usage *usage, enum pq_resource res, int most)
{
	long room = most;

	for (; usage; usage = usage->parent)
		room = min(room, soft(usage, res) - pq_usage_held(usage, res));
	return room;
}

/**
 * pq_stock_fill() - charge some beforehand
 * @stock: the stock, open, with none of the resource in it
 * @usage: its node
 * @res: PQ_TCP or PQ_TIMEWAIT
 *
 * Where there is not room for many, half of it is left to other stocks. And it is never
 * very many: what lies in a stock below a limit or a peak is not there for others.
 *
 * Return: how much; 0 if there is no room.
 */
int pq_stock_fill(struct pq_stock *stock, struct pq_usage *usage, enum pq_resource res)
{
	int n = room_to_top(usage, res, min(stock->cap, 2 * PQ_STOCK_FILL));
	struct pq_usage *at;

	if (n <= 0)
		return 0;
	n = (n + 1) / 2;
	for (at = usage; at; at = at->parent)
		if (!hold(at, res, n))
			break;
	if (at) {
		for (; usage != at; usage = usage->parent)
			atomic64_sub(n * pq_held_one(res), pq_usage_word(usage, res));
		return 0;
	}
	atomic64_add(n * pq_held_one(res), &usage->local[pq_held_word(res)]);
	if (res == PQ_TCP)
		stock->tcp += n;
	else
		stock->timewait += n;
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_fill);

/**
 * pq_stock_close() - give back what is in a stock, and count what it has not
 * @stock: the stock; nothing happens if it is closed
 * @usage: its node
 */
void pq_stock_close(struct pq_stock *stock, struct pq_usage *usage)
{
	s64 rest = stock->tcp * pq_held_one(PQ_TCP) + stock->timewait * pq_held_one(PQ_TIMEWAIT);
	int reason;

	if (!stock->cap)
		return;
	atomic64_sub(rest, &usage->local[pq_held_word(STOCK_WORD)]);
	for (; usage; usage = usage->parent) {
		atomic64_sub(rest, pq_usage_word(usage, STOCK_WORD));
		atomic_long_add(stock->begun, &usage->begun[PQ_TCP]);
		for (reason = 0; reason < PQ_TW_ENDS; reason++)
			if (stock->ended[reason])
				atomic_long_add(stock->ended[reason], &usage->tally[reason]);
		if (stock->fin_wait2)
			atomic_long_add(stock->fin_wait2, &usage->tally[PQ_TW_FIN_WAIT2]);
		/* What is held was too much by the rest until here: see pq_usage_raise_peak(). */
		smp_mb__before_atomic();
		atomic_sub(stock->cap, &usage->loose);
	}
	*stock = (struct pq_stock){};
}
EXPORT_SYMBOL_IF_KUNIT(pq_stock_close);
