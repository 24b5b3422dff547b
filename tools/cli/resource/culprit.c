// SPDX-License-Identifier: GPL-2.0-only
/* Culprit: see culprit.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/culprit.h"
#include "resource/portset.h"

static bool same_cgroup(const struct holding *a, const struct holding *b)
{
	return !strcmp(a->cgroup, b->cgroup) && a->deleted == b->deleted;
}

/**
 * struct choice - which of the holdings make somebody the culprit
 * @by_port: a port counts once
 * @all: all of them; else only what is lost, of which in @state
 * @state: only what is in it; STATE_OTHER for any
 */
struct choice {
	bool by_port;
	bool all;
	enum user_state state;
};

/*
 * Where a state is what is to be done about, who has living connections has nothing to do with it.
 * What is given away to a connect() keeps nobody from a port.
 */
static struct choice choose(const struct users *users)
{
	enum user_state state = users_main_state(users);

	if (!users_are_any_lost(users))
		return (struct choice){ users->by_port, true, STATE_OTHER };
	if (state == STATE_ESTAB || state == STATE_UNCONN)
		state = STATE_OTHER;
	return (struct choice){ users->by_port, false, state };
}

static bool is_chosen(const struct choice *choice, const struct hold *hold)
{
	if (choice->all)
		return true;
	return !hold->reusable && (choice->state == STATE_OTHER || choice->state == hold->state);
}

/* How much is held by these together */
static uint64_t sum_of(const struct choice *choice, const struct holding **list, size_t count)
{
	static unsigned char seen[PORTSET];
	const struct hold *hold;
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum += list[i]->count;
		for (size_t k = 0; k < list[i]->hold_count; k++) {
			hold = &list[i]->holds[k];
			if (is_chosen(choice, hold))
				sum += choice->by_port ? portset_take(seen, hold->port) : 1;
		}
	}
	for (size_t i = 0; choice->by_port && i < count; i++)
		for (size_t k = 0; k < list[i]->hold_count; k++)
			seen[list[i]->holds[k].port / 8] = 0;
	return sum;
}

static uint64_t sockets_of(const struct choice *choice, const struct holding **list, size_t count)
{
	const struct choice plain = { false, choice->all, choice->state };

	return sum_of(&plain, list, count);
}

/* What is from before the module was loaded has no cgroup, but it may have a known program. */
static bool is_nameless(const struct holding *holding)
{
	return !strncmp(holding->cgroup, "(before", strlen("(before")) && !*holding->comm;
}

static void count_pids(struct culprit *culprit, const struct choice *choice,
		       const struct holding **list, size_t count)
{
	culprit->pids = 0;
	culprit->pid = 0;
	for (size_t i = 0; i < count; i++)
		if (sockets_of(choice, list + i, 1))
			culprit->pid = culprit->pids++ ? 0 : list[i]->pid;
}

/* The holdings of one cgroup, of which a command's stand together. */
static void take_command(struct culprit *culprit, const struct choice *choice,
			 const struct holding **list, size_t count)
{
	uint64_t held, best = 0;
	size_t last;

	for (size_t i = 0; i < count; i = last) {
		last = i;
		while (last < count && !strcmp(list[last]->comm, list[i]->comm))
			last++;
		held = sum_of(choice, list + i, last - i);
		if (!*list[i]->comm || held <= best)
			continue;
		best = held;
		culprit->comm = list[i]->comm;
		culprit->comm_held = held;
		count_pids(culprit, choice, list + i, last - i);
	}
}

static int by_command(const void *a, const void *b)
{
	const struct holding *x = *(const struct holding *const *)a;
	const struct holding *y = *(const struct holding *const *)b;

	return strcmp(x->comm, y->comm) ?: strcmp(x->cgroup, y->cgroup);
}

/* One command's holdings in removed cgroups, of which a cgroup's stand together. */
static void sum_up(struct culprit *sum, const struct choice *choice, const struct holding **list,
		   size_t count)
{
	uint64_t most = 0, here;
	size_t last;

	*sum = (struct culprit){ .deleted = true, .comm = list[0]->comm };
	count_pids(sum, choice, list, count);
	sum->comm_held = sum_of(choice, list, count);
	for (size_t i = 0; i < count; i = last) {
		last = i;
		while (last < count && same_cgroup(list[last], list[i]))
			last++;
		here = sum_of(choice, list + i, last - i);
		sum->removed += !!here;
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
static void take_removed(struct culprit *culprit, const struct choice *choice,
			 const struct user_list *all)
{
	struct culprit sum, best = { 0 };
	uint64_t most = culprit->held;
	struct user_list gone = { 0 };
	size_t last;

	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->deleted && *all->list[i]->comm)
			users_list_add(&gone, all->list[i]);
	if (gone.count)
		qsort(gone.list, gone.count, sizeof(*gone.list), by_command);
	for (size_t i = 0; i < gone.count; i = last) {
		last = i + 1;
		while (last < gone.count && !strcmp(gone.list[last]->comm, gone.list[i]->comm))
			last++;
		sum_up(&sum, choice, gone.list + i, last - i);
		if (sum.removed < 2 || sum.comm_held <= most)
			continue;
		most = sum.comm_held;
		best = sum;
	}
	free(gone.list);
	if (!best.cgroup)
		return;
	best.cgroups = culprit->cgroups;
	for (size_t i = 0; i < all->count; i++) {
		if (!all->list[i]->deleted || strcmp(all->list[i]->cgroup, best.cgroup))
			continue;
		best.held += sum_of(choice, &all->list[i], 1);
		best.sockets += sockets_of(choice, &all->list[i], 1);
	}
	*culprit = best;
}

/* The cgroup with the most, and what of the list is its. Those without a name are left out. */
static void take_cgroup(struct culprit *culprit, const struct choice *choice,
			const struct user_list *walk, struct user_list *its)
{
	size_t first = 0, last;
	uint64_t held;

	for (; first < walk->count; first = last) {
		last = first;
		while (last < walk->count && same_cgroup(walk->list[last], walk->list[first]))
			last++;
		held = sum_of(choice, walk->list + first, last - first);
		culprit->cgroups += !!held;
		if (held <= culprit->held)
			continue;
		culprit->cgroup = walk->list[first]->cgroup;
		culprit->deleted = walk->list[first]->deleted;
		culprit->held = held;
		*its = (struct user_list){ walk->list + first, last - first, 0 };
	}
}

/* What has no name is blamed only where there is nothing else. */
static bool find_culprit(const struct users *users, const struct choice *choice,
			 struct culprit *culprit)
{
	struct user_list all = { 0 }, named = { 0 }, nameless = { 0 }, its = { 0 };

	*culprit = (struct culprit){ 0 };
	users_list(users, &all);
	for (size_t i = 0; i < all.count; i++)
		users_list_add(is_nameless(all.list[i]) ? &nameless : &named, all.list[i]);
	take_cgroup(culprit, choice, &named, &its);
	if (!culprit->cgroup)
		take_cgroup(culprit, choice, &nameless, &its);
	if (its.count) {
		culprit->sockets = sockets_of(choice, its.list, its.count);
		take_command(culprit, choice, its.list, its.count);
	}
	take_removed(culprit, choice, &named);
	/* Where all is in it, it need not be told of whom. */
	culprit->state = choice->state != STATE_OTHER &&
			 users->states[choice->state] < users->count ? choice->state : STATE_OTHER;
	if (named.count)
		culprit->nameless = sum_of(choice, nameless.list, nameless.count);
	free(all.list);
	free(named.list);
	free(nameless.list);
	return culprit->cgroup;
}

/**
 * users_culprit - who holds most of what is short: the cgroup by its sum, then the command by its
 *	sum, then the pid
 * @users: the users
 * @culprit: filled in; refers to @users
 *
 * Removed cgroups count, and those of one command count together. Where most is in one state that
 * is to be done something about, only what is in it counts.
 *
 * Return: whether anybody holds any.
 */
bool users_culprit(const struct users *users, struct culprit *culprit)
{
	const struct choice choice = choose(users);

	return find_culprit(users, &choice, culprit);
}

/**
 * users_largest - who holds most of all that is held, whether it is short or not
 * @users: the users
 * @culprit: filled in; refers to @users
 *
 * Return: whether anybody holds any.
 */
bool users_largest(const struct users *users, struct culprit *culprit)
{
	const struct choice choice = { users->by_port, true, STATE_OTHER };

	return find_culprit(users, &choice, culprit);
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
	const struct choice choice = { users->by_port, true, STATE_OTHER };
	struct user_list walk = { 0 };
	size_t first = 0, last;

	*culprit = (struct culprit){ .state = STATE_OTHER };
	users_list(users, &walk);
	while (first < walk.count && (walk.list[first]->deleted ||
				      strcmp(walk.list[first]->cgroup, cgroup)))
		first++;
	last = first;
	while (last < walk.count && same_cgroup(walk.list[last], walk.list[first]))
		last++;
	take_command(culprit, &choice, walk.list + first, last - first);
	free(walk.list);
	return culprit->comm;
}

/**
 * users_nameless - how many are held by whom nobody can know
 * @users: the users
 */
uint64_t users_nameless(const struct users *users)
{
	const struct choice choice = { users->by_port, true, STATE_OTHER };
	struct user_list walk = { 0 }, nameless = { 0 };
	uint64_t count;

	users_list(users, &walk);
	for (size_t i = 0; i < walk.count; i++)
		if (is_nameless(walk.list[i]))
			users_list_add(&nameless, walk.list[i]);
	count = sum_of(&choice, nameless.list, nameless.count);
	free(nameless.list);
	free(walk.list);
	return count;
}

/* Holdings of one command in one cgroup, or in removed ones, stand together. */
static struct part part_of(const struct choice *choice, const struct holding **list, size_t count)
{
	struct culprit sum;

	sum_up(&sum, choice, list, count);
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
 * users_parts - what each command holds in each cgroup of what is short, the most first
 * @users: the users
 * @parts: filled in; refers to @users
 * @most: how many fit there
 *
 * Return: how many there are.
 */
size_t users_parts(const struct users *users, struct part *parts, size_t most)
{
	const struct choice choice = choose(users);
	struct user_list walk = { 0 }, sorted = { 0 };
	size_t count = 0, last;
	struct part part;

	users_list(users, &walk);
	for (size_t i = 0; i < walk.count; i++)
		if (!walk.list[i]->deleted)
			users_list_add(&sorted, walk.list[i]);
	for (size_t i = 0; i < walk.count; i++)
		if (walk.list[i]->deleted)
			users_list_add(&sorted, walk.list[i]);
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
		part = part_of(&choice, sorted.list + i, last - i);
		if (part.count)
			count = keep_part(parts, count, most, &part);
	}
	free(sorted.list);
	free(walk.list);
	return count;
}
