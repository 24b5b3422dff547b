// SPDX-License-Identifier: GPL-2.0-only
/* Held: see held.h. */
#include <string.h>

#include "model/account.h"
#include "resource/held.h"

/**
 * held_in_range - whether it is held of the range that a resource is of
 * @held: the reservation
 * @res: the resource
 *
 * What is reserved is no part of the range, and can be held all the same.
 */
bool held_in_range(const struct held *held, const struct resource *res)
{
	return held->port && held->port >= res->low && held->port <= res->high && !held->reserved;
}

/**
 * held_is_timewait - whether it is what a closed connection has left
 * @held: the reservation
 */
bool held_is_timewait(const struct held *held)
{
	return held->state == STATE_TIME_WAIT || held->state == STATE_FIN_WAIT_2;
}

/* What was refused its port, and has got it since. Ages are told in whole seconds. */
static bool has_got_it(const struct resource *res, const struct held *held)
{
	return !*res->destination && held->age + 1 < res->since && !held->who.deleted &&
	       !strcmp(held->who.cgroup, res->failing) &&
	       (held->state == STATE_LISTEN || held->state == STATE_BOUND ||
		held->state == STATE_UNCONN);
}

/* A connect() from a bound port meets the same connection; a bind() whatever has the port. */
static bool is_in_the_way(const struct resource *res, const struct held *held)
{
	if (res->port != held->port || has_got_it(res, held))
		return false;
	return !*res->destination ||
	       (!strcmp(res->destination, held->remote) &&
		(!*res->source || !strcmp(res->source, held->local)));
}

/**
 * held_is_of - whether it is held of a resource
 * @held: the reservation
 * @res: the resource
 */
bool held_is_of(const struct held *held, const struct resource *res)
{
	bool same = !strcmp(res->name, held->proto);

	switch (res->kind) {
	case RESOURCE_RANGE:
		return same && held_in_range(held, res);
	case RESOURCE_DESTINATION:
		return same && !strcmp(res->source, held->local) &&
		       !strcmp(res->destination, held->remote) && held_in_range(held, res);
	case RESOURCE_LIMIT:
		if (!strcmp(res->name, "timewait"))
			same = !strcmp(held->proto, "tcp") && held_is_timewait(held);
		/* A removed cgroup of the same path is another one. */
		return same && account_is_below(held->who.cgroup, res->path) &&
		       !(held->who.deleted && !strcmp(held->who.cgroup, res->path));
	case RESOURCE_PORT:
		return same && is_in_the_way(res, held);
	case RESOURCE_BUCKETS:
		return !strcmp(held->proto, "tcp") && held_is_timewait(held);
	}
	return false;
}

/**
 * held_add - count it as held by who holds it
 * @held: the reservation
 * @users: the users of a resource
 * @reusable: it is a TIME_WAIT that the kernel gives away to a connect()
 */
void held_add(const struct held *held, struct users *users, bool reusable)
{
	const struct hold hold = {
		.port = held->port, .state = held->state, .exclusive = held->exclusive,
		.old = held->old, .reusable = reusable,
	};

	users_hold(users, &held->who, &hold);
	if (!held_is_timewait(held))
		return;
	users->fresh += held->delay <= held->left + USERS_FRESH;
	if (held->left > users->longest)
		users->longest = held->left;
}
