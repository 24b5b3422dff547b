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

/* In UDP, where clients bind too, and by a socket of its own: no service is refused what it has. */
static bool is_own_udp(const struct resource *res)
{
	struct culprit culprit;

	return !strcmp(res->name, "udp") && users_culprit(&res->users, &culprit) &&
	       !strcmp(culprit.cgroup, res->failing) && !culprit.deleted;
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
		own = own && is_own_udp(res);
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
