// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota timewait: how long TIME_WAIT should last by the rules, and how long it has lasted.
 *
 * JSON is a list of the cgroups; how long those of the whole namespace lasted is in that of status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/setting.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "model/lifetime.h"
#include "model/netns.h"
#include "show/table.h"

#define DELAY		"timewait.delay"
#define KERNEL_DELAY	"60"

/**
 * struct timewait - what is shown of all namespaces that are looked at
 * @all: also cgroups that hold nothing
 * @table: the accounts of all of them
 * @histograms: the tables behind it, one per namespace, as text
 */
struct timewait {
	bool all;
	struct table table;
	FILE *histograms;
};

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "SECONDS", .key = DELAY, .kind = COL_NUMBER },
	{ .head = "FROM", .key = DELAY ".from", .kind = COL_SHORT },
	{ .head = "LIVE", .key = "timewait.current", .kind = COL_NUMBER },
	{ .head = "ENTERED", .key = "timewait.entered", .kind = COL_NUMBER },
	{ .head = "EXPIRED", .key = "timewait.expired", .kind = COL_NUMBER },
	{ .head = "REUSED", .key = "timewait.reused", .kind = COL_NUMBER, .drop = 2 },
	{ .head = "RECYCLED", .key = "timewait.recycled", .kind = COL_NUMBER, .drop = 3 },
	{ .head = "KILLED", .key = "timewait.killed", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "OVERFLOW", .key = "timewait.overflow", .kind = COL_TROUBLE, .drop = 1 },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

static const struct column lifetime_columns[] = {
	{ .head = "LASTED", .key = "lasted" },
	{ .head = "ENDED", .key = "count", .kind = COL_NUMBER },
	{ .head = "OF ALL", .key = "count", .whole = "all", .kind = COL_SHARE },
};

static void add_from(const struct setting_view *view, struct record *account)
{
	if (record_find(account, DELAY))
		record_add_text(account, DELAY ".from",
				setting_from(view, record_text(account, "path"), DELAY,
					     record_text(account, DELAY), KERNEL_DELAY, "kernel"));
}

static bool is_shown(const struct setting_view *view, const struct record *account, bool all)
{
	return all || account_is_shown(account) || record_count(account, "timewait.entered") ||
	       setting_is_own(view, record_text(account, "path"), DELAY);
}

static void put_accounts(struct timewait *tw, struct setting_view *view)
{
	struct record *account;

	for (size_t i = 0; i < view->accounts.count; i++) {
		account = &view->accounts.recs[i];
		if (!record_find(account, DELAY) || !is_shown(view, account, tw->all))
			continue;
		add_from(view, account);
		table_row(&tw->table, account);
	}
}

static char *span_of(const struct lifetime *life)
{
	if (!life->under)
		return xasprintf("%us or more", life->from);
	return xasprintf("%u-%us", life->from, life->under);
}

static void put_histogram(FILE *f, const struct record *stat)
{
	struct record rec = { 0 };
	struct lifetime life;
	uint64_t seen = 0, all;
	struct table table;
	char *span, *name;

	table_begin(&table, lifetime_columns, ARRAY_SIZE(lifetime_columns), TABLE_HOLD);
	table.out = f;
	/* Leave out the empty classes at both ends. */
	for (size_t i = 0; lifetime_get(stat, i, &life); i++) {
		all = life.before + life.count + life.after;
		seen += life.count;
		if (!seen || (!life.count && !life.after))
			continue;
		span = span_of(&life);
		record_reset(&rec);
		record_add_text(&rec, "lasted", span);
		record_add_number(&rec, "count", life.count);
		record_add_number(&rec, "all", all);
		table_row(&table, &rec);
		free(span);
	}
	if (seen) {
		name = netns_title();
		fprintf(f, "\n%s%s", name ?: "", name ? "\n" : "");
		free(name);
		table_end(&table, 0);
	}
	record_free(&rec);
}

static int show_one(void *data)
{
	struct timewait *tw = data;
	struct setting_view view;
	int err = setting_view_read(&view);

	if (!err) {
		put_accounts(tw, &view);
		if (!cli.json)
			put_histogram(tw->histograms, &view.stat);
	}
	setting_view_free(&view);
	return err;
}

static int show(bool all)
{
	struct timewait tw = { .all = all };
	char *histograms = NULL;
	size_t size = 0;
	int err;

	tw.histograms = open_memstream(&histograms, &size);
	if (!tw.histograms) {
		say_error("out of memory");
		return -1;
	}
	table_begin(&tw.table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	err = netns_each(show_one, &tw);
	fclose(tw.histograms);
	table_end(&tw.table, err);
	fputs(histograms, stdout);
	free(histograms);
	return err;
}

static const char *key_of(char **operands)
{
	(void)operands;
	return DELAY;
}

static char *value_of(char **operands)
{
	unsigned long seconds;

	if (!setting_number(operands[0], &seconds))
		say_error("timewait set: '%s' is not a number of seconds", operands[0]);
	else if (seconds < PQ_RULE_DELAY_MIN)
		say_error("timewait set: %lu is less than %u seconds, the shortest delay", seconds,
			  PQ_RULE_DELAY_MIN);
	else if (seconds > PQ_RULE_DELAY_MAX)
		say_error("timewait set: %lu is more than %u seconds, the longest delay", seconds,
			  PQ_RULE_DELAY_MAX);
	else
		return xasprintf("%lu", seconds);
	return NULL;
}

static const struct setting_command command = {
	.name = "timewait",
	.doc = "Show how long TIME_WAIT lasts and how it ended, or set it for a cgroup and all "
	       "below it.\v"
	       "SECONDS is " MODULE_NUMBER(PQ_RULE_DELAY_MIN) " to "
	       MODULE_NUMBER(PQ_RULE_DELAY_MAX) "; the kernel's own is 60. portquota(8) explains "
	       "what a shorter time risks.\nWithout a PATH it applies to the whole namespace.",
	.args_doc = "[show]\nset SECONDS [PATH]\nreset [PATH]",
	.set_args = "SECONDS ",
	.set_example = "set 30 /batch.slice",
	.set_count = 1,
	.reset_args = "",
	.reset_example = "reset /batch.slice",
	.reset_count = 0,
	.key = key_of,
	.value = value_of,
	.show = show,
};

int cmd_timewait(int argc, char **argv)
{
	return setting_run(&command, argc, argv);
}
