// SPDX-License-Identifier: GPL-2.0-only
/*
 * The global options. They mean the same before and after the command, so they are one argp that
 * the program and every command have as a child. A mistake exits 64 with a hint; argp does that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "lib/cli.h"
#include "lib/term.h"
#include "model/kfile.h"

enum { OPT_COLOR = 0x100 };

static const struct argp_option global_options[] = {
	{ NULL, 0, NULL, 0, "Options of every word:", 10 },
	{ "json", 'j', NULL, 0, "Print JSON", 10 },
	{ "netns", 'n', "NETNS", 0,
	  "Look at this network namespace: a name under /run/netns, a pid, or a path", 10 },
	{ "all-netns", 'A', NULL, 0, "Look at every network namespace of the host", 10 },
	{ "no-header", 'H', NULL, 0, "Print no headings", 10 },
	{ "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL,
	  "Colour: auto (default: on a terminal), always, never", 10 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static void parse_color(const char *when, struct argp_state *state)
{
	if (!when || !strcmp(when, "always"))
		cli.color = COLOR_ALWAYS;
	else if (!strcmp(when, "auto"))
		cli.color = COLOR_AUTO;
	else if (!strcmp(when, "never"))
		cli.color = COLOR_NEVER;
	else
		argp_error(state, "--color=%s: not auto, always or never", when);
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		cli.json = true;
		break;
	case 'n':
		cli.netns = arg;
		break;
	case 'A':
		cli.all = true;
		break;
	case 'H':
		cli.no_header = true;
		break;
	case OPT_COLOR:
		parse_color(arg, state);
		break;
	case ARGP_KEY_SUCCESS:
		if (cli.netns && cli.all)
			argp_error(state, "-n and -A exclude each other");
		if (cli.netns && kfile_is_fixture())
			argp_error(state, "-n cannot be used with PORTQUOTA_PROC");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp global_argp = {
	.options = global_options,
	.parser = parse_global,
};

/* Stops at the first argument: that is the command, and the rest is its own. */
static error_t parse_command(int key, char *arg, struct argp_state *state)
{
	int *at = state->input;

	(void)arg;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	*at = state->next - 1;
	state->next = state->argc;
	return 0;
}

/**
 * args_globals - parse what stands before the command
 * @doc: argp documentation of the program
 * @help: argp help filter, which adds the list of commands
 * @argc: of main()
 * @argv: of main()
 *
 * Return: the index of the command in @argv, 0 if there is none.
 */
int args_globals(const char *doc, char *(*help)(int key, const char *text, void *input),
		 int argc, char **argv)
{
	const struct argp_child children[] = { { &global_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } };
	const struct argp program = {
		.parser = parse_command,
		.args_doc = "[WORD [ARGUMENT...]]",
		.doc = doc,
		.children = children,
		.help_filter = help,
	};
	int at = 0;

	argp_parse(&program, argc, argv, ARGP_IN_ORDER, NULL, &at);
	return at;
}

/**
 * args_parse - parse a command's own options and the global ones behind it
 * @own: the command's argp, its children unused
 * @argc: of the command
 * @argv: of the command
 * @input: for the command's parser
 *
 * Settles how to print (colour, width) afterwards. Does not return after a mistake.
 */
void args_parse(const struct argp *own, int argc, char **argv, void *input)
{
	const struct argp_child children[] = { { &global_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } };
	struct argp command = *own;

	command.children = children;
	argp_parse(&command, argc, argv, 0, NULL, input);
	term_setup();
}
