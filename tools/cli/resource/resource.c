// SPDX-License-Identifier: GPL-2.0-only
/* Resources: see resource.h. */
#include <string.h>

#include "resource/resource.h"

/* Those at which the module warns, too; of limits it is a rule that says when. */
const struct thresholds resource_thresholds = {
	.tcp = { 75, 90 }, .udp = { 75, 90 }, .destination = { 75, 90 },
};

/**
 * resource_is_part - whether a part is at least a percentage of a whole
 * @part: the part
 * @whole: the whole; false if it is 0
 * @percent: the percentage
 */
bool resource_is_part(uint64_t part, uint64_t whole, unsigned int percent)
{
	/* Rounded up, so that no number below the percentage crosses the threshold. */
	return whole && part >= (whole * percent + 99) / 100;
}

static bool is_tcp(const struct resource *res)
{
	return !strcmp(res->name, "tcp");
}

/**
 * resource_users - who has what is in the way: where bind() has most of a range, those who bound it
 * @res: the resource
 */
const struct users *resource_users(const struct resource *res)
{
	bool bound = res->kind == RESOURCE_PORT ||
		     (res->kind == RESOURCE_RANGE && is_tcp(res) &&
		      (res->exclusive || res->spoiled) &&
		      2 * (res->exclusive + res->spoiled) >= res->used);

	return bound && res->binders.count ? &res->binders : &res->users;
}

/**
 * resource_lost - how much of a resource nobody can get now who asks in the usual way
 * @res: the resource
 *
 * TIME_WAITs that the kernel gives away to a connect() are not lost.
 */
uint64_t resource_lost(const struct resource *res)
{
	return res->used > res->reusable ? res->used - res->reusable : 0;
}

/**
 * resource_left - in how many seconds it will be full, if it goes on growing as between the looks
 * @res: the resource
 * @seconds: written if it grows
 */
bool resource_left(const struct resource *res, uint64_t *seconds)
{
	uint64_t lost = resource_lost(res);

	if (!res->growth || res->seconds <= 0 || lost >= res->capacity)
		return false;
	*seconds = (res->capacity - lost) * res->seconds / res->growth;
	return true;
}

static enum resource_level level_of(uint64_t part, uint64_t whole, const struct threshold *t)
{
	if (t->crit && resource_is_part(part, whole, t->crit))
		return LEVEL_CRITICAL;
	return t->warn && resource_is_part(part, whole, t->warn) ? LEVEL_WARNING : LEVEL_FINE;
}

static void at_least(struct resource *res, enum resource_level level)
{
	if (res->level < level)
		res->level = level;
}

/*
 * TCP ports are shared between destinations: those that bind() holds or has spoiled are lost for
 * connect(), all that are used only for a bind() without a port. That is less, and so no alarm
 * that wakes anybody.
 */
static void judge_tcp_range(struct resource *res, const struct threshold *t)
{
	uint64_t blocked = res->exclusive + res->spoiled;

	if (blocked >= res->capacity || res->blocks)
		res->fails |= FAILS_CONNECT;
	/* Reservations of a cgroup can share ports: they are not that many ports. */
	if (res->exact && res->used >= res->capacity)
		res->fails |= FAILS_BIND;
	at_least(res, level_of(blocked, res->capacity, t));
	if (res->fails & FAILS_CONNECT)
		at_least(res, LEVEL_FULL);
	if (res->exact && level_of(resource_lost(res), res->capacity, t) >= LEVEL_WARNING)
		at_least(res, LEVEL_WARNING);
	else if (res->fails & FAILS_BIND)
		at_least(res, LEVEL_NOTED);
}

static void judge_range(struct resource *res, const struct thresholds *t)
{
	if (res->empty) {
		res->fails = FAILS_CONNECT | FAILS_BIND;
		at_least(res, LEVEL_FULL);
	}
	if (!res->capacity)
		return;
	if (is_tcp(res)) {
		judge_tcp_range(res, &t->tcp);
		return;
	}
	at_least(res, level_of(res->used, res->capacity, &t->udp));
	if (res->used >= res->capacity) {
		res->fails = FAILS_CONNECT | FAILS_BIND;
		at_least(res, LEVEL_FULL);
	}
}

/* Where it uses few itself, others have the ports: then it is the range that is short. */
static void judge_destination(struct resource *res, const struct threshold *t)
{
	uint64_t lost = resource_lost(res);

	at_least(res, level_of(lost, res->capacity, t));
	if (!resource_is_part(lost, res->capacity, RESOURCE_SLOW))
		return;
	at_least(res, LEVEL_NOTED);
	if (res->free || res->reusable)
		return;
	/* An older module takes a port off twice that was bound and connected. */
	if (res->exact || lost >= res->capacity) {
		res->fails = FAILS_CONNECT;
		at_least(res, LEVEL_FULL);
	}
}

static void judge_limit(struct resource *res, const struct threshold *t)
{
	if (res->capacity != UINT64_MAX)
		at_least(res, level_of(res->used, res->capacity, t));
	if (res->used && res->used >= res->warned_at)
		at_least(res, LEVEL_WARNING);
	/* A cgroup that may hold none is told of only if some was refused. */
	if (res->capacity == UINT64_MAX || res->used < res->capacity ||
	    (!res->used && !res->failed && !res->going_on))
		return;
	if (res->enforced)
		res->fails = FAILS_CONNECT | FAILS_BIND;
	at_least(res, res->enforced ? LEVEL_FULL : LEVEL_WARNING);
}

/*
 * Without a TIME_WAIT a connection is just closed, so being near the limit is no alarm, unless it
 * is asked for.
 */
static void judge_buckets(struct resource *res, const struct threshold *t)
{
	at_least(res, level_of(res->used, res->capacity, t));
	if (resource_is_part(res->used, res->capacity, RESOURCE_NEARLY))
		at_least(res, LEVEL_NOTED);
	if (res->failed)
		at_least(res, LEVEL_WARNING);
}

/* Who chooses a port at random meets one that is in use now and then, and takes another. */
static void judge_port(struct resource *res)
{
	if (!res->failed && !res->going_on)
		return;
	if (!res->is_chosen)
		at_least(res, LEVEL_FULL);
	else if (res->chosen)
		at_least(res, res->chosen >= RESOURCE_CHOSEN ? LEVEL_WARNING : LEVEL_NOTED);
}

/* Calls that come seldom may have failed before the first look, and will again. */
static void judge_failures(struct resource *res)
{
	if (res->failed || (res->going_on && res->fails))
		at_least(res, LEVEL_CRITICAL);
	else if (res->going_on)
		at_least(res, LEVEL_WARNING);
}

/**
 * resource_judge - decide how short a resource is
 * @res: the resource; level and fails are written
 * @thresholds: from when on it is short
 */
void resource_judge(struct resource *res, const struct thresholds *thresholds)
{
	uint64_t left;

	res->level = LEVEL_FINE;
	res->fails = 0;
	switch (res->kind) {
	case RESOURCE_RANGE:
		judge_range(res, thresholds);
		break;
	case RESOURCE_DESTINATION:
		judge_destination(res, &thresholds->destination);
		break;
	case RESOURCE_LIMIT:
		judge_limit(res, &thresholds->limit);
		break;
	case RESOURCE_BUCKETS:
		judge_buckets(res, &thresholds->timewait);
		return;
	case RESOURCE_PORT:
		judge_port(res);
		return;
	}
	if (res->kind != RESOURCE_DESTINATION && !res->explained)
		judge_failures(res);
	if (resource_left(res, &left) && left <= RESOURCE_FORECAST &&
	    resource_is_part(res->growth, res->capacity, 1))
		at_least(res, LEVEL_WARNING);
}
