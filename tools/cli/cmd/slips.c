// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slips: argp says of an option only that it knows none such. Where it is like one that there is,
 * that is said, before argp looks at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/slips.h"
#include "lib/cli.h"
#include "lib/near.h"

/* Those that argp adds by itself. */
static const struct argp_option argps_own[] = {
	{ "help", '?', NULL, 0, NULL, 0 },
	{ "usage", 0, NULL, 0, NULL, 0 },
	{ "version", 'V', NULL, 0, NULL, 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static bool is_end(const struct argp_option *option)
{
	return !option->name && !option->key && !option->doc;
}

/* Another name of an option has the argument of the one before it. */
static bool takes_value(const struct argp_option *table, const struct argp_option *option)
{
	while (option > table && option->flags & OPTION_ALIAS)
		option--;
	return option->arg && !(option->flags & OPTION_ARG_OPTIONAL);
}

/* Calls @fn with each option, until it returns true. */
static bool each_option(const struct argp_option *const tables[],
			bool (*fn)(const struct argp_option *table,
				   const struct argp_option *option, void *data), void *data)
{
	for (size_t t = 0; tables[t]; t++)
		for (const struct argp_option *at = tables[t]; !is_end(at); at++)
			if (fn(tables[t], at, data))
				return true;
	for (const struct argp_option *at = argps_own; !is_end(at); at++)
		if (fn(argps_own, at, data))
			return true;
	return false;
}

/* A word of the command line, or one letter of it. */
struct typed {
	const char *name;
	size_t len;
	char letter;
	bool value;
	struct near near;
};

static bool is_long(const struct argp_option *table, const struct argp_option *option, void *data)
{
	struct typed *typed = data;

	if (!option->name || strncmp(option->name, typed->name, typed->len))
		return false;
	typed->value = takes_value(table, option);
	return true;
}

static bool is_short(const struct argp_option *table, const struct argp_option *option, void *data)
{
	struct typed *typed = data;

	if (option->key != typed->letter)
		return false;
	typed->value = takes_value(table, option);
	return true;
}

static bool is_near(const struct argp_option *table, const struct argp_option *option, void *data)
{
	struct typed *typed = data;

	(void)table;
	if (option->name)
		near_try(&typed->near, option->name);
	return false;
}

static void complain(const char *program, const char *word, const char *name)
{
	const char *slash = strrchr(program, '/');

	program = slash ? slash + 1 : program;
	fprintf(stderr, "%s: unrecognized option '--%s'; did you mean --%s?\n"
		"Try `%s --help' for more information.\n", program, word, name, program);
	exit(argp_err_exit_status);
}

/* Returns whether the next word is the value of this one. */
static bool check_long(const struct argp_option *const tables[], const char *program,
		       const char *word)
{
	struct typed typed = { .name = word, .len = strcspn(word, "=") };
	char *name;

	if (each_option(tables, is_long, &typed))
		return typed.value && !word[typed.len];
	name = xasprintf("%.*s", (int)typed.len, word);
	typed.near.word = name;
	each_option(tables, is_near, &typed);
	if (typed.near.name)
		complain(program, name, typed.near.name);
	free(name);
	return false;
}

/* What follows a letter that takes a value is that value. */
static bool check_letters(const struct argp_option *const tables[], const char *letters)
{
	struct typed typed = { 0 };

	for (; *letters; letters++) {
		typed.letter = *letters;
		if (each_option(tables, is_short, &typed) && typed.value)
			return !letters[1];
	}
	return false;
}

/**
 * slips_check - complain of an option that is like one that there is
 * @tables: the options that there are; ends with a NULL
 * @argc: of the command
 * @argv: of the command
 * @to_operand: only of those before the first operand
 *
 * Does not return after a mistake.
 */
void slips_check(const struct argp_option *const tables[], int argc, char **argv, bool to_operand)
{
	bool value = false;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (value || *word != '-' || !word[1]) {
			if (!value && to_operand)
				return;
			value = false;
			continue;
		}
		if (!strcmp(word, "--"))
			return;
		value = word[1] == '-' ? check_long(tables, argv[0], word + 2) :
					 check_letters(tables, word + 1);
	}
}
