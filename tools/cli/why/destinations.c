// SPDX-License-Identifier: GPL-2.0-only
/* Causes: destinations with no port left towards them. */
#include <stdlib.h>

#include "why/advice.h"
#include "why/clause.h"
#include "why/families.h"

static const char advice_addresses[] =
	"Use more addresses: each pair of a source address and a destination (address and port) has "
	"all ports to itself.";

#define PARTS	3	/* states that are told of, where none has most */

/* Those that a connect() takes over are told by themselves. */
static uint64_t lost_in_state(const struct users *users, enum user_state state)
{
	uint64_t reusable = state == STATE_TIME_WAIT ? users->reusable : 0;

	return users->states[state] > reusable ? users->states[state] - reusable : 0;
}

/* ", 18 of them CLOSE-WAIT, 14 TIME-WAIT, 8 ESTAB": the largest first */
static char *tell_parts(const struct users *users)
{
	char *text = xstrdup(""), *longer;
	bool told[STATE_OTHER] = { false };

	for (size_t part = 0; part < PARTS; part++) {
		enum user_state most = STATE_OTHER;

		for (enum user_state state = 0; state < STATE_OTHER; state++)
			if (!told[state] && lost_in_state(users, state) &&
			    (most == STATE_OTHER ||
			     lost_in_state(users, state) > lost_in_state(users, most)))
				most = state;
		if (most == STATE_OTHER)
			break;
		told[most] = true;
		longer = xasprintf("%s, %ju %s%s", text, (uintmax_t)lost_in_state(users, most),
				   part ? "" : "of them ", users_state_name(most));
		free(text);
		text = longer;
	}
	return text;
}

/* ", 40 of them SYN-SENT", where most are in one state, else how many are in which */
static char *tell_state(const struct resource *res)
{
	enum user_state state = res->users.count ? users_main_state(&res->users) : STATE_OTHER;

	if (!res->seen || !res->users.count)
		return xstrdup("");
	if (state == STATE_OTHER)
		return tell_parts(&res->users);
	return xasprintf(", %ju of them %s", (uintmax_t)res->users.states[state],
			 users_state_name(state));
}

static char *tell_reusable(const struct view *view, const struct resource *res)
{
	if (!res->reusable)
		return xstrdup("");
	return xasprintf(", %ju of them TIME_WAITs that a connect() %s over",
			 (uintmax_t)res->reusable, view_tense(view)->takes);
}

/* Of calls that fail for several reasons it is not known how many there are of each. */
static char *tell_failing(const struct view *view, const struct resource *res)
{
	char *rate, *text;

	if (!res->failed)
		return xstrdup("");
	rate = finding_often(res->seconds, res->failed);
	text = xasprintf(", %s%s%s%s", view->recorded ? "" : "now ", rate,
			 res->failing ? ", most of " : "", res->failing ?: "");
	free(rate);
	return text;
}

/* What becomes of a connect() to there; or became of it, by a record */
static const char *tell_connect(const struct view *view, const struct resource *res)
{
	if (res->fails & FAILS_CONNECT && res->used < res->capacity)
		return view_says(view, ", and no connect() can share the rest: connect() to this "
				 "destination fails",
				 ", and no connect() could share the rest: connect() to this "
				 "destination failed");
	if (res->fails & FAILS_CONNECT)
		return view_says(view, ": connect() to this destination fails",
				 ": connect() to this destination failed");
	if (res->failed)
		return view_says(view, ": some connect() to it fail",
				 ": some connect() to it failed");
	if (resource_is_part(resource_lost(res), res->capacity, RESOURCE_SLOW))
		return view_says(view, ": past half, each connect() to it searches far longer",
				 ": past half, each connect() to it searched far longer");
	return "";
}

static void find_destination(const struct view *view, struct findings *findings,
			     const struct resource *res)
{
	bool full = res->fails & FAILS_CONNECT, cured;
	struct finding *finding = findings_add(findings, CAUSE_DESTINATION, full, res->level,
					       res->used);
	char *grows = finding_growth(res), *state = tell_state(res);
	char *reusable = tell_reusable(view, res), *reserved = clause_reserved(view, res);
	char *unknown = clause_unknown(view, res), *failing = tell_failing(view, res);

	finding->what = xasprintf("%ju of %ju ports from %s to %s %s used%s%s%s%s%s%s.%s",
				  (uintmax_t)res->used, (uintmax_t)res->capacity, res->source,
				  res->destination, view_tense(view)->are, state, reusable, unknown,
				  grows, tell_connect(view, res), failing, reserved);
	free(failing);
	free(unknown);
	free(reserved);
	free(grows);
	free(state);
	free(reusable);
	finding_add_flow(finding, res->source, res->destination);
	finding_add_users(finding, &res->users);
	record_add_text(&finding->who, "range", res->range);
	record_add_number(&finding->figures, "used", res->used);
	record_add_number(&finding->figures, "timewait", res->timewait);
	record_add_number(&finding->figures, "reusable", res->reusable);
	record_add_number(&finding->figures, "usable", res->capacity);
	record_add_number(&finding->figures, "free", res->free);
	record_add_number(&finding->figures, "exhausted", res->failed);
	record_add_number(&finding->figures, "growth.rate",
			  finding_rate(res->seconds, res->growth));
	advise_reserved(view, finding, res);
	cured = advise_state(view, finding, res);
	if (!cured) {
		advise_part(view, finding, res);
		if (2 * res->users.exclusive > res->users.count)
			advise_no_port(view, finding);
		finding_advise(finding, "%s", advice_reuse);
		if (res->users.count && users_main_state(&res->users) == STATE_TIME_WAIT)
			advise_takeover(view, finding, res);
	}
	finding_advise(finding, "%s", advice_addresses);
	advise_widen(view, finding, res);
}

/**
 * find_destinations - find destinations that are short of ports
 * @view: what is known
 * @findings: what is found is added
 */
void find_destinations(const struct view *view, struct findings *findings)
{
	const struct resource *res;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && res->level >= LEVEL_NOTED &&
		    view_needs(view, res))
			find_destination(view, findings, res);
	}
}
