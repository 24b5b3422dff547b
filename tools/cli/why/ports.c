// SPDX-License-Identifier: GPL-2.0-only
/* Causes: ranges with no port left, and destinations with no port left towards them. */
#include <stdlib.h>
#include <string.h>

#include "lib/interval.h"
#include "lib/when.h"
#include "model/rule.h"
#include "why/advice.h"
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

static char *tell_reserved(const struct view *view, const struct resource *res)
{
	const struct tense *tense = view_tense(view);
	unsigned int size = res->high - res->low + 1;

	if (!res->high || 2 * res->reserved < size || res->empty)
		return xstrdup("");
	return xasprintf(" The range %s that small because net.ipv4.ip_local_reserved_ports %s %ju "
			 "of its %u ports out of it.", tense->is, tense->keeps,
			 (uintmax_t)res->reserved, size);
}

/* " (20 of these …)", where nobody can know who has them */
static char *tell_unknown(const struct view *view, const struct resource *res)
{
	uint64_t count = res->seen ? users_nameless(&res->users) : 0;

	if (!count)
		return xstrdup("");
	return xasprintf(" (%ju of these %s from before the module was loaded, and whose is not "
			 "known)", (uintmax_t)count, view_tense(view)->are);
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
	char *reusable = tell_reusable(view, res), *reserved = tell_reserved(view, res);
	char *unknown = tell_unknown(view, res), *failing = tell_failing(view, res);

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

/* "holds 30 ports taken by bind() or listen(), and 10 that …": what no connect() can share */
static char *tell_blocked(const struct resource *res)
{
	static const char spoiled[] = "that connections used while somebody bound them";

	if (!res->spoiled)
		return xasprintf("%ju ports taken by bind() or listen()",
				 (uintmax_t)res->exclusive);
	if (!res->exclusive)
		return xasprintf("%ju ports %s", (uintmax_t)res->spoiled, spoiled);
	return xasprintf("%ju ports taken by bind() or listen(), and %ju %s",
			 (uintmax_t)res->exclusive, (uintmax_t)res->spoiled, spoiled);
}

/* "them", or how many of them, where bind() or listen() has some for itself */
static char *tell_shared(const struct resource *res)
{
	uint64_t blocked = res->exclusive + res->spoiled;

	if (!blocked || blocked > res->used)
		return xstrdup("them");
	return xasprintf("%ju of them", (uintmax_t)(res->used - blocked));
}

/* ", unless to another address than 127.0.0.1", where bind() finds a port there */
static char *tell_address(const struct resource *res, const char *to)
{
	if (res->seen && res->anywhere >= res->used)
		return xstrdup("");
	if (!res->seen || !res->address)
		return xasprintf(", unless %sto an address with ports left", to);
	return xasprintf(", unless %sto another address than %s", to, res->address);
}

/* Where each port is in use, but not each for bind() alone: who finds none */
static char *tell_all_used(const struct tense *tense, const struct resource *res)
{
	char *shared = tell_shared(res), *but = tell_address(res, ""), *text;
	uintmax_t usable = res->capacity;

	if (res->reusable)
		text = xasprintf("%s each of its %ju ports in use, and %ju of these %s TIME_WAITs "
				 "that a connect() %s over; but bind() without a port %s none%s",
				 tense->has, usable, (uintmax_t)res->reusable, tense->are,
				 tense->takes, tense->finds, but);
	else if ((res->failed || res->going_on) && !res->explained)
		text = xasprintf("%s each of its %ju ports in use: bind() without a port %s "
				 "none%s, nor %s a connect() whose destination %s used them all",
				 tense->has, usable, tense->finds, but, tense->does, tense->has);
	else
		text = xasprintf("%s each of its %ju ports in use: connect() to other destinations "
				 "%s share %s, but bind() without a port %s none%s", tense->has,
				 usable, tense->can, shared, tense->finds, but);
	free(but);
	free(shared);
	return text;
}

static char *tell_tcp_trouble(const struct tense *tense, const struct resource *res)
{
	uint64_t alone = res->exclusive + res->spoiled;
	char *blocked = tell_blocked(res), *text;
	uintmax_t used = res->used, usable = res->capacity;

	if (res->fails & FAILS_CONNECT && alone < res->capacity)
		text = xasprintf("%s %s, of %ju usable, and connections %s the rest: connect() to "
				 "where they %s %s none", tense->holds, blocked, usable, tense->use,
				 tense->lead, tense->finds);
	else if (res->fails & FAILS_CONNECT)
		text = xasprintf("%s %s, of %ju usable: no connect() %s share them", tense->holds,
				 blocked, usable, tense->can);
	else if (res->fails & FAILS_BIND)
		text = tell_all_used(tense, res);
	else if (alone && 2 * alone >= res->used)
		text = xasprintf("%s %ju of %ju ports in use, and %s %s: no connect() %s share these",
				 tense->has, used, usable, tense->holds, blocked, tense->can);
	else
		text = xasprintf("%s %ju of %ju ports in use: connect() %s share them, bind() without "
				 "a port %s", tense->has, used, usable, tense->can, tense->cannot);
	free(blocked);
	return text;
}

static char *tell_trouble(const struct tense *tense, const struct resource *res)
{
	uintmax_t used = res->used, usable = res->capacity;
	char *but, *text;

	if (res->empty)
		return xasprintf("%s no port that may be used: net.ipv4.ip_local_reserved_ports "
				 "%s all %ju of them", tense->has, tense->has,
				 (uintmax_t)res->reserved);
	if (res->narrow)
		return xasprintf("had no free port for some calls, though %ju of %ju ports %s held: "
				 "a socket may have %sa narrower range of its own "
				 "(IP_LOCAL_PORT_RANGE)", used, usable, tense->are, tense->had);
	if (!strcmp(res->name, "tcp"))
		return tell_tcp_trouble(tense, res);
	if (res->fails) {
		but = tell_address(res, "bound ");
		text = xasprintf("%s used up, %ju of %ju ports: no UDP socket%s %s a port%s",
				 tense->is, used, usable, res->ipv6 ? " of IPv6" : "", tense->gets,
				 but);
		free(but);
		return text;
	}
	return xasprintf("%s %s used up, %ju of %ju ports", tense->is,
			 resource_is_part(used, usable, resource_thresholds.tcp.crit) ? "nearly" :
			 "largely", used, usable);
}

/*
 * By net.ipv4.ip_autobind_reuse several sockets have one port that was bound, where none of them
 * listens: so can those to come.
 */
static char *tell_bind(const struct view *view, const struct resource *res)
{
	uint64_t sockets = record_count(&view->now->stat, "tcp.exclusive");

	if (res->own || strcmp(res->name, "tcp") || !(res->fails & FAILS_CONNECT) || res->empty ||
	    view->now->sysctls.ip_autobind_reuse != 1 || sockets <= res->exclusive ||
	    !res->seen || users_main_state(&res->binders) == STATE_LISTEN)
		return xstrdup("");
	return xasprintf(", but a bind() without a port by SO_REUSEADDR %s "
			 "(net.ipv4.ip_autobind_reuse)", view_tense(view)->can);
}

static char *whose_range(const struct resource *res)
{
	const char *proto = strcmp(res->name, "tcp") ? "UDP" : "TCP";

	if (!res->own)
		return xasprintf("The namespace's %s range %s", proto, res->range);
	return xasprintf("The %s range %s of %s", proto, res->range, res->path);
}

/* Calls that fail, but not since the first look */
static char *tell_run(const struct view *view, const struct resource *res)
{
	char *ago, *text;

	if (!res->going_on || res->explained)
		return xstrdup("");
	ago = view->recorded ? when_format(view->now->wall - res->since, "at %H:%M:%S") :
			       interval_ago(res->since);
	text = xasprintf("; a run of calls%s%s that found no port began %s and %s not over",
			 res->failing ? " of " : "", res->failing ?: "", ago, view_tense(view)->is);
	free(ago);
	return text;
}

static char *tell_failed(const struct view *view, const struct resource *res)
{
	char *rate, *text;

	if (!res->failed)
		return tell_run(view, res);
	rate = finding_often(res->seconds, res->failed);
	if (res->failing && strcmp(res->failing, res->path))
		text = xasprintf("; calls that found no port: %s, most of %s", rate, res->failing);
	else
		text = xasprintf("; calls that found no port: %s", rate);
	free(rate);
	return text;
}

static void add_range(struct finding *finding, const struct resource *res)
{
	record_add_text(&finding->who, "range", res->range);
	record_add_text(&finding->who, "resource", res->name);
	record_add_number(&finding->figures, "held", res->used);
	if (!strcmp(res->name, "tcp")) {
		record_add_number(&finding->figures, "exclusive", res->exclusive);
		record_add_number(&finding->figures, "spoiled", res->spoiled);
		record_add_number(&finding->figures, "reusable", res->reusable);
	}
	record_add_number(&finding->figures, "usable", res->capacity);
	record_add_number(&finding->figures, "reserved", res->reserved);
	record_add_number(&finding->figures, "exhausted", res->failed);
	record_add_number(&finding->figures, "exhausted.rate",
			  finding_rate(res->seconds, res->failed));
}

static bool is_bound_up(const struct resource *res)
{
	return !strcmp(res->name, "tcp") && (res->exclusive || res->spoiled) &&
	       2 * (res->exclusive + res->spoiled) >= res->used;
}

/* Nothing that is set now gives back what a bind() has spoiled: its connections have to end. */
static void advise_bound(const struct view *view, struct finding *finding,
			 const struct resource *res)
{
	if (res->exclusive)
		advise_no_port(view, finding);
	else
		finding_advise(finding, "%s", advice_no_port);
	if (res->spoiled)
		finding_advise(finding, "Ports that somebody bound while connections used them can "
			       "be shared again when these connections have ended: restart the "
			       "program that has them.");
}

static void advise_range(const struct view *view, struct finding *finding,
			 const struct resource *res)
{
	bool udp = !strcmp(res->name, "udp"), bound = is_bound_up(res), cured;
	struct resource binders = *res;

	if (res->empty) {
		advise_reserved(view, finding, res);
		advise_widen(view, finding, res);
		return;
	}
	/* More ports in the range are none for those that ask for a part of it. */
	if (res->narrow) {
		finding_advise(finding, "Give these sockets more ports (IP_LOCAL_PORT_RANGE), or "
			       "leave the choice to the kernel.");
		finding_advise(finding, "%s", udp ? advice_fewer_sockets : advice_reuse);
		return;
	}
	/* What matters is the state of those that cannot be shared, and who has them. */
	if (bound && res->binders.count)
		binders.users = res->binders;
	advise_reserved(view, finding, res);
	cured = advise_state(view, finding, &binders);
	if (bound && !cured)
		advise_bound(view, finding, res);
	if (!bound && !cured)
		advise_part(view, finding, res);
	if (!cured && (udp || !bound))
		finding_advise(finding, "%s", udp ? advice_fewer_sockets : advice_reuse);
	/* Then it is bind() without a port that fails. */
	if (!cured && !udp && !bound)
		finding_advise(finding, "%s", advice_no_port);
	advise_widen(view, finding, res);
	advise_limit(finding, &binders);
}

/* Who is short is the one to look at where only his own choice of ports is short. */
static void add_users(struct finding *finding, const struct resource *res)
{
	struct culprit culprit;

	if (res->empty)
		return;
	if (!res->narrow) {
		finding_add_users(finding, resource_users(res));
	} else if (res->failing) {
		record_add_text(&finding->who, "cgroup", res->failing);
		if (users_culprit_of(&res->users, res->failing, &culprit))
			finding_add_program(finding, &culprit);
	}
}

static char *tell_blind(const struct resource *res)
{
	if (!res->blind || res->fails & FAILS_CONNECT)
		return xstrdup("");
	if (!res->uncounted)
		return xstrdup(" A destination may be full: the module does not count them.");
	return xasprintf(" One of %ju connections' destinations may be full: the module's table has "
			 "no room for these.", (uintmax_t)res->uncounted);
}

static void find_range(const struct view *view, struct findings *findings,
		       const struct resource *res)
{
	bool nearly = resource_is_part(res->used, res->capacity, resource_thresholds.tcp.crit);
	bool failing = res->failed || (res->going_on && !res->explained);
	bool certain = res->fails & FAILS_CONNECT || (failing && nearly && !res->narrow);
	struct finding *finding = findings_add(findings, CAUSE_RANGE, certain, res->level,
					       res->failed);
	char *whose = whose_range(res), *trouble = tell_trouble(view_tense(view), res);
	char *grows = finding_growth(res), *failed = tell_failed(view, res);
	char *reserved = tell_reserved(view, res), *unknown = tell_unknown(view, res);
	char *blind = tell_blind(res), *bind = tell_bind(view, res);

	finding->what = xasprintf("%s %s%s%s%s%s.%s%s", whose, trouble, bind, grows, failed,
				  unknown, reserved, blind);
	free(bind);
	free(blind);
	free(unknown);
	free(reserved);
	free(failed);
	free(grows);
	free(trouble);
	free(whose);
	add_users(finding, res);
	add_range(finding, res);
	advise_range(view, finding, res);
}

/**
 * find_ranges - find ranges that are short of ports: that of the namespace, and those of cgroups
 * @view: what is known
 * @findings: what is found is added
 */
void find_ranges(const struct view *view, struct findings *findings)
{
	struct resource seen;
	const struct resource *res;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind != RESOURCE_RANGE || res->level < LEVEL_NOTED ||
		    !view_needs(view, res) || !view_is_of(view, res->name))
			continue;
		seen = *res;
		if (res->explained)
			seen.failed = 0;
		find_range(view, findings, &seen);
	}
}
