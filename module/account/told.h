/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * told: events about a destination, told by a worker that finds out whom to name.
 *
 * Whose call crosses a threshold is chance: often that of a program with few
 * connections, and not of the one with thousands. To find out who has most there (see
 * culprit.h) is no work for a softirq, or for the call that happened to come along: so
 * such events are told some milliseconds later, in the order in which they happened,
 * with the time and the numbers of then. What clears names whom the warning named.
 */
#ifndef _PORTQUOTA_TOLD_H
#define _PORTQUOTA_TOLD_H

struct pq_destination;
struct pq_event;
struct pq_net;
struct pq_subject;

void pq_told_start(struct pq_subject *(*find)(struct pq_net *pn, const struct pq_destination *to));
void pq_told_add(struct pq_net *pn, struct pq_destination *to, const struct pq_event *event);
void pq_told_flush(void);

#endif
