// SPDX-License-Identifier: GPL-2.0-only
/* event: see event.h for what it promises. */
#include <linux/delay.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "event.h"
#include "lib/compat.h"

struct pq_events pq_host_events;
struct pq_quota pq_foreign_quota;

const char *const pq_event_words[PQ_NR_EVENT_KINDS] = {
	[PQ_EVENT_NONE] = "none",
	[PQ_EVENT_WARN] = "warn",
	[PQ_EVENT_CLEAR] = "clear",
	[PQ_EVENT_DENY] = "deny",
	[PQ_EVENT_FORECAST] = "forecast",
	[PQ_EVENT_DESTINATION] = "destination",
	[PQ_EVENT_EARLY] = "early",
	[PQ_EVENT_EXHAUSTED] = "exhausted",
	[PQ_EVENT_TAKEN] = "taken",
	[PQ_EVENT_END] = "end",
};

const char *const pq_metric_words[PQ_NR_METRIC_WORDS] = {
	[PQ_METRIC_TCP] = "tcp",
	[PQ_METRIC_UDP] = "udp",
	[PQ_METRIC_TIMEWAIT] = "timewait",
	[PQ_METRIC_TCP_PORTS] = "tcp.ports",
	[PQ_METRIC_UDP_PORTS] = "udp.ports",
	[PQ_METRIC_DESTINATION] = "destination",
};

/**
 * pq_events_init() - make a stream
 * @events: the stream
 * @size: how many events to keep; a power of two
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_events_init(struct pq_events *events, unsigned int size)
{
	memset(events, 0, sizeof(*events));
	spin_lock_init(&events->lock);
	init_waitqueue_head(&events->wait);
	events->size = size;
	events->ring = kvcalloc(size, sizeof(*events->ring), GFP_KERNEL_ACCOUNT);
	return events->ring ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_init);

/**
 * pq_events_close() - let no event and no reader in any more
 * @events: the stream
 *
 * What readers have not read yet is gone. The subjects that the stream refers
 * to are let go.
 *
 * Context: process.
 */
void pq_events_close(struct pq_events *events)
{
	unsigned int i;

	spin_lock_bh(&events->lock);
	/* reader_ready() looks at these two without the lock. */
	WRITE_ONCE(events->closed, true);
	WRITE_ONCE(events->next, 0);
	for (i = 0; i < events->size && events->ring[i]; i++) {
		if (events->ring[i]->subject)
			pq_subject_put(events->ring[i]->subject);
		events->ring[i]->subject = NULL;
	}
	spin_unlock_bh(&events->lock);
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_close);

/**
 * pq_events_send_away() - wake the readers of a closed stream, so that they go
 * @events: the stream
 *
 * Context: process.
 * Return: true if there were any. They go soon: call this again until there are
 * none, and then wait for an RCU grace period, as pq_events_drain() does.
 */
bool pq_events_send_away(struct pq_events *events)
{
	smp_mb();	/* a task that goes on the queue from here on sees @closed */
	if (!waitqueue_active(&events->wait))
		return false;
	/* epoll and io_uring take their entries off the queue when they see POLLFREE. */
	__wake_up(&events->wait, TASK_NORMAL, 0, poll_to_key(EPOLLHUP | POLLFREE));
	/* A select() may wait for other events than EPOLLHUP, so wake it for any. */
	wake_up_all(&events->wait);
	return true;
}

/**
 * pq_events_drain() - send the readers of a closed stream away
 * @events: the stream
 *
 * Returns when no reader waits any more. As long as the stream has a file, a
 * task that opened it before pq_events_close() may come to wait afterwards: call
 * this again when the file has been removed.
 *
 * Context: process, sleeps.
 */
void pq_events_drain(struct pq_events *events)
{
	bool any = false;

	while (pq_events_send_away(events)) {
		any = true;
		msleep(20);
	}
	/*
	 * ep_poll_callback() and io_poll_wake() take an entry off the queue under
	 * RCU and may still hold the lock of the queue, which is freed next.
	 */
	if (any)
		synchronize_rcu();
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_drain);

/**
 * pq_events_destroy() - free a closed stream
 * @events: the stream; no reader and no pq_events_put() uses it any more
 *
 * Context: process.
 */
void pq_events_destroy(struct pq_events *events)
{
	unsigned int i;

	for (i = 0; events->ring && i < events->size; i++)
		kfree(events->ring[i]);
	kvfree(events->ring);
	events->ring = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_destroy);

/* Below the lock of the stream that the quota is for. */
static bool quota_left(struct pq_quota *quota, unsigned int events, unsigned long interval)
{
	if (!quota->used || time_after(jiffies, quota->since + interval)) {
		quota->since = jiffies;
		quota->used = 0;
	}
	if (quota->used < events) {
		quota->used++;
		return true;
	}
	quota->left_out++;
	return false;
}

/* How many were left out, which is told now */
static unsigned int quota_tell(struct pq_quota *quota)
{
	unsigned int left_out = quota->left_out;

	quota->left_out = 0;
	return left_out;
}

/* Most streams never have as many events as they could keep. */
static bool ring_has_room(struct pq_events *events)
{
	struct pq_event **slot = &events->ring[events->next & (events->size - 1)];

	lockdep_assert_held(&events->lock);
	if (!*slot)
		*slot = kzalloc(sizeof(**slot), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	return *slot;
}

/* The slot becomes a user. A subject that has none left gives no event. */
static void ring_put(struct pq_events *events, const struct pq_event *event)
{
	struct pq_event *slot;

	lockdep_assert_held(&events->lock);
	if (!ring_has_room(events)) {
		events->left_out += event->left_out + 1;
		return;
	}
	if (event->subject && !pq_subject_get(event->subject))
		return;
	slot = events->ring[events->next & (events->size - 1)];
	WRITE_ONCE(events->next, events->next + 1);	/* see pq_events_close() */
	if (slot->subject)
		pq_subject_put(slot->subject);
	*slot = *event;
	slot->left_out += events->left_out;
	events->left_out = 0;
}

static void wake(struct pq_events *events)
{
	wake_up_interruptible_poll(&events->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * pq_events_put_own() - put an event into the stream of its namespace
 * @events: the stream
 * @event: the event; its subject's memory stays during the call, and if that has
 *	   no user any more there is no event. @left_out is set.
 *
 * Context: any but hard interrupts.
 * Return: false if its subject has used up its quota, and it is to be told nowhere.
 */
bool pq_events_put_own(struct pq_events *events, struct pq_event *event)
{
	struct pq_quota *quota = event->subject ? &event->subject->quota : NULL;
	bool left;

	spin_lock_bh(&events->lock);
	left = !quota || quota_left(quota, PQ_SUBJECT_EVENTS, PQ_SUBJECT_INTERVAL);
	if (left && quota)
		event->left_out = quota_tell(quota);
	if (left && !events->closed)
		ring_put(events, event);
	spin_unlock_bh(&events->lock);
	if (left)
		wake(events);
	return left;
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_put_own);

/**
 * pq_events_put() - put an event into a stream
 * @events: the stream
 * @event: the event; as for pq_events_put_own()
 * @quota: the quota of the namespaces that it comes from, so that it does not
 *	   push out the events of others; NULL for no limit
 *
 * Context: any but hard interrupts.
 */
void pq_events_put(struct pq_events *events, const struct pq_event *event, struct pq_quota *quota)
{
	struct pq_event copy = *event;

	spin_lock_bh(&events->lock);
	if (!events->closed &&
	    (!quota || quota_left(quota, PQ_QUOTA_EVENTS, PQ_QUOTA_INTERVAL))) {
		if (quota)
			copy.left_out += quota_tell(quota);
		ring_put(events, &copy);
	}
	spin_unlock_bh(&events->lock);
	wake(events);
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_put);

static u64 oldest(const struct pq_events *events)
{
	return events->next > events->size ? events->next - events->size : 0;
}

/**
 * pq_events_oldest() - the place of the oldest event that is kept
 * @events: the stream
 *
 * Context: any but hard interrupts.
 * Return: the place.
 */
u64 pq_events_oldest(struct pq_events *events)
{
	u64 place;

	spin_lock_bh(&events->lock);
	place = oldest(events);
	spin_unlock_bh(&events->lock);
	return place;
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_oldest);

/**
 * pq_events_get() - the next event for a reader
 * @events: the stream
 * @place: the reader's place; moved behind what is returned
 * @event: filled in; the caller is a user of its subject, if it has one
 * @lost: set to how many events the reader has lost before this one
 *
 * Context: any but hard interrupts.
 * Return: false if there is none yet.
 */
bool pq_events_get(struct pq_events *events, u64 *place, struct pq_event *event, u64 *lost)
{
	u64 at = *place;
	bool found;

	spin_lock_bh(&events->lock);
	*lost = 0;
	found = at < events->next;
	if (found) {
		if (at < oldest(events)) {
			*lost = oldest(events) - at;
			at = oldest(events);
		}
		*event = *events->ring[at++ & (events->size - 1)];
		WRITE_ONCE(*place, at);		/* reader_ready() looks at it without a lock */
		*lost += event->left_out;
		if (event->subject)
			refcount_inc(&event->subject->users);
	}
	spin_unlock_bh(&events->lock);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(pq_events_get);
