// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota status: an overview of the namespace, for an operator who is called at night.
 *
 * What is short comes first, by the same resources and thresholds as why and check have, then what
 * has failed and when: red is for what is so now or was a minute ago. How full the range is
 * follows, then TIME_WAIT, then the cgroups that hold most. A counter of trouble that is zero is
 * not printed. With -A there is one row per namespace, and with a cgroup it is about what that and
 * those below it hold and need.
 *
 * JSON is the whole of stat with the mode, what is short under "short", the largest accounts under
 * "top", all limits under "limits", the largest "owner" and the busiest "destination", or with -A a
 * list.
 */
#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/netns_rows.h"
#include "cmd/overview.h"
#include "lib/cli.h"
#include "model/cgroup.h"
#include "model/netns.h"

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	args_cgroup(input, arg, state);
}

static void settle(void *input, struct argp_state *state)
{
	const char **cgroup = input;

	if (*cgroup && cli.all)
		argp_error(state, "-A has one line per namespace; for a cgroup: portquota -A accounts %s",
			   *cgroup);
}

static const struct args_option options[] = {
	{ "cgroup", 0, "CGROUP", "The same as CGROUP alone", args_take_cgroup, 0 },
	{ 0 },
};

static const struct args takes = {
	.doc = "Show an overview of the network namespace or of a cgroup in it, or with -A one "
	       "line per namespace.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
	.settle = settle,
};

static int show_one(void *data)
{
	const char *const *cgroup = data;
	struct overview view = { .cgroup = *cgroup };
	int err = overview_take(&view);

	if (!err && cli.json)
		overview_put_json(&view);
	else if (!err)
		overview_put_text(&view);
	if (!err && overview_is_empty(&view))
		cgroup_tell_missing(view.cgroup);
	overview_free(&view);
	return err;
}

int cmd_status(int argc, char **argv)
{
	const char *cgroup = NULL;

	args_parse(&takes, argc, argv, &cgroup);
	if (cli.all)
		return netns_rows_show() ? CLI_FAILED : CLI_DONE;
	return netns_each(show_one, &cgroup) ? CLI_FAILED : CLI_DONE;
}
