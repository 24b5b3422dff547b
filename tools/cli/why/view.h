/* SPDX-License-Identifier: GPL-2.0-only */
/* View: what a diagnosis is made from. */
#ifndef PORTQUOTA_VIEW_H
#define PORTQUOTA_VIEW_H

#include "model/endpoint.h"
#include "model/neighbours.h"
#include "resource/concern.h"
#include "resource/resources.h"
#include "resource/widening.h"

/**
 * struct view - what a diagnosis is made from
 * @resources: the resources, judged, and looked at more closely if that could be
 * @now: the survey that they were made from
 * @entered: TIME_WAITs begun between the two looks
 * @widening: a larger range; all zero if there is none
 * @to: only what can keep a connect() to there from working is asked for; NULL for all
 * @cgroup: only what this cgroup and those below it need is asked for; NULL for all
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
	const char *cgroup;
	const struct neighbours *neighbours;
	bool recorded;
	const char *missing;
};

/**
 * struct tense - the verbs of sentences, of now or of then
 * @had: as in "may have had", with a blank; "" of now
 * @takes: of what could be done, and is not known to have been
 */
struct tense {
	const char *is;
	const char *are;
	const char *has;
	const char *had;
	const char *holds;
	const char *use;
	const char *lead;
	const char *can;
	const char *cannot;
	const char *does;
	const char *finds;
	const char *gets;
	const char *fails;
	const char *takes;
	const char *keeps;
	const char *comes;
	const char *stays;
	const char *will;
};

bool view_needs(const struct view *view, const struct resource *res);
bool view_is_below(const struct view *view, const char *path);
bool view_leads_to(const struct view *view, const char *destination);
const struct tense *view_tense(const struct view *view);
const char *view_says(const struct view *view, const char *now, const char *then);
bool view_is_of(const struct view *view, const char *name);

#endif
