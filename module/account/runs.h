/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runs: the failed calls of an account, told as runs (see lib/run.h): an event when
 * one begins, and one at its end, with how many calls failed.
 *
 * There is a run for each limit at which calls are refused (deny), for each
 * destination to which the kernel found no port (exhausted), and for each port
 * that calls named in vain (taken). An account has room for a few of each; what
 * is more counts in the oldest, as having failed elsewhere. The memory is taken
 * with an account's first failure.
 *
 * The account stays for as long as a run of it is on, so that its end is told.
 */
#ifndef _PORTQUOTA_RUNS_H
#define _PORTQUOTA_RUNS_H

#include "lib/counter.h"
#include "lib/flow.h"
#include "lib/run.h"
#include "lib/threshold.h"
#include "warn/event.h"

#define PQ_RUNS_EACH	4	/* destinations, or ports, at once */

struct pq_account;
struct pq_net;

/**
 * struct pq_failure - what a call has failed to get
 * @kind: PQ_EVENT_DENY, _EXHAUSTED or _TAKEN
 * @metric: of what: PQ_METRIC_TCP, _UDP, or for PQ_EVENT_DENY _TIMEWAIT
 * @audit: a refusal that was not carried out, for want of mode enforce
 * @port: the port that it named; 0 for none
 * @flow: where it wanted to connect; family 0 for nowhere
 */
struct pq_failure {
	enum pq_event_kind kind;
	enum pq_metric metric;
	bool audit;
	u16 port;
	struct pq_flow flow;
};

/**
 * struct pq_failures - calls that have failed alike
 * @what: what the first of them has failed to get
 * @run: since when, and how many
 * @elsewhere: how many of them wanted something else
 */
struct pq_failures {
	struct pq_failure what;
	struct pq_run run;
	unsigned long elsewhere;
};

/**
 * struct pq_runs - the runs of an account, protected by its lock
 * @deny: at each limit
 * @exhausted: TCP, by destination
 * @exhausted_udp: of UDP, no destination is known yet when it looks for a port
 * @taken: TCP and UDP, by port
 */
struct pq_runs {
	struct pq_failures deny[PQ_NR_RESOURCES];
	struct pq_failures exhausted[PQ_RUNS_EACH];
	struct pq_failures exhausted_udp;
	struct pq_failures taken[PQ_TIMEWAIT][PQ_RUNS_EACH];
};

bool pq_runs_refused_again(struct pq_account *acct, enum pq_metric metric);
void pq_runs_refused(struct pq_account *acct, enum pq_metric metric, bool audit, bool first);
void pq_runs_cleared(struct pq_account *acct, enum pq_metric metric);
void pq_runs_failed(struct pq_account *acct, const struct pq_failure *what);
bool pq_runs_tick(struct pq_account *acct);
void pq_runs_exit_net(struct pq_net *pn);

#endif
