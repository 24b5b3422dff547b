// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules, as the kernel has them in a rules file.
 *
 * The lines of a rules file are taken in order, as if each were written to the kernel: of two lines
 * for one path the later one counts, and -PATH removes a rule. The kernel prints each path once;
 * the tests append lines to a plain file, with the same result.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "model/kfile.h"
#include "model/rules.h"

#define BLANKS		" \t"

static int by_path(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/**
 * rules_find - the rule of a path
 * @rules: the rules
 * @path: the path
 *
 * Return: the rule, which may be a removal; NULL if there is none.
 */
struct rule *rules_find(const struct rules *rules, const char *path)
{
	struct rule key = { .path = (char *)path };
	struct rule **found = tfind(&key, &rules->tree, by_path);

	return found ? *found : NULL;
}

static bool beats(const struct rule *rule, const struct rule *other)
{
	if (!other || rule->glob != other->glob)
		return !other || other->glob;
	if (strlen(rule->pattern) != strlen(other->pattern))
		return strlen(rule->pattern) > strlen(other->pattern);
	return strcmp(rule->pattern, other->pattern) < 0;
}

/**
 * rules_match - the rule that the kernel takes for a cgroup: the exact, else the longest glob,
 * and of those as long as each other the first by strcmp()
 * @rules: the rules
 * @path: the cgroup's path
 *
 * Return: the rule; NULL if none fits.
 */
const struct rule *rules_match(const struct rules *rules, const char *path)
{
	const struct rule *rule, *best = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		rule = rules->list[i];
		if (!rule->text || !rule->pattern || !beats(rule, best))
			continue;
		if (rule->glob ? pq_rule_path_match(rule->pattern, path) :
				 !strcmp(rule->pattern, path))
			best = rule;
	}
	return best;
}

static bool has_setting(const struct rule *rule, const char *key)
{
	char *value = rule ? rule_setting(rule, key) : NULL;
	bool has = value;

	free(value);
	return has;
}

/**
 * rules_inherit - the rule that a cgroup has a setting from: its own, or that of the next one above
 * @rules: the rules
 * @path: the cgroup's path
 * @key: the setting's key
 *
 * Return: the rule; NULL if there is none.
 */
const struct rule *rules_inherit(const struct rules *rules, const char *path, const char *key)
{
	char *above = xstrdup(path), *slash = above;
	const struct rule *rule = NULL;

	if (*path != '/')
		slash = NULL;
	while (slash) {
		rule = rules_match(rules, above);
		if (has_setting(rule, key))
			break;
		rule = NULL;
		slash = above[1] ? strrchr(above, '/') : NULL;
		if (slash)
			slash[slash == above] = '\0';
	}
	free(above);
	return rule;
}

/**
 * rules_put - add a rule; one of the same path is replaced where it stands
 * @rules: the rules
 * @rule: the rule, whose memory is taken over
 */
void rules_put(struct rules *rules, const struct rule *rule)
{
	struct rule *there = rules_find(rules, rule->path);

	if (there) {
		rule_clear(there);
		*there = *rule;
		return;
	}
	there = xrealloc(NULL, 1, sizeof(*there));
	*there = *rule;
	rules->list = xgrow(rules->list, rules->count, &rules->room, sizeof(*rules->list));
	rules->list[rules->count++] = there;
	if (!tsearch(there, &rules->tree, by_path)) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
}

/* A line that only a newer module understands is kept as it is. */
static void put_raw(struct rules *rules, const char *line)
{
	size_t len = strcspn(line, BLANKS);
	char *removal = xasprintf("-%.*s", (int)len, line);
	struct rule rule = { 0 };

	/* Parse the removal of the path, to find out whether this parser knows the path. */
	if (len && rule_parse(&rule, removal, len + 1, NULL)) {
		rule.path = xasprintf("%.*s", (int)len, line);
		rule.glob = strpbrk(rule.path, "*?[");
	}
	free(removal);
	if (!len)
		return;
	rule.text = xasprintf("%s%s", rule.path, line + len);
	rules_put(rules, &rule);
}

/**
 * rules_put_line - add what a line of a rules file says
 * @rules: the rules
 * @line: the line
 */
void rules_put_line(struct rules *rules, const char *line)
{
	struct rule rule;

	if (rule_parse(&rule, line, strlen(line), NULL))
		put_raw(rules, line);
	else
		rules_put(rules, &rule);
}

/**
 * rules_read - add the rules that the kernel has
 * @rules: the rules; rules_free() is due whether this works or not
 * @name: which file
 *
 * Return: 0, or -1.
 */
int rules_read(struct rules *rules, const char *name)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!kfile_open(&k, name))
		while ((more = kfile_next(&k, &rec)) > 0)
			rules_put_line(rules, rec.buf);
	kfile_close(&k);
	record_free(&rec);
	return more;
}

static bool is_set(const struct rule *rule)
{
	return rule && rule->text;
}

/**
 * rules_drop_idle - drop removals of rules that do not exist
 * @want: changes
 * @have: the rules that there are
 */
void rules_drop_idle(struct rules *want, const struct rules *have)
{
	struct rule *rule;
	size_t kept = 0;

	for (size_t i = 0; i < want->count; i++) {
		rule = want->list[i];
		if (is_set(rule) || is_set(rules_find(have, rule->path))) {
			want->list[kept++] = rule;
			continue;
		}
		tdelete(rule, &want->tree, by_path);
		rule_clear(rule);
		free(rule);
	}
	want->count = kept;
}

static void keep(void *node)
{
	(void)node;
}

/**
 * rules_free - give everything back
 * @rules: the rules
 */
void rules_free(struct rules *rules)
{
	tdestroy(rules->tree, keep);
	for (size_t i = 0; i < rules->count; i++) {
		rule_clear(rules->list[i]);
		free(rules->list[i]);
	}
	free(rules->list);
	*rules = (struct rules){ 0 };
}
