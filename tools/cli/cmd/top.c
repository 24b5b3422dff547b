// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota top: a live view of the accounts.
 *
 * Rates are the change since the sample before, so the first sample has none. The seconds left are
 * the time until the max, or the range if there is no max, is full at the present rate. If standard
 * output is not a terminal, one table follows the other; JSON is one object per sample.
 */
#include <signal.h>
#include <stdio.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/ranking.h"
#include "lib/cli.h"
#include "lib/signals.h"
#include "model/cgroup.h"
#include "model/netns.h"
#include "show/screen.h"
#include "show/table.h"

static void take_order(const struct args_option *option, char *arg, void *to,
		       struct argp_state *state)
{
	const struct order **order = to;

	*order = order_named(arg);
	if (!*order)
		argp_error(state, "--%s %s: not tcp, timewait, growth, denied or cgroup",
			   option->name, arg);
}

static const struct args_option options[] = {
	ARGS_VALUE("delay", 'd', "SECONDS", args_take_seconds, struct ranking, delay,
		   "Seconds between two samples (default 1)"),
	ARGS_VALUE("count", 0, "N", args_take_count, struct ranking, count, "Stop after N samples"),
	ARGS_VALUE("sort", 's', "KEY", take_order, struct ranking, order,
		   "Sort by tcp (the default), timewait, growth, denied or cgroup"),
	ARGS_VALUE("cgroup", 0, "CGROUP", args_take_cgroup, struct ranking, cgroup,
		   "The same as CGROUP alone"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct ranking *ranking = input;

	args_cgroup(&ranking->cgroup, arg, state);
}

static const struct args takes = {
	.doc = "Show accounts live, or one cgroup and those below it. Keys: t, w, r, d, c sort by "
	       "TCP, TIME_WAIT, growth, denied, cgroup; h tells of the others; q quits.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
};

static void show_plain(struct ranking *ranking, bool first)
{
	if (cli.json) {
		ranking_put_json(ranking);
		return;
	}
	if (!first)
		putchar('\n');
	ranking_put_head(stdout, ranking, false);
	ranking_put_accounts(stdout, ranking, TABLE_HOLD);
}

static int run_plain(struct ranking *ranking)
{
	bool first = true;
	struct pollfd out = { .fd = 1 };
	int err;

	signals_note(SIGINT);
	signals_note(SIGTERM);
	for (;;) {
		err = ranking_take(ranking);
		if (err && !ranking->now.accounts.count)
			return err;
		if (ranking->before.when) {
			show_plain(ranking, first);
			first = false;
			if (fflush(stdout) || (ranking->count && !--ranking->count))
				return err;
		}
		signals_wait(&out, 1, ranking_pause(ranking) * 1000);
		if (signals_stop() || out.revents)
			return err;
	}
}

/* At the end, as a screen would cover it. */
static void tell_missing(const struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->now.accounts.count; i++)
		if (ranking_asks_for(ranking, &ranking->now.accounts.recs[i]))
			return;
	cgroup_tell_missing(ranking->cgroup);
}

int cmd_top(int argc, char **argv)
{
	struct ranking ranking = { .delay = 1, .order = order_named("tcp") };
	int err;

	args_parse(&takes, argc, argv, &ranking);
	args_doubt_count("--count");
	err = netns_enter();
	if (!err)
		err = !cli.json && screen_open() ? ranking_run_live(&ranking) : run_plain(&ranking);
	if (!err && ranking.cgroup)
		tell_missing(&ranking);
	ranking_free(&ranking);
	return err ? CLI_FAILED : CLI_DONE;
}
