// SPDX-License-Identifier: GPL-2.0-only
/* No cause: what was looked at, and what was not. */
#include <stdlib.h>
#include <string.h>

#include "resource/largest.h"
#include "why/families.h"

static const struct resource *busiest(const struct view *view)
{
	const struct resource *res, *best = NULL;

	for (size_t i = 0; i < view->resources->count; i++) {
		res = &view->resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && view_leads_to(view, res->destination) &&
		    (!best || res->used > best->used))
			best = res;
	}
	return best;
}

static char *tell_busiest(const struct view *view, const struct resource *dest)
{
	const char *be = view_tense(view)->are;

	if (!dest && view->missing)
		return xstrdup(view->missing);
	if (!dest && view->recorded)
		return xasprintf("none of its destinations was among the host's %d fullest",
				 LARGEST_DESTINATIONS);
	if (!dest && view->resources->list[0].uncounted)
		return xstrdup("which destination is the busiest is not known");
	if (!dest)
		return xstrdup(view->now->destinations_known ? "no connection uses a port" :
			       view->now->destinations_off ?
			       "the module does not count by destination" :
			       "this module does not report destinations");
	if (dest->reusable)
		return xasprintf("%ju of %ju ports %s used to the busiest destination, %s, and %ju "
				 "of these %s TIME_WAITs that a connect() %s over",
				 (uintmax_t)dest->used, (uintmax_t)dest->capacity, be,
				 dest->destination, (uintmax_t)dest->reusable, be,
				 view_tense(view)->takes);
	return xasprintf("%ju of %ju ports %s used to the busiest destination, %s",
			 (uintmax_t)dest->used, (uintmax_t)dest->capacity, be, dest->destination);
}

static char *tell_seconds(const struct view *view)
{
	const struct sysctls *sysctls = &view->now->sysctls;
	const struct record *stat = &view->now->stat;
	uint64_t second = record_count(stat, "timewait.fin_wait2");
	char *buckets = sysctls->tcp_max_tw_buckets > 0 ?
			xasprintf(" of %ld", sysctls->tcp_max_tw_buckets) : xstrdup("");
	char *apart = second ? xasprintf(", %ju of them still in FIN-WAIT-2", (uintmax_t)second) :
			       xstrdup("");
	char *text = xasprintf("There %s %ju%s TIME_WAITs%s.", view_tense(view)->are,
			       (uintmax_t)record_count(stat, "timewait.current"), buckets, apart);

	free(apart);
	free(buckets);
	return text;
}

static char *tell_free(const struct view *view, const struct resource *dest)
{
	const struct resource *tcp = &view->resources->list[0];
	uint64_t lost = tcp->exclusive + tcp->spoiled;
	uint64_t left = lost < tcp->capacity ? tcp->capacity - lost : 0;
	const char *be = view_tense(view)->are;

	if (!dest)
		return xasprintf("no port is used towards it, and a connect() could get %ju of %ju "
				 "ports", (uintmax_t)left, (uintmax_t)tcp->capacity);
	if (dest->reusable)
		return xasprintf("from %s, %ju of %ju ports %s used towards %s, %ju of them "
				 "TIME_WAITs that a connect() %s over, and %ju more %s free",
				 dest->source, (uintmax_t)dest->used, (uintmax_t)dest->capacity, be,
				 dest->destination, (uintmax_t)dest->reusable,
				 view_tense(view)->takes, (uintmax_t)dest->free, be);
	return xasprintf("from %s, %ju of %ju ports %s used towards %s, and %ju %s free",
			 dest->source, (uintmax_t)dest->used, (uintmax_t)dest->capacity, be,
			 dest->destination, (uintmax_t)dest->free, be);
}

/* Of one destination: that ports are no reason for a connect() to there to fail. */
static char *tell_none_towards(const struct view *view, const struct resource *dest)
{
	char *count = tell_free(view, dest), *text;

	text = xasprintf("Ports do not keep a connect() to %s from working now: %s. If it fails, "
			 "its error tells why: ECONNREFUSED, nobody listens there; ETIMEDOUT, no "
			 "answer; EHOSTUNREACH or ENETUNREACH, no route; EADDRNOTAVAIL, the source "
			 "address, or a narrower range of the socket's own. Not looked at: ports "
			 "that NAT chooses (conntrack).", view->to->text, count);
	free(count);
	return text;
}

/* A row has the fullest destinations only: one that it has not may have been used all the same. */
static char *tell_none_towards_then(const struct view *view, const struct resource *dest)
{
	char *count, *text;

	if (!dest && view->missing)
		return xasprintf("How many ports were used towards %s is not known: %s.",
				 view->to->text, view->missing);
	if (!dest)
		return xasprintf("The row does not have %s, which was none of the fullest "
				 "destinations then. What came and went between two rows is not "
				 "known.", view->to->text);
	count = tell_free(view, dest);
	text = xasprintf("Ports did not keep a connect() to %s from working when the row was made: "
			 "%s. What came and went between two rows is not known.", view->to->text,
			 count);
	free(count);
	return text;
}

static char *tell_ports(const struct view *view, const struct resource *dest)
{
	const struct resource *tcp = &view->resources->list[0], *udp = &view->resources->list[1];
	char *to = tell_busiest(view, dest), *timewaits = tell_seconds(view), *text;

	text = xasprintf("%ju of %ju TCP ports %s in use, and %ju of %ju UDP ports; %s. %s",
			 (uintmax_t)tcp->used, (uintmax_t)tcp->capacity,
			 view_tense(view)->are, (uintmax_t)udp->used, (uintmax_t)udp->capacity, to,
			 timewaits);
	free(timewaits);
	free(to);
	return text;
}

static char *tell_none(const struct view *view, const struct resource *dest)
{
	const struct resource *tcp = &view->resources->list[0];
	uintmax_t other = tcp->blind ? tcp->uncounted : 0;
	char *ports = tell_ports(view, dest), *text;
	char *whose = view->cgroup ? xasprintf("that %s needs ", view->cgroup) : xstrdup("");
	char *more = other ? xasprintf("%ju connections to destinations that the module's table has "
				       "no room for, ", other) : xstrdup("");

	text = xasprintf("Nothing %sis short now: %s During the last %.1f seconds no call%s failed for "
			 "want of a port. Not looked at: %sports that NAT chooses (conntrack), and ports "
			 "outside of the range, such as those below 1024 for NFS.", whose, ports,
			 view->resources->seconds, view->cgroup ? " of it" : "", more);
	free(whose);
	free(more);
	free(ports);
	return text;
}

static char *tell_none_then(const struct view *view, const struct resource *dest)
{
	char *ports = tell_ports(view, dest), *before, *whose, *text;

	before = view->resources->seconds > 0 ?
		 xasprintf("In the %.0f seconds before it the counters saw no call fail for want of a "
			   "port. How full it was between the two rows is not known.",
			   view->resources->seconds) :
		 xstrdup("There is no row before it that it could be compared with.");
	whose = view->cgroup ? xasprintf("that %s needs ", view->cgroup) : xstrdup("");
	text = xasprintf("%s %swas short when the row was made: %s%s%s %s",
			 view->missing ? "No total" : "Nothing", whose, ports,
			 view->missing && dest ? " Of limits and other destinations nothing is "
						 "known: " : "",
			 view->missing && dest ? view->missing : "", before);
	free(whose);
	free(before);
	free(ports);
	return text;
}

static char *tell(const struct view *view, const struct resource *dest)
{
	if (view->to)
		return view->recorded ? tell_none_towards_then(view, dest) :
					tell_none_towards(view, dest);
	return view->recorded ? tell_none_then(view, dest) : tell_none(view, dest);
}

/* Whether calls failed lately, and may again */
static bool has_failed(const struct view *view)
{
	for (size_t i = 0; i < view->resources->count; i++)
		if (view->resources->list[i].open && view_needs(view, &view->resources->list[i]))
			return true;
	return false;
}

/* Those that did not fit into the module's table are not known one by one. */
static bool is_known(const struct view *view, const struct resource *dest)
{
	if (!view->to)
		return !view->resources->list[0].blind;
	return dest || !record_count(&view->now->stat, "destinations.other");
}

/**
 * find_none - tell that nothing is short, by the figures that show it
 * @view: what is known
 * @findings: this is added
 */
void find_none(const struct view *view, struct findings *findings)
{
	const struct resource *tcp = &view->resources->list[0], *udp = &view->resources->list[1];
	const struct resource *dest = busiest(view);
	bool seen = view->resources->closer && view->now->destinations_known &&
		    is_known(view, dest) && !view->missing && !has_failed(view);
	struct finding *finding = findings_add(findings, CAUSE_NONE, seen, LEVEL_FINE, 0);

	finding->what = tell(view, dest);
	record_add_number(&finding->figures, "ports", tcp->used);
	record_add_number(&finding->figures, "usable", tcp->capacity);
	record_add_number(&finding->figures, "udp.ports", udp->used);
	if (dest) {
		finding_add_flow(finding, dest->source, dest->destination);
		record_add_number(&finding->figures, "used", dest->used);
		record_add_number(&finding->figures, "reusable", dest->reusable);
		record_add_number(&finding->figures, "free", dest->free);
	}
	record_add_number(&finding->figures, "refused", 0);
	record_add_number(&finding->figures, "exhausted", tcp->failed + udp->failed);
}
