// SPDX-License-Identifier: GPL-2.0-only
/* Who holds what, as far as accounts tell: the cgroups, and the program that holds most in each. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/process.h"
#include "resource/resources.h"

#define SEEN	50	/* percent */

/* The program that holds most in an account itself, as far as the module tells one. */
static void take_owner(struct users *users, const struct record *account, struct holding *who,
		       uint64_t *count)
{
	const char *comm = record_text(account, "owner.comm");
	uint64_t held = record_count(account, "owner.held");

	if (!held || held > *count || !process_is_known(comm))
		return;
	who->comm = (char *)comm;
	who->pid = record_count(account, "owner.pid");
	users_add(users, who, held);
	*count -= held;
	who->comm = "";
	who->pid = 0;
}

/* The accounts are in the order of the tree: those of a cgroup and all below it stand together. */
static size_t first_below(const struct account_list *list, const char *path)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (account_path_cmp(record_text(&list->recs[middle], "path"), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Without single reservations, the accounts tell at least the cgroups. */
static void take_accounts(struct resources *resources, struct resource *res)
{
	const struct account_list *list = &resources->now->accounts;
	char *key = xasprintf("%s.local", res->name);
	struct holding who = { .comm = "" };
	uint64_t count;

	users_free(&res->users);
	for (size_t i = first_below(list, res->path); i < list->count; i++) {
		who.cgroup = (char *)record_text(&list->recs[i], "path");
		if (!account_is_below(who.cgroup, res->path))
			break;
		who.deleted = record_flag(&list->recs[i], "deleted");
		count = record_count(&list->recs[i], key);
		if (strcmp(res->name, "timewait"))
			take_owner(&res->users, &list->recs[i], &who, &count);
		if (count)
			users_add(&res->users, &who, count);
	}
	free(key);
}

/* TIME_WAITs of accepted connections hold no port, and are none of it. */
static void take_closers(struct resources *resources, struct resource *res)
{
	const struct account_list *list = &resources->now->accounts;
	struct holding who = { .comm = "" };
	uint64_t count, reserving;

	users_free(&res->closers);
	for (size_t i = first_below(list, res->path); i < list->count; i++) {
		who.cgroup = (char *)record_text(&list->recs[i], "path");
		if (!account_is_below(who.cgroup, res->path))
			break;
		who.deleted = record_flag(&list->recs[i], "deleted");
		count = record_count(&list->recs[i], "timewait.local");
		/* An older module has these only with those of the cgroups below. */
		if (!record_number(&list->recs[i], "timewait.reserving_local", &reserving))
			reserving = record_count(&list->recs[i], "timewait.reserving");
		count = count < reserving ? count : reserving;
		if (count)
			users_add(&res->closers, &who, count);
	}
}

/**
 * resources_look_at_accounts - find out who holds what, as far as accounts tell
 * @resources: the resources
 *
 * What reservations told is better if it is most of what is used. It is less where they have not
 * been looked at, and where many TIME_WAITs are of accepted connections, which hold no port and are
 * no reservation.
 */
void resources_look_at_accounts(struct resources *resources)
{
	struct resource *res;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->kind == RESOURCE_PORT)
			continue;
		res->seen = resources->closer && resource_is_part(res->users.count, res->used,
								  SEEN);
		if (res->seen || res->kind == RESOURCE_DESTINATION)
			continue;
		take_accounts(resources, res);
		take_closers(resources, res);
	}
}
