// SPDX-License-Identifier: GPL-2.0-only
/* told: see told.h for what it promises. */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "destination.h"
#include "netns.h"
#include "told.h"
#include "warn/warn.h"

/* More than these wait only where the worker gets no CPU: the others name whose call it was. */
#define PENDING_MAX	1024

/* An event that waits for the worker */
struct told {
	struct list_head link;
	struct pq_net *pn;		/* stays, for it has @to on its list */
	struct pq_destination *to;	/* kept */
	struct pq_event event;		/* a user of its subject */
};

static void tell_work_fn(struct work_struct *work);
static DECLARE_WORK(tell_work, tell_work_fn);
static DEFINE_SPINLOCK(pending_lock);	/* nothing is taken below it */
static LIST_HEAD(pending);		/* pending_lock */
static unsigned int nr_pending;		/* pending_lock */
static struct pq_subject *(*find_culprit)(struct pq_net *pn, const struct pq_destination *to);

static bool add_pending(struct told *told)
{
	bool room;

	spin_lock_bh(&pending_lock);
	room = nr_pending < PENDING_MAX;
	if (room) {
		list_add_tail(&told->link, &pending);
		nr_pending++;
	}
	spin_unlock_bh(&pending_lock);
	return room;
}

static struct told *take_pending(void)
{
	struct told *told;

	spin_lock_bh(&pending_lock);
	told = list_first_entry_or_null(&pending, struct told, link);
	if (told) {
		list_del(&told->link);
		nr_pending--;
	}
	spin_unlock_bh(&pending_lock);
	return told;
}

/* Its memory is given back; what it refers to is the caller's affair. */
static bool hand_over(struct pq_net *pn, struct pq_destination *to, const struct pq_event *event)
{
	struct told *told = kmalloc(sizeof(*told), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);

	if (!told)
		return false;
	told->pn = pn;
	told->to = to;
	told->event = *event;
	if (add_pending(told))
		return true;
	kfree(told);
	return false;
}

/**
 * pq_told_add() - a destination has crossed a threshold
 * @pn: its namespace
 * @to: the destination
 * @event: what is to be told; its subject is who is named if nobody else is found
 *
 * Without memory it is told at once, of its subject.
 *
 * Context: any but hard interrupts; the namespace's destinations.lock held.
 */
void pq_told_add(struct pq_net *pn, struct pq_destination *to, const struct pq_event *event)
{
	lockdep_assert_held(&to->key.all->lock);
	pq_destination_keep(to);
	if (event->subject && pq_subject_get(event->subject)) {
		if (hand_over(pn, to, event)) {
			queue_work(system_unbound_wq, &tell_work);
			return;
		}
		pq_subject_put(event->subject);
	}
	pq_destination_forget(to);
	pq_warn(&pn->events, pn->foreign, event);
}

static void tell_one(struct told *told)
{
	struct pq_subject **named = &told->to->culprit[told->event.step], *subject;
	struct pq_event *event = &told->event;
	bool clear = event->kind == PQ_EVENT_CLEAR;

	subject = clear ? *named : find_culprit(told->pn, told->to);
	if (clear)
		*named = NULL;
	if (subject) {
		pq_subject_put(event->subject);
		event->subject = subject;
	}
	pq_warn(&told->pn->events, told->pn->foreign, event);
	if (!clear)	/* for the clear; there is none there but after a change of the range */
		swap(*named, event->subject);
	if (event->subject)
		pq_subject_put(event->subject);
}

static void tell_work_fn(struct work_struct *work)
{
	struct told *told;

	while ((told = take_pending())) {
		tell_one(told);
		pq_destination_forget(told->to);
		kfree(told);
	}
}

/**
 * pq_told_start() - begin to find out whom to name
 * @find: returns the subject of who holds most of a destination, for the caller to
 *	  put; NULL if it is not known
 *
 * Context: process; nothing crosses a threshold yet.
 */
void pq_told_start(struct pq_subject *(*find)(struct pq_net *pn, const struct pq_destination *to))
{
	find_culprit = find;
}

/**
 * pq_told_flush() - wait until what was to be told is told
 *
 * Context: process, sleeps.
 */
void pq_told_flush(void)
{
	flush_work(&tell_work);
}
