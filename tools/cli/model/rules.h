/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules: what a rules file of the module says, and how it is changed: by all of the changes asked
 * for, or by none.
 */
#ifndef PORTQUOTA_RULES_H
#define PORTQUOTA_RULES_H

#include "lib/record.h"

/**
 * struct rule - a rule, or the removal of one
 * @path: its path, in the one spelling that the kernel prints
 * @text: the whole rule in that spelling; NULL to remove it
 * @pattern: the path as it is, or a glob to match with; NULL if it is neither
 * @glob: whether @path is a glob
 * @line: where it was read, 0 for nowhere
 */
struct rule {
	char *path;
	char *text;
	char *pattern;
	bool glob;
	size_t line;
};

/**
 * struct rules - rules by path, in the order they came; starts as all zero
 * @list: the rules
 * @count: how many
 * @room: how many fit
 * @tree: the same by path
 */
struct rules {
	struct rule **list;
	size_t count;
	size_t room;
	void *tree;
};

/* What rules_apply() did, in rules. */
struct rules_tally {
	size_t set;
	size_t removed;
	size_t same;
};

int rule_parse(struct rule *rule, const char *line, size_t len, const char *where);
void rule_clear(struct rule *rule);
void rule_record(const struct rule *rule, struct record *rec);
char *rule_setting(const struct rule *rule, const char *key);
char *rule_quote(const char *text);
char *rule_quote_path(const char *path);

struct rule *rules_find(const struct rules *rules, const char *path);
const struct rule *rules_match(const struct rules *rules, const char *path);
const struct rule *rules_inherit(const struct rules *rules, const char *path, const char *key);
void rules_put(struct rules *rules, const struct rule *rule);
void rules_drop_idle(struct rules *want, const struct rules *have);
void rules_put_line(struct rules *rules, const char *line);
int rules_read(struct rules *rules, const char *name);
int rules_apply(const char *name, const struct rules *want, const struct rules *have,
		const char *what, struct rules_tally *tally);
void rules_free(struct rules *rules);

#endif
