// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: see limit.h. The kernel does not say whether a rule of the namespace or one of the host
 * made a limit.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/limit.h"

static const struct resource {
	const char *name;
	const char *current;
	const char *max;
	const char *warn;
	const char *denied;
	const char *would_deny;
} resources[] = {
#define RESOURCE(r)	{ r, r ".current", r ".max", r ".warn", r ".denied", r ".would_deny" }
	RESOURCE("tcp"), RESOURCE("udp"), RESOURCE("timewait"),
#undef RESOURCE
};

/**
 * limit_denied - how many calls a limit has refused
 * @rec: an account, or the totals of a namespace
 * @name: of what: tcp, udp or timewait
 *
 * Calls that timewait.max refused are in tcp.denied too, but tcp.max did not refuse them. The
 * module reads the two one after the other, so that their difference may be smaller than at the
 * look before: it is for people to read, and no counter.
 */
uint64_t limit_denied(const struct record *rec, const char *name)
{
	uint64_t denied, other;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		if (strcmp(resources[i].name, name))
			continue;
		denied = record_count(rec, resources[i].denied);
		other = i ? 0 : record_count(rec, "timewait.denied");
		return denied > other ? denied - other : 0;
	}
	return 0;
}

static bool get(struct limit *limit, const struct record *account, const struct resource *res)
{
	*limit = (struct limit){
		.account = account,
		.resource = res->name,
		.current = record_count(account, res->current),
		.denied = limit_denied(account, res->name),
		.would_deny = record_count(account, res->would_deny),
	};
	limit->has_max = record_number(account, res->max, &limit->max);
	limit->has_warn = record_number(account, res->warn, &limit->warn);
	/* Where there is no max, what is warned of is the range: not what lies outside of it. */
	if (!limit->has_max && strcmp(res->name, "timewait"))
		account_in_range(account, res->name, false, &limit->current);
	return limit->has_max || limit->has_warn;
}

static double share(const struct limit *limit)
{
	uint64_t whole = limit->has_max ? limit->max : limit->warn;

	return whole ? (double)limit->current / whole : limit->current;
}

static int urgency(const struct limit *limit)
{
	return limit_is_full(limit) ? 2 : limit_is_warned(limit);
}

static int nearest_first(const void *a, const void *b)
{
	const struct limit *x = a, *y = b;
	double s = share(x), t = share(y);

	if (urgency(x) != urgency(y))
		return urgency(y) - urgency(x);
	if (s != t)
		return s > t ? -1 : 1;
	if (x->denied != y->denied)
		return x->denied > y->denied ? -1 : 1;
	return account_path_cmp(record_text(x->account, "path"), record_text(y->account, "path")) ?:
	       strcmp(x->resource, y->resource);
}

/**
 * limit_list_fill - find all limits, those nearest to being reached first
 * @list: filled in; limit_list_free() is due
 * @accounts: the accounts, which the list refers to
 */
void limit_list_fill(struct limit_list *list, const struct account_list *accounts)
{
	struct limit limit;

	for (size_t i = 0; i < accounts->count; i++) {
		/* No socket is made in a removed cgroup, so nothing is refused there any more. */
		if (record_flag(&accounts->recs[i], "deleted"))
			continue;
		for (size_t r = 0; r < ARRAY_SIZE(resources); r++) {
			if (!get(&limit, &accounts->recs[i], &resources[r]))
				continue;
			list->limits = xgrow(list->limits, list->count, &list->room, sizeof(limit));
			list->limits[list->count++] = limit;
		}
	}
	if (list->count)
		qsort(list->limits, list->count, sizeof(limit), nearest_first);
}

/**
 * limit_list_free - give everything back
 * @list: the limits
 */
void limit_list_free(struct limit_list *list)
{
	free(list->limits);
	*list = (struct limit_list){ 0 };
}

/**
 * limit_is_full - whether as much is held as may be; false if nothing is held
 * @limit: the limit
 */
bool limit_is_full(const struct limit *limit)
{
	return limit->has_max && limit->current && limit->current >= limit->max;
}

/**
 * limit_is_warned - whether the module warns of it
 * @limit: the limit
 */
bool limit_is_warned(const struct limit *limit)
{
	return limit->has_warn && limit->current && limit->current >= limit->warn;
}

/**
 * limit_record - a limit as a record
 * @limit: the limit
 * @rec: filled in; refers to the account
 */
void limit_record(const struct limit *limit, struct record *rec)
{
	record_add_text(rec, "path", record_text(limit->account, "path"));
	record_add_flag(rec, "deleted", record_flag(limit->account, "deleted"));
	record_add_text(rec, "resource", limit->resource);
	record_add_number(rec, "current", limit->current);
	if (limit->has_max)
		record_add_number(rec, "max", limit->max);
	if (limit->has_warn)
		record_add_number(rec, "warn", limit->warn);
	record_add_number(rec, "denied", limit->denied);
	if (limit->would_deny)
		record_add_number(rec, "would_deny", limit->would_deny);
}
