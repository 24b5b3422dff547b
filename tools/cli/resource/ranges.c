// SPDX-License-Identifier: GPL-2.0-only
/* Ranges as resources: those of the namespace, and those that cgroups have of their own. */
#include <stdio.h>
#include <string.h>

#include "resource/growth.h"
#include "resource/resources.h"

const struct transport resource_transports[TRANSPORTS] = {
	{ "tcp", "tcp.range", "tcp.ports", "tcp.current", "tcp.local", "tcp.exhausted",
	  "tcp.taken" },
	{ "udp", "udp.range", "udp.ports", "udp.current", "udp.local", "udp.exhausted",
	  "udp.taken" },
};

static const char *range_of(const struct record *rec, const struct record *stat, const char *key)
{
	return record_find(rec, key) ? record_text(rec, key) : record_text(stat, "range");
}

/**
 * resources_set_range - say of which range a resource is
 * @res: the resource
 * @now: the survey
 * @range: the range, as LOW-HIGH
 */
void resources_set_range(struct resource *res, const struct survey *now, const char *range)
{
	res->range = range;
	if (sscanf(range, "%u-%u", &res->low, &res->high) != 2 || res->high > UINT16_MAX)
		res->high = 0;
	if (!res->high)
		res->low = 0;
	else
		res->reserved = sysctls_reserved(&now->sysctls, res->low, res->high);
}

/*
 * A destination that is full, and not known, looks like a range that connections share. A few of
 * them fill none.
 */
static void find_blind(struct resource *res, const struct survey *now)
{
	res->uncounted = record_count(&now->stat, "destinations.other");
	res->blind = now->destinations_off ||
		     resource_is_part(res->uncounted, res->capacity, RESOURCE_SLOW);
}

static void fill_range(struct resource *res, const struct resources *resources,
		       const struct transport *transport, const struct record *rec,
		       const struct record *before)
{
	resources_set_range(res, resources->now,
			    range_of(rec, &resources->now->stat, transport->range));
	res->capacity = account_usable(rec, transport->name);
	res->empty = !res->capacity && res->high && res->reserved > res->high - res->low;
	res->failed_ever = record_count(rec, transport->exhausted);
	if (transport == resource_transports)
		find_blind(res, resources->now);
	if (!resources->seconds)
		return;
	res->failed = growth_of(rec, before, transport->exhausted);
	res->growth = growth_of(rec, before, res->own ? transport->current : transport->ports);
}

/* An older module counts sockets, of which several can have one port. */
static void fill_exclusive(struct resource *res, const struct record *rec)
{
	res->spoiled = record_count(rec, "tcp.spoiled");
	if (record_number(rec, "tcp.exclusive_ports", &res->exclusive))
		return;
	res->exclusive = record_count(rec, "tcp.exclusive");
	if (res->exclusive > res->used)
		res->exclusive = res->used;
}

/* Those that are outside of the range count as well, and are not told apart. */
static void fill_timewait(struct resource *res, const struct record *rec)
{
	res->timewait = record_count(rec, "timewait.reserving");
	if (record_find(rec, "tcp.in_range") && res->timewait > record_count(rec, "tcp.in_range"))
		res->timewait = record_count(rec, "tcp.in_range");
}

static void add_whole(struct resources *resources, const struct transport *transport,
		      const struct survey *before)
{
	const struct record *stat = &resources->now->stat;
	struct resource *res = resources_add(resources, RESOURCE_RANGE, transport->name);

	fill_range(res, resources, transport, stat, before ? &before->stat : NULL);
	res->used = record_count(stat, transport->ports);
	res->exact = true;
	if (transport != resource_transports)
		return;
	fill_timewait(res, stat);
	fill_exclusive(res, stat);
}

/* An account has a range of its own if the account above it has another one. */
static const char *range_above(const struct survey *now, size_t at,
			       const struct transport *transport)
{
	const struct record *recs = now->accounts.recs;
	const char *path = record_text(&recs[at], "path");

	for (size_t i = at; i-- > 0; )
		if (!record_flag(&recs[i], "deleted") &&
		    account_is_below(path, record_text(&recs[i], "path")) &&
		    strcmp(path, record_text(&recs[i], "path")))
			return range_of(&recs[i], &now->stat, transport->range);
	return range_of(&now->stat, &now->stat, transport->range);
}

/* Reservations can share ports, so they say little of how many ports are in use. */
static void add_own(struct resources *resources, size_t at, const struct transport *transport,
		    const struct survey *before)
{
	const struct record *rec = &resources->now->accounts.recs[at];
	const char *range = range_of(rec, &resources->now->stat, transport->range);
	struct resource *res;

	if (record_flag(rec, "deleted") ||
	    !strcmp(range, range_above(resources->now, at, transport)))
		return;
	res = resources_add(resources, RESOURCE_RANGE, transport->name);
	res->own = true;
	res->path = record_text(rec, "path");
	fill_range(res, resources, transport, rec, before ? survey_account(before, rec) : NULL);
	account_in_range(rec, transport->name, false, &res->used);
	if (res->used > res->capacity)
		res->used = res->capacity;
	if (transport != resource_transports)
		return;
	fill_timewait(res, rec);
	fill_exclusive(res, rec);
}

/* How often ports ran out in own ranges of cgroups, and so not in that of the namespace. */
static void take_off_own(struct resources *resources)
{
	struct resource *whole, *own;

	for (size_t i = 0; i < resources->count; i++) {
		own = &resources->list[i];
		if (!own->own)
			continue;
		whole = &resources->list[strcmp(own->name, "tcp") ? 1 : 0];
		whole->failed -= own->failed < whole->failed ? own->failed : whole->failed;
		whole->failed_ever -= own->failed_ever < whole->failed_ever ?
				      own->failed_ever : whole->failed_ever;
	}
}

/**
 * resources_add_ranges - add the ranges, those of the namespace first
 * @resources: where to
 * @before: an earlier survey; NULL if there is none
 */
void resources_add_ranges(struct resources *resources, const struct survey *before)
{
	for (size_t t = 0; t < TRANSPORTS; t++)
		add_whole(resources, &resource_transports[t], before);
	for (size_t i = 0; i < resources->now->accounts.count; i++)
		for (size_t t = 0; t < TRANSPORTS; t++)
			add_own(resources, i, &resource_transports[t], before);
	take_off_own(resources);
}
