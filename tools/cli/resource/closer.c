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
#include "model/reservation.h"
#include "model/socket.h"
#include "resource/portset.h"
#include "resource/resources.h"

#define PLAIN_DELAY	60	/* the kernel's own */
#define COMPLETE	90	/* percent */
#define SEEN		50	/* percent */

/**
 * struct ports - which ports of a resource are held, one bit each
 * @used: by anything
 * @lost: by what is no TIME_WAIT that a connect() takes over
 * @exclusive: by bind() or listen()
 * @anywhere: on all addresses
 * @ipv4: by what an IPv4 socket on all addresses would meet
 * @address: that the others are on; NULL for none
 * @addresses: there are more than that one
 */
struct ports {
	unsigned char used[PORTSET];
	unsigned char lost[PORTSET];
	unsigned char exclusive[PORTSET];
	unsigned char anywhere[PORTSET];
	unsigned char ipv4[PORTSET];
	char *address;
	bool addresses;
};

/**
 * struct closer - a look being taken
 * @resources: what is looked at
 * @ports: of each of them; NULL for those that are not looked at
 * @read: how many reservations were read, TCP and UDP
 * @reserved: the ports that ip_local_reserved_ports has, one bit each
 * @like: an account that is looked for
 */
struct closer {
	struct resources *resources;
	struct ports **ports;
	uint64_t read[2];
	unsigned char reserved[PORTSET];
	struct record like;
};

/* A reservation, as far as it matters here. */
struct held {
	struct holding who;
	const char *proto;
	const char *remote;
	const char *local;
	unsigned int port;
	enum user_state state;
	bool exclusive;
	bool reusable;
	bool reserved;
	bool old;
	uint64_t age;
	uint64_t left;
	uint64_t delay;
};

/* What is reserved has not been marked: see in_range(). */
static uint64_t count_bits(const struct resource *res, const unsigned char *bits,
			   const unsigned char *more)
{
	uint64_t count = 0;

	for (unsigned int port = res->low; port && port <= res->high; port++)
		count += portset_has(bits, port) || (more && portset_has(more, port));
	return count;
}

/* What is reserved is no part of the range, and can be held all the same. */
static bool in_range(const struct resource *res, const struct held *held)
{
	return held->port && held->port >= res->low && held->port <= res->high && !held->reserved;
}

static bool is_timewait(const struct held *held)
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

static bool is_held_of(const struct resource *res, const struct held *held)
{
	bool same = !strcmp(res->name, held->proto);

	switch (res->kind) {
	case RESOURCE_RANGE:
		return same && in_range(res, held);
	case RESOURCE_DESTINATION:
		return same && !strcmp(res->source, held->local) &&
		       !strcmp(res->destination, held->remote) && in_range(res, held);
	case RESOURCE_LIMIT:
		if (!strcmp(res->name, "timewait"))
			same = !strcmp(held->proto, "tcp") && is_timewait(held);
		/* A removed cgroup of the same path is another one. */
		return same && account_is_below(held->who.cgroup, res->path) &&
		       !(held->who.deleted && !strcmp(held->who.cgroup, res->path));
	case RESOURCE_PORT:
		return same && is_in_the_way(res, held);
	case RESOURCE_BUCKETS:
		return !strcmp(held->proto, "tcp") && is_timewait(held);
	}
	return false;
}

static void take_users(struct users *users, const struct held *held, bool reusable)
{
	const struct hold hold = {
		.port = held->port, .state = held->state, .exclusive = held->exclusive,
		.old = held->old, .reusable = reusable,
	};

	users_hold(users, &held->who, &hold);
	if (!is_timewait(held))
		return;
	users->fresh += held->delay <= held->left + USERS_FRESH;
	if (held->left > users->longest)
		users->longest = held->left;
}

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

	if (!is_held_of(res, held))
		return;
	take_users(&res->users, held, reusable);
	if (res->kind == RESOURCE_PORT || held->state == STATE_FIN_WAIT_2)
		take_holder(res, held);
	portset_add(ports->used, held->port);
	take_address(ports, held);
	if (!reusable)
		portset_add(ports->lost, held->port);
	if (is_timewait(held) && !reusable)
		take_users(&res->closers, held, false);
	if (!held->exclusive)
		return;
	portset_add(ports->exclusive, held->port);
	if (res->kind == RESOURCE_PORT ||
	    (res->kind == RESOURCE_RANGE && !strcmp(res->name, "tcp")))
		take_users(&res->binders, held, false);
}

/**
 * resources_leak - the leak of a program, made if there is none
 * @resources: the resources
 * @proto: tcp or udp
 * @state: the state
 * @comm: the program; "" if it is not known
 * @cgroup: its cgroup, by which those that are not known are told apart
 */
struct leak *resources_leak(struct resources *resources, const char *proto, enum user_state state,
			    const char *comm, const char *cgroup)
{
	struct culprit culprit;
	struct leak *leak;

	for (size_t i = 0; i < resources->leak_count; i++) {
		leak = &resources->leaks[i];
		if (strcmp(leak->proto, proto) || leak->state != state || strcmp(leak->comm, comm))
			continue;
		if (*comm || (users_culprit(&leak->users, &culprit) &&
			      !strcmp(culprit.cgroup, cgroup)))
			return leak;
	}
	resources->leaks = xgrow(resources->leaks, resources->leak_count, &resources->leak_room,
				 sizeof(*leak));
	leak = &resources->leaks[resources->leak_count++];
	*leak = (struct leak){
		.proto = proto, .state = state, .comm = xstrdup(comm),
		/* Connections have a port each, towards where they lead. */
		.users.by_port = state != STATE_CLOSE_WAIT,
	};
	return leak;
}

/* UDP has no state of its own for what is forgotten: there only its age and number tell. */
static void take_leak(struct resources *resources, const struct held *held)
{
	bool udp = !strcmp(held->proto, "udp");
	struct leak *leak;

	if (!udp && held->state != STATE_CLOSE_WAIT && held->state != STATE_BOUND)
		return;
	leak = resources_leak(resources, udp ? "udp" : "tcp",
			      udp ? STATE_UNCONN : held->state, held->who.comm, held->who.cgroup);
	take_users(&leak->users, held, false);
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

static bool is_program(const char *comm)
{
	return strcmp(comm, "-") && *comm;
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
			.comm = is_program(comm) ? (char *)comm : "",
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
	if (is_timewait(held))
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
	take_leak(resources, &held);
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

static void settle(struct closer *closer)
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

/* The program that holds most in an account itself, as far as the module tells one. */
static void take_owner(struct users *users, const struct record *account, struct holding *who,
		       uint64_t *count)
{
	const char *comm = record_text(account, "owner.comm");
	uint64_t held = record_count(account, "owner.held");

	if (!held || held > *count || !is_program(comm))
		return;
	who->comm = (char *)comm;
	who->pid = record_count(account, "owner.pid");
	users_add(users, who, held);
	*count -= held;
	who->comm = "";
	who->pid = 0;
}

/* The accounts are in the order of the tree: those of a cgroup and all below it stand together. */
static size_t first_below(const struct account_list *list, const char *path)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (account_path_cmp(record_text(&list->recs[middle], "path"), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Without single reservations, the accounts tell at least the cgroups. */
static void take_accounts(struct resources *resources, struct resource *res)
{
	const struct account_list *list = &resources->now->accounts;
	char *key = xasprintf("%s.local", res->name);
	struct holding who = { .comm = "" };
	uint64_t count;

	users_free(&res->users);
	for (size_t i = first_below(list, res->path); i < list->count; i++) {
		who.cgroup = (char *)record_text(&list->recs[i], "path");
		if (!account_is_below(who.cgroup, res->path))
			break;
		who.deleted = record_flag(&list->recs[i], "deleted");
		count = record_count(&list->recs[i], key);
		if (strcmp(res->name, "timewait"))
			take_owner(&res->users, &list->recs[i], &who, &count);
		if (count)
			users_add(&res->users, &who, count);
	}
	free(key);
}

/* TIME_WAITs of accepted connections hold no port, and are none of it. */
static void take_closers(struct resources *resources, struct resource *res)
{
	const struct account_list *list = &resources->now->accounts;
	struct holding who = { .comm = "" };
	uint64_t count, reserving;

	users_free(&res->closers);
	for (size_t i = first_below(list, res->path); i < list->count; i++) {
		who.cgroup = (char *)record_text(&list->recs[i], "path");
		if (!account_is_below(who.cgroup, res->path))
			break;
		who.deleted = record_flag(&list->recs[i], "deleted");
		count = record_count(&list->recs[i], "timewait.local");
		/* An older module has these only with those of the cgroups below. */
		if (!record_number(&list->recs[i], "timewait.reserving_local", &reserving))
			reserving = record_count(&list->recs[i], "timewait.reserving");
		count = count < reserving ? count : reserving;
		if (count)
			users_add(&res->closers, &who, count);
	}
}

/**
 * resources_look_at_accounts - find out who holds what, as far as accounts tell
 * @resources: the resources
 *
 * What reservations told is better if it is most of what is used. It is less where they have not
 * been looked at, and where many TIME_WAITs are of accepted connections, which hold no port and are
 * no reservation.
 */
void resources_look_at_accounts(struct resources *resources)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_PORT)
			continue;
		res->seen = resources->closer && resource_is_part(res->users.count, res->used,
								  SEEN);
		if (res->seen || res->kind == RESOURCE_DESTINATION)
			continue;
		take_accounts(resources, res);
		take_closers(resources, res);
	}
}

static void compare_leaks(struct resources *resources, const struct resources *before)
{
	const struct leak *past;
	struct leak *leak;
	uint64_t count;

	for (size_t i = 0; before && i < resources->leak_count; i++) {
		leak = &resources->leaks[i];
		count = 0;
		for (size_t k = 0; k < before->leak_count; k++) {
			past = &before->leaks[k];
			if (!strcmp(past->proto, leak->proto) && past->state == leak->state &&
			    !strcmp(past->comm, leak->comm))
				count += past->users.count;
		}
		if (leak->users.count > count)
			leak->growth = leak->users.count - count;
	}
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
		settle(&closer);
		compare_leaks(resources, before);
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
