// SPDX-License-Identifier: GPL-2.0-only
/* Causes: sockets that programs should have closed. */
#include <stdlib.h>
#include <string.h>

#include "model/account.h"
#include "model/rule.h"
#include "why/advice.h"
#include "why/families.h"

#define LEAK_PART	5	/* percent of the ports: less is no leak, however old */
#define LEAK_UDP_PART	20	/* there programs hold many for good reasons */
#define LEAK_QUARTER	25	/* so many are one though they are young */
#define LEAK_MIN	16

/* How many ports a cgroup may hold. */
static uint64_t room_of(const struct view *view, const char *cgroup, const char *proto)
{
	const struct resource *res;
	uint64_t room = view->resources->list[strcmp(proto, "udp") ? 0 : 1].capacity;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if ((res->kind == RESOURCE_LIMIT || res->own) && !strcmp(res->name, proto) &&
		    res->capacity < room && cgroup && account_is_below(cgroup, res->path))
			room = res->capacity;
	}
	return room;
}

static bool is_many(uint64_t count, uint64_t room, unsigned int percent)
{
	return count >= LEAK_MIN && resource_is_part(count, room, percent);
}

/* Whether a cgroup holds many of what it may: ports of its own range, or sockets by a limit. */
static bool is_much(const struct view *view, const struct culprit *culprit, const char *proto,
		    unsigned int percent)
{
	const struct resource *res;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if ((res->kind == RESOURCE_LIMIT || res->own) && !strcmp(res->name, proto) &&
		    res->capacity != UINT64_MAX && account_is_below(culprit->cgroup, res->path) &&
		    is_many(res->own ? culprit->held : culprit->sockets, res->capacity, percent))
			return true;
	}
	return false;
}

/* By the program as a whole, and by its largest cgroup, which may have fewer ports. */
static bool is_leak(const struct view *view, const struct leak *leak)
{
	unsigned int percent = strcmp(leak->proto, "udp") ? LEAK_PART : LEAK_UDP_PART;
	uint64_t whole = room_of(view, NULL, leak->proto);
	struct culprit culprit;

	if (!users_culprit(&leak->users, &culprit))
		return false;
	if (!is_many(leak->users.count, whole, percent) &&
	    !is_much(view, &culprit, leak->proto, percent))
		return false;
	if (2 * leak->users.old >= leak->users.count)
		return true;
	if (!strcmp(leak->proto, "udp"))
		return leak->growth && is_many(leak->users.count, whole, LEAK_QUARTER);
	return leak->growth || is_many(leak->users.count, whole, LEAK_QUARTER) ||
	       is_much(view, &culprit, leak->proto, LEAK_QUARTER);
}

static char *whose(const struct leak *leak, const struct culprit *culprit)
{
	if (culprit->cgroups == 1)
		return xstrdup(culprit->cgroup);
	if (*leak->comm)
		return xasprintf("%s in %zu cgroups", leak->comm, culprit->cgroups);
	return xasprintf("programs in %zu cgroups", culprit->cgroups);
}

static const char *explain(const struct leak *leak)
{
	if (!strcmp(leak->proto, "udp"))
		return "most of them for longer than a minute";
	if (leak->state == STATE_CLOSE_WAIT)
		return "the other side has closed, the program has not";
	return "with neither a connection nor a listener";
}

static void advise_leak(const struct view *view, struct finding *finding, const struct leak *leak,
			const char *cgroup)
{
	bool udp = !strcmp(leak->proto, "udp");
	char *path = cgroup ? rule_quote_path(cgroup) : NULL;

	if (udp) {
		finding_advise(finding, "%s", advice_fewer_sockets);
	} else if (leak->state == STATE_CLOSE_WAIT) {
		finding_advise(finding, "Have the program close() a connection when it reads its "
			       "end; until it is fixed, restart it.");
	} else {
		advise_no_port(view, finding);
		finding_advise(finding, "Have the program close() sockets that it bound and does "
			       "not use.");
	}
	finding_advise(finding, "List them: portquota reservations%s%s%s.",
		       udp ? " --proto udp" : leak->state == STATE_CLOSE_WAIT ?
		       " --state close-wait" : " --state bound", path ? " --account " : "",
		       path ?: "");
	free(path);
}

static void find_leak(const struct view *view, struct findings *findings, const struct leak *leak,
		      const struct culprit *culprit)
{
	const char *state = !strcmp(leak->proto, "udp") ? "UDP" : users_state_name(leak->state);
	struct finding *finding = findings_add(findings, CAUSE_LEAK, false, LEVEL_NOTED,
					       leak->users.count);
	char *grows = leak->growth ? finding_often(view->resources->seconds, leak->growth) : NULL;
	char *name = whose(leak, culprit);

	finding->what = xasprintf("%s holds %ju ports in %s%s%s: %s.", name,
				  (uintmax_t)leak->users.count, state,
				  grows ? ", growing by " : "", grows ?: "", explain(leak));
	if (!strcmp(leak->proto, "udp")) {
		free(finding->what);
		finding->what = xasprintf("%s holds %ju UDP ports%s%s: %s.", name,
					  (uintmax_t)leak->users.count,
					  grows ? ", growing by " : "", grows ?: "",
					  2 * leak->users.old >= leak->users.count ?
					  explain(leak) : "a quarter of all, and more each second");
	}
	free(name);
	free(grows);
	finding_add_culprit(finding, culprit);
	record_add_text(&finding->who, "state", state);
	record_add_number(&finding->figures, "count", leak->users.count);
	record_add_number(&finding->figures, "growth.rate",
			  finding_rate(view->resources->seconds, leak->growth));
	record_add_number(&finding->figures, "old", leak->users.old);
	advise_leak(view, finding, leak, culprit->cgroups == 1 ? culprit->cgroup : NULL);
}

/* Without CAP_NET_ADMIN: anybody can read how many are BOUND, but not their age and owners. */
static void find_bound(const struct view *view, struct findings *findings)
{
	const struct account_list *list = &view->now->accounts;
	const struct record *rec, *best = NULL;
	struct leak leak = { .proto = "tcp", .state = STATE_BOUND, .comm = "" };
	struct culprit culprit = { .cgroups = 1, .state = STATE_OTHER };
	struct holding who = { .comm = "" };
	uint64_t bound;
	const char *path;

	for (size_t i = 0; i < list->count; i++) {
		rec = &list->recs[i];
		path = record_text(rec, "path");
		bound = record_count(rec, "tcp.bound");
		if (!view_is_below(view, path) ||
		    !is_many(bound, room_of(view, path, "tcp"), LEAK_QUARTER))
			continue;
		/* Prefer a child to its parent if it holds at least half of what the parent has. */
		if (!best || (account_is_below(path, record_text(best, "path")) &&
			      2 * bound >= record_count(best, "tcp.bound")))
			best = rec;
	}
	if (!best)
		return;
	who.cgroup = (char *)record_text(best, "path");
	culprit.cgroup = who.cgroup;
	culprit.held = record_count(best, "tcp.bound");
	users_add(&leak.users, &who, record_count(best, "tcp.bound"));
	find_leak(view, findings, &leak, &culprit);
	users_free(&leak.users);
}

/**
 * find_leaks - find many sockets in a state in which none should stay
 * @view: what is known
 * @findings: what is found is added
 */
void find_leaks(const struct view *view, struct findings *findings)
{
	const struct leak *leak;
	struct culprit culprit;

	for (size_t i = 0; i < view->resources->leak_count; i++) {
		leak = &view->resources->leaks[i];
		/* What is connected elsewhere leaves its port to a connect() to there. */
		if (view->to && (!view_is_of(view, leak->proto) || leak->state != STATE_BOUND))
			continue;
		if (is_leak(view, leak) && users_culprit(&leak->users, &culprit) &&
		    view_is_below(view, culprit.cgroup))
			find_leak(view, findings, leak, &culprit);
	}
	if (!view->resources->closer)
		find_bound(view, findings);
}
