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

#define CLIENT	16	/* UDP ports of the range: a program that serves has not so many */

/* Whether a program of it has many UDP ports of the range: each was bound for a query, or so. */
static bool is_client(const struct resources *resources, const char *cgroup)
{
	const struct resource *res;
	struct culprit culprit;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_RANGE && !strcmp(res->name, "udp") &&
		    users_culprit_of(&res->users, cgroup, &culprit) && culprit.comm_held >= CLIENT)
			return true;
	}
	return false;
}

/* In UDP, where clients bind too, and by a socket of its own: no service is refused what it has. */
static bool is_own_udp(const struct resources *resources, const struct resource *res)
{
	struct culprit culprit;

	if (strcmp(res->name, "udp"))
		return false;
	if (users_culprit(&res->users, &culprit) && !strcmp(culprit.cgroup, res->failing) &&
	    !culprit.deleted)
		return true;
	return is_client(resources, res->failing);
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
	if (count < RESOURCE_CHOSEN && !own)
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
