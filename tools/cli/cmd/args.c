// SPDX-License-Identifier: GPL-2.0-only
/*
 * The global options. They mean the same before and after the command, so they are one argp that
 * the program and every command have as a child. A mistake exits 64 with a hint; argp does that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/slips.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/record.h"
#include "lib/term.h"
#include "lib/when.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/netns.h"

enum { OPT_COLOR = 0x100, OPT_OWN = 0x200 };

static const struct argp_option global_options[] = {
	{ NULL, 0, NULL, 0, "Options of every command:", 10 },
	{ "json", 'j', NULL, 0, "Print JSON", 10 },
	{ "netns", 'n', "NETNS", 0,
	  "Look at this network namespace: a name under /run/netns, host, a pid, or a path", 10 },
	{ "all-netns", 'A', NULL, 0, "Look at every network namespace of the host", 10 },
	{ "no-header", 'H', NULL, 0, "Print no headings", 10 },
	{ "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL,
	  "Colour: auto (default: on a terminal), always, never", 10 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 10 },
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
	case 'h':
		argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
		break;
	case OPT_COLOR:
		parse_color(arg, state);
		break;
	case ARGP_KEY_SUCCESS:
		if (cli.netns && cli.all)
			argp_error(state, "-n and -A cannot be used together");
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

/* Stops at the first argument: this is the command, and what follows belongs to it. */
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
		.args_doc = "[COMMAND [ARGUMENT...]]",
		.doc = doc,
		.children = children,
		.help_filter = help,
	};
	const struct argp_option *const tables[] = { global_options, NULL };
	int at = 0;

	slips_check(tables, argc, argv, true);
	argp_parse(&program, argc, argv, ARGP_IN_ORDER, NULL, &at);
	return at;
}

/**
 * args_take_flag - an option without an argument: set a bool
 * @option: the option
 * @arg: not used
 * @to: the bool
 * @state: of argp
 */
void args_take_flag(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state)
{
	(void)option;
	(void)arg;
	(void)state;
	*(bool *)to = true;
}

/**
 * args_take_text - an option whose argument is taken as it is
 * @option: the option
 * @arg: its argument
 * @to: a const char pointer
 * @state: of argp
 */
void args_take_text(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state)
{
	(void)option;
	(void)state;
	*(const char **)to = arg;
}

/**
 * args_take_seconds - an option that asks for an interval
 * @option: the option
 * @arg: its argument
 * @to: a double
 * @state: of argp
 */
void args_take_seconds(const struct args_option *option, char *arg, void *to,
		       struct argp_state *state)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (end == arg || *end || !(seconds >= 0.1) || seconds > 3600) {
		if (option->letter)
			argp_error(state, "-%c %s: not a number of seconds from 0.1 to 3600",
				   option->letter, arg);
		argp_error(state, "--%s %s: not a number of seconds from 0.1 to 3600",
			   option->name, arg);
	}
	*(double *)to = seconds;
}

/**
 * args_take_count - an option that asks for a number of samples
 * @option: the option
 * @arg: its argument
 * @to: an unsigned long
 * @state: of argp
 */
void args_take_count(const struct args_option *option, char *arg, void *to,
		     struct argp_state *state)
{
	char *end;
	unsigned long count = strtoul(arg, &end, 10);

	if (!count || *end || *arg == '-')
		argp_error(state, "--%s %s: not a number from 1 on", option->name, arg);
	*(unsigned long *)to = count;
}

/**
 * args_whole_seconds - the number of seconds that an option asks for
 * @option: the option
 * @arg: its argument
 * @most: the most that it can be
 * @state: of argp
 */
unsigned int args_whole_seconds(const struct args_option *option, const char *arg,
				unsigned long most, struct argp_state *state)
{
	unsigned long seconds = strtoul(arg, NULL, 10);

	if (!*arg || strspn(arg, "0123456789") != strlen(arg) || seconds < 1 || seconds > most)
		argp_error(state, "--%s %s: not a number of seconds from 1 to %lu", option->name,
			   arg, most);
	return seconds;
}

/**
 * args_take_since - an option that asks for what was within so many seconds
 * @option: the option
 * @arg: its argument
 * @to: an unsigned int
 * @state: of argp
 */
void args_take_since(const struct args_option *option, char *arg, void *to,
		     struct argp_state *state)
{
	*(unsigned int *)to = args_whole_seconds(option, arg, 604800, state);
}

/**
 * args_take_when - an option that asks for a moment
 * @option: the option
 * @arg: its argument
 * @to: a struct when
 * @state: of argp
 */
void args_take_when(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state)
{
	char *wrong = when_parse(to, arg, interval_wall());

	if (wrong)
		argp_error(state, "--%s %s", option->name, wrong);
	free(wrong);
}

/**
 * args_doubt_count - tell who meant a count by -n, as with other programs, what to use for it
 * @option: that
 */
void args_doubt_count(const char *option)
{
	if (netns_is_no_other())
		say_error("-n %s asks for a network namespace (--netns); for a count: %s %s",
			  cli.netns, option, cli.netns);
}

/* People know a service by its unit's name. */
static void complain_of_path(const char *arg, struct argp_state *state)
{
	char *path = cgroup_guess(arg);

	argp_error(state, "'%s': a cgroup's path begins with a slash%s%s%s", arg,
		   path ? "; did you mean '" : "", path ?: "", path ? "'?" : "");
	free(path);
}

/**
 * args_cgroup - an operand that asks for a cgroup and those below it
 * @to: where the path goes
 * @arg: the operand; plain, or escaped as in the module's files and in the output of why
 * @state: of argp
 */
void args_cgroup(const char **to, char *arg, struct argp_state *state)
{
	if (*arg != '/' && *arg != '(')
		complain_of_path(arg, state);
	if (*to)
		argp_error(state, "'%s': one cgroup can be asked for, and '%s' is one already", arg,
			   *to);
	record_unescape(arg);
	/* As the shell completes the name of a folder. */
	for (char *end = arg + strlen(arg); end > arg + 1 && end[-1] == '/'; end--)
		end[-1] = '\0';
	*to = arg;
}

/**
 * args_take_cgroup - an option that asks for a cgroup and those below it
 * @option: the option
 * @arg: its argument
 * @to: a const char pointer
 * @state: of argp
 */
void args_take_cgroup(const struct args_option *option, char *arg, void *to,
		      struct argp_state *state)
{
	(void)option;
	args_cgroup(to, arg, state);
}

/**
 * args_endpoint - an operand that asks for the other end of connections
 * @to: where it goes
 * @arg: the operand
 * @state: of argp
 */
void args_endpoint(struct endpoint *to, const char *arg, struct argp_state *state)
{
	if (to->text)
		argp_error(state, "'%s': one destination can be asked for, and '%s' is one already",
			   arg, to->text);
	if (!endpoint_parse(to, arg))
		argp_error(state, "'%s' is not a destination: use ADDRESS, ADDRESS:PORT or :PORT, "
			   "as in 10.0.0.9:5432 or [fd00::2]:80", arg);
}

/**
 * args_take_endpoint - an option that asks for the other end of connections
 * @option: the option
 * @arg: its argument
 * @to: a struct endpoint
 * @state: of argp
 */
void args_take_endpoint(const struct args_option *option, char *arg, void *to,
			struct argp_state *state)
{
	(void)option;
	args_endpoint(to, arg, state);
}

/* A command being parsed. */
struct parse {
	const struct args *args;
	void *input;
};

/* How many options a table has. */
static size_t count_options(const struct args_option *options)
{
	size_t count = 0;

	while (options && options[count].name)
		count++;
	return count;
}

/* A command's own options, and behind them those that it shares with others. */
static const struct args_option *option_at(const struct args *args, size_t i)
{
	size_t own = count_options(args->options);

	if (i < own)
		return &args->options[i];
	return i - own < count_options(args->shared) ? &args->shared[i - own] : NULL;
}

/* argp's name for an option: its letter, or a number that is no letter. */
static int key_of(const struct args *args, size_t i)
{
	return option_at(args, i)->letter ? option_at(args, i)->letter : OPT_OWN + (int)i;
}

static error_t take_option(const struct parse *parse, int key, char *arg, struct argp_state *state)
{
	const struct args_option *option;

	for (size_t i = 0; (option = option_at(parse->args, i)); i++) {
		if (option->doc && key_of(parse->args, i) == key) {
			option->take(option, arg, (char *)parse->input + option->offset, state);
			return 0;
		}
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	const struct parse *parse = state->input;
	const struct args *args = parse->args;

	switch (key) {
	case ARGP_KEY_ARG:
		if (args->operand)
			args->operand(parse->input, arg, state);
		else
			argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (args->settle)
			args->settle(parse->input, state);
		return 0;
	}
	return take_option(parse, key, arg, state);
}

/* The options of a command as argp has them; to be freed. */
static struct argp_option *argp_options(const struct args *args)
{
	size_t count = count_options(args->options) + count_options(args->shared);
	struct argp_option *options = xrealloc(NULL, count + 1, sizeof(*options));
	const struct args_option *option;

	for (size_t i = 0; (option = option_at(args, i)); i++)
		options[i] = (struct argp_option){
			.name = option->name,
			.key = option->doc ? key_of(args, i) : 0,
			.arg = option->arg,
			.flags = option->doc ? 0 : OPTION_ALIAS,
			.doc = option->doc,
		};
	options[count] = (struct argp_option){ 0 };
	return options;
}

/**
 * args_parse - parse a command's own options and operands, and the global options behind it
 * @args: what the command takes
 * @argc: of the command
 * @argv: of the command
 * @input: where the values go, at the offsets of the options
 *
 * Settles how to print (colour, width) afterwards. Does not return after a mistake.
 */
void args_parse(const struct args *args, int argc, char **argv, void *input)
{
	const struct argp_child children[] = { { &global_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } };
	struct argp_option *options = argp_options(args);
	struct parse parse = { .args = args, .input = input };
	const struct argp command = {
		.options = options,
		.parser = parse_own,
		.args_doc = args->operands_doc,
		.doc = args->doc,
		.children = children,
	};
	const struct argp_option *const tables[] = { options, global_options, NULL };

	slips_check(tables, argc, argv, false);
	argp_parse(&command, argc, argv, 0, NULL, &parse);
	free(options);
	term_setup();
}
