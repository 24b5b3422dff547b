// SPDX-License-Identifier: GPL-2.0-only
/* Evidence: see evidence.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/interval.h"
#include "model/kfile.h"
#include "model/reservation.h"
#include "why/evidence.h"
#include "why/figures.h"

static bool is_short(const struct record *dest)
{
	uint64_t usable = record_count(dest, "usable");

	return usable && 2 * record_count(dest, "used") >= usable;
}

static bool is_used_to(const struct look *look, const struct record *rec)
{
	const struct record *dest;

	for (size_t i = 0; i < look->destinations.count; i++) {
		dest = &look->destinations.recs[i];
		if (is_short(dest) &&
		    !strcmp(record_text(dest, "source"), record_text(rec, "local.address")) &&
		    !strcmp(record_text(dest, "destination"), record_text(rec, "remote")))
			return true;
	}
	return false;
}

static bool take_reservation(struct record *rec, void *data)
{
	const char *state = record_text(rec, "state");
	struct look *look = data;

	if (strcmp(record_text(rec, "proto"), "tcp"))
		return true;
	record_add_flag(rec, "old", record_count(rec, "age") >= FIGURES_OLD);
	if (!strcmp(state, "CLOSE-WAIT") || !strcmp(state, "BOUND"))
		groups_add(&look->leaks, rec);
	reservation_add_local(rec);
	if (is_used_to(look, rec))
		groups_add(&look->users, rec);
	return true;
}

/*
 * Reading single reservations needs a right that the caller may not have. The diagnosis works
 * without them, so the complaint is kept and not printed.
 */
static void look_at_reservations(struct look *look)
{
	size_t size = 0;
	FILE *f = open_memstream(&look->complaint, &size);
	int err;

	look->leaks = (struct groups){
		.keys = { "state", "account", "pid", "comm", "old" }, .count = 5,
	};
	look->users = (struct groups){
		.keys = { "local.address", "remote", "account", "pid", "comm" }, .count = 5,
	};
	say_into(f);
	err = reservation_each(take_reservation, look);
	say_into(NULL);
	if (f)
		fclose(f);
	if (!err) {
		free(look->complaint);
		look->complaint = NULL;
	} else if (look->complaint) {
		look->complaint[strcspn(look->complaint, "\n")] = '\0';
	}
}

/**
 * evidence_look - look at the namespace this process is in
 * @ev: the evidence; evidence_free() is due whether this works or not
 * @which: 0 for the first look, 1 for the second
 *
 * Return: 0, or -1.
 */
int evidence_look(struct evidence *ev, size_t which)
{
	struct look *look = &ev->looks[which];
	char mode[16];
	int err;

	err = kfile_read_flat(KFILE_STAT, &look->stat) ?:
	      account_list_read(&look->accounts, record_count(&look->stat, "range.usable"));
	account_list_sort(&look->accounts, account_cmp, NULL);
	look->when = interval_clock();
	look->destinations_known = destination_is_known();
	err = err ?: destination_list_read(&look->destinations, EVIDENCE_DESTINATIONS);
	if (err)
		return err;
	look_at_reservations(look);
	if (which)
		err = rules_read(&ev->rules, KFILE_RULES);
	ev->enforcing = !kfile_peek(KFILE_MODE, mode, sizeof(mode)) || !strcmp(mode, "enforce");
	return err;
}

static void look_free(struct look *look)
{
	record_free(&look->stat);
	account_list_free(&look->accounts);
	destination_list_free(&look->destinations);
	groups_free(&look->leaks);
	groups_free(&look->users);
	free(look->complaint);
}

/**
 * evidence_free - give everything back
 * @ev: the evidence
 */
void evidence_free(struct evidence *ev)
{
	for (size_t i = 0; i < ARRAY_SIZE(ev->looks); i++)
		look_free(&ev->looks[i]);
	rules_free(&ev->rules);
	free(ev->netns);
	*ev = (struct evidence){ 0 };
}
