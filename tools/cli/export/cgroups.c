// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups for export: see cgroups.h. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "export/cgroups.h"
#include "lib/cli.h"
#include "lib/module.h"

static const char *const local_keys[HELD_KINDS] = { "tcp.local", "udp.local", "timewait.local" };

static const char *const counter_keys[OWN_COUNTERS] = {
	[OWN_TCP_BEGUN] = "tcp.begun", [OWN_UDP_BEGUN] = "udp.begun",
	[OWN_TW_ENTERED] = "timewait.entered", [OWN_TCP_DENIED] = "tcp.denied",
	[OWN_UDP_DENIED] = "udp.denied", [OWN_TW_DENIED] = "timewait.denied",
	[OWN_TCP_EXHAUSTED] = "tcp.exhausted", [OWN_UDP_EXHAUSTED] = "udp.exhausted",
	[OWN_TCP_TAKEN] = "tcp.taken", [OWN_UDP_TAKEN] = "udp.taken",
	[OWN_TW_OVERFLOW] = "timewait.overflow",
};

static double fullness_of(const struct record *account)
{
	static const char *const keys[][2] = {
		{ "tcp.current", "tcp.max" }, { "udp.current", "udp.max" },
		{ "timewait.current", "timewait.max" }, { "tcp.current", "tcp.warn" },
		{ "udp.current", "udp.warn" }, { "timewait.current", "timewait.warn" },
	};
	double fullness, most = -1;
	uint64_t limit;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!record_number(account, keys[i][1], &limit))
			continue;
		fullness = (double)record_count(account, keys[i][0]) / (limit ?: 1);
		if (fullness > most)
			most = fullness;
	}
	return most;
}

static void read_counters(struct cgroup_row *row)
{
	for (size_t k = 0; k < OWN_COUNTERS; k++)
		if (!record_number(row->account, counter_keys[k], &row->own[k]))
			row->own[k] = UINT64_MAX;
}

static void add_held(struct cgroup_row *row, const struct record *account)
{
	for (size_t k = 0; k < HELD_KINDS; k++)
		row->held[k] += record_count(account, local_keys[k]);
}

/* Removed cgroups of one path have a line each, one after the other. */
static bool is_same(const struct cgroup_row *row, const struct look *look,
		    const struct record *account)
{
	return row->deleted && record_flag(account, "deleted") && row->look == look &&
	       !strcmp(record_text(row->account, "path"), record_text(account, "path"));
}

static void add_account(struct cgroup_rows *rows, const struct look *look,
			const struct record *account)
{
	const char *path = record_text(account, "path");
	struct cgroup_row *row = rows->count ? &rows->rows[rows->count - 1] : NULL;

	if (row && is_same(row, look, account)) {
		add_held(row, account);
		return;
	}
	rows->rows = xgrow(rows->rows, rows->count, &rows->room, sizeof(*row));
	row = &rows->rows[rows->count++];
	*row = (struct cgroup_row){
		.look = look,
		.account = account,
		.deleted = record_flag(account, "deleted"),
		.fullness = -1,
	};
	row->name = row->deleted ? xasprintf("%s " PORTQUOTA_DELETED, path) : xstrdup(path);
	add_held(row, account);
	if (row->deleted)
		return;
	read_counters(row);
	row->fullness = fullness_of(account);
}

static bool is_below(const struct cgroup_row *row, const struct cgroup_row *above)
{
	const char *path = record_text(row->account, "path");

	/* What was there before the module counts at the root, and nowhere else. */
	if (!strcmp(path, PORTQUOTA_BEFORE_LOAD))
		path = "/";
	return account_is_below(path, record_text(above->account, "path"));
}

/* A cgroup stands behind the one above it. */
static void find_inner(struct cgroup_rows *rows, size_t first)
{
	size_t *above = xrealloc(NULL, rows->count - first + 1, sizeof(*above)), depth = 0;
	struct cgroup_row *row;

	for (size_t i = first; i < rows->count; i++) {
		row = &rows->rows[i];
		if (row->deleted)
			continue;
		while (depth && !is_below(row, &rows->rows[above[depth - 1]]))
			depth--;
		if (depth)
			rows->rows[above[depth - 1]].has_below = true;
		above[depth++] = i;
	}
	free(above);
}

static uint64_t sum_of(const struct cgroup_row *row, enum own_counter first, enum own_counter end)
{
	uint64_t sum = 0;

	for (size_t k = first; k < end && !row->deleted && !row->has_below; k++)
		sum += row->own[k] == UINT64_MAX ? 0 : row->own[k];
	return sum;
}

/**
 * cgroup_rows_fill - find the cgroups of a round
 * @rows: filled in, refers to the round; cgroup_rows_free() is due
 * @round: the round
 */
void cgroup_rows_fill(struct cgroup_rows *rows, const struct round *round)
{
	const struct account_list *list;
	struct cgroup_row *row;
	size_t first;

	for (size_t i = 0; i < round->count; i++) {
		list = &round->looks[i].now.accounts;
		first = rows->count;
		for (size_t k = 0; k < list->count; k++)
			add_account(rows, &round->looks[i], &list->recs[k]);
		find_inner(rows, first);
	}
	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		row->failed = sum_of(row, OWN_FAILURES, OWN_MISSES);
		row->missed = sum_of(row, OWN_MISSES, OWN_COUNTERS);
	}
}

/* What the choice is made by; what comes first of equals has come first before. */
struct candidate {
	double score;
	size_t at;
};

static int best_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static double score_held(const struct cgroup_row *row)
{
	return row->held[HELD_TCP] + row->held[HELD_UDP] + row->held[HELD_TIMEWAIT];
}

static double score_failed(const struct cgroup_row *row)
{
	return row->failed;
}

static double score_missed(const struct cgroup_row *row)
{
	return row->missed;
}

static double score_limits(const struct cgroup_row *row)
{
	return row->fullness;
}

/* Whose score is not above @least is no candidate. Returns how many were chosen, in their order. */
static size_t choose(struct cgroup_rows *rows, const struct cgroup_choice *choice,
		     double (*score)(const struct cgroup_row *row), double least,
		     struct candidate *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (score(&rows->rows[i]) <= least ||
		    (choice->glob && fnmatch(choice->glob,
					     record_text(rows->rows[i].account, "path"), 0)))
			continue;
		chosen[count++] = (struct candidate){ score(&rows->rows[i]), i };
	}
	qsort(chosen, count, sizeof(*chosen), best_first);
	return choice->top && count > choice->top ? choice->top : count;
}

/**
 * cgroup_rows_choose - decide which are printed
 * @rows: the cgroups
 * @choice: by what
 *
 * Of all namespaces together, so that what is printed does not grow with their number.
 */
void cgroup_rows_choose(struct cgroup_rows *rows, const struct cgroup_choice *choice)
{
	struct candidate *chosen = xrealloc(NULL, rows->count + 1, sizeof(*chosen));
	size_t count;

	count = choose(rows, choice, score_held, choice->idle ? -1 : 0, chosen);
	for (size_t i = 0; i < count; i++)
		rows->rows[chosen[i].at].shows_held = true;
	count = choose(rows, choice, score_failed, 0, chosen);
	for (size_t i = 0; i < count; i++)
		rows->rows[chosen[i].at].shows_failed = true;
	count = choose(rows, choice, score_missed, 0, chosen);
	for (size_t i = 0; i < count; i++)
		rows->rows[chosen[i].at].shows_missed = true;
	count = choose(rows, choice, score_limits, choice->idle ? -0.5 : 0, chosen);
	for (size_t i = 0; i < count; i++)
		rows->rows[chosen[i].at].shows_limits = true;
	for (size_t i = 0; i < rows->count; i++)
		if (rows->rows[i].shows_held || rows->rows[i].shows_failed ||
		    rows->rows[i].shows_missed || rows->rows[i].shows_limits)
			container_of_path(&rows->rows[i].container,
					  record_text(rows->rows[i].account, "path"));
	free(chosen);
}

/**
 * cgroup_rows_free - give everything back
 * @rows: the cgroups
 */
void cgroup_rows_free(struct cgroup_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->rows[i].name);
		container_free(&rows->rows[i].container);
	}
	free(rows->rows);
	*rows = (struct cgroup_rows){ 0 };
}
