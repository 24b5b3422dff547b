// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ledger. It uses the ledger that is in service, with keys of its
 * own, whose entries stand for nothing: no reader and no gc wants them.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>

#include "../module/account/ledger.h"
#include "../module/account/spares.h"

#define KEYS	3000	/* more than the fewest buckets, so that chains are long */

struct ledger_test {
	char keys[KEYS];
	unsigned int visited;
	unsigned int bucket;	/* that is visited */
	unsigned int misplaced;
};

static struct pq_entry *replace(struct pq_entry *entry)
{
	struct pq_entry *old;

	local_bh_disable();
	old = pq_ledger_replace(entry);
	local_bh_enable();
	return old;
}

static struct pq_entry *take(const void *key)
{
	struct pq_entry *entry;

	local_bh_disable();
	entry = pq_ledger_remove(key);
	local_bh_enable();
	return entry;
}

static int ledger_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct ledger_test), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void ledger_exit(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *entry;
	unsigned int i;

	for (i = 0; i < KEYS; i++) {
		entry = take(&t->keys[i]);
		if (entry)
			pq_entry_free(entry);
	}
}

static struct pq_entry *make(struct kunit *test, const void *key, u16 port)
{
	struct pq_entry *entry = pq_entry_alloc();

	KUNIT_ASSERT_NOT_NULL(test, entry);
	*entry = (struct pq_entry) { .key = key, .port = port };
	return entry;
}

static void ledger_is_small(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sizeof(struct pq_entry), 64);
}

static void ledger_finds_what_was_put_in(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *entry;
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[i], i)));
	for (i = 0; i < KEYS; i++) {
		entry = take(&t->keys[i]);
		KUNIT_ASSERT_NOT_NULL(test, entry);
		KUNIT_EXPECT_EQ(test, entry->port, i);
		pq_entry_free(entry);
	}
}

static void ledger_removes_once(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *entry;

	KUNIT_EXPECT_NULL(test, take(&t->keys[0]));
	KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[0], 1)));
	entry = take(&t->keys[0]);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	pq_entry_free(entry);
	KUNIT_EXPECT_NULL(test, take(&t->keys[0]));
}

static void ledger_insert_respects_a_twin(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *twin = make(test, &t->keys[0], 2);

	KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[0], 1)));
	KUNIT_EXPECT_FALSE(test, pq_ledger_insert(twin));
	pq_entry_free(twin);
}

static void ledger_replace_returns_the_twin(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *first = make(test, &t->keys[0], 1);
	struct pq_entry *second = make(test, &t->keys[0], 2);

	KUNIT_EXPECT_NULL(test, replace(first));
	KUNIT_EXPECT_PTR_EQ(test, replace(second), first);
	pq_entry_free(first);
	KUNIT_EXPECT_PTR_EQ(test, take(&t->keys[0]), second);
	pq_entry_free(second);
}

/* From a socket to its TIME_WAIT: the same entry under another key. */
static void ledger_rekeys(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *entry = make(test, &t->keys[0], 7);

	KUNIT_EXPECT_NULL(test, replace(entry));
	KUNIT_ASSERT_PTR_EQ(test, take(&t->keys[0]), entry);
	entry->key = &t->keys[1];
	KUNIT_EXPECT_NULL(test, replace(entry));
	KUNIT_EXPECT_NULL(test, take(&t->keys[0]));
	KUNIT_EXPECT_PTR_EQ(test, take(&t->keys[1]), entry);
	pq_entry_free(entry);
}

static void ledger_lock_finds(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	struct pq_entry *entry = make(test, &t->keys[0], 7), *found;

	found = pq_ledger_lock(&t->keys[0]);
	pq_ledger_unlock(&t->keys[0]);
	KUNIT_EXPECT_NULL(test, found);
	KUNIT_ASSERT_TRUE(test, pq_ledger_insert(entry));
	found = pq_ledger_lock(&t->keys[0]);
	pq_ledger_unlock(&t->keys[0]);
	KUNIT_EXPECT_PTR_EQ(test, found, entry);
}

static void count_ours(struct pq_entry *entry, void *arg)
{
	struct ledger_test *t = arg;

	if (entry->key >= (void *)t->keys && entry->key < (void *)(t->keys + KEYS))
		t->visited++;
}

static void ledger_visits_each_once(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[i], i)));
	for (i = 0; i < pq_ledger_buckets(); i++)
		pq_ledger_visit(i, count_ours, t);
	KUNIT_EXPECT_EQ(test, t->visited, KEYS);
}

/* Where an entry is watched its bucket is visited once, and no other is for its sake. */
static void ledger_watches_buckets(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	unsigned int bucket = pq_ledger_bucket(&t->keys[0]) - pq_ledger.buckets, other;

	/* Those of sockets that this machine really has */
	while (pq_ledger_next_watched(0) < pq_ledger_buckets())
		;
	KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[0], 7)));
	KUNIT_EXPECT_EQ(test, pq_ledger_next_watched(0), pq_ledger_buckets());
	pq_ledger_watch(&t->keys[0]);
	other = pq_ledger_next_watched(bucket + 1);
	KUNIT_EXPECT_EQ(test, other, pq_ledger_buckets());
	KUNIT_EXPECT_EQ(test, pq_ledger_next_watched(0), bucket);
	KUNIT_EXPECT_EQ(test, pq_ledger_next_watched(0), pq_ledger_buckets());
}

/* Two keys have places of their own if they are not in the same four bytes. */
static void ledger_orders_each_key(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	unsigned int i, k;

	for (i = 0; i < KEYS; i += 32)
		for (k = 0; k < i; k += 32)
			KUNIT_ASSERT_NE(test, pq_ledger_order(&t->keys[i]),
					pq_ledger_order(&t->keys[k]));
	KUNIT_EXPECT_GE(test, (loff_t)pq_ledger_order((void *)-8L), 0);
	KUNIT_EXPECT_EQ(test, pq_ledger_first_order(0), 0);
}

static void count_misplaced(struct pq_entry *entry, void *arg)
{
	struct ledger_test *t = arg;
	u64 order = pq_ledger_order(entry->key);

	t->misplaced += pq_ledger_bucket_at(order) != t->bucket ||
			order < pq_ledger_first_order(t->bucket) ||
			order >= pq_ledger_first_order(t->bucket + 1);
}

/* A reader goes on in the right bucket, and comes to the next one when it has read one. */
static void ledger_orders_by_bucket(struct kunit *test)
{
	struct ledger_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		KUNIT_ASSERT_TRUE(test, pq_ledger_insert(make(test, &t->keys[i], i)));
	for (t->bucket = 0; t->bucket < pq_ledger_buckets(); t->bucket++) {
		KUNIT_ASSERT_EQ(test, pq_ledger_bucket_at(pq_ledger_first_order(t->bucket)),
				t->bucket);
		pq_ledger_visit(t->bucket, count_misplaced, t);
	}
	KUNIT_EXPECT_EQ(test, t->misplaced, 0);
}

static struct kunit_case ledger_cases[] = {
	KUNIT_CASE(ledger_is_small),
	KUNIT_CASE(ledger_finds_what_was_put_in),
	KUNIT_CASE(ledger_removes_once),
	KUNIT_CASE(ledger_insert_respects_a_twin),
	KUNIT_CASE(ledger_replace_returns_the_twin),
	KUNIT_CASE(ledger_rekeys),
	KUNIT_CASE(ledger_lock_finds),
	KUNIT_CASE(ledger_visits_each_once),
	KUNIT_CASE(ledger_watches_buckets),
	KUNIT_CASE(ledger_orders_each_key),
	KUNIT_CASE(ledger_orders_by_bucket),
	{}
};

static struct kunit_suite ledger_suite = {
	.name = "portquota_ledger",
	.init = ledger_init,
	.exit = ledger_exit,
	.test_cases = ledger_cases,
};

kunit_test_suite(ledger_suite);
