// SPDX-License-Identifier: GPL-2.0-only
/* Users: see users.h. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
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

/**
 * users_main_state - the state that more than half of them are in
 * @users: the users
 *
 * Return: the state; STATE_OTHER if there is none such.
 */
enum user_state users_main_state(const struct users *users)
{
	for (size_t i = 0; i < STATE_OTHER; i++)
		if (2 * users->states[i] > users->count)
			return i;
	return STATE_OTHER;
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
	struct holding **found = tfind(who, &users->tree, by_who), *holding;

	users->count += count;
	if (found) {
		(*found)->count += count;
		return;
	}
	holding = xrealloc(NULL, 1, sizeof(*holding));
	*holding = *who;
	holding->cgroup = xstrdup(who->cgroup);
	holding->comm = xstrdup(who->comm);
	holding->count = count;
	add_node(holding, &users->tree);
}

struct walk {
	const struct holding **list;
	size_t count;
	size_t room;
};

static void walk_add(struct walk *walk, const struct holding *holding)
{
	walk->list = xgrow(walk->list, walk->count, &walk->room, sizeof(*walk->list));
	walk->list[walk->count++] = holding;
}

static void list_add(const void *node, VISIT which, void *data)
{
	if (which == postorder || which == leaf)
		walk_add(data, *(const struct holding *const *)node);
}

static bool same_cgroup(const struct holding *a, const struct holding *b)
{
	return !strcmp(a->cgroup, b->cgroup) && a->deleted == b->deleted;
}

/* What has no cgroup, being from before the module was loaded, is blamed last. */
static bool is_nameless(const char *cgroup)
{
	return *cgroup == '(';
}

static bool beats(uint64_t held, const char *cgroup, const struct culprit *best)
{
	if (best->cgroup && is_nameless(cgroup) != is_nameless(best->cgroup))
		return is_nameless(best->cgroup);
	return held > best->held;
}

/* The holdings of one cgroup, of which a command's stand together. */
static void take_command(struct culprit *culprit, const struct holding **list, size_t count)
{
	uint64_t held, best = 0;
	size_t last;

	for (size_t i = 0; i < count; i = last) {
		held = 0;
		for (last = i; last < count && !strcmp(list[last]->comm, list[i]->comm); last++)
			held += list[last]->count;
		if (!*list[i]->comm || held <= best)
			continue;
		best = held;
		culprit->comm = list[i]->comm;
		culprit->comm_held = held;
		culprit->pids = last - i;
		culprit->pid = culprit->pids == 1 ? list[i]->pid : 0;
	}
}

static int by_command(const void *a, const void *b)
{
	const struct holding *x = *(const struct holding *const *)a;
	const struct holding *y = *(const struct holding *const *)b;

	return strcmp(x->comm, y->comm) ?: strcmp(x->cgroup, y->cgroup);
}

/* One command's holdings in removed cgroups, of which a cgroup's stand together. */
static void sum_up(struct culprit *sum, const struct holding **list, size_t count)
{
	uint64_t most = 0, here;
	size_t last;

	*sum = (struct culprit){ .deleted = true, .comm = list[0]->comm, .pids = count };
	sum->pid = count == 1 ? list[0]->pid : 0;
	for (size_t i = 0; i < count; i = last) {
		here = 0;
		for (last = i; last < count && same_cgroup(list[last], list[i]); last++)
			here += list[last]->count;
		sum->removed++;
		sum->comm_held += here;
		if (here <= most)
			continue;
		most = here;
		sum->cgroup = list[i]->cgroup;
	}
}

/*
 * Jobs and containers that live for a short time have a cgroup each, which is removed when they
 * end, and each leaves little. What one command has left in all of them is one culprit's.
 */
static void take_removed(struct culprit *culprit, const struct walk *all)
{
	uint64_t most = culprit->cgroup && !is_nameless(culprit->cgroup) ? culprit->held : 0;
	struct culprit sum, best = { 0 };
	struct walk gone = { 0 };
	size_t last;

	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->deleted && *all->list[i]->comm)
			walk_add(&gone, all->list[i]);
	if (gone.count)
		qsort(gone.list, gone.count, sizeof(*gone.list), by_command);
	for (size_t i = 0; i < gone.count; i = last) {
		last = i + 1;
		while (last < gone.count && !strcmp(gone.list[last]->comm, gone.list[i]->comm))
			last++;
		sum_up(&sum, gone.list + i, last - i);
		if (sum.removed < 2 || sum.comm_held <= most)
			continue;
		most = sum.comm_held;
		best = sum;
	}
	free(gone.list);
	if (!best.cgroup)
		return;
	best.cgroups = culprit->cgroups;
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->deleted && !strcmp(all->list[i]->cgroup, best.cgroup))
			best.held += all->list[i]->count;
	*culprit = best;
}

/**
 * users_culprit - who holds most: the cgroup by its sum, then the command by its sum, then the pid
 * @users: the users
 * @culprit: filled in; refers to @users
 *
 * Removed cgroups count, and those of one command count together.
 *
 * Return: whether anybody holds any.
 */
bool users_culprit(const struct users *users, struct culprit *culprit)
{
	size_t first = 0, last, from = 0, to = 0;
	struct walk walk = { 0 };
	uint64_t held;

	*culprit = (struct culprit){ 0 };
	twalk_r(users->tree, list_add, &walk);
	for (; first < walk.count; first = last) {
		held = 0;
		for (last = first; last < walk.count &&
		     same_cgroup(walk.list[last], walk.list[first]); last++)
			held += walk.list[last]->count;
		culprit->cgroups++;
		if (!beats(held, walk.list[first]->cgroup, culprit))
			continue;
		culprit->cgroup = walk.list[first]->cgroup;
		culprit->deleted = walk.list[first]->deleted;
		culprit->held = held;
		from = first;
		to = last;
	}
	if (walk.count)
		take_command(culprit, walk.list + from, to - from);
	take_removed(culprit, &walk);
	free(walk.list);
	return culprit->cgroup;
}

/**
 * users_culprit_of - which program of a cgroup holds most
 * @users: the users
 * @cgroup: the cgroup
 * @culprit: the program filled in; refers to @users
 *
 * Return: whether a program is known.
 */
bool users_culprit_of(const struct users *users, const char *cgroup, struct culprit *culprit)
{
	struct walk walk = { 0 };
	size_t first = 0, last;

	*culprit = (struct culprit){ 0 };
	twalk_r(users->tree, list_add, &walk);
	while (first < walk.count && (walk.list[first]->deleted ||
				      strcmp(walk.list[first]->cgroup, cgroup)))
		first++;
	last = first;
	while (last < walk.count && same_cgroup(walk.list[last], walk.list[first]))
		last++;
	take_command(culprit, walk.list + first, last - first);
	free(walk.list);
	return culprit->comm;
}

/**
 * users_nameless - how many are held by whom nobody can know
 * @users: the users
 */
uint64_t users_nameless(const struct users *users)
{
	struct walk walk = { 0 };
	uint64_t count = 0;

	twalk_r(users->tree, list_add, &walk);
	for (size_t i = 0; i < walk.count; i++)
		if (is_nameless(walk.list[i]->cgroup) && !*walk.list[i]->comm)
			count += walk.list[i]->count;
	free(walk.list);
	return count;
}

/* Holdings of one command in one cgroup, or in removed ones, stand together. */
static struct part part_of(const struct holding **list, size_t count)
{
	struct culprit sum;

	sum_up(&sum, list, count);
	return (struct part){
		.cgroup = sum.cgroup, .deleted = list[0]->deleted,
		.removed = sum.removed > 1 ? sum.removed : 0, .comm = sum.comm, .pid = sum.pid,
		.count = sum.comm_held,
	};
}

static size_t keep_part(struct part *parts, size_t count, size_t most, const struct part *part)
{
	size_t at = count;

	while (at && parts[at - 1].count < part->count)
		at--;
	if (at >= most)
		return count;
	count += count < most;
	memmove(&parts[at + 1], &parts[at], (count - 1 - at) * sizeof(*parts));
	parts[at] = *part;
	return count;
}

/**
 * users_parts - what each command holds in each cgroup, the most first
 * @users: the users
 * @parts: filled in; refers to @users
 * @most: how many fit there
 *
 * Return: how many there are.
 */
size_t users_parts(const struct users *users, struct part *parts, size_t most)
{
	struct walk walk = { 0 }, sorted = { 0 };
	size_t count = 0, last;
	struct part part;

	twalk_r(users->tree, list_add, &walk);
	for (size_t i = 0; i < walk.count; i++)
		if (!walk.list[i]->deleted)
			walk_add(&sorted, walk.list[i]);
	for (size_t i = 0; i < walk.count; i++)
		if (walk.list[i]->deleted)
			walk_add(&sorted, walk.list[i]);
	last = 0;
	while (last < sorted.count && !sorted.list[last]->deleted)
		last++;
	if (last < sorted.count)
		qsort(sorted.list + last, sorted.count - last, sizeof(*sorted.list), by_command);
	for (size_t i = 0; i < sorted.count; i = last) {
		last = i + 1;
		while (last < sorted.count &&
		       sorted.list[last]->deleted == sorted.list[i]->deleted &&
		       !strcmp(sorted.list[last]->comm, sorted.list[i]->comm) &&
		       (sorted.list[i]->deleted || same_cgroup(sorted.list[last], sorted.list[i])))
			last++;
		part = part_of(sorted.list + i, last - i);
		count = keep_part(parts, count, most, &part);
	}
	free(sorted.list);
	free(walk.list);
	return count;
}

static void free_holding(void *node)
{
	struct holding *holding = node;

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
	*users = (struct users){ 0 };
}
