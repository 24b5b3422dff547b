/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Culprit: of the users of a resource the one who holds most of what is short. Pure: nothing here
 * reads a file or prints anything.
 */
#ifndef PORTQUOTA_CULPRIT_H
#define PORTQUOTA_CULPRIT_H

#include "resource/users.h"

/**
 * struct culprit - who holds most: the cgroup by its sum, then the command, then the pid
 * @cgroup: the cgroup; NULL if nothing is held
 * @deleted: it has been removed
 * @state: only what is in this state counts here; STATE_OTHER for what is in any
 * @held: how many it holds
 * @sockets: how many sockets and TIME_WAITs hold these
 * @cgroups: how many cgroups hold any
 * @nameless: beside these: how many are held by whom nobody can know
 * @removed: so many removed cgroups together are the culprit, of which @cgroup has the most: what
 *	short-lived jobs or containers with one command have left; 0 if @cgroup is it alone
 * @comm: the command; NULL if it is not known
 * @comm_held: how many that command holds in the cgroup, or in all of @removed
 * @pid: its pid; 0 if there are several, or it is not known
 * @pids: how many processes of that command hold any
 */
struct culprit {
	const char *cgroup;
	bool deleted;
	enum user_state state;
	uint64_t held;
	uint64_t sockets;
	size_t cgroups;
	uint64_t nameless;
	size_t removed;
	const char *comm;
	uint64_t comm_held;
	uint64_t pid;
	size_t pids;
};

/**
 * struct part - what one command holds: in one cgroup, or in all that have been removed
 * @cgroup: the cgroup; of several the one with the most
 * @deleted: it has been removed
 * @removed: so many removed cgroups; 0 if it is @cgroup alone
 * @comm: the command, "" if it is not known
 * @pid: its pid; 0 if there are several, or it is not known
 * @count: how many it holds
 */
struct part {
	const char *cgroup;
	bool deleted;
	size_t removed;
	const char *comm;
	uint64_t pid;
	uint64_t count;
};

bool users_culprit(const struct users *users, struct culprit *culprit);
bool users_largest(const struct users *users, struct culprit *culprit);
bool users_culprit_of(const struct users *users, const char *cgroup, struct culprit *culprit);
size_t users_parts(const struct users *users, struct part *parts, size_t most);
uint64_t users_nameless(const struct users *users);

#endif
