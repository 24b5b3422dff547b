/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: the causes that a diagnosis has found, and what each family of causes makes them with.
 * Pure: nothing here reads a file or prints anything.
 */
#ifndef PORTQUOTA_FINDING_H
#define PORTQUOTA_FINDING_H

#include "lib/cli.h"
#include "lib/record.h"
#include "resource/resource.h"

/* In the order in which they are printed, of two that are as certain and as short. */
enum cause {
	CAUSE_RULE,
	CAUSE_PORT,
	CAUSE_DESTINATION,
	CAUSE_RANGE,
	CAUSE_OVERFLOW,
	CAUSE_CHURN,
	CAUSE_LEAK,
	CAUSE_EARLIER,
	CAUSE_ELSEWHERE,
	CAUSE_NONE,
};

#define FINDING_ADVICE	6

/**
 * struct finding - one cause
 * @cause: which
 * @certain: whether it is so, or likely so
 * @level: how short it is: of two as certain the one that is shorter comes first
 * @weight: and of two of one cause the one with more
 * @what: a sentence with what is so
 * @who: who and what is involved: cgroup, deleted, comm, pid, processes, held, rule, source,
 *	destination, port, range, state
 * @figures: the numbers that show it
 * @advice: what to do, the best first; ends with a NULL
 */
struct finding {
	enum cause cause;
	bool certain;
	enum resource_level level;
	uint64_t weight;
	char *what;
	struct record who;
	struct record figures;
	char *advice[FINDING_ADVICE + 1];
};

/* What has been found; starts as all zero. Refers to the resources. */
struct findings {
	struct finding *list;
	size_t count;
	size_t room;
};

struct finding *findings_add(struct findings *findings, enum cause cause, bool certain,
			     enum resource_level level, uint64_t weight);
void findings_free(struct findings *findings);
void __printf(2, 3) finding_advise(struct finding *finding, const char *fmt, ...);
void finding_add_culprit(struct finding *finding, const struct culprit *culprit);
void finding_add_users(struct finding *finding, const struct users *users);
void finding_add_program(struct finding *finding, const struct culprit *culprit);
void finding_add_flow(struct finding *finding, const char *source, const char *destination);
char *finding_often(double seconds, uint64_t count);
char *finding_growth(const struct resource *res);
uint64_t finding_rate(double seconds, uint64_t count);
const char *cause_name(enum cause cause);

#endif
