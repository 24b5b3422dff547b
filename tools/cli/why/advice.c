// SPDX-License-Identifier: GPL-2.0-only
/* Advice: see advice.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/module.h"
#include "lib/when.h"
#include "model/rule.h"
#include "why/advice.h"

#define LARGE_PART	4	/* a fourth of all */

#define BEFORE	3600	/* seconds: the events that a diagnosis of then knows are not older */

const char advice_reuse[] =
	"Reuse connections: keep them open, in a pool or by keep-alive, rather than opening one per "
	"request.";

const char advice_fewer_sockets[] =
	"Use one socket for many peers, or close sockets that are no longer needed.";

const char advice_no_port[] =
	"If bind() is called before connect() to choose an address: set IP_BIND_ADDRESS_NO_PORT "
	"before it, so that ports are shared between destinations.";

/**
 * advise_history - what tells of more than is known here: the events, or the record of then
 * @view: what is known
 * @finding: the finding
 * @what: what it tells
 */
void advise_history(const struct view *view, struct finding *finding, const char *what)
{
	char *since;

	if (!view->recorded) {
		finding_advise(finding, "%s: portquota events.", what);
		return;
	}
	since = when_format(view->now->wall - BEFORE, "%F %H:%M");
	finding_advise(finding, "%s: portquota history --since '%s'.", what, since);
	free(since);
}

/**
 * advise_no_port - what helps where bind() takes ports that connect() could share
 * @view: what is known
 * @finding: the finding
 */
void advise_no_port(const struct view *view, struct finding *finding)
{
	finding_advise(finding, "%s", advice_no_port);
	if (view->now->sysctls.ip_autobind_reuse == 0)
		finding_advise(finding, "Where the program sets SO_REUSEADDR and cannot be changed: "
			       "sysctl -w net.ipv4.ip_autobind_reuse=1.");
}

static void advise_peer(const struct view *view, struct finding *finding,
			const struct holder *holder)
{
	char *name = holder->peer ? xasprintf(" (%s, pid %d, on this host)", holder->peer,
					      holder->peer_pid) : xstrdup("");

	finding_advise(finding, "The other side %s not closed its end: have its program%s close() "
		       "what it has read to the end (there it %s CLOSE-WAIT).",
		       view_tense(view)->has, name, view_tense(view)->is);
	free(name);
	if (!holder->peer || record_find(&finding->who, "peer.comm"))
		return;
	record_add_text(&finding->who, "peer.comm", holder->peer);
	record_add_number(&finding->who, "peer.pid", holder->peer_pid);
}

/* Living connections, and what becomes of them, are no fault of the state that they are in. */
static bool has_cure(enum user_state state)
{
	return state != STATE_OTHER && state != STATE_ESTAB && state != STATE_TIME_WAIT &&
	       state != STATE_UNCONN;
}

static void advise_of(const struct view *view, struct finding *finding,
		      const struct resource *res, enum user_state state)
{
	const struct tense *tense = view_tense(view);

	switch (state) {
	case STATE_SYN_SENT:
		finding_advise(finding, "The other side %s not answer: look at the server, and at "
			       "what filters packets on the way.", tense->does);
		finding_advise(finding, "Give up sooner: a shorter connect timeout in the program, "
			       "or sysctl -w net.ipv4.tcp_syn_retries=2.");
		break;
	case STATE_FIN_WAIT_1:
		finding_advise(finding, "The other side %s not answer any more, and these %s "
			       "orphans: their program %s closed them or ended. Look at the "
			       "peer, and at the way to it.", tense->does, tense->are, tense->has);
		finding_advise(finding, "Give up sooner: sysctl -w "
			       "net.ipv4.tcp_orphan_retries=2.");
		break;
	case STATE_FIN_WAIT_2:
		advise_peer(view, finding, &res->holder);
		finding_advise(finding, "End sooner what is closed here: sysctl -w "
			       "net.ipv4.tcp_fin_timeout=15.");
		break;
	case STATE_CLOSE_WAIT:
		finding_advise(finding, "The other side %s closed: have the program close() a "
			       "connection when it reads its end; until it is fixed, restart it.",
			       tense->has);
		break;
	case STATE_LISTEN:
		finding_advise(finding, "These %s listeners: give them ports outside of the range "
			       "(of published ports and passive FTP the range can be set).",
			       tense->are);
		break;
	default:
		advise_no_port(view, finding);
		finding_advise(finding, "Have the program close() sockets that it bound and does "
			       "not use.");
		break;
	}
}

/**
 * advise_state - what helps against the state that most of a resource is in
 * @view: what is known
 * @finding: the finding; its state is added
 * @res: the resource
 *
 * Return: whether that is the cure, so that no advice for living connections is of use.
 */
bool advise_state(const struct view *view, struct finding *finding, const struct resource *res)
{
	enum user_state state = res->seen && res->users.count ? users_main_state(&res->users) :
								STATE_OTHER;

	if (!has_cure(state))
		return false;
	if (!record_find(&finding->who, "state"))
		record_add_text(&finding->who, "state", users_state_name(state));
	advise_of(view, finding, res, state);
	return true;
}

/**
 * advise_part - what helps against the state that a large part is in, where none has most
 * @view: what is known
 * @finding: the finding
 * @res: the resource
 */
void advise_part(const struct view *view, struct finding *finding, const struct resource *res)
{
	const struct users *users = &res->users;
	enum user_state most = STATE_OTHER;

	if (!res->seen || !users->count || users_main_state(users) != STATE_OTHER)
		return;
	for (enum user_state state = 0; state < STATE_OTHER; state++)
		if (has_cure(state) && LARGE_PART * users->states[state] >= users->count &&
		    (most == STATE_OTHER || users->states[state] > users->states[most]))
			most = state;
	if (most != STATE_OTHER)
		advise_of(view, finding, res, most);
}

static bool is_rule_of_all(const struct view *view, const struct resource *res)
{
	return strcmp(res->range, record_text(&view->now->stat, "range"));
}

/**
 * advise_widen - a larger range, and the services that would come into it
 * @view: what is known
 * @finding: the finding
 * @res: the range, or a destination that has its ports from there
 */
void advise_widen(const struct view *view, struct finding *finding, const struct resource *res)
{
	const struct widening *widening = view->widening;
	struct resource *range = resources_range(view->resources, res->name, res->range);
	char *path;

	if ((range && range->own) || is_rule_of_all(view, res)) {
		path = rule_quote_path(range ? range->path : "/");
		finding_advise(finding, "Widen its range, which a rule gives it: portquota range "
			       "set %s START NUMBER %s.", res->name, path);
		free(path);
		return;
	}
	if (!widening->low)
		return;
	if (widening->services)
		finding_advise(finding, "Before the range is widened, reserve the ports that "
			       "services listen on there (%s): sysctl -w "
			       "net.ipv4.ip_local_reserved_ports=%s.", widening->services,
			       widening->reserve);
	finding_advise(finding, "Widen the range of the namespace: sysctl -w "
		       "net.ipv4.ip_local_port_range=\"%u %u\".%s", widening->low, widening->high,
		       widening->services ? "" : " No service listens on what is added.");
}

/**
 * advise_reserved - where ip_local_reserved_ports is why a range is small
 * @view: what is known
 * @finding: the finding
 * @res: the range
 */
void advise_reserved(const struct view *view, struct finding *finding,
		     const struct resource *res)
{
	if (res->high && 2 * res->reserved >= res->high - res->low + 1)
		finding_advise(finding, "Keep fewer ports out of the range: sysctl "
			       "net.ipv4.ip_local_reserved_ports %s %ju of its %u.",
			       view_tense(view)->has, (uintmax_t)res->reserved,
			       res->high - res->low + 1);
}

static bool is_bound(const struct resource *res)
{
	return res->seen && 2 * res->users.exclusive > res->users.count;
}

/**
 * advise_takeover - let connect() take TIME_WAITs over, if it does not and that would help
 * @view: what is known
 * @finding: the finding
 * @res: what is short
 */
void advise_takeover(const struct view *view, struct finding *finding,
		     const struct resource *res)
{
	const struct sysctls *sysctls = &view->now->sysctls;
	bool local = res->source && (sysctls_is_loopback(res->source) ||
				     sysctls_is_loopback(res->destination));
	bool on = sysctls->tcp_tw_reuse == 1 || (sysctls->tcp_tw_reuse == 2 && local);

	/* Ports that were bound are not asked for by a connect(). */
	if (is_bound(res)) {
		advise_no_port(view, finding);
		return;
	}
	if (sysctls->tcp_timestamps == 0)
		finding_advise(finding, "Let connect() take the TIME_WAITs of connections to come "
			       "over, which need timestamps on both sides: sysctl -w "
			       "net.ipv4.tcp_timestamps=1%s.",
			       on ? "" : " net.ipv4.tcp_tw_reuse=1");
	else if (!on)
		finding_advise(finding, "Let connect() take TIME_WAITs over, where both sides have "
			       "timestamps: sysctl -w net.ipv4.tcp_tw_reuse=1.");
	else if (sysctls->tcp_tw_reuse_delay > SYSCTL_REUSE_DELAY)
		finding_advise(finding, "Let connect() take TIME_WAITs over after a second, not after "
			       "%ld ms: sysctl -w net.ipv4.tcp_tw_reuse_delay=%d.",
			       sysctls->tcp_tw_reuse_delay, SYSCTL_REUSE_DELAY);
	else if (res->kind == RESOURCE_DESTINATION && res->seen && !res->reusable)
		finding_advise(finding, "tcp_tw_reuse is in force and takes none of these over, as "
			       "they had no timestamps. Connections that begin now have them, if the "
			       "other side does (net.ipv4.tcp_timestamps there).");
}

/* For a rule. A cgroup whose path is cut can have none, and is limited by the one above it. */
static char *limited_path(const char *cgroup)
{
	const char *cut = strstr(cgroup, "/" PORTQUOTA_ID);
	char *above, *path;

	if (!cut)
		return rule_format_path(cgroup);
	if (cut == cgroup)
		return NULL;
	above = xasprintf("%.*s", (int)(cut - cgroup), cgroup);
	path = rule_format_path(above);
	free(above);
	return path;
}

/**
 * advise_limit - a rule for who holds most, by name where one cgroup has half of it or more
 * @finding: the finding
 * @res: what is short
 */
void advise_limit(struct finding *finding, const struct resource *res)
{
	char *path = NULL, *rule, *quoted;
	struct culprit culprit;

	if (users_culprit(&res->users, &culprit) && *culprit.cgroup == '/' &&
	    strcmp(culprit.cgroup, "/") && 2 * culprit.held >= res->users.count)
		path = limited_path(culprit.cgroup);
	rule = xasprintf("%s %s.max=NUMBER", path ?: "PATH", res->name);
	quoted = rule_quote(rule);
	finding_advise(finding, "Limit the largest user: portquota rule set %s.", quoted);
	free(quoted);
	free(rule);
	free(path);
}
