/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counter: hierarchical counters.
 *
 * A charge counts in one node and in each of its ancestors, like
 * kernel/cgroup/pids.c does it. Pure arithmetic on atomics: it knows nothing
 * of sockets, cgroups or namespaces, takes no lock, never sleeps, and may be
 * called from any context. The caller keeps the nodes alive.
 *
 * What may fail is two steps: pq_usage_try_charge() takes hold of the resource
 * below all the limits on the way to the root, then either pq_usage_commit()
 * counts it or pq_usage_cancel() lets go of it again. No limit is ever
 * exceeded by a try that succeeded, not even for a moment. When a try fails at
 * one node, those below have held one too many until it is undone, so another
 * try at the same moment may fail for it: kernel/cgroup/pids.c accepts the
 * same.
 *
 * The numbers of different nodes, and different numbers of one node, are not
 * read or changed together: at rest they agree, on the way they may be apart
 * by the charges in flight. No number is ever negative, because an entry is
 * charged before another CPU can find and uncharge it; but for PQ_TW_FIN_WAIT2 while
 * there are stocks, which may have the charge. What follows from other
 * numbers is not counted: pq_usage_read() and pq_usage_reserving() work it out.
 *
 * The file is longer than others because this is one noun, and all of it is
 * inline: each function runs for every connection, in one or two places.
 */
#ifndef _PORTQUOTA_COUNTER_H
#define _PORTQUOTA_COUNTER_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "line.h"

enum pq_resource {
	PQ_TCP,
	PQ_UDP,
	PQ_TIMEWAIT,
	PQ_NR_RESOURCES
};

/*
 * Plain numbers. The first are how TIME_WAITs end, one of which is counted for each that
 * does, the usual ones before the others. The next are gauges, that say of how many of
 * what is held something is true; they go up and down, the others only grow.
 */
enum pq_tally {
	PQ_TW_EXPIRED,
	PQ_TW_REUSED,
	PQ_TW_RECYCLED,
	PQ_TW_KILLED,
	PQ_TW_ENDS,

	PQ_FIRST_GAUGE = PQ_TW_ENDS,
	PQ_TCP_EXCLUSIVE = PQ_FIRST_GAUGE,
	PQ_TCP_BOUND,
	PQ_TW_PORTLESS,
	PQ_TW_FIN_WAIT2,
	PQ_BEHIND_GAUGES,

	PQ_TCP_EXHAUSTED = PQ_BEHIND_GAUGES,
	PQ_TCP_DENIED,
	PQ_TCP_WOULD_DENY,
	PQ_UDP_EXHAUSTED,
	PQ_UDP_DENIED,
	PQ_UDP_WOULD_DENY,
	PQ_TW_OVERFLOW,
	PQ_TW_DENIED,
	PQ_UNTRACKED,
	PQ_TCP_TAKEN,
	PQ_UDP_TAKEN,
	PQ_NR_TALLIES
};

#define PQ_NR_GAUGES	(PQ_BEHIND_GAUGES - PQ_FIRST_GAUGE)

/* Several gauges are told by a bit each. */
#define PQ_GAUGE(tally)	BIT((tally) - PQ_FIRST_GAUGE)

/*
 * What is held of TCP and of TIME_WAIT is one number, in its lower and its upper half:
 * most TIME_WAITs end together with the port that they hold. Neither half is ever
 * negative, and 2^31 of either would take 120 GB.
 */
#define PQ_HELD_WORDS	2

static __always_inline unsigned int pq_held_shift(enum pq_resource res)
{
	return res == PQ_TIMEWAIT ? 32 : 0;
}

/* One more of a resource */
static __always_inline s64 pq_held_one(enum pq_resource res)
{
	return 1LL << pq_held_shift(res);
}

/* Which of the words a resource is in */
static __always_inline unsigned int pq_held_word(enum pq_resource res)
{
	return res == PQ_UDP;
}

static __always_inline long pq_held_of(s64 word, enum pq_resource res)
{
	return (u32)((u64)word >> pq_held_shift(res));
}

/**
 * struct pq_trips - where a resource is told of
 * @trip: a charge that makes what is held reach this is answered with "tripped"
 * @untrip: so is an uncharge that makes it fall to this
 */
struct pq_trips {
	long trip;
	long untrip;
};

/**
 * struct pq_count - what is counted of a resource, as of one moment
 * @held: how much of the resource is charged, tries not included
 * @begun: how many were ever charged
 * @ended: how many of those were uncharged
 */
struct pq_count {
	long held;
	long begun;
	long ended;
};

/**
 * struct pq_usage - one node of the hierarchy
 * @parent: where everything that counts here counts too; NULL at the root
 * @limited: the node has a limit of any resource, or a queue
 * @queued: connect()s wait for room below a limit of this node, and no other is
 *	    let in before them, also when the limit has just been taken away
 * @loose: so much of what is held, of TCP and of TIME_WAIT each, may lie in stocks and be
 *	   used by nobody: see stock.h
 * @trips: by resource
 * @max: by resource, no more than that; LONG_MAX for no limit
 * @peak: by resource, the most there ever was
 * @opened: how many stocks there ever were
 * @held: TCP and TIME_WAIT, UDP: how much of it now, tries and descendants included
 * @begun: TCP, UDP: how many were ever charged, descendants included
 * @local: TCP and TIME_WAIT, UDP: what was charged to this very node; of TIME_WAIT,
 *	   those that hold a port
 * @tally: by enum pq_tally, descendants included
 * @portless: TIME_WAITs charged to this very node that hold none
 * @told: by resource, what pq_usage_read() has worked out the last time
 *
 * All CPUs meet here, so what a charge only reads lies apart from what it writes; and
 * that is one line, with all that begins and ends with a connection.
 */
struct pq_usage {
	struct pq_usage *parent;
	bool limited;
	bool queued;
	atomic_t loose;
	struct pq_trips trips[PQ_NR_RESOURCES];
	long max[PQ_NR_RESOURCES];
	atomic_long_t peak[PQ_NR_RESOURCES];
	atomic_t opened;
	atomic64_t held[PQ_HELD_WORDS] ____cacheline_aligned;
	atomic_long_t begun[PQ_TIMEWAIT];
	atomic64_t local[PQ_HELD_WORDS];
	atomic_long_t tally[PQ_NR_TALLIES];
	atomic_long_t portless;
	atomic_long_t told[PQ_NR_RESOURCES];
} ____cacheline_aligned;

static_assert(PQ_LINE_BEHIND(struct pq_usage, trips) == PQ_LINE(struct pq_usage, parent) + 1);
static_assert(PQ_LINE_BEHIND(struct pq_usage, opened) <= PQ_LINE(struct pq_usage, held));
static_assert(PQ_LINE_BEHIND(struct pq_usage, tally[PQ_TW_REUSED]) ==
	      PQ_LINE(struct pq_usage, held) + 1);

/**
 * pq_usage_init() - make a node that holds nothing and has no limit
 * @usage: the node, all zeros
 * @parent: its parent, or NULL
 */
static inline void pq_usage_init(struct pq_usage *usage, struct pq_usage *parent)
{
	int res;

	usage->parent = parent;
	for (res = 0; res < PQ_NR_RESOURCES; res++) {
		usage->max[res] = LONG_MAX;
		usage->trips[res] = (struct pq_trips){ .trip = LONG_MAX, .untrip = -1 };
	}
}

/* A node with a queue counts as limited: what is there is looked at by those that come. */
static inline void pq_usage_set_limited(struct pq_usage *usage)
{
	bool limited = usage->queued;
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++)
		limited |= usage->max[res] != LONG_MAX;
	WRITE_ONCE(usage->limited, limited);
}

/**
 * pq_usage_set_max() - set or take away a limit
 * @usage: the node
 * @res: the resource
 * @max: the limit; LONG_MAX for none. Less than what is held is allowed.
 *
 * The caller serialises the calls for one node.
 */
static inline void pq_usage_set_max(struct pq_usage *usage, enum pq_resource res, long max)
{
	WRITE_ONCE(usage->max[res], max);
	pq_usage_set_limited(usage);
}

/**
 * pq_usage_set_queued() - say whether connect()s wait for room
 * @usage: the node
 * @queued: whether they do
 *
 * The caller serialises the calls for one node, and with pq_usage_set_max().
 */
static inline void pq_usage_set_queued(struct pq_usage *usage, bool queued)
{
	WRITE_ONCE(usage->queued, queued);
	pq_usage_set_limited(usage);
}

static __always_inline atomic64_t *pq_usage_word(struct pq_usage *usage, enum pq_resource res)
{
	return &usage->held[pq_held_word(res)];
}

/**
 * pq_usage_held() - how much of a resource is held below a node
 * @usage: the node
 * @res: the resource
 *
 * Return: the number, itself and all descendants.
 */
static inline long pq_usage_held(const struct pq_usage *usage, enum pq_resource res)
{
	return pq_held_of(atomic64_read(&usage->held[pq_held_word(res)]), res);
}

static inline bool pq_usage_try_hold(struct pq_usage *usage, enum pq_resource res)
{
	atomic64_t *held = pq_usage_word(usage, res);
	long max = READ_ONCE(usage->max[res]);
	s64 word = atomic64_read(held);

	do {
		if (pq_held_of(word, res) >= max)
			return false;
	} while (!atomic64_try_cmpxchg(held, &word, word + pq_held_one(res)));
	return true;
}

static inline bool pq_usage_at_max(const struct pq_usage *usage, enum pq_resource res)
{
	return pq_usage_held(usage, res) >= READ_ONCE(usage->max[res]);
}

/**
 * pq_usage_bounded() - has a node a limit that a resource may meet?
 * @usage: the node
 * @res: the resource. What has TIME_WAIT at its limit may not make more TCP
 *	 that will become it.
 *
 * Return: true if so.
 */
static inline bool pq_usage_bounded(const struct pq_usage *usage, enum pq_resource res)
{
	return READ_ONCE(usage->max[res]) != LONG_MAX ||
	       (res == PQ_TCP && READ_ONCE(usage->max[PQ_TIMEWAIT]) != LONG_MAX);
}

/**
 * pq_usage_full() - has a node reached a limit that a resource meets?
 * @usage: the node
 * @res: the resource
 *
 * Return: true if so.
 */
static inline bool pq_usage_full(const struct pq_usage *usage, enum pq_resource res)
{
	return pq_usage_at_max(usage, res) ||
	       (res == PQ_TCP && pq_usage_at_max(usage, PQ_TIMEWAIT));
}

/**
 * pq_usage_cancel_below() - undo a try that has come so far
 * @usage: the node that wanted to pay
 * @top: the first ancestor, or itself, that holds nothing; NULL for none
 * @res: the resource
 */
static inline void pq_usage_cancel_below(struct pq_usage *usage, const struct pq_usage *top,
					 enum pq_resource res)
{
	for (; usage != top; usage = usage->parent)
		atomic64_sub(pq_held_one(res), pq_usage_word(usage, res));
}

/**
 * pq_usage_try_charge() - take hold of one more, if no limit is in the way
 * @usage: the node that pays
 * @res: the resource. TCP is refused at the limit of TIME_WAIT too.
 * @turn: the node in whose queue the caller is the first, or NULL. The queues
 *	  of that node and of those below it do not hold the caller up.
 * @why: set to the resource whose limit is reached, when it fails
 *
 * Return: NULL if it holds one more, which needs a commit or cancel; else the
 * lowest node that has reached its limit or has a queue, and nothing is held.
 */
static __always_inline struct pq_usage *
pq_usage_try_charge(struct pq_usage *usage, enum pq_resource res, const struct pq_usage *turn,
		    enum pq_resource *why)
{
	struct pq_usage *at;
	bool queued;

	for (at = usage; at; at = at->parent) {
		if (likely(!READ_ONCE(at->limited))) {
			atomic64_add(pq_held_one(res), pq_usage_word(at, res));
			continue;
		}
		*why = PQ_TIMEWAIT;
		if (res == PQ_TCP && unlikely(pq_usage_at_max(at, PQ_TIMEWAIT)))
			break;
		*why = res;
		/*
		 * Where connect()s wait at this node and at an ancestor, those here
		 * must not wait for the ancestor's turn while it waits for theirs.
		 */
		queued = READ_ONCE(at->queued) && !turn && res == PQ_TCP;
		if (unlikely(queued))
			break;
		if (at == turn)
			turn = NULL;
		if (unlikely(!pq_usage_try_hold(at, res)))
			break;
	}
	if (unlikely(at))
		pq_usage_cancel_below(usage, at, res);
	return at;
}

/**
 * pq_usage_limited() - can a node or an ancestor refuse a resource?
 * @usage: the node
 * @res: the resource. TCP is refused at the limit of TIME_WAIT too.
 *
 * Return: true if so.
 */
static inline bool pq_usage_limited(const struct pq_usage *usage, enum pq_resource res)
{
	for (; usage; usage = usage->parent)
		if (pq_usage_bounded(usage, res))
			return true;
	return false;
}

/**
 * pq_usage_queued() - does a connect() wait for room at a node or an ancestor?
 * @usage: the node
 *
 * Return: true if so.
 */
static inline bool pq_usage_queued(const struct pq_usage *usage)
{
	for (; usage; usage = usage->parent)
		if (READ_ONCE(usage->queued))
			return true;
	return false;
}

/**
 * pq_usage_queue_above() - the next ancestor at which connect()s wait
 * @usage: the node
 * @res: the resource
 *
 * Return: the first ancestor with a limit and a queue, or NULL.
 */
static inline struct pq_usage *pq_usage_queue_above(struct pq_usage *usage, enum pq_resource res)
{
	for (usage = usage->parent; usage; usage = usage->parent)
		if (READ_ONCE(usage->queued) && pq_usage_bounded(usage, res))
			return usage;
	return NULL;
}

/**
 * pq_usage_hold() - take hold of one more, whatever the limits
 * @usage: the node that pays
 * @res: the resource
 */
static inline void pq_usage_hold(struct pq_usage *usage, enum pq_resource res)
{
	for (; usage; usage = usage->parent)
		atomic64_add(pq_held_one(res), pq_usage_word(usage, res));
}

/**
 * pq_usage_add() - change a tally, here and in all ancestors
 * @usage: the node
 * @tally: which
 * @n: by how much; below zero only for the tallies that go down too
 */
static inline void pq_usage_add(struct pq_usage *usage, enum pq_tally tally, long n)
{
	for (; usage; usage = usage->parent)
		atomic_long_add(n, &usage->tally[tally]);
}

/* What has a gauge is true of few, so each gauge takes a pass of its own. */
static inline void pq_usage_add_gauges(struct pq_usage *usage, unsigned long gauges, long n)
{
	unsigned int gauge;

	for_each_set_bit(gauge, &gauges, PQ_NR_GAUGES)
		pq_usage_add(usage, PQ_FIRST_GAUGE + gauge, n);
}

/* Counts what a node itself is charged, or charged no more. */
static __always_inline void pq_usage_add_local(struct pq_usage *usage, enum pq_resource res,
					       unsigned int gauges, int n)
{
	if (res == PQ_TIMEWAIT && gauges & PQ_GAUGE(PQ_TW_PORTLESS))
		atomic_long_add(n, &usage->portless);
	else
		atomic64_add(n * pq_held_one(res), &usage->local[pq_held_word(res)]);
}

/*
 * Has a node stocks below it? What was charged or uncharged before is seen by who gives
 * out a stock, or that stock is seen here: both come with a full barrier.
 */
static __always_inline bool pq_usage_stocked(const struct pq_usage *usage, enum pq_resource res)
{
	return res != PQ_UDP && unlikely(atomic_read(&usage->loose));
}

/* A count goes up: does it leave the room in which stocks need not be known? See stock.h. */
static inline bool pq_usage_nears_top(const struct pq_usage *usage, enum pq_resource res,
				      long held)
{
	return held > atomic_long_read(&usage->peak[res]) ||
	       held >= READ_ONCE(usage->trips[res].trip) || held >= READ_ONCE(usage->max[res]);
}

/* The same of one that goes down. Without an untrip point it is -1. */
static inline bool pq_usage_nears_bottom(const struct pq_usage *usage, enum pq_resource res,
					 long held, int loose)
{
	long untrip = READ_ONCE(usage->trips[res].untrip);

	return untrip >= 0 && held - loose <= untrip;
}

/**
 * pq_usage_note_peak() - what is held now may be the most there ever was
 * @usage: the node
 * @res: the resource
 * @held: how much is held, or was a moment ago
 */
static __always_inline void pq_usage_note_peak(struct pq_usage *usage, enum pq_resource res,
					       long held)
{
	long peak = atomic_long_read(&usage->peak[res]);

	while (unlikely(held > peak) &&
	       !atomic_long_try_cmpxchg(&usage->peak[res], &peak, held))
		;
}

/**
 * pq_usage_raise_peak() - there seems to be more than there ever was
 * @usage: the node
 * @res: the resource
 *
 * What the caller has seen may have been in a stock that is empty now. So it is looked at
 * again, at a moment at which there are none.
 *
 * Return: false if there always are: nothing is known.
 */
static inline bool pq_usage_raise_peak(struct pq_usage *usage, enum pq_resource res)
{
	int opened;
	long held;

	do {
		opened = atomic_read_acquire(&usage->opened);
		/* Pairs with pq_stock_close(): nothing is held for it any more, then this. */
		if (atomic_read_acquire(&usage->loose))
			return false;
		held = pq_held_of(atomic64_read_acquire(pq_usage_word(usage, res)), res);
		/* Pairs with pq_stock_open(): that it was opened, then what is held for it. */
	} while (atomic_read(&usage->opened) != opened);
	pq_usage_note_peak(usage, res, held);
	return true;
}

/**
 * pq_usage_surely_full() - is a limit reached by what is used, and not by what lies in stocks?
 * @usage: the node
 * @res: the resource that is said to be at its limit
 *
 * Return: true if so, at some moment of this call.
 */
static inline bool pq_usage_surely_full(const struct pq_usage *usage, enum pq_resource res)
{
	const atomic64_t *held = &usage->held[pq_held_word(res)];
	int opened;
	bool full;

	do {
		/* As in pq_usage_raise_peak() */
		opened = atomic_read_acquire(&usage->opened);
		if (atomic_read_acquire(&usage->loose))
			return false;
		full = pq_held_of(atomic64_read_acquire(held), res) >= READ_ONCE(usage->max[res]);
	} while (atomic_read(&usage->opened) != opened);
	return full;
}

/*
 * The next two functions return how far a number is past its trip or untrip
 * point, which is negative where it has not reached it. The caller ands the
 * results of all nodes together: the sign bit stays set only if all of them are
 * negative, that is if none has tripped. A comparison per node would take two
 * instructions more. Numbers held are never negative, so nothing overflows.
 *
 * Where there are stocks, a number that comes near a point has tripped too: who is told
 * that empties them, and looks again.
 */
static __always_inline long pq_usage_count(struct pq_usage *usage, enum pq_resource res,
					   long held)
{
	/* How many TIME_WAITs were entered follows from how many there are and have ended. */
	if (res != PQ_TIMEWAIT)
		atomic_long_inc(&usage->begun[res]);
	if (pq_usage_stocked(usage, res))
		return pq_usage_nears_top(usage, res, held) ? 0 : -1;
	/* Where no stock ever was, none is in @held. */
	if (res == PQ_UDP || likely(!atomic_read(&usage->opened)))
		pq_usage_note_peak(usage, res, held);
	else if (unlikely(held > atomic_long_read(&usage->peak[res])) &&
		 !pq_usage_raise_peak(usage, res))
		return 0;
	return held - READ_ONCE(usage->trips[res].trip);
}

/* To be asked before a number goes down: see pq_usage_left(). */
static __always_inline int pq_usage_loose(const struct pq_usage *usage, enum pq_resource res)
{
	return res == PQ_UDP ? 0 : atomic_read(&usage->loose);
}

/*
 * @word: what is held now. Before @untrip is read: queue_count() in wait.c sets that first.
 * @loose: from before that. A stock that has been closed since may have been in @word, and
 *	   who closes it does not look.
 */
static __always_inline long pq_usage_left(const struct pq_usage *usage, enum pq_resource res,
					  s64 word, int loose)
{
	long held = pq_held_of(word, res);

	loose = max(loose, pq_usage_loose(usage, res));
	if (unlikely(loose))
		return pq_usage_nears_bottom(usage, res, held, loose) ? 0 : -1;
	return READ_ONCE(usage->trips[res].untrip) - held;
}

/**
 * pq_usage_add_begun() - count what has begun, and is held and counted otherwise already
 * @usage: the node that pays
 * @res: PQ_TCP or PQ_UDP
 */
static inline void pq_usage_add_begun(struct pq_usage *usage, enum pq_resource res)
{
	for (; usage; usage = usage->parent)
		atomic_long_inc(&usage->begun[res]);
}

/**
 * pq_usage_commit() - count what was taken hold of
 * @usage: the node that pays
 * @res: the resource
 * @gauges: what is true of it: a PQ_GAUGE() each
 *
 * Return: true if a number of one of the nodes has tripped.
 */
static __always_inline bool pq_usage_commit(struct pq_usage *usage, enum pq_resource res,
					    unsigned int gauges)
{
	long past = -1;
	s64 word;

	/* It is held since the try. Pairs with pq_usage_read(), which reads that last. */
	smp_mb__before_atomic();
	pq_usage_add_local(usage, res, gauges, 1);
	if (unlikely(gauges))
		pq_usage_add_gauges(usage, gauges, 1);
	do {
		word = atomic64_read_acquire(pq_usage_word(usage, res));
		past &= pq_usage_count(usage, res, pq_held_of(word, res));
		usage = usage->parent;
	} while (usage);
	return unlikely(past >= 0);
}

/**
 * pq_usage_charge() - one more of a resource, here and in all ancestors,
 *		       whatever the limits
 * @usage: the node that pays
 * @res: the resource
 * @gauges: what is true of it
 *
 * Return: true if a number of one of the nodes has tripped.
 */
static __always_inline bool pq_usage_charge(struct pq_usage *usage, enum pq_resource res,
					    unsigned int gauges)
{
	struct pq_usage *at = usage;
	long past = -1;
	s64 word;

	pq_usage_add_local(usage, res, gauges, 1);
	do {
		word = atomic64_add_return(pq_held_one(res), pq_usage_word(at, res));
		past &= pq_usage_count(at, res, pq_held_of(word, res));
		at = at->parent;
	} while (at);
	if (unlikely(gauges))
		pq_usage_add_gauges(usage, gauges, 1);
	return unlikely(past >= 0);
}

/**
 * pq_usage_cancel() - let go of what was taken hold of, as if it never was
 * @usage: the node that paid
 * @res: the resource
 *
 * Who uncharged meanwhile has seen it held.
 *
 * Return: true if a number of one of the nodes has tripped.
 */
static __always_inline bool pq_usage_cancel(struct pq_usage *usage, enum pq_resource res)
{
	long past = -1;
	int loose;
	s64 word;

	do {
		loose = pq_usage_loose(usage, res);
		word = atomic64_sub_return(pq_held_one(res), pq_usage_word(usage, res));
		past &= pq_usage_left(usage, res, word, loose);
		usage = usage->parent;
	} while (usage);
	return unlikely(past >= 0);
}

/**
 * pq_usage_uncharge() - take back what was charged
 * @usage: the node that paid
 * @res: the resource; how a TIME_WAIT has ended is to be counted afterwards
 * @gauges: what is true of it
 *
 * Return: true if a number of one of the nodes has tripped.
 */
static __always_inline bool pq_usage_uncharge(struct pq_usage *usage, enum pq_resource res,
					      unsigned int gauges)
{
	pq_usage_add_local(usage, res, gauges, -1);
	if (unlikely(gauges))
		pq_usage_add_gauges(usage, gauges, -1);
	return pq_usage_cancel(usage, res);
}

/**
 * pq_usage_uncharge_timewait() - take back a TIME_WAIT and the TCP port it held
 * @usage: the node that paid for both
 * @gauges: what is true of the two
 * @reason: why it ended, which is counted too
 *
 * Two times pq_usage_uncharge() and a pq_usage_add(), in one pass.
 *
 * Return: true if a number of one of the nodes has tripped.
 */
static __always_inline bool pq_usage_uncharge_timewait(struct pq_usage *usage,
						       unsigned int gauges, enum pq_tally reason)
{
	const s64 both = pq_held_one(PQ_TIMEWAIT) + pq_held_one(PQ_TCP);
	long past = -1;
	int loose;
	s64 word;

	atomic64_sub(both, &usage->local[pq_held_word(PQ_TCP)]);
	if (unlikely(gauges))
		pq_usage_add_gauges(usage, gauges, -1);
	do {
		loose = pq_usage_loose(usage, PQ_TCP);
		word = atomic64_sub_return(both, pq_usage_word(usage, PQ_TCP));
		past &= pq_usage_left(usage, PQ_TIMEWAIT, word, loose);
		past &= pq_usage_left(usage, PQ_TCP, word, loose);
		/* In this order: see pq_usage_read() */
		atomic_long_inc(&usage->tally[reason]);
		usage = usage->parent;
	} while (usage);
	return unlikely(past >= 0);
}

/* How many TIME_WAITs below a node have ended; what the caller reads next is read later. */
static inline long pq_usage_timewaits_ended(const struct pq_usage *usage)
{
	long ended = 0;
	int reason;

	for (reason = 0; reason < PQ_TW_ENDS; reason++)
		ended += atomic_long_read_acquire(&usage->tally[reason]);
	return ended;
}

/*
 * Of TIME_WAITs it is counted how many have ended, after they are held no more. Here it is
 * read before: so what is said to have begun has, and one that just ends may be missing.
 */
static inline struct pq_count pq_usage_read_timewait(struct pq_usage *usage)
{
	atomic_long_t *told = &usage->told[PQ_TIMEWAIT];
	long begun, ended, last;

	do {
		last = atomic_long_read_acquire(told);
		ended = pq_usage_timewaits_ended(usage);
		begun = max(pq_usage_held(usage, PQ_TIMEWAIT) + ended, last);
	} while (begun != last && atomic_long_cmpxchg(told, last, begun) != last);
	return (struct pq_count){ .held = begun - ended, .begun = begun, .ended = ended };
}

/**
 * pq_usage_read() - what is counted of a resource, so that begun - ended = held
 * @usage: the node
 * @res: the resource
 *
 * Only one of the two is counted, the other follows from what is held; but neither is ever
 * said to be less than the last time.
 *
 * Of ports it is counted how many were begun, after they are held, and here that is read
 * before: so what is said to have ended has. A try that is on its way is held too: with it
 * @ended would go back by one.
 *
 * Context: any.
 * Return: the three numbers; none is negative.
 */
static inline struct pq_count pq_usage_read(struct pq_usage *usage, enum pq_resource res)
{
	atomic_long_t *told = &usage->told[res];
	long begun, ended, last;

	if (res == PQ_TIMEWAIT)
		return pq_usage_read_timewait(usage);
	do {
		/* In this order, each before the next: what was said to have ended had begun. */
		last = atomic_long_read_acquire(told);
		begun = atomic_long_read_acquire(&usage->begun[res]);
		ended = max(begun - pq_usage_held(usage, res), last);
	} while (ended != last && atomic_long_cmpxchg(told, last, ended) != last);
	return (struct pq_count){ .held = begun - ended, .begun = begun, .ended = ended };
}

/**
 * pq_usage_reserving() - how many of the TIME_WAITs below a node hold a port
 * @usage: the node
 *
 * Return: the number, itself and all descendants. Two that are not read at once:
 * never below 0.
 */
static inline long pq_usage_reserving(const struct pq_usage *usage)
{
	long portless = atomic_long_read(&usage->tally[PQ_TW_PORTLESS]);

	return max(pq_usage_held(usage, PQ_TIMEWAIT) - portless, 0L);
}

/**
 * pq_usage_local() - how much of a resource a node holds by itself
 * @usage: the node
 * @res: the resource; of TIME_WAIT, only those that hold a port
 *
 * Return: the number, without descendants; never negative.
 */
static inline long pq_usage_local(const struct pq_usage *usage, enum pq_resource res)
{
	return pq_held_of(atomic64_read(&usage->local[pq_held_word(res)]), res);
}

/**
 * pq_usage_local_timewaits() - how many TIME_WAITs a node holds by itself
 * @usage: the node
 *
 * Return: the number, without descendants.
 */
static inline long pq_usage_local_timewaits(const struct pq_usage *usage)
{
	return pq_usage_local(usage, PQ_TIMEWAIT) + atomic_long_read(&usage->portless);
}

/**
 * pq_usage_idle() - is nothing at all held below a node?
 * @usage: the node
 *
 * Return: true when every resource stands at zero.
 */
static inline bool pq_usage_idle(const struct pq_usage *usage)
{
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++)
		if (pq_usage_held(usage, res))
			return false;
	return true;
}

#endif
