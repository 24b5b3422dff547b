// SPDX-License-Identifier: GPL-2.0-only
/* rulebook: see rulebook.h for what it promises. */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/portquota.h>

#include "lib/export.h"
#include "rulebook.h"

struct pq_rulebook pq_host_rules;
atomic_t pq_rules_generation;

/* The cgroup called a* and the glob a* are not the same. */
struct rule_key {
	const char *path;
	bool glob;
};

static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct rule_key *key = data;

	return jhash(key->path, strlen(key->path), seed + key->glob);
}

static u32 entry_hash(const void *data, u32 len, u32 seed)
{
	const struct pq_rule_entry *entry = data;
	struct rule_key key = { .path = entry->path, .glob = entry->glob };

	return key_hash(&key, len, seed);
}

static int entry_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct pq_rule_entry *entry = obj;
	const struct rule_key *key = arg->key;

	return key->glob != entry->glob || strcmp(key->path, entry->path);
}

static const struct rhashtable_params rule_params = {
	.head_offset = offsetof(struct pq_rule_entry, hash_node),
	.hashfn = key_hash,
	.obj_hashfn = entry_hash,
	.obj_cmpfn = entry_compare,
	.automatic_shrinking = true,
};

static struct pq_rule_entry *find_same(struct pq_rulebook *book, const char *path, bool glob)
{
	struct rule_key key = { .path = path, .glob = glob };

	return rhashtable_lookup_fast(&book->by_path, &key, rule_params);
}

static unsigned int count_slashes(const char *path)
{
	unsigned int n = 0;

	for (path = strchr(path, '/'); path; path = strchr(path + 1, '/'))
		n++;
	return n;
}

/*
 * The longest first. Where two are as long as each other, it must not matter
 * which was set first: a list that is written back is to mean the same.
 */
static bool tried_before(const struct pq_rule_entry *a, const struct pq_rule_entry *b)
{
	return a->len == b->len ? strcmp(a->path, b->path) <= 0 : a->len > b->len;
}

static u16 plain_of(const char *glob)
{
	size_t n = strcspn(glob, "*?[\\");

	while (n && glob[n] != '/')
		n--;
	return n;
}

/* Where the [ ends; NULL if it is one character like others. See lib/glob.c. */
static const char *class_end(const char *glob)
{
	const char *first = glob + 1 + (glob[1] == '!');

	return *first ? strchr(first + 1, ']') : NULL;
}

/* All but * mean a character each. */
static u16 least_of(const char *glob)
{
	u16 n = 0;

	for (; *glob; glob++) {
		n += *glob != '*';
		if (*glob == '[')
			glob = class_end(glob) ?: glob;
		else if (*glob == '\\' && glob[1])
			glob++;
	}
	return n;
}

static bool glob_is_for(const struct pq_rule_entry *entry, const char *path, size_t len)
{
	const char *parts = entry->path + entry->len + 1;

	return len >= entry->least && !strncmp(entry->path, path, entry->plain) &&
	       pq_rule_parts_match(parts + entry->plain, path + entry->plain);
}

static void glob_insert(struct pq_rulebook *book, struct pq_rule_entry *entry)
{
	struct pq_rule_entry *at;

	list_for_each_entry(at, &book->globs, glob_link)
		if (tried_before(entry, at))
			break;
	list_add_tail_rcu(&entry->glob_link, &at->glob_link);
}

/**
 * pq_rulebook_init() - make an empty book
 * @book: the book
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int pq_rulebook_init(struct pq_rulebook *book)
{
	mutex_init(&book->mutex);
	INIT_LIST_HEAD(&book->rules);
	INIT_LIST_HEAD(&book->globs);
	book->made = 0;
	book->count = 0;
	book->glob_chars = 0;
	book->glob_chars_max = PORTQUOTA_GLOB_CHARS_MAX;
	book->ranged = 0;
	book->delayed = 0;
	return rhashtable_init(&book->by_path, &rule_params);
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_init);

/**
 * pq_rulebook_destroy() - free a book and its rules
 * @book: the book; it is not looked into any more
 *
 * Context: process.
 */
void pq_rulebook_destroy(struct pq_rulebook *book)
{
	struct pq_rule_entry *entry, *next;

	/* First the table: its worker may still be moving entries to a larger one. */
	rhashtable_destroy(&book->by_path);
	list_for_each_entry_safe(entry, next, &book->rules, link)
		kfree(entry);
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_destroy);

/* One rule more, or less, that needs what others do without */
static void count_special(struct pq_rulebook *book, const struct pq_rule *rule, int n)
{
	if (pq_rule_has_range(rule))
		WRITE_ONCE(book->ranged, book->ranged + n);
	if (rule->delay)
		WRITE_ONCE(book->delayed, book->delayed + n);
}

/**
 * pq_rulebook_check_room() - can a path have a rule?
 * @book: the book
 * @path: the path or glob, of the whole hierarchy
 * @glob: which of the two
 *
 * Context: process, the mutex of the book held.
 * Return: 0, also when there is one that would be replaced; -ENAMETOOLONG (more than
 * PORTQUOTA_LEVELS_MAX levels: no account has such a path); -ENOSPC (too many rules,
 * or globs).
 */
int pq_rulebook_check_room(struct pq_rulebook *book, const char *path, bool glob)
{
	lockdep_assert_held(&book->mutex);
	if (count_slashes(path) > PORTQUOTA_LEVELS_MAX)
		return -ENAMETOOLONG;
	if (find_same(book, path, glob))
		return 0;
	if (book->count >= PORTQUOTA_RULES_MAX ||
	    (glob && book->glob_chars + strlen(path) > book->glob_chars_max))
		return -ENOSPC;
	return 0;
}

/**
 * pq_rulebook_set() - set or replace the rule of a path
 * @book: the book
 * @path: the path or glob, of the whole hierarchy
 * @glob: which of the two
 * @rule: what it says
 *
 * Context: process, the mutex of the book held.
 * Return: 0; -ENOMEM or the errors of pq_rulebook_check_room(), and the old rule stays.
 */
int pq_rulebook_set(struct pq_rulebook *book, const char *path, bool glob,
		    const struct pq_rule *rule)
{
	struct pq_rule_entry *entry, *old;
	size_t len = strlen(path);
	int err;

	lockdep_assert_held(&book->mutex);
	err = pq_rulebook_check_room(book, path, glob);
	if (err)
		return err;
	old = find_same(book, path, glob);
	entry = kzalloc(struct_size(entry, path, (len + 1) * (glob ? 2 : 1)), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	entry->rule = *rule;
	entry->glob = glob;
	/* One that replaces another stands in its place. */
	entry->serial = old ? old->serial : ++book->made;
	entry->len = len;
	entry->slashes = count_slashes(path);
	memcpy(entry->path, path, len + 1);
	if (glob) {
		entry->plain = plain_of(path);
		entry->least = least_of(path);
		pq_rule_path_split(entry->path + len + 1, path);
	}

	if (old)
		err = rhashtable_replace_fast(&book->by_path, &old->hash_node, &entry->hash_node,
					      rule_params);
	else
		err = rhashtable_insert_fast(&book->by_path, &entry->hash_node, rule_params);
	if (err) {
		kfree(entry);
		return err == -E2BIG || err == -EBUSY ? -ENOMEM : err;
	}
	if (glob)
		glob_insert(book, entry);
	if (old) {
		list_replace_rcu(&old->link, &entry->link);
		if (glob)
			list_del_rcu(&old->glob_link);
		count_special(book, &old->rule, -1);
		kfree_rcu(old, rcu);
	} else {
		list_add_tail_rcu(&entry->link, &book->rules);
		WRITE_ONCE(book->count, book->count + 1);	/* pq_match_rules() has no lock */
		WRITE_ONCE(book->glob_chars, book->glob_chars + (glob ? len : 0));
	}
	count_special(book, rule, 1);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_set);

/**
 * pq_rulebook_remove() - remove the rule of a path
 * @book: the book
 * @path: the path or glob, of the whole hierarchy
 * @glob: which of the two
 *
 * Context: process, the mutex of the book held.
 * Return: 0; -ENOENT if there is none.
 */
int pq_rulebook_remove(struct pq_rulebook *book, const char *path, bool glob)
{
	struct pq_rule_entry *entry;

	lockdep_assert_held(&book->mutex);
	entry = find_same(book, path, glob);
	if (!entry)
		return -ENOENT;
	rhashtable_remove_fast(&book->by_path, &entry->hash_node, rule_params);
	if (glob)
		list_del_rcu(&entry->glob_link);
	list_del_rcu(&entry->link);
	WRITE_ONCE(book->count, book->count - 1);
	WRITE_ONCE(book->glob_chars, book->glob_chars - (glob ? entry->len : 0));
	count_special(book, &entry->rule, -1);
	kfree_rcu(entry, rcu);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_remove);

/**
 * pq_rulebook_find_exact() - the rule with just a path, no glob
 * @book: the book
 * @path: the path of a cgroup
 *
 * Context: any, under RCU.
 * Return: the rule, good until the end of the RCU section; NULL if there is none.
 */
const struct pq_rule *pq_rulebook_find_exact(struct pq_rulebook *book, const char *path)
{
	struct pq_rule_entry *entry;

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "rules are looked up under RCU");
	entry = find_same(book, path, false);
	return entry ? &entry->rule : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_find_exact);

/**
 * pq_rulebook_steps() - how long may the globs of a book take?
 * @book: the book
 * @path: the path of a cgroup
 *
 * Each character of a glob may be compared with each of a part of the path.
 *
 * Context: any.
 * Return: how many comparisons pq_rulebook_find() makes at most.
 */
unsigned int pq_rulebook_steps(const struct pq_rulebook *book, const char *path)
{
	unsigned int chars = READ_ONCE(book->glob_chars);
	size_t part, longest = 0;

	for (; chars && *path; path += part + !!path[part]) {
		part = strchrnul(path, '/') - path;
		longest = max(longest, part);
	}
	return chars * longest;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_steps);

/**
 * pq_rulebook_find() - the rule that holds for a path
 * @book: the book
 * @path: the path of a cgroup
 *
 * Context: any, under RCU.
 * Return: the rule, good until the end of the RCU section; NULL if none does.
 */
const struct pq_rule *pq_rulebook_find(struct pq_rulebook *book, const char *path)
{
	const struct pq_rule *exact = pq_rulebook_find_exact(book, path);
	struct pq_rule_entry *entry;
	unsigned int slashes;
	size_t len;

	if (exact)
		return exact;
	if (list_empty(&book->globs))
		return NULL;
	slashes = count_slashes(path);
	len = strlen(path);
	list_for_each_entry_rcu(entry, &book->globs, glob_link)
		if (entry->slashes == slashes && glob_is_for(entry, path, len))
			return &entry->rule;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rulebook_find);
