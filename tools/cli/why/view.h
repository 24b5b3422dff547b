/* SPDX-License-Identifier: GPL-2.0-only */
/* View: what a diagnosis is made from. */
#ifndef PORTQUOTA_VIEW_H
#define PORTQUOTA_VIEW_H

#include "model/endpoint.h"
#include "model/neighbours.h"
#include "resource/resources.h"
#include "resource/widening.h"

/**
 * struct view - what a diagnosis is made from
 * @resources: the resources, judged, and looked at more closely if that could be
 * @now: the survey that they were made from
 * @entered: TIME_WAITs begun between the two looks
 * @widening: a larger range; all zero if there is none
 * @to: only what can keep a connect() to there from working is asked for; NULL for all
 * @neighbours: the other namespaces; all zero if they cannot be seen, or are looked at themselves
 * @recorded: the survey is of a record: it is about then, and nothing is known of what came and
 *	went between its rows
 * @missing: what that record does not have of then; NULL if it has all that it can have
 */
struct view {
	const struct resources *resources;
	const struct survey *now;
	uint64_t entered;
	const struct widening *widening;
	const struct endpoint *to;
	const struct neighbours *neighbours;
	bool recorded;
	const char *missing;
};

bool view_leads_to(const struct view *view, const char *destination);
const char *view_be(const struct view *view);
bool view_is_of(const struct view *view, const char *name);

#endif
