// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota: who holds this network namespace's ephemeral ports and TIME_WAIT sockets.
 *
 * main() finds the command in the table of cmd/commands.h, runs it and makes sure that what it
 * printed has really been written. Exit 0 done, 1 refused or failed, 64 usage; check has its own.
 */
#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/promise.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "lib/near.h"
#include "model/endpoint.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

#define COMMAND_ROW(name, summary)	{ #name, summary, cmd_##name },
static const struct command commands[] = { COMMANDS(COMMAND_ROW) };
#undef COMMAND_ROW

const char *argp_program_version = "portquota " PORTQUOTA_VERSION;

static const char doc[] =
	"Show who holds this network namespace's ephemeral ports and TIME_WAIT sockets."
	"\v"
	"When connections fail, begin with `portquota why'. `portquota help COMMAND' shows the "
	"options of a command. More in portquota(8).";

/* Puts the table of commands before the text that follows the options. */
static char *help_with_commands(int key, const char *text, void *input)
{
	char *help = NULL;
	size_t size = 0;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || !text)
		return (char *)text;
	f = open_memstream(&help, &size);
	if (!f)
		return (char *)text;
	fputs("Commands:\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-14s %s\n", commands[i].name, commands[i].summary);
	fprintf(f, "\n%s\n", text);
	fclose(f);
	return help;
}

/* One account, or many: people write either. */
static bool is_called(const char *name, const char *word)
{
	size_t len = strlen(name), plural = len && name[len - 1] == 's' ? len - 1 : len;

	return !strcmp(name, word) || (!strncmp(name, word, plural) &&
				       (!word[plural] || !strcmp(word + plural, "s")));
}

/* How often does @word begin a command's name? @first is the first of these. */
static size_t count_begun(const char *word, const struct command **first)
{
	size_t count = 0;

	for (size_t i = ARRAY_SIZE(commands); *word && i-- > 0; ) {
		if (strncmp(commands[i].name, word, strlen(word)))
			continue;
		*first = &commands[i];
		count++;
	}
	return count;
}

/* By its name, or by its beginning if no other command begins so. */
static const struct command *find_command(const char *name)
{
	const struct command *begun = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (is_called(commands[i].name, name))
			return &commands[i];
	return count_begun(name, &begun) == 1 ? begun : NULL;
}

/* The command that somebody may have meant. */
static const struct command *nearest_command(const char *word)
{
	struct near near = { .word = word };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		near_try(&near, commands[i].name);
	return near.name ? find_command(near.name) : NULL;
}

/* What is asked about, where a command should be: what it is, and the command for it. */
static const char *command_for(const char *name)
{
	struct endpoint endpoint = { 0 };

	if (*name == '/' || *name == '(')
		return "a cgroup: portquota status";
	if (*name && strlen(name) <= 5 && strspn(name, "0123456789") == strlen(name))
		return "a port: portquota reservations --port";
	if (endpoint_parse(&endpoint, name))
		return "a destination: portquota why";
	return NULL;
}

static int unknown_command(const char *name)
{
	const struct command *nearest = nearest_command(name), *begun = NULL;
	size_t left = count_begun(name, &begun);
	const char *asked = command_for(name);

	if (asked) {
		fprintf(stderr, "portquota: '%s' is no command; for %s %s", name, asked, name);
	} else if (left) {
		fprintf(stderr, "portquota: '%s' can be ", name);
		for (; left; begun++) {
			if (strncmp(begun->name, name, strlen(name)))
				continue;
			left--;
			fprintf(stderr, "%s%s", begun->name, left > 1 ? ", " : left ? " or " : "");
		}
	} else if (nearest) {
		fprintf(stderr, "portquota: unknown command '%s'; did you mean %s?", name,
			nearest->name);
	} else {
		fprintf(stderr, "portquota: unknown command '%s'; the commands are:", name);
		for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
			fprintf(stderr, "%s %s", i ? "," : "", commands[i].name);
	}
	fputs("\nTry `portquota --help' for more information.\n", stderr);
	return CLI_USAGE;
}

/* A full disk or a closed pipe may show up only at the last write, or at the close. */
static int close_stdout(int code)
{
	int failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout))
		failed = 1;
	if (!failed)
		return code;
	say_error("standard output: %s", errno ? strerror(errno) : "write error");
	return CLI_FAILED;
}

/*
 * A mistake before the command counts too: a monitor that runs check knows only the exit codes of
 * check, and reads only standard output.
 */
static int exit_of_usage(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "check")) {
			promise_answer();
			return CLI_UNKNOWN;
		}
	return CLI_USAGE;
}

/* `help' and `help COMMAND' are `--help' and `COMMAND --help'; returns the number of words. */
static int turn_help_round(int at, int argc, char **argv)
{
	if (strcmp(argv[at], "help"))
		return argc;
	if (at + 1 < argc && argv[at + 1][0] != '-')
		argv[at] = argv[at + 1];
	else
		args_globals(doc, help_with_commands, 2, (char *[]){ argv[0], "--help", NULL });
	argv[at + 1] = "--help";
	return at + 2;
}

int main(int argc, char **argv)
{
	const struct command *command = find_command("status");
	char *name;
	int at, code;

	/* Set the character set only, so that numbers look the same in every locale. */
	setlocale(LC_CTYPE, "");
	argp_err_exit_status = exit_of_usage(argc, argv);
	/* Leave out argp's remark on long and short options under every help text. */
	setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
	at = args_globals(doc, help_with_commands, argc, argv);
	if (at) {
		argc = turn_help_round(at, argc, argv);
		command = find_command(argv[at]);
		if (!command)
			return unknown_command(argv[at]);
		argc -= at;
		argv += at;
	} else {
		/* All arguments were global options, and have been parsed. */
		argc = 1;
	}
	name = xasprintf("portquota %s", command->name);
	argv[0] = name;
	code = command->run(argc, argv);
	free(name);
	return close_stdout(code);
}
