// SPDX-License-Identifier: GPL-2.0-only
/* The largest: see largest.h. */
#include <string.h>

#include "lib/cli.h"
#include "model/limit.h"
#include "resource/largest.h"

typedef int (*order_fn)(const struct record *a, const struct record *b);

static bool has(const struct largest *largest, const struct record *rec)
{
	for (size_t i = 0; i < largest->count; i++)
		if (largest->recs[i] == rec)
			return true;
	return false;
}

/* Of those from @from on the smallest goes if there are more than @most. */
static void offer(struct largest *largest, const struct record *rec, size_t from, size_t most,
		  order_fn order)
{
	size_t at = largest->count;

	while (at > from && order(rec, largest->recs[at - 1]) < 0)
		at--;
	if (at >= most)
		return;
	if (largest->count < most)
		largest->count++;
	memmove(&largest->recs[at + 1], &largest->recs[at],
		(largest->count - 1 - at) * sizeof(*largest->recs));
	largest->recs[at] = rec;
}

static int by_own_use(const struct record *a, const struct record *b)
{
	return account_cmp_own_use(a, b, NULL);
}

static bool holds_any(const struct record *rec)
{
	return account_own_use(rec) || record_count(rec, "timewait.local");
}

/* A cgroup that is small, and yet at its limit, is what somebody may ask for. */
static void take_limits(struct largest *largest, const struct survey *survey)
{
	struct limit_list limits = { 0 };
	const struct limit *limit;

	limit_list_fill(&limits, &survey->accounts);
	for (size_t i = 0; i < limits.count; i++) {
		limit = &limits.limits[i];
		if (limit->current && (limit_is_full(limit) || limit_is_warned(limit)) &&
		    !has(largest, limit->account))
			offer(largest, limit->account, 0, LARGEST_AT_LIMITS, by_own_use);
	}
	limit_list_free(&limits);
}

static bool has_any(const struct largest *largest, const struct record *recs, size_t count)
{
	for (size_t i = 0; i < largest->count; i++)
		if (largest->recs[i] >= recs && largest->recs[i] < recs + count)
			return true;
	return false;
}

/* Of a namespace that has none among those of the host, the first: it may be all that it has. */
static void add_first(struct largest *largest, const struct record *recs, size_t count,
		      bool (*counts)(const struct record *rec), order_fn order)
{
	const struct record *best = NULL;

	if (has_any(largest, recs, count) || largest->count >= ARRAY_SIZE(largest->recs))
		return;
	for (size_t i = 0; i < count; i++)
		if (counts(&recs[i]) && (!best || order(&recs[i], best) < 0))
			best = &recs[i];
	if (best)
		largest->recs[largest->count++] = best;
}

/**
 * largest_cgroups - those that are near a limit, and behind them those that hold most themselves
 * @largest: filled in; refers to the surveys
 * @surveys: the namespaces
 * @count: how many, LARGEST_SPACES at most
 */
void largest_cgroups(struct largest *largest, const struct survey *surveys, size_t count)
{
	const struct record *rec;
	size_t first;

	for (size_t s = 0; s < count; s++)
		take_limits(largest, &surveys[s]);
	first = largest->count;
	for (size_t s = 0; s < count; s++) {
		for (size_t i = 0; i < surveys[s].accounts.count; i++) {
			rec = &surveys[s].accounts.recs[i];
			if (holds_any(rec) && !has(largest, rec))
				offer(largest, rec, first, LARGEST_CGROUPS, by_own_use);
		}
	}
	for (size_t s = 0; s < count; s++)
		add_first(largest, surveys[s].accounts.recs, surveys[s].accounts.count, holds_any,
			  by_own_use);
}

static double share(const struct record *rec)
{
	uint64_t used = record_count(rec, "used"), reusable = record_count(rec, "reusable");
	uint64_t usable = record_count(rec, "usable");

	return usable && used > reusable ? (double)(used - reusable) / usable : 0;
}

static int fullest_first(const struct record *a, const struct record *b)
{
	double x = share(a), y = share(b);

	if (x != y)
		return x > y ? -1 : 1;
	return record_count(a, "used") > record_count(b, "used") ? -1 : 1;
}

static bool is_used(const struct record *rec)
{
	return record_count(rec, "used");
}

/**
 * largest_destinations - those that are fullest
 * @largest: filled in; refers to the surveys
 * @surveys: the namespaces
 * @count: how many, LARGEST_SPACES at most
 */
void largest_destinations(struct largest *largest, const struct survey *surveys, size_t count)
{
	for (size_t s = 0; s < count; s++)
		for (size_t i = 0; i < surveys[s].destinations.count; i++)
			offer(largest, &surveys[s].destinations.recs[i], 0, LARGEST_DESTINATIONS,
			      fullest_first);
	for (size_t s = 0; s < count; s++)
		add_first(largest, surveys[s].destinations.recs, surveys[s].destinations.count,
			  is_used, fullest_first);
}
