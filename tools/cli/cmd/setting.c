// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings: see setting.h.
 *
 * A rule is one line, and a write replaces all of it. So to change one key, change() reads the
 * rule, changes the key and writes the whole rule back. A rule without any key left is removed.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/setting.h"
#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/rules_apply.h"

#define BLANKS	" \t"

struct setting_args {
	const struct setting_command *command;
	char **operands;
	size_t count;
	bool all;
	const char *verb;
	const char *path;
	const char *key;
};

static bool is_verb(const struct setting_args *args, const char *verb)
{
	return !strcmp(args->verb, verb);
}

static void settle_change(struct setting_args *args, struct argp_state *state)
{
	const struct setting_command *command = args->command;
	bool set = is_verb(args, "set");
	size_t count = set ? command->set_count : command->reset_count;

	if (set && command->set_words)
		count = command->set_words(args->operands, args->count);
	if (args->count < count || args->count > count + 1)
		argp_error(state, "%s takes %s[PATH], as in: portquota %s %s", args->verb,
			   set ? command->set_args : command->reset_args, command->name,
			   set ? command->set_example : command->reset_example);
	args->path = args->count > count ? args->operands[count] : "/";
	args->key = command->key(args->operands);
	if (!args->key)
		argp_error(state, "'%s': not tcp or udp", args->operands[0]);
	if (cli.all)
		argp_error(state, "%s: -A can be used with `%s show' only; use `portquota rule set "
			   "--host' for all namespaces", args->verb, command->name);
	if (args->all)
		argp_error(state, "--all can be used with `%s show' only", command->name);
}

static void settle(void *input, struct argp_state *state)
{
	struct setting_args *args = input;

	args->verb = "show";
	if (args->count) {
		args->verb = *args->operands++;
		args->count--;
	}
	if (is_verb(args, "set") || is_verb(args, "reset"))
		settle_change(args, state);
	else if (!is_verb(args, "show"))
		argp_error(state, "%s has no subcommand '%s': use show, set or reset",
			   args->command->name, args->verb);
	else if (args->count)
		argp_error(state, "show takes no argument");
}

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct setting_args *args = input;

	(void)state;
	args->operands[args->count++] = arg;
}

static const struct args_option options[] = {
	ARGS_FLAG("all", 'a', struct setting_args, all,
		  "show: also show cgroups that hold nothing now"),
	{ 0 },
};

static bool is_setting(const char *word, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	return len > key_len && !strncmp(word, key, key_len) && word[key_len] == '=';
}

/* The settings of a rule without one of them, each with a blank before it. */
static char *settings_without(const struct rule *rule, const char *key)
{
	const char *word = rule && rule->text ? rule->text + strlen(rule->path) : "";
	char *settings = xstrdup(""), *longer;
	size_t len;

	for (; *(word += strspn(word, BLANKS)); word += len) {
		len = strcspn(word, BLANKS);
		if (is_setting(word, len, key))
			continue;
		longer = xasprintf("%s %.*s", settings, (int)len, word);
		free(settings);
		settings = longer;
	}
	return settings;
}

/* Adds the changed rule of @path to @want. @value: NULL to remove the key from the rule. */
static int merge(struct rules *want, const struct rules *have, const char *path, const char *key,
		 const char *value, const char *what)
{
	const struct rule *old = rules_find(have, path);
	char *settings = settings_without(old, key), *was, *line;
	struct rule removal = { 0 };

	was = old && old->text ? rule_setting(old, key) : NULL;
	if (!value && !was) {
		say_error("%s: '%s' has no rule with %s", what, path, key);
		free(settings);
		return -1;
	}
	if (!value && !*settings) {
		removal.path = xstrdup(path);
		rules_put(want, &removal);
	} else {
		line = value ? xasprintf("%s%s %s=%s", path, settings, key, value) :
			       xasprintf("%s%s", path, settings);
		rules_put_line(want, line);
		free(line);
	}
	free(was);
	free(settings);
	return 0;
}

/**
 * setting_number - parse a number among the operands: one to nine digits
 * @word: the argument
 * @number: written if it is one
 */
bool setting_number(const char *word, unsigned long *number)
{
	size_t digits = strspn(word, "0123456789");

	if (!digits || digits > 9 || word[digits])
		return false;
	*number = strtoul(word, NULL, 10);
	return true;
}

static int change(const struct setting_args *args, const char *what)
{
	struct rules have = { 0 }, want = { 0 };
	char *value = NULL, *removal, *path;
	struct rule rule = { 0 };
	struct rules_tally tally;
	int err = 0;

	/* Before the path, as it is typed: of two that are the other way round it is the first. */
	if (is_verb(args, "set")) {
		value = args->command->value(args->operands);
		err = value ? 0 : -1;
	}
	/* rules_find() needs the path in the spelling of the kernel. */
	path = record_escape(args->path, " \t\n");
	removal = xasprintf("-%s", path);
	free(path);
	err = err ?: rule_parse(&rule, removal, strlen(removal), what);
	free(removal);
	err = err ?: netns_enter() ?: rules_read(&have, KFILE_RULES) ?:
	      merge(&want, &have, rule.path, args->key, value, what) ?:
	      rules_apply(KFILE_RULES, &want, &have, what, &tally);
	rule_clear(&rule);
	rules_free(&want);
	rules_free(&have);
	free(value);
	return err;
}

/**
 * setting_run - a command that shows and changes a setting
 * @command: the command
 * @argc: of the command
 * @argv: of the command
 *
 * Return: the exit code.
 */
int setting_run(const struct setting_command *command, int argc, char **argv)
{
	const struct args takes = {
		.doc = command->doc,
		.operands_doc = command->args_doc,
		.options = options,
		.operand = take_operand,
		.settle = settle,
	};
	char **operands = xrealloc(NULL, argc, sizeof(*operands)), *what;
	struct setting_args args = { .command = command, .operands = operands };
	int err;

	args_parse(&takes, argc, argv, &args);
	if (is_verb(&args, "show")) {
		err = command->show(args.all);
	} else {
		what = xasprintf("%s %s", command->name, args.verb);
		err = change(&args, what);
		free(what);
	}
	free(operands);
	return err ? CLI_FAILED : CLI_DONE;
}

/* A new rule may be for a cgroup that has no account yet, as it has held nothing so far. */
static void add_idle(struct setting_view *view)
{
	const size_t count = view->accounts.count;
	struct account_list there;
	const struct rule *rule;
	struct record *rec;

	for (size_t i = 0; i < view->rules.count; i++) {
		rule = view->rules.list[i];
		/* Without those that were added just now: two rules may have the same pattern. */
		there = view->accounts;
		there.count = count;
		if (!rule->text || !rule->pattern || rule->glob ||
		    account_find(&there, rule->pattern))
			continue;
		rec = account_list_add(&view->accounts);
		netns_tag(rec);
		record_add_text(rec, "path", rule->pattern);
		rule_record(rule, rec);
	}
}

/**
 * setting_view_read - read what is needed to show a setting
 * @view: filled in; setting_view_free() is due whether this works or not
 *
 * Return: 0, or -1.
 */
int setting_view_read(struct setting_view *view)
{
	int err;

	*view = (struct setting_view){ 0 };
	err = kfile_read_flat(KFILE_STAT, &view->stat) ?: account_list_read(&view->accounts, 0) ?:
	      rules_read(&view->rules, KFILE_RULES);
	if (!err)
		add_idle(view);
	account_list_sort(&view->accounts, account_cmp, NULL);
	return err;
}

/**
 * setting_from - where a setting that applies to a cgroup comes from
 * @view: what is looked at
 * @path: the cgroup
 * @key: the setting's key in rules
 * @value: the value that applies
 * @plain: the value that would apply without any rule
 * @plain_name: what to call the source of @plain
 *
 * Return: "own" for a rule of the cgroup itself, or the path of another rule of the namespace, or
 * @plain_name; "host rule" if none of these explains the value, as the rules of the host cannot be
 * read from here.
 */
const char *setting_from(const struct setting_view *view, const char *path, const char *key,
			 const char *value, const char *plain, const char *plain_name)
{
	const struct rule *rule = rules_inherit(&view->rules, path, key);
	char *said = rule ? rule_setting(rule, key) : NULL;
	const char *from = "host rule";

	if (said && !strcmp(said, value))
		from = rule->pattern && !strcmp(rule->pattern, path) ? "own" : rule->path;
	else if (!strcmp(value, plain))
		from = plain_name;
	free(said);
	return from;
}

/**
 * setting_is_own - whether a setting comes from a rule that matches the cgroup itself
 * @view: what is looked at
 * @path: the cgroup
 * @key: the setting's key in rules
 */
bool setting_is_own(const struct setting_view *view, const char *path, const char *key)
{
	const struct rule *rule = rules_inherit(&view->rules, path, key);

	return rule && rule == rules_match(&view->rules, path);
}

/**
 * setting_view_free - give everything back
 * @view: what was read
 */
void setting_view_free(struct setting_view *view)
{
	record_free(&view->stat);
	account_list_free(&view->accounts);
	rules_free(&view->rules);
}
