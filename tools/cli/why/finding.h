/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: the causes that a diagnosis has found, and what each family of causes makes them with.
 * Pure: nothing here reads a file or prints anything.
 */
#ifndef PORTQUOTA_FINDING_H
#define PORTQUOTA_FINDING_H

#include "lib/cli.h"
#include "lib/record.h"
#include "why/figures.h"

/* In the order in which they are printed. */
enum cause {
	CAUSE_RULE,
	CAUSE_RANGE,
	CAUSE_DESTINATION,
	CAUSE_OVERFLOW,
	CAUSE_CHURN,
	CAUSE_LEAK,
	CAUSE_NONE,
};

#define FINDING_ADVICE	4

/**
 * struct finding - one cause
 * @cause: which
 * @certain: whether it is so, or likely so
 * @weight: of two of one cause the one with more comes first
 * @what: a sentence with what is so
 * @who: who and what is involved: cgroup, comm, pid, held, rule, source, destination, range, state
 * @figures: the numbers that show it
 * @advice: what to do, the best first; ends with a NULL
 */
struct finding {
	enum cause cause;
	bool certain;
	uint64_t weight;
	char *what;
	struct record who;
	struct record figures;
	char *advice[FINDING_ADVICE + 1];
};

/* What has been found; starts as all zero. Refers to the figures. */
struct findings {
	struct finding *list;
	size_t count;
	size_t room;
};

/* Advice that more than one family of causes gives */
extern const char advice_reuse[];
extern const char advice_fewer_sockets[];
extern const char advice_no_port[];
extern const char advice_widen[];

struct finding *findings_add(struct findings *findings, enum cause cause, bool certain,
			     uint64_t weight);
void findings_free(struct findings *findings);
void __printf(2, 3) finding_advise(struct finding *finding, const char *fmt, ...);
void finding_add_program(struct finding *finding, const char *comm, uint64_t pid, uint64_t held);
void finding_add_largest(const struct figures *f, struct finding *finding,
			 const struct figures_account *top, figures_own_fn own);
char *finding_often(const struct figures *f, uint64_t count);
const char *cause_name(enum cause cause);

#endif
