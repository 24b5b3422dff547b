// SPDX-License-Identifier: GPL-2.0-only
/* Causes: one port by its number, which a call asked for and somebody else has. */
#include <stdlib.h>
#include <string.h>

#include "lib/interval.h"
#include "lib/when.h"
#include "why/advice.h"
#include "why/families.h"

static bool is_to_itself(const struct holder *holder)
{
	return holder->local && !strcmp(holder->local, holder->remote);
}

/* How many cgroups have it */
static size_t count_holders(const struct resource *res)
{
	struct culprit culprit;

	return users_culprit(&res->users, &culprit) ? culprit.cgroups : 0;
}

/* What has the port: "a TIME_WAIT towards 127.0.0.1:8500, for 58 seconds more". No row has it. */
static char *tell_holder(const struct view *view, const struct resource *res)
{
	const struct holder *holder = &res->holder;

	if (view->recorded)
		return xstrdup("who had it is not recorded");
	if (!res->seen)
		return xstrdup("who has it cannot be seen");
	if (!holder->local)
		return xstrdup("nobody has it now");
	if (is_to_itself(holder))
		return xasprintf("a connection from %s to itself has it, which a connect() to a "
				 "port of the range makes when nobody listens there",
				 holder->local);
	if (holder->state == STATE_TIME_WAIT)
		return xasprintf("a TIME_WAIT from %s to %s has it, for %ju seconds more",
				 holder->local, holder->remote, (uintmax_t)holder->left);
	if (holder->state == STATE_LISTEN)
		return xasprintf("another listener has it, on %s", holder->local);
	if (holder->state == STATE_BOUND || holder->state == STATE_UNCONN)
		return xasprintf("another socket is bound to it, on %s", holder->local);
	return xasprintf("a connection (%s) from %s to %s has it",
			 users_state_name(holder->state), holder->local, holder->remote);
}

/* The port is the caller's own, and stays from the connection before. */
static bool is_own_tuple(const struct resource *res)
{
	return *res->destination && res->holder.local &&
	       !strcmp(res->destination, res->holder.remote);
}

/* How to have the port back now. A close() leaves a TIME_WAIT, and that keeps it. */
static void advise_now(struct finding *finding, const struct resource *res,
		       enum user_state state)
{
	if (state == STATE_TIME_WAIT)
		finding_advise(finding, "This time: wait, the TIME_WAIT ends by itself.");
	else if (state == STATE_LISTEN || state == STATE_BOUND || state == STATE_UNCONN)
		finding_advise(finding, "Stop the program that has it, or give one of the two "
			       "another port.");
	else if (state == STATE_FIN_WAIT_2)
		finding_advise(finding, "This time: have the other side close its end, or wait: "
			       "what is closed here ends after net.ipv4.tcp_fin_timeout.");
	else if (state != STATE_OTHER && !strcmp(res->name, "udp"))
		finding_advise(finding, "This time: have the program that has it close that "
			       "socket, or restart it.");
	else if (state != STATE_OTHER)
		finding_advise(finding, "This time: end that connection by a reset, as a close() "
			       "would leave a TIME_WAIT that keeps the port: ss -K 'src %s dst %s'.",
			       res->holder.local, res->holder.remote);
}

static void advise_port(const struct view *view, struct finding *finding,
			const struct resource *res)
{
	const struct sysctls *sysctls = &view->now->sysctls;
	enum user_state state = res->holder.local ? res->holder.state : STATE_OTHER;
	char *ports, *all;

	if (is_own_tuple(res)) {
		finding_advise(finding, "Let the kernel choose the port of a client: no bind(), or "
			       "bind() with port 0 and IP_BIND_ADDRESS_NO_PORT.");
		if (state == STATE_TIME_WAIT && sysctls->tcp_timestamps == 0)
			finding_advise(finding, "Or let connections to come take over the TIME_WAIT "
				       "of the one before: sysctl -w net.ipv4.tcp_timestamps=1.");
		return;
	}
	if (state != STATE_LISTEN && !sysctls_is_reserved(sysctls, res->port)) {
		ports = xasprintf("%u", res->port);
		all = widening_reserve(sysctls, ports);
		finding_advise(finding, "Reserve it for the service, so that no connection is given "
			       "it: sysctl -w net.ipv4.ip_local_reserved_ports=%s.", all);
		free(all);
		free(ports);
	}
	if (!view->recorded)
		advise_now(finding, res, state);
}

/* ", 3 per second", if calls were counted between the two looks; else when the first was refused */
static char *tell_often(const struct view *view, const struct resource *res)
{
	char *text, *often;

	if (!res->failed) {
		often = view->recorded ? when_format(view->now->wall - res->since, "at %H:%M:%S") :
					 interval_ago(res->since);
		text = xasprintf(*res->destination ? " (refused %s)" : " %s", often);
	} else {
		often = finding_often(res->seconds, res->failed);
		text = xasprintf(", %s", often);
	}
	free(often);
	return text;
}

static void advise_chooser(struct finding *finding, const struct resource *res)
{
	bool udp = !strcmp(res->name, "udp");

	finding_advise(finding, "Let the kernel choose: no bind(), or bind() with port 0%s.",
		       udp ? "" : " and IP_BIND_ADDRESS_NO_PORT");
	if (!*res->destination)
		finding_advise(finding, "Or have it choose from ports that nothing else is given: "
			       "keep some for it by net.ipv4.ip_local_reserved_ports.");
	finding_advise(finding, "See which: portquota events --level taken.");
}

static char *tell_chooser(const struct view *view, const struct resource *res)
{
	const char *proto = strcmp(res->name, "udp") ? "TCP" : "UDP";
	const struct tense *tense = view_tense(view);

	if (*res->destination)
		return xasprintf("%s %s connect from %zu %s ports that it %s bound before, from %u to "
				 "%s among them: the same addresses and ports %s in use.",
				 res->failing, tense->cannot, res->chosen, proto, tense->has,
				 res->port, res->destination, tense->are);
	if (res->chosen == 1)
		return xasprintf("%s was refused %s port %u, which it asked for by number: it seems "
				 "to choose ports itself, and to meet those that %s in use.",
				 res->failing, proto, res->port, tense->are);
	return xasprintf("%s was refused %zu %s ports, %u among them, that it asked for by number: it "
			 "seems to choose ports itself, and to meet those that %s in use.",
			 res->failing, res->chosen, proto, res->port, tense->are);
}

/* One piece for all of a cgroup's ports, of which this is the first. */
static void find_chooser(const struct view *view, struct findings *findings,
			 const struct resource *res)
{
	struct finding *finding = findings_add(findings, CAUSE_PORT, false, res->level,
					       res->chosen);

	finding->what = tell_chooser(view, res);
	record_add_text(&finding->who, "cgroup", res->failing);
	record_add_number(&finding->who, "port", res->port);
	record_add_text(&finding->who, "resource", res->name);
	record_add_number(&finding->figures, "taken", res->failed);
	record_add_number(&finding->figures, "ports", res->chosen);
	advise_chooser(finding, res);
}

/* Of several that have it, on different addresses, one may not be in the way. */
static void find_port(const struct view *view, struct findings *findings,
		      const struct resource *res)
{
	bool certain = count_holders(res) <= 1;
	struct finding *finding = findings_add(findings, CAUSE_PORT, certain, res->level,
					       res->failed);
	const char *proto = strcmp(res->name, "udp") ? "TCP" : "UDP";
	char *holder = tell_holder(view, res), *often = tell_often(view, res);
	char *more = certain ? xstrdup("") : xasprintf(", and %ju more %s it",
			       (uintmax_t)(res->users.count - 1),
			       view_says(view, res->users.count == 2 ? "holds" : "hold", "held"));

	if (*res->destination)
		finding->what = xasprintf("%s of %s %s connect from port %u to %s%s: %s%s.", proto,
					  res->failing, view_tense(view)->cannot, res->port,
					  res->destination, often, holder, more);
	else
		finding->what = xasprintf("%s port %u was refused to %s, which asked for it by its "
					  "number%s: %s%s.", proto, res->port, res->failing, often,
					  holder, more);
	free(more);
	free(often);
	free(holder);
	record_add_number(&finding->who, "port", res->port);
	record_add_text(&finding->who, "resource", res->name);
	finding_add_users(finding, resource_users(res));
	if (res->holder.local)
		record_add_text(&finding->who, "state", users_state_name(res->holder.state));
	record_add_number(&finding->figures, "taken", res->failed);
	record_add_number(&finding->figures, "taken.ever", res->failed_ever);
	if (res->holder.left)
		record_add_number(&finding->figures, "left", res->holder.left);
	advise_port(view, finding, res);
	finding_advise(finding, "See who has it now: portquota reservations --port %u.", res->port);
}

/**
 * find_ports - find ports that were refused to calls which named them
 * @view: what is known
 * @findings: what is found is added
 */
void find_ports(const struct view *view, struct findings *findings)
{
	const struct resource *res;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind == RESOURCE_PORT && res->level >= LEVEL_NOTED &&
		    view_needs(view, res) && view_leads_to(view, res->destination)) {
			if (res->chosen)
				find_chooser(view, findings, res);
			else
				find_port(view, findings, res);
		}
	}
}
