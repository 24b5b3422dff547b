// SPDX-License-Identifier: GPL-2.0-only
/* Ports by their number as resources: those that were refused to a call that named them. */
#include <string.h>

#include "resource/growth.h"
#include "resource/resources.h"

static bool is_recent(const struct survey *now, const struct run *run)
{
	return !run->over || now->wall - run->last <= RESOURCE_RECENT;
}

static struct resource *find_port(const struct resources *resources, const struct run *run)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_PORT && res->port == run->port &&
		    !strcmp(res->name, run->resource))
			return res;
	}
	return NULL;
}

/* All refusals are counted together: how many were of which of several ports, is not known. */
static void count_refused(struct resources *resources, const struct survey *before,
			  const struct transport *transport)
{
	struct resource *res, *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind != RESOURCE_PORT || strcmp(res->name, transport->name))
			continue;
		count++;
		only = res;
	}
	if (before && count == 1)
		only->failed = growth_of(&resources->now->stat, &before->stat, transport->taken);
}

/**
 * resources_add_ports - add the ports by their number that somebody was refused just now
 * @resources: where to
 * @before: an earlier survey; NULL if there is none
 */
void resources_add_ports(struct resources *resources, const struct survey *before)
{
	const struct history *history = &resources->now->history;
	const struct run *run;
	struct resource *res;

	for (size_t i = 0; i < history->count; i++) {
		run = &history->runs[i];
		if (strcmp(run->level, "taken") || !run->port || !is_recent(resources->now, run))
			continue;
		res = find_port(resources, run) ?:
		      resources_add(resources, RESOURCE_PORT,
				    strcmp(run->resource, "udp") ? "tcp" : "udp");
		res->port = run->port;
		res->capacity = 1;
		res->failing = run->path;
		res->source = run->source;
		res->destination = run->destination;
		res->failed_ever += run->count;
		/* Of a run that goes on the last call was less than its pause ago. */
		res->going_on = res->going_on || !run->over;
		res->since = resources->now->wall - run->began;
	}
	for (size_t t = 0; t < TRANSPORTS; t++)
		count_refused(resources, before, &resource_transports[t]);
}
