// SPDX-License-Identifier: GPL-2.0-only
/* Destinations as resources: the ports from one address towards each of the largest. */
#include <string.h>

#include "resource/growth.h"
#include "resource/resources.h"

static bool is_failing(const struct resources *resources, const char *range)
{
	const struct resource *res = resources_range(resources, "tcp", range);

	return res && res->failed;
}

static uint64_t lost_of(const struct record *dest)
{
	return growth_more(record_count(dest, "used"), record_count(dest, "reusable"));
}

/**
 * resources_add_destinations - add the largest destinations
 * @resources: where to, with the ranges
 * @before: an earlier survey; NULL if there is none
 */
void resources_add_destinations(struct resources *resources, const struct survey *before)
{
	const struct destination_list *list = &resources->now->destinations;
	const struct record *rec, *past;
	struct resource *res;

	for (size_t i = 0; i < list->count; i++) {
		rec = &list->recs[i];
		past = before ? survey_destination(before, rec) : NULL;
		res = resources_add(resources, RESOURCE_DESTINATION, "tcp");
		res->source = record_text(rec, "source");
		res->destination = record_text(rec, "destination");
		/* The module does not print the range of the namespace itself. */
		resources_set_range(res, resources->now, record_find(rec, "range") ?
			  record_text(rec, "range") : resources->list[0].range);
		res->capacity = record_count(rec, "usable");
		res->used = record_count(rec, "used");
		res->timewait = record_count(rec, "timewait");
		res->free = record_count(rec, "free");
		res->strays = record_flag(rec, "strays");
		res->placed = record_find(rec, "outside");
		res->exact = record_number(rec, "reusable", &res->reusable);
		/* An older module's word is to be doubted, but not where calls fail as well. */
		if (!res->exact && !res->free && is_failing(resources, res->range))
			res->exact = true;
		/* It may have existed then without being among the largest. */
		if (past)
			res->growth = growth_more(resource_lost(res), lost_of(past));
	}
}

static uint64_t reusable_before(const struct resource *dest, const struct survey *before)
{
	const struct destination_list *list = &before->destinations;
	const struct record *rec;

	for (size_t i = 0; i < list->count; i++) {
		rec = &list->recs[i];
		if (!strcmp(record_text(rec, "source"), dest->source) &&
		    !strcmp(record_text(rec, "destination"), dest->destination))
			return record_count(rec, "reusable");
	}
	return 0;
}

/**
 * resources_find_reusable - count what a connect() to any destination can take over to the range
 * @resources: the resources
 * @before: an earlier survey; NULL if there is none
 *
 * More of these are no growth: a connect() gets them, and new ports are taken only until there are
 * enough.
 */
void resources_find_reusable(struct resources *resources, const struct survey *before)
{
	struct resource *res, *range;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_DESTINATION)
			continue;
		range = resources_range(resources, "tcp", res->range);
		if (range && range->reusable + res->reusable <= range->used)
			range->reusable += res->reusable;
		if (range && before && res->reusable)
			range->growth = growth_more(range->growth,
						    growth_more(res->reusable,
								reusable_before(res, before)));
	}
}
