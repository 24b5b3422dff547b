/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules: what a rules file of the module says as a whole. */
#ifndef PORTQUOTA_RULES_H
#define PORTQUOTA_RULES_H

#include "model/rule.h"

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

struct rule *rules_find(const struct rules *rules, const char *path);
const struct rule *rules_match(const struct rules *rules, const char *path);
const struct rule *rules_inherit(const struct rules *rules, const char *path, const char *key);
void rules_put(struct rules *rules, const struct rule *rule);
void rules_drop_idle(struct rules *want, const struct rules *have);
void rules_put_line(struct rules *rules, const char *line);
int rules_read(struct rules *rules, const char *name);
void rules_free(struct rules *rules);

#endif
