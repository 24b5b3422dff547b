// SPDX-License-Identifier: GPL-2.0-only
/*
 * Diagnosis: see diagnosis.h.
 *
 * Each cause has a function that finds it. It is certain if it cannot be otherwise: a limit that is
 * reached, no port left that a call could get, a call that failed between the two looks. It is
 * likely if it is concluded from fractions. TIME_WAIT and leaks are causes only where ports are
 * short.
 */
#include <stdlib.h>
#include <string.h>

#include "why/diagnosis.h"
#include "why/families.h"

static bool is_of_now(const struct finding *finding)
{
	return finding->cause < CAUSE_EARLIER;
}

static int in_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (is_of_now(x) != is_of_now(y))
		return is_of_now(x) ? -1 : 1;
	if (x->certain != y->certain && is_of_now(x))
		return x->certain ? -1 : 1;
	/* Why something is short comes behind what is short. */
	if (x->level != y->level && x->cause < CAUSE_CHURN && y->cause < CAUSE_CHURN)
		return x->level > y->level ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->what, y->what);
}

/**
 * diagnose - find the causes
 * @view: what is known
 * @findings: filled in, the certain first; one of CAUSE_NONE if there is none of now.
 *	findings_free() is due, before the resources go
 */
void diagnose(const struct view *view, struct findings *findings)
{
	bool now;

	*findings = (struct findings){ 0 };
	find_rules(view, findings);
	find_ports(view, findings);
	find_ranges(view, findings);
	find_destinations(view, findings);
	find_overflow(view, findings);
	find_churn(view, findings);
	find_leaks(view, findings);
	now = findings->count;
	find_earlier(view, findings);
	find_elsewhere(view, findings);
	if (!now)
		find_none(view, findings);
	qsort(findings->list, findings->count, sizeof(*findings->list), in_order);
}
