// SPDX-License-Identifier: GPL-2.0-only
/*
 * Choosers: programs that choose ports by their number and try on where one is refused, as resolvers
 * do at random and proxies in turn. What they are refused is no outage of a service: it is told in
 * one piece, and its ports are nobody's to be reserved.
 */
#include <string.h>

#include "resource/resources.h"

static bool is_chosen_alike(const struct resource *a, const struct resource *b)
{
	return b->kind == RESOURCE_PORT && !strcmp(a->name, b->name) &&
	       !strcmp(a->failing, b->failing) && !*a->destination == !*b->destination;
}

#define CLIENT	16	/* young UDP ports of the range: a program that serves has not so many */

static bool is_young(const struct hold *hold)
{
	return !hold->old;
}

static bool is_old(const struct hold *hold)
{
	return hold->old;
}

/* Bound, and connected from there */
static bool is_source(const struct hold *hold)
{
	return hold->state != STATE_LISTEN && hold->state != STATE_BOUND;
}

static uint64_t count_udp(const struct resources *resources, const char *cgroup,
			  bool (*wanted)(const struct hold *hold))
{
	const struct resource *res;
	uint64_t count = 0;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_RANGE && !strcmp(res->name, "udp"))
			count += users_count_of(&res->users, cgroup, wanted);
	}
	return count;
}

/* What serves keeps its sockets; what asks has each for a query, or so. */
static bool is_service(const struct resources *resources, const char *cgroup)
{
	return count_udp(resources, cgroup, is_old) > count_udp(resources, cgroup, is_young);
}

/* In UDP, where clients bind too, and by a socket of its own: no service is refused what it has. */
static bool is_own_udp(const struct resources *resources, const struct resource *res)
{
	if (strcmp(res->name, "udp"))
		return false;
	if (users_count_of(&res->users, res->failing, is_young))
		return true;
	return count_udp(resources, res->failing, is_young) >= CLIENT &&
	       !is_service(resources, res->failing);
}

/* Whether a cgroup binds the ports that it connects from, as proxies can. */
static bool is_proxy(const struct resources *resources, const char *cgroup)
{
	const struct resource *res;
	uint64_t count = 0;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_RANGE && !strcmp(res->name, "tcp"))
			count += users_count_of(&res->binders, cgroup, is_source);
	}
	return count >= RESOURCE_CHOSEN;
}

/* A service can have several ports, and be refused all of them. */
static bool chooses(const struct resources *resources, const struct resource *res)
{
	if (*res->destination)
		return true;
	if (!strcmp(res->name, "udp"))
		return !is_service(resources, res->failing);
	return is_proxy(resources, res->failing);
}

/* Of sockets that share what bind() without a port has given them the kernel has chosen. */
static size_t most_named(const struct resources *resources, const struct resource *res)
{
	return *res->destination && resources->now->sysctls.ip_autobind_reuse == 1 ? 1 :
	       RESOURCE_CHOSEN - 1;
}

static void count_alike(struct resources *resources, size_t at)
{
	struct resource *first = &resources->list[at], *res;
	size_t count = 0;
	bool own = true;

	for (size_t i = at; i < resources->count; i++) {
		res = &resources->list[i];
		if (!is_chosen_alike(first, res))
			continue;
		count++;
		own = own && is_own_udp(resources, res);
	}
	if (!own && (count <= most_named(resources, first) || !chooses(resources, first)))
		return;
	first->chosen = count;
	for (size_t i = at; i < resources->count; i++) {
		res = &resources->list[i];
		if (!is_chosen_alike(first, res))
			continue;
		first->going_on = first->going_on || res->going_on;
		res->is_chosen = true;
	}
}

/**
 * resources_find_choosers - find cgroups that choose ports by their number
 * @resources: the resources; of the ports of each such cgroup the first stands for all
 */
void resources_find_choosers(struct resources *resources)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		res->chosen = 0;
		res->is_chosen = false;
	}
	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_PORT && !res->is_chosen)
			count_alike(resources, i);
	}
}
