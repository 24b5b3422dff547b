/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule: what one line of a rules file of the module says. */
#ifndef PORTQUOTA_RULE_H
#define PORTQUOTA_RULE_H

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

int rule_parse(struct rule *rule, const char *line, size_t len, const char *where);
void rule_clear(struct rule *rule);
void rule_record(const struct rule *rule, struct record *rec);
char *rule_setting(const struct rule *rule, const char *key);
char *rule_quote(const char *text);
char *rule_format_path(const char *path);
char *rule_quote_path(const char *path);

#endif
