/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event: the stream of warnings, of one namespace and of the host.
 *
 * A stream keeps the last so many of its events. Each reader has a place of
 * its own; one that falls behind is told how many it has lost. pq_events_put()
 * works in any context but hard interrupts, and never waits for a reader.
 */
#ifndef _PORTQUOTA_EVENT_H
#define _PORTQUOTA_EVENT_H

#include <linux/jiffies.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "lib/counter.h"
#include "lib/flow.h"
#include "lib/threshold.h"
#include "subject.h"

#define PQ_EVENTS_NET	128	/* kept for a namespace; a power of two */
#define PQ_EVENTS_HOST	1024	/* kept for the host; a power of two */

/*
 * What quotas are: so many in that time. Of a subject, so that one program, whatever
 * it does, does not push out what others have to tell: nothing that is well comes near.
 */
#define PQ_QUOTA_EVENTS		(PQ_EVENTS_HOST / 4)
#define PQ_QUOTA_INTERVAL	(5 * HZ)
#define PQ_SUBJECT_EVENTS	64
#define PQ_SUBJECT_INTERVAL	(60 * HZ)

/**
 * struct pq_event - a warning
 * @time: nanoseconds since 1970
 * @netns: the inode number of the namespace it comes from
 * @subject: whom it is about, and the stream is one of its users; NULL where
 *	     memory was short
 * @kind: what happened
 * @metric: to what
 * @held: how much was held
 * @threshold: what was crossed
 * @step: which of the thresholds that is, from 0
 * @of: of a PQ_EVENT_CLEAR or _END: what is over; else PQ_EVENT_NONE
 * @limit: where it is full; LONG_MAX for nowhere
 * @rate: growth a second
 * @left: seconds until it is full; -1 for never
 * @audit: a refusal that was not carried out, for want of mode enforce
 * @reason: of an early end: PQ_TW_EXPIRED, _RECYCLED or _OVERFLOW
 * @lasted: of an early end: how long it had lasted, seconds
 * @flow: which destination, where it is about one; else its family is 0
 * @port: the local port, where it is about one; else 0
 * @count: of a PQ_EVENT_END: how many calls have failed
 * @elsewhere: how many of these wanted another destination or port
 * @seconds: from the first of them to the last
 * @ago_ms: from the last of them until now
 * @left_out: how many were left out before it, see struct pq_quota
 */
struct pq_event {
	u64 time;
	unsigned int netns;
	struct pq_subject *subject;
	enum pq_event_kind kind;
	enum pq_metric metric;
	long held;
	long threshold;
	u8 step;
	enum pq_event_kind of;
	long limit;
	long rate;
	long left;
	bool audit;
	enum pq_tally reason;
	u32 lasted;
	struct pq_flow flow;
	u16 port;
	unsigned long count;
	unsigned long elsewhere;
	unsigned int seconds;
	unsigned int ago_ms;
	unsigned int left_out;
};

/**
 * struct pq_events - a stream
 * @lock: protects the ring, @next and @closed; taken with softirqs off, nothing below it
 * @ring: number n is in ring[n % size], which has memory since the first one was put there
 * @size: how many are kept
 * @next: number of the next event
 * @wait: readers
 * @closed: no event will come any more
 * @left_out: events that there was no memory for, and that no reader was told of yet
 */
struct pq_events {
	spinlock_t lock; /* see above */
	struct pq_event **ring;
	unsigned int size;
	u64 next;
	wait_queue_head_t wait;
	bool closed;
	unsigned int left_out;
};

extern struct pq_events pq_host_events;
/* Of all namespaces together that do not belong to the host's user namespace */
extern struct pq_quota pq_foreign_quota;
extern const char *const pq_event_words[PQ_NR_EVENT_KINDS];
extern const char *const pq_metric_words[PQ_NR_METRIC_WORDS];

int pq_events_init(struct pq_events *events, unsigned int size);
void pq_events_close(struct pq_events *events);
bool pq_events_send_away(struct pq_events *events);
void pq_events_drain(struct pq_events *events);
void pq_events_destroy(struct pq_events *events);
bool pq_events_put_own(struct pq_events *events, struct pq_event *event);
void pq_events_put(struct pq_events *events, const struct pq_event *event, struct pq_quota *quota);
u64 pq_events_oldest(struct pq_events *events);
bool pq_events_get(struct pq_events *events, u64 *place, struct pq_event *event, u64 *lost);

#endif
