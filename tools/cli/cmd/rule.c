// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota rule: the limits of a namespace, or with --host of the whole host.
 *
 * The changes of one invocation are made all or not at all. All of them are parsed before any of
 * them is written to the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/rule_doubt.h"
#include "cmd/rule_list.h"
#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/rules_apply.h"
#include "model/rules_file.h"
#include "show/json.h"

struct rule_args {
	bool host;
	bool replace;
	bool check;
	int (*run)(struct rule_args *args);
	char **operands;
	size_t count;
};

static const char *name_of(const struct rule_args *args)
{
	return args->host ? KFILE_HOST_RULES : KFILE_RULES;
}

static int do_list(struct rule_args *args)
{
	return rule_list_put(args->host);
}

/* The present rules are read to restore them after a failure, and to skip what is set already. */
static int change(const struct rule_args *args, const struct rules *want, const char *what,
		  struct rules_tally *tally)
{
	struct rules have = { 0 };
	int err;

	err = rules_read(&have, name_of(args)) ?:
	      rules_apply(name_of(args), want, &have, what, tally);
	rules_free(&have);
	return err;
}

static int want_one(struct rules *want, const char *what, const char *line, bool remove)
{
	struct rule rule;

	if (rule_parse(&rule, line, strlen(line), what))
		return -1;
	if (!rule.text && !remove) {
		say_error("%s: '%s' removes a rule: use `portquota rule del' for that", what,
			  line);
		rule_clear(&rule);
		return -1;
	}
	if (rules_find(want, rule.path)) {
		say_error("%s: '%s' is there twice", what, rule.path);
		rule_clear(&rule);
		return -1;
	}
	rules_put(want, &rule);
	return 0;
}

/* A rule can be one argument or several; an argument that begins with a slash begins the next. */
static int want_set(struct rules *want, const struct rule_args *args)
{
	char *line, *longer;
	int err = 0;
	size_t i = 0;

	while (i < args->count) {
		line = xstrdup(args->operands[i++]);
		for (; i < args->count && args->operands[i][0] != '/'; i++) {
			longer = xasprintf("%s %s", line, args->operands[i]);
			free(line);
			line = longer;
		}
		if (want_one(want, "rule set", line, false))
			err = -1;
		free(line);
	}
	return err;
}

static int do_set(struct rule_args *args)
{
	struct rules_tally tally;
	struct rules want = { 0 };
	int err;

	err = want_set(&want, args) ?: netns_enter() ?: change(args, &want, "rule set", &tally);
	if (!err)
		rule_doubt(&want);
	rules_free(&want);
	return err;
}

static int do_del(struct rule_args *args)
{
	struct rules_tally tally;
	struct rules want = { 0 };
	char *line;
	int err = 0;

	for (size_t i = 0; i < args->count; i++) {
		line = xasprintf("-%s", args->operands[i]);
		if (want_one(&want, "rule del", line, true))
			err = -1;
		free(line);
	}
	err = err ?: netns_enter() ?: change(args, &want, "rule del", &tally);
	rules_free(&want);
	return err;
}

static void remove_unnamed(struct rules *want, const struct rules *have)
{
	struct rule rule = { 0 };

	for (size_t i = 0; i < have->count; i++) {
		if (!have->list[i]->text || rules_find(want, have->list[i]->path))
			continue;
		rule.path = xstrdup(have->list[i]->path);
		rules_put(want, &rule);
	}
}

static void tell_tally(const struct rules_tally *tally)
{
	struct record rec = { 0 };

	record_add_number(&rec, "set", tally->set);
	record_add_number(&rec, "removed", tally->removed);
	record_add_number(&rec, "unchanged", tally->same);
	if (cli.json) {
		json_print(json_of_record(&rec));
		putchar('\n');
	} else if (!cli.no_header) {
		printf("%zu set, %zu removed, %zu unchanged\n", tally->set, tally->removed,
		       tally->same);
	}
	record_free(&rec);
}

static int load_into_kernel(const struct rule_args *args, struct rules *want, const char *label)
{
	struct rules_tally tally;
	struct rules have = { 0 };
	int err;

	err = rules_read(&have, name_of(args));
	if (!err) {
		rules_drop_idle(want, &have);
		if (args->replace)
			remove_unnamed(want, &have);
		err = rules_apply(name_of(args), want, &have, label, &tally);
		if (!err)
			tell_tally(&tally);
	}
	rules_free(&have);
	return err;
}

static int do_load(struct rule_args *args)
{
	const char *label = strcmp(args->operands[0], "-") ? args->operands[0] : "standard input";
	struct rules want = { 0 };
	int err;

	err = rules_load(&want, args->operands[0]);
	if (!err && !args->check)
		err = netns_enter() ?: load_into_kernel(args, &want, label);
	rules_free(&want);
	return err;
}

static int do_save(struct rule_args *args)
{
	struct rules have = { 0 };
	int err;

	err = netns_enter() ?: rules_read(&have, name_of(args)) ?:
	      rules_save(&have, args->count ? args->operands[0] : "-");
	rules_free(&have);
	return err;
}

#define MANY	((size_t)-1)

static const struct verb {
	const char *name;
	int (*run)(struct rule_args *args);
	size_t least;
	size_t most;
	const char *wants;
} verbs[] = {
	{ "list", do_list, 0, 0, "no argument" },
	{ "show", do_list, 0, 0, "no argument" },
	{ "set", do_set, 1, MANY, "a rule, as in: portquota rule set /a tcp.max=500 tcp.warn=80%" },
	{ "del", do_del, 1, MANY, "the path of a rule, as `portquota rule list' prints it" },
	{ "load", do_load, 1, 1, "one file, or - for standard input" },
	{ "save", do_save, 0, 1, "one file, or none for standard output" },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void settle(void *input, struct argp_state *state)
{
	struct rule_args *args = input;
	const struct verb *verb = find_verb(args->count ? args->operands[0] : "list");

	if (!verb) {
		argp_error(state, "rule has no subcommand '%s': use list, set, del, load or save",
			   args->operands[0]);
		return;
	}
	if (args->count) {
		args->operands++;
		args->count--;
	}
	if (args->count < verb->least || args->count > verb->most)
		argp_error(state, "%s takes %s", verb->name, verb->wants);
	if ((args->replace || args->check) && verb->run != do_load)
		argp_error(state, "%s: --replace and --check can be used with `rule load' only",
			   verb->name);
	if (args->replace && args->check)
		argp_error(state, "--replace and --check cannot be used together");
	if (args->host && cli.netns)
		argp_error(state, "--host is for all namespaces at once; -n cannot be used");
	if (cli.all && !args->host && verb->run != do_list)
		argp_error(state, "%s: -A can be used with `rule list' only; --host sets a rule "
			   "for all namespaces", verb->name);
	args->run = verb->run;
}

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct rule_args *args = input;

	(void)state;
	args->operands[args->count++] = arg;
}

static const struct args_option options[] = {
	ARGS_FLAG("host", 0, struct rule_args, host,
		  "Use the rules for all namespaces of the host"),
	ARGS_FLAG("replace", 0, struct rule_args, replace,
		  "load: also remove the rules that the file does not name"),
	ARGS_FLAG("check", 0, struct rule_args, check, "load: check the file, and change nothing"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Show or change the limits of this network namespace.\v"
	       "A rule is the path of a cgroup, or a glob, and its settings:\n"
	       "  /system.slice/nginx.service tcp.max=12000 tcp.warn=80% timewait.max=9000\n"
	       "  /user.slice/* tcp.max=25% udp.max=500 over=wait:500ms\n"
	       "A limit is a number, a percentage of the range, or max. More in portquota(8).",
	.operands_doc = "[list]\nset RULE...\ndel PATH...\nload FILE\nsave [FILE]",
	.options = options,
	.operand = take_operand,
	.settle = settle,
};

int cmd_rule(int argc, char **argv)
{
	struct rule_args args = { 0 };
	char **operands = xrealloc(NULL, argc, sizeof(*operands));
	int err;

	args.operands = operands;
	args_parse(&takes, argc, argv, &args);
	err = args.run(&args);
	free(operands);
	return err ? CLI_FAILED : CLI_DONE;
}
