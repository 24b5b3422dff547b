// SPDX-License-Identifier: GPL-2.0-only
/* Users: see users.h. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/portset.h"
#include "resource/users.h"

static const char *const state_names[STATES] = {
	[STATE_ESTAB] = "ESTAB", [STATE_SYN_SENT] = "SYN-SENT", [STATE_FIN_WAIT_1] = "FIN-WAIT-1",
	[STATE_FIN_WAIT_2] = "FIN-WAIT-2", [STATE_TIME_WAIT] = "TIME-WAIT",
	[STATE_CLOSE_WAIT] = "CLOSE-WAIT", [STATE_LISTEN] = "LISTEN", [STATE_BOUND] = "BOUND",
	[STATE_UNCONN] = "UNCONN", [STATE_OTHER] = "other",
};

/**
 * users_state_of - the state of a name, as ss and the module print it
 * @name: the name
 */
enum user_state users_state_of(const char *name)
{
	for (size_t i = 0; i < STATE_OTHER; i++)
		if (!strcmp(state_names[i], name))
			return i;
	return STATE_OTHER;
}

/**
 * users_state_name - the name of a state
 * @state: the state
 */
const char *users_state_name(enum user_state state)
{
	return state_names[state];
}

/* TIME_WAITs that are given away to a connect() are not lost. */
static uint64_t lost_in(const struct users *users, enum user_state state)
{
	uint64_t count = users->states[state];

	if (state != STATE_TIME_WAIT)
		return count;
	return count > users->reusable ? count - users->reusable : 0;
}

/* The state that most are in, if that is more than half of them. */
static enum user_state most_in(const struct users *users, uint64_t whole,
			       uint64_t (*count)(const struct users *users, enum user_state state))
{
	enum user_state best = STATE_OTHER;
	uint64_t most = whole / 2;

	for (size_t i = 0; i < STATE_OTHER; i++) {
		if (count(users, i) <= most)
			continue;
		most = count(users, i);
		best = i;
	}
	return best;
}

static uint64_t all_in(const struct users *users, enum user_state state)
{
	return users->states[state];
}

/**
 * users_are_any_lost - whether any are held that are not given away to a connect()
 * @users: the users
 */
bool users_are_any_lost(const struct users *users)
{
	return users->count > users->reusable;
}

/**
 * users_main_state - the state that more than half of them are in
 * @users: the users
 *
 * Of TIME_WAITs that a connect() takes over only if there is nothing else.
 *
 * Return: the state; STATE_OTHER if there is none such.
 */
enum user_state users_main_state(const struct users *users)
{
	if (users_are_any_lost(users))
		return most_in(users, users->count - users->reusable, lost_in);
	return most_in(users, users->count, all_in);
}

/* Cgroup, command and pid: so the list in that order has together what is added up. */
static int by_who(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int order = strcmp(x->cgroup, y->cgroup) ?: x->deleted - y->deleted;

	order = order ?: strcmp(x->comm, y->comm);
	return order ?: (x->pid > y->pid) - (x->pid < y->pid);
}

static void *add_node(const struct holding *holding, void **tree)
{
	struct holding **found = tsearch(holding, tree, by_who);

	if (!found) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
	return *found;
}

static struct holding *find_holding(struct users *users, const struct holding *who)
{
	struct holding **found = tfind(who, &users->tree, by_who), *holding;

	if (found)
		return *found;
	holding = xrealloc(NULL, 1, sizeof(*holding));
	*holding = (struct holding){
		.cgroup = xstrdup(who->cgroup), .deleted = who->deleted,
		.comm = xstrdup(who->comm), .pid = who->pid,
	};
	add_node(holding, &users->tree);
	return holding;
}

/**
 * users_add - count what somebody holds
 * @users: the users
 * @who: the process; copied
 * @count: how many
 *
 * The states are for the caller to count.
 */
void users_add(struct users *users, const struct holding *who, uint64_t count)
{
	find_holding(users, who)->count += count;
	users->count += count;
}

/* 1, or 0 for a port that has been counted as that before */
static uint64_t once(struct users *users, unsigned int as, const struct hold *hold)
{
	if (!users->by_port)
		return 1;
	if (!users->seen[as]) {
		users->seen[as] = xrealloc(NULL, PORTSET, 1);
		memset(users->seen[as], 0, PORTSET);
	}
	return portset_take(users->seen[as], hold->port);
}

/**
 * users_hold - count a reservation
 * @users: the users
 * @who: the process that holds it; copied
 * @hold: the reservation
 *
 * How long TIME_WAITs stay is for the caller to count.
 */
void users_hold(struct users *users, const struct holding *who, const struct hold *hold)
{
	struct holding *holding = find_holding(users, who);

	holding->holds = xgrow(holding->holds, holding->hold_count, &holding->hold_room,
			       sizeof(*holding->holds));
	holding->holds[holding->hold_count++] = *hold;
	users->count += once(users, SEEN_AT_ALL, hold);
	users->states[hold->state] += once(users, hold->state, hold);
	if (hold->exclusive)
		users->exclusive += once(users, SEEN_EXCLUSIVE, hold);
	if (hold->old)
		users->old += once(users, SEEN_OLD, hold);
	if (hold->reusable)
		users->reusable += once(users, SEEN_REUSABLE, hold);
}

/**
 * users_list_add - one holding more
 * @list: the list
 * @holding: it; the list refers to it
 */
void users_list_add(struct user_list *list, const struct holding *holding)
{
	list->list = xgrow(list->list, list->count, &list->room, sizeof(*list->list));
	list->list[list->count++] = holding;
}

static void list_add(const void *node, VISIT which, void *data)
{
	if (which == postorder || which == leaf)
		users_list_add(data, *(const struct holding *const *)node);
}

/**
 * users_list - list the holdings by cgroup, command and pid
 * @users: the users
 * @list: all zero; its list is to be freed
 */
void users_list(const struct users *users, struct user_list *list)
{
	twalk_r(users->tree, list_add, list);
}

/**
 * users_count_of - how many reservations of a kind a cgroup holds
 * @users: the users
 * @cgroup: the cgroup
 * @wanted: whether one is of that kind
 */
uint64_t users_count_of(const struct users *users, const char *cgroup,
			bool (*wanted)(const struct hold *hold))
{
	struct user_list walk = { 0 };
	uint64_t count = 0;

	users_list(users, &walk);
	for (size_t i = 0; i < walk.count; i++) {
		if (walk.list[i]->deleted || strcmp(walk.list[i]->cgroup, cgroup))
			continue;
		for (size_t k = 0; k < walk.list[i]->hold_count; k++)
			count += wanted(&walk.list[i]->holds[k]);
	}
	free(walk.list);
	return count;
}

/**
 * users_any - whether a cgroup, or one below it, holds any
 * @users: the users
 * @is_below: whether a path is that of a cgroup or of one below it
 * @top: the cgroup
 */
bool users_any(const struct users *users, bool (*is_below)(const char *path, const char *top),
	       const char *top)
{
	struct user_list walk = { 0 };
	bool any = false;

	users_list(users, &walk);
	for (size_t i = 0; i < walk.count; i++)
		any |= is_below(walk.list[i]->cgroup, top);
	free(walk.list);
	return any;
}

static void free_holding(void *node)
{
	struct holding *holding = node;

	free(holding->holds);
	free(holding->cgroup);
	free(holding->comm);
	free(holding);
}

/**
 * users_free - give everything back
 * @users: the users
 */
void users_free(struct users *users)
{
	tdestroy(users->tree, free_holding);
	for (size_t i = 0; i < SEEN_ENDS; i++)
		free(users->seen[i]);
	*users = (struct users){ 0 };
}
