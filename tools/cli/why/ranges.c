// SPDX-License-Identifier: GPL-2.0-only
/* Causes: ranges with no port left, of the namespace or of one cgroup. */
#include <stdlib.h>
#include <string.h>

#include "lib/interval.h"
#include "lib/when.h"
#include "why/advice.h"
#include "why/clause.h"
#include "why/families.h"
#include "why/trouble.h"

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
	return xasprintf(" One of %ju connections' destinations may be full: the module's table "
			 "has no room for these.", (uintmax_t)res->uncounted);
}

static void find_range(const struct view *view, struct findings *findings,
		       const struct resource *res)
{
	bool nearly = resource_is_part(res->used, res->capacity, resource_thresholds.tcp.crit);
	bool failing = res->failed || (res->going_on && !res->explained);
	bool certain = res->fails & FAILS_CONNECT || (failing && nearly && !res->narrow);
	struct finding *finding = findings_add(findings, CAUSE_RANGE, certain, res->level,
					       res->failed);
	char *whose = whose_range(res), *trouble = range_trouble(view_tense(view), res);
	char *grows = finding_growth(res), *failed = tell_failed(view, res);
	char *reserved = clause_reserved(view, res), *unknown = clause_unknown(view, res);
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
