// SPDX-License-Identifier: GPL-2.0-only
/* Suite of rulebook: which rule holds for a path. */
#include <kunit/test.h>
#include <uapi/linux/portquota.h>

#include "../module/rule/rulebook.h"

static int rulebook_init(struct kunit *test)
{
	struct pq_rulebook *book = kunit_kzalloc(test, sizeof(*book), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, book);
	test->priv = book;
	return pq_rulebook_init(book);
}

static void rulebook_exit(struct kunit *test)
{
	pq_rulebook_destroy(test->priv);
}

static int set_whole(struct pq_rulebook *book, const char *path, bool glob,
		     const struct pq_rule *rule)
{
	int err;

	mutex_lock(&book->mutex);
	err = pq_rulebook_set(book, path, glob, rule);
	mutex_unlock(&book->mutex);
	return err;
}

static int set_rule(struct pq_rulebook *book, const char *path, bool glob, u32 number)
{
	struct pq_rule rule = { .max[0] = { PQ_LIMIT_NUMBER, number } };

	return set_whole(book, path, glob, &rule);
}

static int remove_rule(struct pq_rulebook *book, const char *path, bool glob)
{
	int err;

	mutex_lock(&book->mutex);
	err = pq_rulebook_remove(book, path, glob);
	mutex_unlock(&book->mutex);
	return err;
}

/* A rule that can be told from others by its limit. */
static int set(struct kunit *test, const char *path, u32 number)
{
	return set_rule(test->priv, path, strpbrk(path, "*?["), number);
}

static int set_exact(struct kunit *test, const char *path, u32 number)
{
	return set_rule(test->priv, path, false, number);
}

/* The limit of the rule that holds; -1 for none. */
static long found(struct kunit *test, const char *path)
{
	const struct pq_rule *rule;
	long number = -1;

	rcu_read_lock();
	rule = pq_rulebook_find(test->priv, path);
	if (rule)
		number = rule->max[0].value;
	rcu_read_unlock();
	return number;
}

static void rulebook_empty_has_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, found(test, "/"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), -1);
	KUNIT_EXPECT_EQ(test, remove_rule(test->priv, "/a", false), -ENOENT);
}

static void rulebook_exact_means_one_path(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/a", 1), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/a/b"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/"), -1);
}

static void rulebook_exact_beats_glob(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/a", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/?", 2), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/[abcdefgh]", 3), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/b"), 3);
	KUNIT_EXPECT_EQ(test, found(test, "/x"), 2);
}

static bool found_exact(struct kunit *test, const char *path)
{
	bool any;

	rcu_read_lock();
	any = pq_rulebook_find_exact(test->priv, path);
	rcu_read_unlock();
	return any;
}

/* How long it takes is known beforehand: where that is too long, exact paths are left. */
static void rulebook_knows_its_steps(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;

	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/aaaa"), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/aaaa", 1), 0);
	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/aaaa"), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/a*", 2), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/b*/c", 3), 0);
	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/aaaa"), 8 * 4);
	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/a/bbbbb/ccc"), 8 * 5);
	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/"), 0);
	KUNIT_EXPECT_TRUE(test, found_exact(test, "/aaaa"));
	KUNIT_EXPECT_FALSE(test, found_exact(test, "/ab"));
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/b*/c", true), 0);
	KUNIT_EXPECT_EQ(test, pq_rulebook_steps(book, "/aaaa"), 3 * 4);
}

static void rulebook_longer_glob_beats_shorter(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/a*/*", 2), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/*/*", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/abc*/*", 4), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/ab*/*", 3), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/x/y"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/ax/y"), 2);
	KUNIT_EXPECT_EQ(test, found(test, "/abx/y"), 3);
	KUNIT_EXPECT_EQ(test, found(test, "/abcx/y"), 4);
}

/* What is before the first part that is a glob, and what is behind it, is as it is written. */
static void rulebook_globs_have_plain_parts(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/kube/pods/x*/[ab]/c", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/kube/d\\\\/*", 2), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/pods/x/a/c"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/pods/xyz/b/c"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/pods/xyz/b/d"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/pods/yz/b/c"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/podsx/x/b/c"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/pod/x/b/c"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/d\\/y"), 2);
	KUNIT_EXPECT_EQ(test, found(test, "/kube/d\\\\/y"), -1);
}

/* What a path is too short for is not matched with it; this must not be said of others. */
static void rulebook_globs_know_how_short(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/*a?[!bc]\\\\*", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/[]]z", 2), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/[!", 3), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/[!]]q", 4), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/*", 5), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/x[", 6), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/y[a*", 7), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/axy\\"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/axy"), 5);
	KUNIT_EXPECT_EQ(test, found(test, "/axb\\"), 5);
	KUNIT_EXPECT_EQ(test, found(test, "/]z"), 2);
	KUNIT_EXPECT_EQ(test, found(test, "/[!"), 3);
	KUNIT_EXPECT_EQ(test, found(test, "/pq"), 4);
	KUNIT_EXPECT_EQ(test, found(test, "/p"), 5);
	KUNIT_EXPECT_EQ(test, found(test, "/x["), 6);
	KUNIT_EXPECT_EQ(test, found(test, "/y[a"), 7);
	KUNIT_EXPECT_EQ(test, found(test, "/"), -1);
}

/* Which of two comes first must not depend on when they were set. */
static void rulebook_globs_as_long_have_an_order(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/a*", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/*b", 2), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), 2);
	KUNIT_ASSERT_EQ(test, set(test, "/a*", 3), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), 2);
	KUNIT_ASSERT_EQ(test, set(test, "/*b", 4), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), 4);
	KUNIT_EXPECT_EQ(test, found(test, "/ax"), 3);
	KUNIT_ASSERT_EQ(test, set(test, "/?b", 5), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), 4);
}

static void rulebook_star_stays_between_slashes(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set(test, "/a/*", 1), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a/b"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/a/b/c"), -1);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), -1);
}

/* What matching a path with all globs takes has an end. */
static void globs_until(struct kunit *test, unsigned int chars)
{
	static char path[1024];
	int i, n = chars / (sizeof(path) - 1);

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[5] = '*';
	for (i = 0; i < n; i++) {
		path[1] = 'a' + i % 26;
		path[2] = 'a' + i / 26;
		KUNIT_ASSERT_EQ(test, set(test, path, i), 0);
	}
	path[1] = '0';
	KUNIT_EXPECT_EQ(test, set(test, path, i), -ENOSPC);
	/* Exact ones are found by their hash. */
	KUNIT_EXPECT_EQ(test, set_exact(test, path, i), 0);
	path[1] = 'a';
	path[2] = 'a';
	KUNIT_EXPECT_EQ(test, set(test, path, n), 0);	/* replaced */
	KUNIT_EXPECT_EQ(test, remove_rule(test->priv, path, true), 0);
	path[1] = '0';
	KUNIT_EXPECT_EQ(test, set(test, path, i), 0);
}

static void rulebook_globs_have_an_end(struct kunit *test)
{
	globs_until(test, PORTQUOTA_GLOB_CHARS_MAX);
}

static void rulebook_globs_have_a_nearer_end(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;

	book->glob_chars_max = PORTQUOTA_GLOB_CHARS_FOREIGN_MAX;
	globs_until(test, PORTQUOTA_GLOB_CHARS_FOREIGN_MAX);
}

static void rulebook_replaces(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;

	KUNIT_ASSERT_EQ(test, set(test, "/a", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/b", 2), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/a", 3), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), 3);
	KUNIT_EXPECT_EQ(test, book->count, 2);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&book->rules), 2);
	/* It keeps its place in the list. */
	KUNIT_EXPECT_STREQ(test, list_first_entry(&book->rules, struct pq_rule_entry, link)->path,
			   "/a");
}

static void rulebook_removes(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;

	KUNIT_ASSERT_EQ(test, set(test, "/*", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/a", 2), 0);
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/a", false), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), 1);
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/a", false), -ENOENT);
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/*", true), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a"), -1);
	KUNIT_EXPECT_EQ(test, book->count, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&book->rules));
	KUNIT_EXPECT_TRUE(test, list_empty(&book->globs));
}

/* A cgroup may be called a*: that is no glob, and is not found as one. */
static void rulebook_tells_star_from_glob(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set_exact(test, "/a*", 1), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/a*"), 1);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), -1);
}

/*
 * The cgroup called a* and the glob /a* are written and printed differently,
 * so they are two rules, and removing one leaves the other.
 */
static void rulebook_keeps_star_and_glob_apart(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, set_exact(test, "/a*", 1), 0);
	KUNIT_ASSERT_EQ(test, set(test, "/a*", 2), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/ab"), 2);
	KUNIT_EXPECT_EQ(test, found(test, "/a*"), 1);
}

/* Whoever changes or reads one book holds up nobody who changes another. */
static void rulebook_has_its_own_mutex(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;
	struct pq_rulebook *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_EQ(test, pq_rulebook_init(other), 0);
	/* The module never holds two; lockdep is told that the test may. */
	mutex_lock_nested(&book->mutex, SINGLE_DEPTH_NESTING);
	KUNIT_EXPECT_EQ(test, set_rule(other, "/a", false, 1), 0);
	KUNIT_EXPECT_EQ(test, remove_rule(other, "/a", false), 0);
	mutex_unlock(&book->mutex);
	pq_rulebook_destroy(other);
}

static void rulebook_has_a_limit(struct kunit *test)
{
	struct pq_rulebook *book = test->priv;
	char path[32];
	unsigned int i;

	for (i = 0; i < PORTQUOTA_RULES_MAX; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		KUNIT_ASSERT_EQ(test, set(test, path, i), 0);
	}
	KUNIT_EXPECT_EQ(test, set(test, "/more", 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, book->count, PORTQUOTA_RULES_MAX);
	/* Replacing is no more, and removing makes room. */
	KUNIT_EXPECT_EQ(test, set(test, "/17", 18), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/17"), 18);
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/18", false), 0);
	KUNIT_EXPECT_EQ(test, set(test, "/more", 1), 0);
	KUNIT_EXPECT_EQ(test, found(test, "/16383"), 16383);
}

/* No account is so far down that a longer path could be its own. */
static void rulebook_has_a_depth(struct kunit *test)
{
	char path[2 * PORTQUOTA_LEVELS_MAX + 3] = "";
	unsigned int i;

	for (i = 0; i < PORTQUOTA_LEVELS_MAX; i++)
		strcat(path, "/d");
	KUNIT_EXPECT_EQ(test, set(test, path, 1), 0);
	strcat(path, "/d");
	KUNIT_EXPECT_EQ(test, set(test, path, 1), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, found(test, path), -1);
}

/* Rules with a range or a delay: by their numbers hooks are released. */
static void rulebook_counts_special_rules(struct kunit *test)
{
	struct pq_rule udp = { .range[1] = { 20000, 29999 } };
	struct pq_rule both = { .delay = 30, .range[0] = { 20000, 29999 } };
	struct pq_rulebook *book = test->priv;

	KUNIT_ASSERT_EQ(test, set(test, "/plain", 1), 0);
	KUNIT_EXPECT_EQ(test, book->ranged, 0);
	KUNIT_EXPECT_EQ(test, book->delayed, 0);
	KUNIT_ASSERT_EQ(test, set_whole(book, "/a", false, &both), 0);
	KUNIT_ASSERT_EQ(test, set_whole(book, "/b*", true, &both), 0);
	KUNIT_EXPECT_EQ(test, book->ranged, 2);
	KUNIT_EXPECT_EQ(test, book->delayed, 2);
	/* Replaced: by the same, by another, by one without. */
	KUNIT_ASSERT_EQ(test, set_whole(book, "/a", false, &both), 0);
	KUNIT_ASSERT_EQ(test, set_whole(book, "/b*", true, &udp), 0);
	KUNIT_EXPECT_EQ(test, book->ranged, 2);
	KUNIT_EXPECT_EQ(test, book->delayed, 1);
	KUNIT_ASSERT_EQ(test, set(test, "/a", 1), 0);
	KUNIT_EXPECT_EQ(test, book->ranged, 1);
	KUNIT_EXPECT_EQ(test, book->delayed, 0);
	KUNIT_EXPECT_EQ(test, remove_rule(book, "/b*", true), 0);
	KUNIT_EXPECT_EQ(test, book->ranged, 0);
}

static struct kunit_case rulebook_cases[] = {
	KUNIT_CASE(rulebook_empty_has_none),
	KUNIT_CASE(rulebook_exact_means_one_path),
	KUNIT_CASE(rulebook_exact_beats_glob),
	KUNIT_CASE(rulebook_knows_its_steps),
	KUNIT_CASE(rulebook_longer_glob_beats_shorter),
	KUNIT_CASE(rulebook_globs_have_plain_parts),
	KUNIT_CASE(rulebook_globs_know_how_short),
	KUNIT_CASE(rulebook_globs_as_long_have_an_order),
	KUNIT_CASE(rulebook_star_stays_between_slashes),
	KUNIT_CASE(rulebook_globs_have_an_end),
	KUNIT_CASE(rulebook_globs_have_a_nearer_end),
	KUNIT_CASE(rulebook_replaces),
	KUNIT_CASE(rulebook_removes),
	KUNIT_CASE(rulebook_tells_star_from_glob),
	KUNIT_CASE(rulebook_keeps_star_and_glob_apart),
	KUNIT_CASE(rulebook_has_its_own_mutex),
	KUNIT_CASE(rulebook_has_a_limit),
	KUNIT_CASE(rulebook_has_a_depth),
	KUNIT_CASE(rulebook_counts_special_rules),
	{}
};

static struct kunit_suite rulebook_suite = {
	.name = "portquota_rulebook",
	.init = rulebook_init,
	.exit = rulebook_exit,
	.test_cases = rulebook_cases,
};

kunit_test_suite(rulebook_suite);
