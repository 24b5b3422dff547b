// SPDX-License-Identifier: GPL-2.0-only
/* portquota namespaces: what status prints with -A. */
#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/netns_rows.h"
#include "lib/cli.h"

static void settle(void *input, struct argp_state *state)
{
	(void)input;
	if (cli.netns)
		argp_error(state, "namespaces shows all of them; for one: portquota -n %s",
			   cli.netns);
}

static void refuse_operand(void *input, char *arg, struct argp_state *state)
{
	(void)input;
	argp_error(state, "unexpected argument '%s'; for one namespace: portquota -n %s", arg, arg);
}

static const struct args takes = {
	.doc = "Show one line per network namespace of the host, the fullest first.",
	.operand = refuse_operand,
	.settle = settle,
};

int cmd_namespaces(int argc, char **argv)
{
	args_parse(&takes, argc, argv, NULL);
	return netns_rows_show() ? CLI_FAILED : CLI_DONE;
}
