// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota destinations: where connections go, and how many ports are left for each destination.
 *
 * Without --all only the largest are shown, also in JSON. The line that sums up what did not fit in
 * the kernel's table is always shown.
 */
#include <stdio.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "model/destination.h"
#include "model/netns.h"
#include "show/table.h"

#define ROWS	20

struct destinations {
	bool all;
	struct endpoint to;
	size_t shown;
	size_t hidden;
	struct table table;
};

static const struct args_option options[] = {
	ARGS_FLAG("all", 'a', struct destinations, all,
		  "Show all of them, not only the 20 largest"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct destinations *d = input;

	if (*arg == '/')
		argp_error(state, "'%s' is a cgroup; where its connections go: portquota "
			   "reservations %s --by destination", arg, arg);
	args_endpoint(&d->to, arg, state);
}

static const struct args takes = {
	.doc = "Show how many TCP ports are used from each source address to each destination, or "
	       "to the one that is asked for: 10.0.0.9, 10.0.0.9:5432, [fd00::2]:80 or :5432.",
	.operands_doc = "[DESTINATION]",
	.options = options,
	.operand = take_operand,
};

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "USED", .key = "used", .kind = COL_NUMBER },
	{ .head = "OF USABLE", .key = "lost", .whole = "usable", .kind = COL_BAR },
	{ .head = "TIME_WAIT", .key = "timewait", .kind = COL_NUMBER, .drop = -1 },
	{ .head = "REUSABLE", .key = "reusable", .kind = COL_NUMBER, .drop = 2, .optional = true },
	{ .head = "FREE", .key = "free", .kind = COL_NUMBER },
	{ .head = "OWN RANGE", .key = "range", .drop = 1, .optional = true },
	{ .head = "SOURCE", .key = "source", .least = 14, .shorten = 3 },
	{ .head = "DESTINATION", .key = "destination" },
};

static bool take(struct record *rec, void *data)
{
	struct destinations *d = data;

	if (!record_flag(rec, "other")) {
		if (d->to.text && !endpoint_matches(&d->to, record_text(rec, "destination")))
			return true;
		if (!d->all && d->shown >= ROWS) {
			d->hidden++;
			return true;
		}
		d->shown++;
	}
	/* What a connect() takes over is not lost to it. */
	if (!cli.json)
		record_add_number(rec, "lost", record_count(rec, "used") -
					       record_count(rec, "reusable"));
	table_row(&d->table, rec);
	/* If standard output cannot be written, stop; main() reports the error. */
	return !ferror(stdout);
}

static int show(void *data)
{
	struct destinations *d = data;

	d->shown = 0;
	return destination_each(take, d);
}

int cmd_destinations(int argc, char **argv)
{
	struct destinations d = { 0 };
	int err;

	args_parse(&takes, argc, argv, &d);
	table_begin(&d.table, columns, ARRAY_SIZE(columns), TABLE_SAMPLE);
	err = netns_each(show, &d);
	table_end(&d.table, err);
	if (d.hidden && !cli.json && !cli.no_header)
		printf("and %zu more: portquota destinations --all%s%s\n", d.hidden,
		       d.to.text ? " " : "", d.to.text ?: "");
	if (!err && d.to.text && !d.shown)
		say_error("no port is used towards %s", d.to.text);
	return err ? CLI_FAILED : CLI_DONE;
}
