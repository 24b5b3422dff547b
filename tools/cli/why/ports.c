// SPDX-License-Identifier: GPL-2.0-only
/* Causes: ranges with no port left, and destinations with no port left towards them. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/rule.h"
#include "why/families.h"

static const char *const proto_names[] = { "TCP", "UDP" };

static const char advice_addresses[] =
	"Use more addresses: each pair of a source address and a destination (address and port) has "
	"all ports to itself.";

static void find_destination(const struct figures *f, struct findings *findings,
			     const struct figures_destination *dest)
{
	bool full = !dest->free;
	struct finding *finding = findings_add(findings, CAUSE_DESTINATION, full, dest->used);
	char *grows = dest->growth ? finding_often(f, dest->growth) : NULL;

	finding->what = xasprintf("%ju of %ju ports from %s to %s are used%s%s: %s.",
				  (uintmax_t)dest->used, (uintmax_t)dest->usable, dest->source,
				  dest->destination, grows ? ", growing by " : "",
				  grows ? grows : "",
				  full ? "connect() to this destination fails" :
				  "past half, each connect() to it searches far longer");
	free(grows);
	record_add_text(&finding->who, "source", dest->source);
	record_add_text(&finding->who, "destination", dest->destination);
	if (dest->path)
		record_add_text(&finding->who, "cgroup", dest->path);
	finding_add_program(finding, dest->comm, dest->pid, dest->comm_held);
	record_add_text(&finding->who, "range", dest->range);
	record_add_number(&finding->figures, "used", dest->used);
	record_add_number(&finding->figures, "timewait", dest->timewait);
	record_add_number(&finding->figures, "usable", dest->usable);
	record_add_number(&finding->figures, "free", dest->free);
	record_add_number(&finding->figures, "growth.rate", figures_per_second(f, dest->growth));
	finding_advise(finding, "%s", advice_reuse);
	finding_advise(finding, "%s", advice_addresses);
	if (!strcmp(dest->range, f->whole.ports[PROTO_TCP].range))
		finding_advise(finding, "%s", advice_widen);
	else
		finding_advise(finding, "Widen the range %s of the cgroup: portquota range set tcp "
			       "START NUMBER PATH.", dest->range);
}

/**
 * find_destinations - find destinations that are short of ports
 * @f: the figures
 * @findings: what is found is added
 */
void find_destinations(const struct figures *f, struct findings *findings)
{
	for (size_t i = 0; i < f->destination_count; i++)
		if (figures_is_past_half(&f->destinations[i]))
			find_destination(f, findings, &f->destinations[i]);
}

/* Whether connections fill a destination of that range, which explains why ports ran out. */
static bool has_full_destination(const struct figures *f, const char *range)
{
	for (size_t i = 0; i < f->destination_count; i++)
		if (figures_is_past_half(&f->destinations[i]) && !f->destinations[i].free &&
		    !strcmp(f->destinations[i].range, range))
			return true;
	return false;
}

/* Whether bind() and listen() hold so much that even a destination with few connections is full. */
static bool leaves_nothing(const struct figures *f, const struct figures_ports *ports)
{
	const struct figures_destination *dest;

	if (ports->usable && ports->exclusive >= ports->usable)
		return true;
	for (size_t i = 0; i < f->destination_count; i++) {
		dest = &f->destinations[i];
		if (dest->usable && !dest->free && !figures_is_past_half(dest) &&
		    !strcmp(dest->range, ports->range))
			return true;
	}
	return false;
}

static struct finding *add_range(const struct figures *f, struct findings *findings,
				 const struct figures_account *account, size_t proto, bool certain)
{
	const struct figures_ports *ports = &account->ports[proto];
	struct finding *finding = findings_add(findings, CAUSE_RANGE, certain, ports->exhausted);

	finding_add_largest(f, finding, account, figures_own_reservations);
	record_add_text(&finding->who, "range", ports->range);
	record_add_text(&finding->who, "resource", figures_use_names[proto]);
	record_add_number(&finding->figures, "held", ports->held);
	if (proto == PROTO_TCP)
		record_add_number(&finding->figures, "exclusive", ports->exclusive);
	record_add_number(&finding->figures, "usable", ports->usable);
	record_add_number(&finding->figures, "exhausted", ports->exhausted);
	record_add_number(&finding->figures, "exhausted.rate",
			  figures_per_second(f, ports->exhausted));
	return finding;
}

static void advise_range(struct finding *finding, const struct figures *f,
			 const struct figures_account *account, size_t proto)
{
	const struct figures_ports *ports = &account->ports[proto];
	char *path = rule_quote_path(account->path);

	if (proto == PROTO_TCP && 2 * ports->exclusive >= ports->held)
		finding_advise(finding, "%s", advice_no_port);
	if (account == &f->whole)
		finding_advise(finding, "%s", advice_widen);
	else
		finding_advise(finding, "Widen its range: portquota range set %s START NUMBER %s.",
			       figures_use_names[proto], path);
	finding_advise(finding, "%s", proto == PROTO_TCP ? advice_reuse : advice_fewer_sockets);
	free(path);
	finding_advise(finding, "Limit the largest user: portquota rule set PATH "
		       "%s.max=NUMBER.", figures_use_names[proto]);
}

static char *whose_range(const struct figures *f, const struct figures_account *account,
			 size_t proto)
{
	if (account == &f->whole)
		return xasprintf("the namespace's %s range %s", proto_names[proto],
				 account->ports[proto].range);
	return xasprintf("the %s range %s of %s", proto_names[proto], account->ports[proto].range,
			 account->path);
}

/* What is wrong with a range; NULL if nothing is. @certain: written, whether counters show it */
static char *range_trouble(const struct figures *f, const struct figures_account *account,
			   size_t proto, bool *certain)
{
	const struct figures_ports *ports = &account->ports[proto];
	/* The ports of an account are not counted, and its reservations can share ports. */
	bool ports_known = account == &f->whole || proto == PROTO_UDP;
	uintmax_t held = ports->held, usable = ports->usable;

	*certain = true;
	if (proto == PROTO_TCP && leaves_nothing(f, ports))
		return xasprintf("holds %ju ports taken by bind() or listen(), of %ju usable: no "
				 "connect() can share them", (uintmax_t)ports->exclusive, usable);
	/* Connections to other destinations can share ports: only that destination is full. */
	if (proto == PROTO_TCP && has_full_destination(f, ports->range)) {
		*certain = false;
		if (!ports_known || !usable || held < usable)
			return NULL;
		return xasprintf("has each of its %ju ports in use: connect() to other "
				 "destinations can share them, but bind() without a port finds "
				 "none", usable);
	}
	if (ports_known && usable && held >= usable)
		return xasprintf("is used up, %ju of %ju ports", held, usable);
	if (ports->exhausted && (ports_known ? figures_is_part(held, usable, 90) : held >= usable))
		return xasprintf("is used up, %ju of %ju %s", held, usable,
				 ports_known ? "ports" : "reserved");
	*certain = false;
	if (ports->exhausted)
		return xasprintf("had no free port for some calls, though %ju of %ju ports "
				 "are held: a socket may have a narrower range of its own "
				 "(IP_LOCAL_PORT_RANGE)", held, usable);
	if (ports_known && figures_is_part(held, usable, 90))
		return xasprintf("is nearly used up, %ju of %ju ports", held, usable);
	return NULL;
}

static void find_range(const struct figures *f, struct findings *findings,
		       const struct figures_account *account, size_t proto)
{
	const struct figures_ports *ports = &account->ports[proto];
	char *whose, *trouble, *rate;
	struct finding *finding;
	bool certain;

	trouble = range_trouble(f, account, proto, &certain);
	if (!trouble)
		return;
	finding = add_range(f, findings, account, proto, certain);
	whose = whose_range(f, account, proto);
	rate = finding_often(f, ports->exhausted);
	finding->what = xasprintf("%s %s%s%s.", whose, trouble,
				  ports->exhausted ? "; calls that found no port: " : "",
				  ports->exhausted ? rate : "");
	/* A sentence begins with a capital, a path with its slash. */
	if (*finding->what == 't')
		*finding->what = 'T';
	advise_range(finding, f, account, proto);
	free(rate);
	free(whose);
	free(trouble);
}

/* How often ports ran out in the own ranges of cgroups, and so not in that of the namespace. */
static uint64_t exhausted_in_own(const struct figures *f, size_t proto)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->account_count; i++)
		if (f->accounts[i].ports[proto].own)
			sum += f->accounts[i].ports[proto].exhausted;
	return sum;
}

/**
 * find_ranges - find ranges that are short of ports: that of the namespace, and those of cgroups
 * @f: the figures
 * @findings: what is found is added
 */
void find_ranges(const struct figures *f, struct findings *findings)
{
	struct figures rest = *f;
	struct figures_ports *ports;
	uint64_t own;

	for (size_t proto = 0; proto < PROTOS; proto++) {
		ports = &rest.whole.ports[proto];
		own = exhausted_in_own(f, proto);
		ports->exhausted -= own < ports->exhausted ? own : ports->exhausted;
		find_range(&rest, findings, &rest.whole, proto);
		for (size_t i = 0; i < f->account_count; i++)
			if (f->accounts[i].ports[proto].own)
				find_range(f, findings, &f->accounts[i], proto);
	}
}
