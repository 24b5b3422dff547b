// SPDX-License-Identifier: GPL-2.0-only
/* What calls can no longer get of a range that is short, in words. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "why/trouble.h"

/* "holds 30 ports taken by bind() or listen(), and 10 that …": what no connect() can share */
static char *tell_blocked(const struct resource *res)
{
	static const char spoiled[] = "that connections used while somebody bound them";

	if (!res->spoiled)
		return xasprintf("%ju ports taken by bind() or listen()",
				 (uintmax_t)res->exclusive);
	if (!res->exclusive)
		return xasprintf("%ju ports %s", (uintmax_t)res->spoiled, spoiled);
	return xasprintf("%ju ports taken by bind() or listen(), and %ju %s",
			 (uintmax_t)res->exclusive, (uintmax_t)res->spoiled, spoiled);
}

/* "them", or how many of them, where bind() or listen() has some for itself */
static char *tell_shared(const struct resource *res)
{
	uint64_t blocked = res->exclusive + res->spoiled;

	if (!blocked || blocked > res->used)
		return xstrdup("them");
	return xasprintf("%ju of them", (uintmax_t)(res->used - blocked));
}

/* ", unless to another address than 127.0.0.1", where bind() finds a port there */
static char *tell_address(const struct resource *res, const char *to)
{
	if (res->seen && res->anywhere >= res->used)
		return xstrdup("");
	if (!res->seen || !res->address)
		return xasprintf(", unless %sto an address with ports left", to);
	return xasprintf(", unless %sto another address than %s", to, res->address);
}

/* Where each port is in use, but not each for bind() alone: who finds none */
static char *tell_all_used(const struct tense *tense, const struct resource *res)
{
	char *shared = tell_shared(res), *but = tell_address(res, ""), *text;
	uintmax_t usable = res->capacity;

	if (res->reusable)
		text = xasprintf("%s each of its %ju ports in use, and %ju of these %s TIME_WAITs "
				 "that a connect() %s over; but bind() without a port %s none%s",
				 tense->has, usable, (uintmax_t)res->reusable, tense->are,
				 tense->takes, tense->finds, but);
	else if ((res->failed || res->going_on) && !res->explained)
		text = xasprintf("%s each of its %ju ports in use: bind() without a port %s "
				 "none%s, nor %s a connect() whose destination %s used them all",
				 tense->has, usable, tense->finds, but, tense->does, tense->has);
	else
		text = xasprintf("%s each of its %ju ports in use: connect() to other destinations "
				 "%s share %s, but bind() without a port %s none%s", tense->has,
				 usable, tense->can, shared, tense->finds, but);
	free(but);
	free(shared);
	return text;
}

static char *tell_tcp_trouble(const struct tense *tense, const struct resource *res)
{
	uint64_t alone = res->exclusive + res->spoiled;
	char *blocked = tell_blocked(res), *text;
	uintmax_t used = res->used, usable = res->capacity;

	if (res->fails & FAILS_CONNECT && alone < res->capacity)
		text = xasprintf("%s %s, of %ju usable, and connections %s the rest: connect() to "
				 "where they %s %s none", tense->holds, blocked, usable, tense->use,
				 tense->lead, tense->finds);
	else if (res->fails & FAILS_CONNECT)
		text = xasprintf("%s %s, of %ju usable: no connect() %s share them", tense->holds,
				 blocked, usable, tense->can);
	else if (res->fails & FAILS_BIND)
		text = tell_all_used(tense, res);
	else if (alone && 2 * alone >= res->used)
		text = xasprintf("%s %ju of %ju ports in use, and %s %s: no connect() %s share "
				 "these", tense->has, used, usable, tense->holds, blocked,
				 tense->can);
	else
		text = xasprintf("%s %ju of %ju ports in use: connect() %s share them, bind() "
				 "without a port %s", tense->has, used, usable, tense->can,
				 tense->cannot);
	free(blocked);
	return text;
}

/**
 * range_trouble - say what calls can no longer get
 * @tense: of now or of then
 * @res: the range
 *
 * Return: a sentence that begins with its verb, without its end.
 */
char *range_trouble(const struct tense *tense, const struct resource *res)
{
	uintmax_t used = res->used, usable = res->capacity;
	char *but, *text;

	if (res->empty)
		return xasprintf("%s no port that may be used: net.ipv4.ip_local_reserved_ports "
				 "%s all %ju of them", tense->has, tense->has,
				 (uintmax_t)res->reserved);
	if (res->narrow)
		return xasprintf("had no free port for some calls, though %ju of %ju ports %s "
				 "held: a socket may have %sa narrower range of its own "
				 "(IP_LOCAL_PORT_RANGE)", used, usable, tense->are, tense->had);
	if (!strcmp(res->name, "tcp"))
		return tell_tcp_trouble(tense, res);
	if (res->fails) {
		but = tell_address(res, "bound ");
		text = xasprintf("%s used up, %ju of %ju ports: no UDP socket%s %s a port%s",
				 tense->is, used, usable, res->ipv6 ? " of IPv6" : "", tense->gets,
				 but);
		free(but);
		return text;
	}
	return xasprintf("%s %s used up, %ju of %ju ports", tense->is,
			 resource_is_part(used, usable, resource_thresholds.tcp.crit) ? "nearly" :
			 "largely", used, usable);
}
