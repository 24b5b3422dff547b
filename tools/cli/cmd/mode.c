// SPDX-License-Identifier: GPL-2.0-only
/* portquota mode: what the module does at a limit. There is one mode, for the whole host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "model/kfile.h"
#include "show/json.h"

static const char *const modes[] = { "enforce", "audit", "off" };

static void take_mode(void *input, char *arg, struct argp_state *state)
{
	const char **mode = input;

	if (*mode)
		argp_error(state, "unexpected argument '%s': mode takes only one", arg);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(arg, modes[i]))
			*mode = modes[i];
	if (!*mode)
		argp_error(state, "'%s' is not a mode: use enforce, audit or off", arg);
}

static void settle(void *input, struct argp_state *state)
{
	(void)input;
	if (cli.netns)
		argp_error(state, "there is one mode for the whole host; -n cannot be used");
}

static const struct args takes = {
	.doc = "Show what the module does at a limit, or set it: enforce refuses, audit only "
	       "counts and warns, off only counts what is held.",
	.operands_doc = "[enforce|audit|off]",
	.operand = take_mode,
	.settle = settle,
};

static int show(void)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!kfile_open(&k, KFILE_MODE))
		more = kfile_next(&k, &rec);
	kfile_close(&k);
	if (more > 0 && cli.json) {
		record_add_text(&rec, "mode", rec.buf);
		json_print(json_of_record(&rec));
		putchar('\n');
	} else if (more > 0) {
		puts(rec.buf);
	}
	record_free(&rec);
	return more < 0 ? -1 : 0;
}

static int set(const char *mode)
{
	char *line = xasprintf("%s\n", mode);
	int error = kfile_put(KFILE_MODE, line);

	if (error > 0)
		say_error("mode %s: %s", mode, kfile_reason(KFILE_MODE, error));
	free(line);
	return error;
}

int cmd_mode(int argc, char **argv)
{
	const char *mode = NULL;

	args_parse(&takes, argc, argv, &mode);
	return (mode ? set(mode) : show()) ? CLI_FAILED : CLI_DONE;
}
