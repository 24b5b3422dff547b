// SPDX-License-Identifier: GPL-2.0-only
/* Sentences: see sentence.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/interval.h"
#include "resource/sentence.h"

static unsigned int percent(uint64_t part, uint64_t whole)
{
	return whole ? part * 100 / whole : 0;
}

/* ", most (371)", or ", most in CLOSE-WAIT (60)" */
static char *tell_held(const struct culprit *culprit, bool news)
{
	uint64_t held = news && !culprit->removed ? culprit->held : culprit->comm_held;
	bool of_state = culprit->state != STATE_OTHER;
	char *unknown = culprit->nameless > held ?
			xasprintf("%ju of them of nobody known, and most of the rest ",
				  (uintmax_t)culprit->nameless) : xstrdup("most ");
	char *text = xasprintf(", %s%s%s%s(%ju)", unknown, of_state ? "in " : "",
			       of_state ? users_state_name(culprit->state) : "",
			       of_state ? " " : "", (uintmax_t)held);

	free(unknown);
	return text;
}

/* ", most (371) by python3 in /batch", as far as it is known and no news */
static char *tell_culprit(const struct users *users, const char *path)
{
	struct culprit culprit;
	char *held, *text;
	bool news;

	if (!users_culprit(users, &culprit))
		return xstrdup("");
	news = strcmp(culprit.cgroup, path) || culprit.deleted;
	if (!news && !culprit.comm && !culprit.removed)
		return xstrdup("");
	held = tell_held(&culprit, news);
	if (culprit.removed)
		text = xasprintf("%s by %s in %zu removed cgroups", held, culprit.comm,
				 culprit.removed);
	else
		text = xasprintf("%s by %s%s%s%s", held, culprit.comm ?: "",
				 culprit.comm && news ? " in " : "", news ? culprit.cgroup : "",
				 culprit.deleted ? " (deleted)" : "");
	free(held);
	return text;
}

static char *tell_range(const struct resource *res)
{
	const char *proto = strcmp(res->name, "udp") ? "TCP" : "UDP";
	uint64_t blocked = res->exclusive + res->spoiled;
	const char *then = "";

	if (res->empty)
		return xasprintf("no %s port of the range%s%s may be used: all %ju are reserved",
				 proto, res->own ? " of " : "", res->own ? res->path : "",
				 (uintmax_t)res->reserved);
	if (res->narrow && !res->failed)
		return xasprintf("a run of calls that found no free %s port%s%s%s is not over, "
				 "though %u%% of the range is in use", proto,
				 res->failing ? ", of " : "", res->failing ?: "",
				 res->failing ? "," : "", percent(res->used, res->capacity));
	if (res->narrow)
		return xasprintf("calls%s%s found no free %s port, though %u%% of the range is in "
				 "use: a socket may have a narrower one (IP_LOCAL_PORT_RANGE)",
				 res->failing ? " of " : "", res->failing ?: "", proto,
				 percent(res->used, res->capacity));
	if (!strcmp(res->name, "udp"))
		then = !res->fails ? "" : res->ipv6 ? ": no socket of IPv6 gets a port" :
				     ": no socket gets a port";
	else if (res->fails & FAILS_CONNECT)
		then = ": no connect() can share them";
	else if (res->level >= LEVEL_WARNING && 2 * blocked < res->used)
		then = res->fails & FAILS_BIND ? ": connect() can share them, bind() cannot" :
						 ", which connect() can share";
	if (res->own)
		return xasprintf("%s %u%% of the range %s of %s in use, %ju of %ju ports%s", proto,
				 percent(res->used, res->capacity), res->range, res->path,
				 (uintmax_t)res->used, (uintmax_t)res->capacity, then);
	return xasprintf("%s %u%% of the range in use, %ju of %ju ports%s", proto,
			 percent(res->used, res->capacity), (uintmax_t)res->used,
			 (uintmax_t)res->capacity, then);
}

static char *tell_limit(const struct resource *res)
{
	bool full = res->used >= res->capacity;

	if (!full && res->used < res->warned_at)
		return xasprintf("%s is at %u%% of its %s.max, %ju of %ju", res->path,
				 percent(res->used, res->capacity), res->name,
				 (uintmax_t)res->used, (uintmax_t)res->capacity);
	return xasprintf("%s %s %s.%s, %ju of %ju%s", res->path,
			 full ? "is at its" : "is over its", res->name, full ? "max" : "warn",
			 (uintmax_t)res->used, (uintmax_t)(full ? res->capacity : res->warned_at),
			 full && !res->enforced ? " (audit: nothing is refused)" : "");
}

static char *tell(const struct resource *res)
{
	switch (res->kind) {
	case RESOURCE_RANGE:
		return tell_range(res);
	case RESOURCE_DESTINATION:
		return xasprintf("%u%% of the ports from %s to %s in use, %ju of %ju%s",
				 percent(resource_lost(res), res->capacity), res->source,
				 res->destination, (uintmax_t)resource_lost(res),
				 (uintmax_t)res->capacity, res->fails &&
				 resource_lost(res) < res->capacity ? ", and none is left" : "");
	case RESOURCE_LIMIT:
		return tell_limit(res);
	case RESOURCE_PORT:
		if (res->chosen)
			return xasprintf("%s %s %zu %s ports that it chose by their number",
					 res->failing, *res->destination ? "cannot connect from" :
					 "was refused", res->chosen,
					 strcmp(res->name, "udp") ? "TCP" : "UDP");
		return xasprintf("%s port %u was refused to %s, which asked for it",
				 strcmp(res->name, "udp") ? "TCP" : "UDP", res->port,
				 res->failing);
	case RESOURCE_BUCKETS:
		return xasprintf("%ju of %ju TIME_WAITs that tcp_max_tw_buckets allows",
				 (uintmax_t)res->used, (uintmax_t)res->capacity);
	}
	return xstrdup("");
}

/* Where a bind() to another address finds a port of a range that is used up */
static char *tell_address(const struct resource *res)
{
	bool udp = !strcmp(res->name, "udp");

	if (res->kind != RESOURCE_RANGE || !(res->fails & FAILS_BIND) || !res->seen ||
	    res->anywhere >= res->used || (!udp && res->fails & FAILS_CONNECT))
		return xstrdup("");
	if (!res->address)
		return xstrdup("; some addresses have ports left");
	return xasprintf("; another address than %s has ports left", res->address);
}

/**
 * resource_sentence - how short a resource is, and who holds most of it
 * @res: the resource
 *
 * Return: the sentence without a point, for the caller to free().
 */
char *resource_sentence(const struct resource *res)
{
	char *what = tell(res), *who, *but, *text;

	/* Who has most of the range, or one of these ports, has nothing to do with it. */
	if (res->narrow || res->chosen || res->empty)
		return what;
	who = tell_culprit(resource_users(res), res->path);
	but = tell_address(res);
	text = xasprintf("%s%s%s%s", what, who, but, res->blind ?
			 "; which destinations are full is not known" : "");
	free(but);
	free(who);
	free(what);
	return text;
}

static const char *how(const struct run *run)
{
	if (!strcmp(run->level, "exhausted"))
		return "found no free";
	if (!strcmp(run->level, "deny"))
		return run->count == 1 ? "was refused a" : "were refused a";
	return run->count == 1 ? "was refused the" : "were refused the";
}

/* " port 40017", " port towards 10.0.0.1:80", or what only some of the calls wanted */
static char *tell_wanted(const struct run *run)
{
	char *some = run->elsewhere ? xasprintf(", %ju of them", (uintmax_t)run_own(run)) :
				      xstrdup("");
	const char *named = run->port ? " that they named" : "";
	char *port = run->port ? xasprintf(" port %ju", (uintmax_t)run->port) : xstrdup("");
	char *text;

	text = xasprintf("%s%s%s%s%s%s", run->elsewhere || !run->port ? " port" : "",
			 run->elsewhere ? named : "", some, port,
			 *run->destination ? " towards " : "", run->destination);
	free(port);
	free(some);
	return text;
}

/**
 * run_sentence - how many calls failed, whose and when
 * @run: the run
 * @now: seconds since 1970
 *
 * Return: the sentence without a point, for the caller to free().
 */
char *run_sentence(const struct run *run, double now)
{
	bool denied = !strcmp(run->level, "deny");
	char *count = run->count ? xasprintf("%ju", (uintmax_t)run->count) : xstrdup("some");
	char *wanted = tell_wanted(run);
	char *ago = interval_ago(now - run->last), *text;

	text = xasprintf("%s call%s of %s %s %s%s%s, %s%s", count, run->count == 1 ? "" : "s",
			 run->path, how(run), strcmp(run->resource, "udp") ? "TCP" : "UDP",
			 wanted, denied ? " by a rule" : "",
			 run->over ? "the last " : "not over, it began ", ago);
	free(ago);
	free(wanted);
	free(count);
	return text;
}
