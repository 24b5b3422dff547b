/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A setting: one key of a path's rule, shown, set and reset by a command of its own, as in
 * `portquota range set tcp 10000 1000 /a`. The other keys of the rule stay as they are.
 */
#ifndef PORTQUOTA_SETTING_H
#define PORTQUOTA_SETTING_H

#include "model/account.h"
#include "model/rules.h"

/**
 * struct setting_command - a command that shows and changes a setting
 * @name: the command
 * @doc: argp documentation
 * @args_doc: the forms of its operands, one per line
 * @set_args: what stands between set and the path
 * @set_example: what can be typed behind the name
 * @set_count: how many operands that is
 * @set_words: how many of these operands they are, where that can be fewer; or NULL
 * @reset_args: the same of reset
 * @reset_example: the same of reset
 * @reset_count: the same of reset
 * @key: the key that these operands mean; NULL if they mean none
 * @value: the value, to be freed; NULL after complaining that it cannot be
 * @show: print what applies to each cgroup, also to those that hold nothing if @all
 */
struct setting_command {
	const char *name;
	const char *doc;
	const char *args_doc;
	const char *set_args;
	const char *set_example;
	size_t set_count;
	size_t (*set_words)(char **operands, size_t count);
	const char *reset_args;
	const char *reset_example;
	size_t reset_count;
	const char *(*key)(char **operands);
	char *(*value)(char **operands);
	int (*show)(bool all);
};

bool setting_number(const char *word, unsigned long *number);
int setting_run(const struct setting_command *command, int argc, char **argv);

/**
 * struct setting_view - what is looked at to show a setting
 * @stat: totals of the namespace
 * @accounts: the accounts, in the order of the tree; also cgroups that have a rule but no account
 *	so far, with the keys of that rule
 * @rules: the rules
 */
struct setting_view {
	struct record stat;
	struct account_list accounts;
	struct rules rules;
};

int setting_view_read(struct setting_view *view);
const char *setting_from(const struct setting_view *view, const char *path, const char *key,
			 const char *value, const char *plain, const char *plain_name);
bool setting_is_own(const struct setting_view *view, const char *path, const char *key);
void setting_view_free(struct setting_view *view);

#endif
