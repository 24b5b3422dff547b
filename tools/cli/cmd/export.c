// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota export: the counters for Prometheus, for example for the textfile collector of
 * node_exporter.
 *
 * All samples of a metric must stand together, so all namespaces are read before anything is
 * printed. What is printed is bounded, whatever the number of cgroups: see export/cgroups.h.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "export/families.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "show/exposition.h"

#define CGROUPS		50
#define DESTINATIONS	10

struct export {
	struct cgroup_choice choice;
	size_t destinations;
	bool openmetrics;
};

static void take_number(const struct args_option *option, char *arg, void *to,
			struct argp_state *state)
{
	char *end;
	unsigned long number = strtoul(arg, &end, 10);

	if (!isdigit(*arg) || *end || number > 100000)
		argp_error(state, "--%s %s: not a number from 0 to 100000", option->name, arg);
	*(size_t *)to = number;
}

static void settle(void *input, struct argp_state *state)
{
	(void)input;
	if (cli.json)
		argp_error(state, "export prints text for Prometheus; for JSON use status, "
			   "accounts or destinations with -j");
}

static const struct args_option options[] = {
	ARGS_VALUE("top", 0, "N", take_number, struct export, choice.top,
		   "How many cgroups to print: of those that hold most, fail most, and are nearest to "
		   "a limit (default 50; 0 for all)"),
	ARGS_VALUE("cgroup", 0, "GLOB", args_take_text, struct export, choice.glob,
		   "Print cgroups only whose path matches; * matches slashes too"),
	ARGS_FLAG("idle", 0, struct export, choice.idle,
		  "Print cgroups that hold nothing, and namespaces in which nothing was done"),
	ARGS_VALUE("destinations", 0, "N", take_number, struct export, destinations,
		   "How many of the fullest destinations to print (default 10)"),
	ARGS_FLAG("openmetrics", 0, struct export, openmetrics,
		  "Print OpenMetrics instead of the text format 0.0.4"),
	{ 0 },
};

static void refuse_operand(void *input, char *arg, struct argp_state *state)
{
	(void)input;
	argp_error(state, "unexpected argument '%s'; for some cgroups: --cgroup GLOB", arg);
}

static const struct args takes = {
	.doc = "Print the counters of this network namespace for Prometheus.",
	.options = options,
	.operand = refuse_operand,
	.settle = settle,
};

static void put_all(const struct export *export, struct round *round, double began)
{
	struct cgroup_rows rows = { 0 };

	cgroup_rows_fill(&rows, round);
	cgroup_rows_choose(&rows, &export->choice);
	exposition_begin(export->openmetrics);
	families_put_host(round, interval_clock() - began);
	families_put_namespaces(round, export->choice.idle);
	families_put_destinations(round, export->destinations);
	families_put_cgroups(&rows, round);
	exposition_end();
	cgroup_rows_free(&rows);
}

static bool any_was_read(const struct round *round)
{
	for (size_t i = 0; i < round->count; i++)
		if (round->looks[i].read)
			return true;
	return false;
}

/*
 * A reader could not tell an empty text from one in which nothing happens: if nothing can be read,
 * that is a failure, and nothing is printed. Of several namespaces each has a sample that says
 * whether it could be; where there is a way into none of them, their totals are known all the same.
 */
int cmd_export(int argc, char **argv)
{
	struct export export = {
		.choice = { .top = CGROUPS }, .destinations = DESTINATIONS,
	};
	struct round round = { 0 };
	double began = interval_clock();
	int code = CLI_FAILED;

	args_parse(&takes, argc, argv, &export);
	round_take(&round, export.destinations > SURVEY_DESTINATIONS ?
		   export.destinations : SURVEY_DESTINATIONS);
	if (any_was_read(&round) || (round.count && !say_complaints())) {
		put_all(&export, &round, began);
		code = CLI_DONE;
	}
	round_free(&round);
	return code;
}
