// SPDX-License-Identifier: GPL-2.0-only
/* Leaks: see leaks.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/leaks.h"

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

/**
 * leaks_take - count a reservation that may be one of a leak
 * @resources: where to
 * @held: the reservation
 *
 * UDP has no state of its own for what is forgotten: there only its age and number tell.
 */
void leaks_take(struct resources *resources, const struct held *held)
{
	bool udp = !strcmp(held->proto, "udp");
	struct leak *leak;

	if (!udp && held->state != STATE_CLOSE_WAIT && held->state != STATE_BOUND)
		return;
	leak = resources_leak(resources, udp ? "udp" : "tcp",
			      udp ? STATE_UNCONN : held->state, held->who.comm, held->who.cgroup);
	held_add(held, &leak->users, false);
}

/**
 * leaks_compare - find out which have grown
 * @resources: the resources
 * @before: the same of an earlier survey; NULL if there is none
 */
void leaks_compare(struct resources *resources, const struct resources *before)
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
