/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subject: whom events are about, a cgroup in a network namespace, by numbers
 * and by name.
 *
 * Events are read long after they happened, often when the cgroup is gone: then
 * its name is all that tells a reader which container it was. A subject keeps
 * neither the cgroup nor the namespace, but has a copy of what is to be known of
 * them. A cgroup of the default hierarchy cannot be renamed or moved, so the copy
 * never goes stale.
 *
 * An account makes its subject with its first event. What is kept of one takes
 * less than 7 kB, of which its path is the most (as long as PATH_MAX allows, and cut
 * where it is longer); the host's stream has at most one per event, 1,024 of them.
 *
 * Any context but hard interrupts.
 */
#ifndef _PORTQUOTA_SUBJECT_H
#define _PORTQUOTA_SUBJECT_H

#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "lib/threshold.h"

struct cgroup;

/* So far down the hierarchy it is known who is above it. Who looks from deeper sees it outside. */
#define PQ_SUBJECT_LEVELS	256

/* What is watched of an account: the resources, and of the root the ports of its namespace */
enum pq_metric {
	PQ_METRIC_TCP,
	PQ_METRIC_UDP,
	PQ_METRIC_TIMEWAIT,
	PQ_METRIC_TCP_PORTS,
	PQ_METRIC_UDP_PORTS,
	PQ_NR_METRICS,

	/* No number of an account, but a word for events */
	PQ_METRIC_DESTINATION = PQ_NR_METRICS,
	PQ_NR_METRIC_WORDS
};

/* What has a place of its own in the limit of the kernel log, so that nothing worse is hidden */
enum pq_log_place {
	PQ_LOG_WARN,		/* and of a destination; one for each threshold */
	PQ_LOG_CLEAR = PQ_LOG_WARN + PQ_THRESHOLDS,
	PQ_LOG_DENY = PQ_LOG_CLEAR + PQ_THRESHOLDS,
	PQ_LOG_CLEAR_DENY,
	PQ_LOG_FORECAST,
	PQ_LOG_EARLY,
	PQ_LOG_EXHAUSTED,
	PQ_LOG_TAKEN,
	PQ_LOG_END_DENY,
	PQ_LOG_END_EXHAUSTED,
	PQ_LOG_END_TAKEN,
	PQ_NR_LOG_PLACES
};

/**
 * struct pq_quota - how many events may be put into a stream, by whom it is of
 * @since: jiffies when it began
 * @used: events since then
 * @left_out: events that were too many, and that no reader was told of yet
 *
 * Protected by the lock of the stream it is for.
 */
struct pq_quota {
	unsigned long since;
	unsigned int used;
	unsigned int left_out;
};

/**
 * struct pq_subject - whom an event is about
 * @users: its account, and each event that is kept
 * @foreign: the namespace does not belong to the host's user namespace, and the
 *	     kernel log is not for it
 * @logged: when the last log line was, by metric and PQ_LOG_*: the low bits of
 *	    jiffies, or 0 for never; only the logger uses it
 * @quota: of its namespace's stream
 * @path: the cgroup's path, from the root of the hierarchy, as pq_cgroup_path_shown()
 *	  writes it; NULL for (before load)
 * @level: how many cgroups are above it
 * @rcu: an event may be made about it under RCU, see pq_account_peek()
 * @cgroup: the cgroup's id
 * @id: the ids of those above it, from the root down, at most PQ_SUBJECT_LEVELS
 */
struct pq_subject {
	refcount_t users;
	bool foreign;
	u32 logged[PQ_NR_METRIC_WORDS][PQ_NR_LOG_PLACES];
	struct pq_quota quota;
	const char *path;
	unsigned int level;
	struct rcu_head rcu;
	u64 cgroup;
	u64 id[];
};

struct pq_subject *pq_subject_new(bool foreign, struct cgroup *cgrp);
const char *pq_subject_path(const struct pq_subject *subject, unsigned int level, u64 id);

/**
 * pq_subject_cgroup() - the id of a subject's cgroup
 * @subject: the subject
 *
 * Return: the id; 0 for (before load).
 */
static inline u64 pq_subject_cgroup(const struct pq_subject *subject)
{
	return subject->cgroup;
}

/**
 * pq_subject_get() - become a user of a subject
 * @subject: the subject; its memory stays, by a user or by RCU
 *
 * Return: false if it has no user any more.
 */
static inline bool pq_subject_get(struct pq_subject *subject)
{
	return refcount_inc_not_zero(&subject->users);
}

/**
 * pq_subject_put() - let go of a subject
 * @subject: the subject; freed with its last user
 */
static inline void pq_subject_put(struct pq_subject *subject)
{
	if (refcount_dec_and_test(&subject->users))
		kfree_rcu(subject, rcu);
}

#endif
