/* SPDX-License-Identifier: GPL-2.0-only */
/* The resources of a namespace, made from one survey or from two. */
#ifndef PORTQUOTA_RESOURCES_H
#define PORTQUOTA_RESOURCES_H

#include "resource/resource.h"
#include "resource/survey.h"

/**
 * struct leak - sockets of one program, in all its cgroups, in a state in which none should stay
 * @proto: tcp or udp
 * @state: CLOSE-WAIT or BOUND; of UDP any
 * @comm: the program, "" if it is not known: then of one cgroup
 * @users: who has them
 * @growth: by how many these have become more between the two looks
 */
struct leak {
	const char *proto;
	enum user_state state;
	char *comm;
	struct users users;
	uint64_t growth;
};

/**
 * struct resources - all of them; starts as all zero, refers to the survey
 * @list: the resources
 * @count: how many
 * @room: how many fit
 * @leaks: what could be leaks; known after resources_look_closer()
 * @leak_count: how many
 * @leak_room: how many fit
 * @now: the survey
 * @seconds: the time between the two surveys; 0 if there was one only
 * @closer: single reservations were looked at
 * @complaint: why they could not be; NULL if they could
 */
struct resources {
	struct resource *list;
	size_t count;
	size_t room;
	struct leak *leaks;
	size_t leak_count;
	size_t leak_room;
	const struct survey *now;
	double seconds;
	bool closer;
	char *complaint;
};

/* A transport, and the keys of what is counted of it. */
struct transport {
	const char *name;
	const char *range;
	const char *ports;
	const char *current;
	const char *local;
	const char *exhausted;
	const char *taken;
};

#define TRANSPORTS	2

extern const struct transport resource_transports[TRANSPORTS];

struct resource *resources_add(struct resources *resources, enum resource_kind kind,
			       const char *name);
void resources_set_range(struct resource *res, const struct survey *now, const char *range);
void resources_add_ranges(struct resources *resources, const struct survey *before);
void resources_add_destinations(struct resources *resources, const struct survey *before);
void resources_add_limits(struct resources *resources, const struct survey *before);
void resources_add_ports(struct resources *resources, const struct survey *before);
void resources_find_reusable(struct resources *resources, const struct survey *before);
void resources_fill(struct resources *resources, const struct survey *now,
		    const struct survey *before);
void resources_look_closer(struct resources *resources, const struct resources *before);
void resources_look_at_accounts(struct resources *resources);
void resources_find_runs(struct resources *resources);
void resources_explain(struct resources *resources);
void resources_find_choosers(struct resources *resources);
void resources_judge(struct resources *resources, const struct thresholds *thresholds);
struct resource *resources_range(const struct resources *resources, const char *proto,
				 const char *range);
bool resources_are_short(const struct resources *resources, enum resource_level level);
void resources_free(struct resources *resources);

struct leak *resources_leak(struct resources *resources, const char *proto, enum user_state state,
			    const char *comm, const char *cgroup);

#endif
