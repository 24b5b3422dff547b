// SPDX-License-Identifier: GPL-2.0-only
/*
 * A closer look at resources: see resources.h. Single reservations are read once, and each is
 * counted in every resource that it is held of: so a user of a resource is one of this very
 * resource. Ports are counted one by one, which is exact whatever shares them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/process.h"
#include "model/reservation.h"
#include "model/socket.h"
#include "resource/closer.h"
#include "resource/leaks.h"

#define PLAIN_DELAY	60	/* the kernel's own */

/* A rule refuses before the kernel looks for a TIME_WAIT to take over. */
static bool can_be_taken_over(const struct resource *res, const struct held *held)
{
	return held->reusable && (res->kind == RESOURCE_RANGE || res->kind == RESOURCE_DESTINATION);
}

/* A bind() to another address meets only what is on all of them. */
static void take_address(struct ports *ports, const struct held *held)
{
	bool all6 = !strcmp(held->local, "[::]");

	if (all6 || *held->local != '[')
		portset_add(ports->ipv4, held->port);
	if (all6 || !strcmp(held->local, "0.0.0.0"))
		portset_add(ports->anywhere, held->port);
	else if (!ports->address)
		ports->address = xstrdup(held->local);
	else if (strcmp(ports->address, held->local))
		ports->addresses = true;
}

/* What is bound is in the way of more than what is connected, and for longer. */
static void take_holder(struct resource *res, const struct held *held)
{
	if (res->holder.local && (res->kind != RESOURCE_PORT || res->holder.exclusive ||
				  !held->exclusive))
		return;
	free(res->holder.local);
	free(res->holder.remote);
	res->holder = (struct holder){
		.local = xasprintf("%s:%u", held->local, held->port),
		.remote = xstrdup(held->remote),
		.state = held->state,
		.exclusive = held->exclusive,
		.left = held->left,
	};
}

static void take_resource(struct resource *res, struct ports *ports, const struct held *held)
{
	bool reusable = can_be_taken_over(res, held);

	if (!held_is_of(held, res))
		return;
	held_add(held, &res->users, reusable);
	if (res->kind == RESOURCE_PORT || held->state == STATE_FIN_WAIT_2)
		take_holder(res, held);
	portset_add(ports->used, held->port);
	take_address(ports, held);
	if (!reusable)
		portset_add(ports->lost, held->port);
	if (held_is_timewait(held) && !reusable)
		held_add(held, &res->closers, false);
	if (!held->exclusive)
		return;
	portset_add(ports->exclusive, held->port);
	if (res->kind == RESOURCE_PORT ||
	    (res->kind == RESOURCE_RANGE && !strcmp(res->name, "tcp")))
		held_add(held, &res->binders, false);
}

/* What was there before the module has no program: who has it open is found in /proc. */
static void find_owner(const struct record *rec, struct holding *who)
{
	const char *comm;
	int pid;

	if (*who->comm || who->pid)
		return;
	if (!socket_owner(record_text(rec, "proto"), record_text(rec, "local"),
			  record_text(rec, "remote"), &pid, &comm))
		return;
	who->pid = pid;
	who->comm = (char *)comm;
}

/* How long the TIME_WAITs of a cgroup last. */
static uint64_t delay_of(struct closer *closer, const struct holding *who)
{
	const struct survey *now = closer->resources->now;
	const struct record *account;

	record_reset(&closer->like);
	record_add_text(&closer->like, "path", who->cgroup);
	record_add_flag(&closer->like, "deleted", who->deleted);
	account = survey_account(now, &closer->like);
	return account ? record_count(account, "timewait.delay") ?: PLAIN_DELAY : PLAIN_DELAY;
}

/* The module knows which connections had timestamps; an older one leaves that open. */
static bool is_taken_over(struct closer *closer, const char *source, const char *destination)
{
	const struct resources *resources = closer->resources;
	const struct resource *res;

	if (!sysctls_reuse(&resources->now->sysctls, source, destination))
		return false;
	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_DESTINATION && res->exact &&
		    !strcmp(res->destination, destination) && !strcmp(res->source, source))
			return res->reusable;
	}
	return true;
}

static void take_apart(struct closer *closer, struct record *rec, struct held *held)
{
	const char *comm = record_text(rec, "comm"), *remote = record_text(rec, "remote");
	const char *colon = strrchr(record_text(rec, "local"), ':');

	*held = (struct held){
		.who = {
			.cgroup = (char *)record_text(rec, "account"),
			.deleted = record_flag(rec, "deleted"),
			.comm = process_is_known(comm) ? (char *)comm : "",
			.pid = record_count(rec, "pid"),
		},
		.proto = record_text(rec, "proto"),
		.remote = remote,
		.port = colon ? strtoul(colon + 1, NULL, 10) & (PORTS - 1) : 0,
		.state = users_state_of(record_text(rec, "state")),
		.exclusive = !strcmp(record_text(rec, "kind"), "exclusive"),
		.old = record_count(rec, "age") >= USERS_OLD,
		.age = record_count(rec, "age"),
		.left = strtoul(record_text(rec, "left"), NULL, 10),
	};
	held->reserved = portset_has(closer->reserved, held->port);
	if (held_is_timewait(held))
		held->delay = delay_of(closer, &held->who);
	if (held->state != STATE_TIME_WAIT)
		find_owner(rec, &held->who);
	reservation_add_local(rec);
	held->local = record_text(rec, "local.address");
	held->reusable = held->state == STATE_TIME_WAIT && !held->exclusive &&
			 is_taken_over(closer, held->local, remote);
}

static bool take(struct record *rec, void *data)
{
	struct closer *closer = data;
	struct resources *resources = closer->resources;
	struct held held;

	take_apart(closer, rec, &held);
	closer->read[!strcmp(held.proto, "udp")]++;
	for (size_t i = 0; i < resources->count; i++)
		if (closer->ports[i])
			take_resource(&resources->list[i], closer->ports[i], &held);
	leaks_take(resources, &held);
	return true;
}

/* Where nothing is short, nobody has to be found. A destination may be short of others' ports. */
static bool is_looked_at(const struct resource *res)
{
	switch (res->kind) {
	case RESOURCE_RANGE:
		return true;
	case RESOURCE_DESTINATION:
		return res->capacity && (!res->exact || !res->free || res->level > LEVEL_FINE ||
					 resource_is_part(res->used, res->capacity,
							  RESOURCE_SLOW));
	case RESOURCE_PORT:
		return true;
	case RESOURCE_LIMIT:
	case RESOURCE_BUCKETS:
		return res->level > LEVEL_FINE || res->failed;
	}
	return false;
}

/*
 * Reading single reservations needs a right that the caller may not have. Much can be told without
 * them, so the complaint is kept and not printed.
 */
static int read_reservations(struct closer *closer)
{
	char *complaint = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&complaint, &size);
	FILE *other = say_into(f);
	int err = reservation_each(take, closer);

	say_into(other);
	if (f)
		fclose(f);
	if (err && complaint) {
		complaint[strcspn(complaint, "\n")] = '\0';
		closer->resources->complaint = complaint;
		complaint = NULL;
	}
	free(complaint);
	return err;
}

/* Of a range ports run out, which sockets can share; of a limit it is sockets. */
static void count_ports(struct resource *res)
{
	bool by_port = res->kind == RESOURCE_RANGE;

	res->users.by_port = by_port;
	res->binders.by_port = by_port;
	res->closers.by_port = by_port;
}

/**
 * resources_look_closer - look at single reservations: who holds what is short, in what states
 * @resources: the resources, judged
 * @before: the same of an earlier survey, to see which leaks grow; NULL if there is none
 *
 * They are to be judged again afterwards.
 */
void resources_look_closer(struct resources *resources, const struct resources *before)
{
	struct closer closer = { .resources = resources };

	sysctls_mark_reserved(&resources->now->sysctls, closer.reserved);
	closer.ports = xrealloc(NULL, resources->count + 1, sizeof(*closer.ports));
	for (size_t i = 0; i < resources->count; i++) {
		closer.ports[i] = NULL;
		if (!is_looked_at(&resources->list[i]))
			continue;
		count_ports(&resources->list[i]);
		closer.ports[i] = xrealloc(NULL, 1, sizeof(struct ports));
		memset(closer.ports[i], 0, sizeof(struct ports));
	}
	if (!read_reservations(&closer)) {
		resources->closer = true;
		closer_settle(&closer);
		leaks_compare(resources, before);
	}
	resources_look_at_accounts(resources);
	socket_forget();
	record_free(&closer.like);
	for (size_t i = 0; i < resources->count; i++) {
		if (closer.ports[i])
			free(closer.ports[i]->address);
		free(closer.ports[i]);
	}
	free(closer.ports);
}
