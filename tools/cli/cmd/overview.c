// SPDX-License-Identifier: GPL-2.0-only
/* What status tells: see overview.h. */
#include <stdlib.h>
#include <string.h>

#include "cmd/overview.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns_names.h"

#define TOP_ROWS	5
#define MANY		100000	/* reservations: so many are read only where something is short */

/* In one cgroup, and below it, the kernel has counted who holds most. */
static bool find_owner_below(const struct account_list *accounts, const char *cgroup,
			     struct culprit *owner)
{
	const struct record *rec;

	*owner = (struct culprit){ 0 };
	for (size_t i = 0; i < accounts->count; i++) {
		rec = &accounts->recs[i];
		if (!record_find(rec, "owner.comm") ||
		    !account_is_below(record_text(rec, "path"), cgroup) ||
		    record_count(rec, "owner.held") <= owner->comm_held)
			continue;
		*owner = (struct culprit){
			.cgroup = record_text(rec, "path"), .deleted = record_flag(rec, "deleted"),
			.comm = record_text(rec, "owner.comm"),
			.comm_held = record_count(rec, "owner.held"),
			.pid = record_count(rec, "owner.pid"), .pids = 1,
		};
	}
	return owner->comm;
}

/**
 * overview_owner - the program that holds most, TCP or UDP, by what it holds of ports
 * @view: what is looked at
 * @owner: filled in
 *
 * Return: whether one is known.
 */
bool overview_owner(const struct overview *view, struct culprit *owner)
{
	const struct resources *resources = &view->resources;
	struct culprit udp;

	if (view->cgroup)
		return find_owner_below(&view->now.accounts, view->cgroup, owner);
	if (!users_largest(&resources->list[0].users, owner))
		*owner = (struct culprit){ 0 };
	if (users_largest(&resources->list[1].users, &udp) && udp.comm_held > owner->comm_held)
		*owner = udp;
	return owner->comm;
}

/* Puts those before the others that are asked for, and counts them. */
static size_t take_below(struct account_list *list, const char *cgroup)
{
	struct record rec;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (cgroup && !account_is_below(record_text(&list->recs[i], "path"), cgroup))
			continue;
		rec = list->recs[count];
		list->recs[count++] = list->recs[i];
		list->recs[i] = rec;
	}
	return count;
}

/* Puts the largest first, and counts those worth showing. */
static size_t find_top(struct account_list *all, const char *cgroup)
{
	struct account_list below = *all, *list = &below;
	size_t keep = 0;

	list->count = take_below(all, cgroup);
	for (size_t i = 0; i < list->count; i++) {
		account_add_own_share(&list->recs[i], true);
		if (account_failed(&list->recs[i]))
			record_add_number(&list->recs[i], "failed",
					  account_failed(&list->recs[i]));
	}

	account_list_sort(list, account_cmp_own_use, NULL);
	while (keep < list->count && keep < TOP_ROWS &&
	       (account_own_use(&list->recs[keep]) ||
		record_count(&list->recs[keep], "timewait.local")))
		keep++;
	return keep;
}

/* Its own, those of cgroups below it, and those above it, which bound it too. */
static void find_limits(struct overview *view)
{
	struct limit_list *list = &view->limits;
	const char *path;
	size_t count = 0;

	limit_list_fill(list, &view->now.accounts);
	for (size_t i = 0; view->cgroup && i < list->count; i++) {
		path = record_text(list->limits[i].account, "path");
		if (account_is_below(path, view->cgroup) || account_is_below(view->cgroup, path))
			list->limits[count++] = list->limits[i];
	}
	if (view->cgroup)
		list->count = count;
}

/* Of the range: what is held outside of it, since it has moved, is among the module's ports too. */
static void tell_ports(struct record *stat, const struct resources *resources)
{
	static const char *const keys[] = { "tcp.ports", "udp.ports" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (record_find(stat, keys[i]))
			record_set_number(stat, keys[i], resources->list[i].used);
}

/* Who holds what: by single reservations where these are few, or something is short. */
static void look(struct overview *view)
{
	struct resources *resources = &view->resources;
	const struct record *stat = &view->now.stat;

	resources_fill(resources, &view->now, view->before.when ? &view->before : NULL);
	resources_judge(resources, &resource_thresholds);
	if (resources_are_short(resources, LEVEL_WARNING) ||
	    record_count(stat, "tcp.current") + record_count(stat, "udp.current") <= MANY) {
		resources_look_closer(resources, NULL);
		resources_judge(resources, &resource_thresholds);
		tell_ports(&view->now.stat, resources);
	} else {
		resources_look_at_accounts(resources);
	}
}

/* One that has been removed, too, if no other has the path. */
static const struct record *account_of(const struct survey *survey, const char *cgroup)
{
	const struct record *found = account_find(&survey->accounts, cgroup);

	for (size_t i = 0; !found && i < survey->accounts.count; i++)
		if (!strcmp(record_text(&survey->accounts.recs[i], "path"), cgroup))
			found = &survey->accounts.recs[i];
	return found;
}

/* A cgroup that never held anything has no account. */
static void choose(struct overview *view)
{
	view->of = view->cgroup ? account_of(&view->now, view->cgroup) : &view->now.stat;
	view->of_before = view->cgroup ? account_of(&view->before, view->cgroup) :
					 &view->before.stat;
	if (!view->of)
		view->of = &view->nothing;
	if (!view->of_before)
		view->of_before = &view->nothing;
}

static void add_where(struct overview *view)
{
	struct record *rec = (struct record *)view->of;

	if (netns_here(view->netns, sizeof(view->netns)))
		netns_describe(rec, view->netns);
	if (kfile_peek(KFILE_MODE, view->mode, sizeof(view->mode)))
		record_add_text(rec, "mode", view->mode);
}

/**
 * overview_take - look at the namespace that this process is in
 * @view: filled in; overview_free() is due
 *
 * Return: 0, or -1.
 */
int overview_take(struct overview *view)
{
	int err;

	if (view->cgroup) {
		record_add_text(&view->nothing, "path", view->cgroup);
		record_add_flag(&view->nothing, "deleted", false);
	}
	netns_load(false);
	err = survey_take_twice(&view->now, &view->before, SURVEY_DESTINATIONS);
	if (err)
		return err;
	look(view);
	view->top = find_top(&view->now.accounts, view->cgroup);
	choose(view);
	add_where(view);
	find_limits(view);
	return 0;
}

/**
 * overview_is_empty - whether it is about a cgroup that has no account
 * @view: what is looked at
 */
bool overview_is_empty(const struct overview *view)
{
	return view->of == &view->nothing;
}

/**
 * overview_free - give everything back
 * @view: what was looked at
 */
void overview_free(struct overview *view)
{
	limit_list_free(&view->limits);
	resources_free(&view->resources);
	survey_free(&view->now);
	survey_free(&view->before);
	record_free(&view->nothing);
	netns_unload();
}
