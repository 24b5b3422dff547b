/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rulebook: the rules of one namespace, or of the host, by path.
 *
 * Rules are written under the mutex of the book and looked up under RCU, in any
 * context. A path finds the rule with just that path, else that of the longest
 * glob that means it; of two globs as long as each other, the first by strcmp().
 */
#ifndef _PORTQUOTA_RULEBOOK_H
#define _PORTQUOTA_RULEBOOK_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>

#include "rule.h"

/*
 * A book has at most PORTQUOTA_RULES_MAX rules, and PORTQUOTA_GLOB_CHARS_MAX
 * characters in all of its globs: each glob is matched with the path of every
 * new account, under RCU, which takes NAME_MAX steps per character at worst.
 * Any user can own a network namespace by way of a user namespace, so the book
 * of such a one has PORTQUOTA_GLOB_CHARS_FOREIGN_MAX characters.
 */

/**
 * struct pq_rule_entry - a rule in a book; never changed, only replaced
 * @hash_node: by @path and @glob
 * @link: in the book, in the order they were first set
 * @serial: grows along that order: where a reader goes on when some have gone
 * @glob_link: among the globs, the one that is to be tried first being first
 * @rcu: looked up under RCU
 * @rule: what it says
 * @glob: whether @path is a glob
 * @len: length of @path
 * @plain: so much of a glob comes before the slash of the first part that is one
 * @least: and no path is meant that has fewer characters
 * @slashes: in @path: * means no slash, so that a glob and the paths it means have as many
 * @path: the path, of the whole hierarchy; a glob's is followed by the same split
 */
struct pq_rule_entry {
	struct rhash_head hash_node;
	struct list_head link;
	loff_t serial;
	struct list_head glob_link;
	struct rcu_head rcu;
	struct pq_rule rule;
	bool glob;
	u16 len;
	u16 plain;
	u16 least;
	u16 slashes;
	char path[];
};

/**
 * struct pq_rulebook - rules by path
 * @mutex: held for each change of what follows, and while a file is read
 * @by_path: all of them
 * @rules: all of them, in the order they were first set
 * @globs: the globs, in the order they are to be tried
 * @made: how many there ever were
 * @count: how many rules
 * @glob_chars: how long all globs are together
 * @glob_chars_max: how long they may be; PORTQUOTA_GLOB_CHARS_MAX unless the owner
 *		    of the book sets it before there are rules
 * @ranged: how many rules give a cgroup a range of its own
 * @delayed: how many rules say how long TIME_WAIT lasts
 */
struct pq_rulebook {
	struct mutex mutex; /* see above */
	struct rhashtable by_path;
	struct list_head rules;
	struct list_head globs;
	loff_t made;
	unsigned int count;
	unsigned int glob_chars;
	unsigned int glob_chars_max;
	unsigned int ranged;
	unsigned int delayed;
};

extern struct pq_rulebook pq_host_rules;
/* Grows with every change of any book, after the change can be found */
extern atomic_t pq_rules_generation;

int pq_rulebook_init(struct pq_rulebook *book);
void pq_rulebook_destroy(struct pq_rulebook *book);
int pq_rulebook_check_room(struct pq_rulebook *book, const char *path, bool glob);
int pq_rulebook_set(struct pq_rulebook *book, const char *path, bool glob,
		    const struct pq_rule *rule);
int pq_rulebook_remove(struct pq_rulebook *book, const char *path, bool glob);
const struct pq_rule *pq_rulebook_find_exact(struct pq_rulebook *book, const char *path);
unsigned int pq_rulebook_steps(const struct pq_rulebook *book, const char *path);
const struct pq_rule *pq_rulebook_find(struct pq_rulebook *book, const char *path);

#endif
