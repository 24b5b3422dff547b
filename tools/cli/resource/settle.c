// SPDX-License-Identifier: GPL-2.0-only
/* What a closer look at single reservations has shown of each resource. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/socket.h"
#include "resource/closer.h"

#define COMPLETE	90	/* percent */

/* What is reserved has not been marked: see held_in_range(). */
static uint64_t count_bits(const struct resource *res, const unsigned char *bits,
			   const unsigned char *more)
{
	uint64_t count = 0;

	for (unsigned int port = res->low; port && port <= res->high; port++)
		count += portset_has(bits, port) || (more && portset_has(more, port));
	return count;
}

/*
 * The file of reservations is read after stat. Where it has far fewer, much has ended since, and
 * the two do not go together.
 */
static bool is_complete(const struct closer *closer, const char *proto)
{
	bool udp = !strcmp(proto, "udp");
	uint64_t all = record_count(&closer->resources->now->stat,
				    udp ? "udp.current" : "tcp.current");

	return resource_is_part(closer->read[udp], all, COMPLETE);
}

/* The ports of a range, counted one by one: those outside of it are none of it. */
static void settle_range(struct resource *res, const struct closer *closer,
			 struct ports *ports)
{
	if (!res->low || !is_complete(closer, res->name))
		return;
	res->used = count_bits(res, ports->used, NULL);
	if (res->used > res->capacity)
		res->used = res->capacity;
	res->exact = true;
	res->anywhere = count_bits(res, ports->anywhere, NULL);
	res->ipv6 = count_bits(res, ports->ipv4, NULL) < res->used;
	if (!ports->addresses) {
		res->address = ports->address;
		ports->address = NULL;
	}
	if (strcmp(res->name, "tcp"))
		return;
	res->exclusive = count_bits(res, ports->exclusive, NULL);
	res->reusable = count_bits(res, ports->lost, NULL);
	res->reusable = res->used > res->reusable ? res->used - res->reusable : 0;
	res->timewait = res->users.states[STATE_TIME_WAIT];
}

/* After the range has moved, some are outside of it, which an older module does not leave out. */
static void leave_out_strays(struct resource *res, const struct closer *closer)
{
	if (!is_complete(closer, "tcp"))
		return;
	if (!res->strays && (res->users.count >= res->used ||
			     res->used - res->users.count > res->free))
		return;
	res->used = res->users.count < res->capacity ? res->users.count : res->capacity;
	if (res->strays && res->free > res->capacity - res->used)
		res->free = res->capacity - res->used;
	if (res->reusable > res->used)
		res->reusable = res->used;
}

/* What an older module does not say, or says wrongly. */
static void settle_destination(struct resource *res, const struct resources *resources,
			       struct ports **ports, const struct ports *own)
{
	const struct resource *range = resources_range(resources, "tcp", res->range);
	const struct ports *of_range = range ? ports[range - resources->list] : NULL;
	uint64_t taken;

	/* Where the two files differ much, much has happened between them. */
	if (res->exact || !of_range || res->users.count < res->used ||
	    resource_is_part(res->users.count - res->used, res->used + 1, 100 - COMPLETE))
		return;
	taken = count_bits(res, own->used, of_range->exclusive);
	res->reusable = res->users.reusable;
	res->free = taken < res->capacity ? res->capacity - taken : 0;
	res->exact = true;
}

/* What nobody has any more, the next call will get. */
static void settle_port(struct resource *res, const struct closer *closer)
{
	bool none = !record_count(&closer->resources->now->stat,
				  strcmp(res->name, "udp") ? "tcp.current" : "udp.current");

	if (!res->holder.local && (none || is_complete(closer, res->name)))
		res->going_on = false;
}

/* Nothing but the other end ends these: where that is on this host, its program is known. */
static void settle_peer(struct resource *res)
{
	struct holder *holder = &res->holder;
	const char *comm;

	if (holder->local && holder->state == STATE_FIN_WAIT_2 &&
	    socket_owner("tcp", holder->remote, holder->local, &holder->peer_pid, &comm))
		holder->peer = xstrdup(comm);
}

/* Where many are connected, and there is no destination, the module does not count these. */
static void settle_blind(struct resource *res, const struct survey *now)
{
	const struct users *users = &res->users;
	uint64_t apart = users->states[STATE_LISTEN] + users->states[STATE_BOUND];

	if (!strcmp(res->name, "tcp") && now->destinations_known && !now->destinations.count &&
	    !res->uncounted && users->count > apart &&
	    resource_is_part(users->count - apart, res->capacity, RESOURCE_SLOW))
		res->blind = true;
}

/**
 * closer_settle - conclude from the ports that were seen what resources are like
 * @closer: the look, all reservations read
 */
void closer_settle(struct closer *closer)
{
	struct resources *resources = closer->resources;
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (!closer->ports[i])
			continue;
		res->seen = true;
		if (res->level > LEVEL_FINE)
			settle_peer(res);
		if (res->kind == RESOURCE_RANGE) {
			settle_range(res, closer, closer->ports[i]);
			settle_blind(res, resources->now);
		} else if (res->kind == RESOURCE_DESTINATION && !res->placed) {
			if (res->exact)
				leave_out_strays(res, closer);
			else
				settle_destination(res, resources, closer->ports, closer->ports[i]);
		} else if (res->kind == RESOURCE_PORT) {
			settle_port(res, closer);
		}
	}
}
