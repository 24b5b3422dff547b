// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of event: the ring and its readers. Events of nobody: who reads them
 * through the files gets none of these.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/warn/event.h"

#define SIZE	8

static int event_init(struct kunit *test)
{
	struct pq_events *events = kunit_kzalloc(test, sizeof(*events), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, events);
	test->priv = events;
	return pq_events_init(events, SIZE);
}

static void event_exit(struct kunit *test)
{
	pq_events_close(test->priv);
	pq_events_destroy(test->priv);
}

static void put(struct kunit *test, long held)
{
	struct pq_event event = { .kind = PQ_EVENT_WARN, .held = held };

	pq_events_put(test->priv, &event, NULL);
}

/* The number of the next event; -1 if there is none. */
static long get(struct kunit *test, u64 *place, u64 *lost)
{
	struct pq_event event;

	return pq_events_get(test->priv, place, &event, lost) ? event.held : -1;
}

static void event_comes_once_in_order(struct kunit *test)
{
	u64 place = pq_events_oldest(test->priv), lost;
	long i;

	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), -1);
	for (i = 0; i < 5; i++)
		put(test, i);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, get(test, &place, &lost), i);
		KUNIT_EXPECT_EQ(test, lost, 0);
	}
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), -1);
	put(test, 5);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 5);
}

static void event_readers_have_places(struct kunit *test)
{
	u64 one = 0, two = 0, lost;

	put(test, 1);
	put(test, 2);
	KUNIT_EXPECT_EQ(test, get(test, &one, &lost), 1);
	KUNIT_EXPECT_EQ(test, get(test, &one, &lost), 2);
	KUNIT_EXPECT_EQ(test, get(test, &one, &lost), -1);
	KUNIT_EXPECT_EQ(test, get(test, &two, &lost), 1);
	put(test, 3);
	KUNIT_EXPECT_EQ(test, get(test, &two, &lost), 2);
	KUNIT_EXPECT_EQ(test, get(test, &one, &lost), 3);
	KUNIT_EXPECT_EQ(test, get(test, &two, &lost), 3);
}

/* Who begins late begins with the oldest that is kept, and has lost nothing. */
static void event_begins_with_the_oldest(struct kunit *test)
{
	u64 place, lost;
	long i;

	for (i = 0; i < 3 * SIZE + 1; i++)
		put(test, i);
	place = pq_events_oldest(test->priv);
	for (i = 2 * SIZE + 1; i < 3 * SIZE + 1; i++) {
		KUNIT_EXPECT_EQ(test, get(test, &place, &lost), i);
		KUNIT_EXPECT_EQ(test, lost, 0);
	}
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), -1);
}

static void event_counts_what_is_lost(struct kunit *test)
{
	u64 place = 0, lost;
	long i;

	for (i = 0; i < 3; i++)
		put(test, i);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 0);
	for (i = 3; i < SIZE + 1; i++)
		put(test, i);
	/* Exactly full: nothing is lost yet. */
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 1);
	KUNIT_EXPECT_EQ(test, lost, 0);
	for (i = SIZE + 1; i < SIZE + 6; i++)
		put(test, i);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 6);
	KUNIT_EXPECT_EQ(test, lost, 4);	/* 2, 3, 4, 5 */
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 7);
	KUNIT_EXPECT_EQ(test, lost, 0);
}

/* A subject stays for as long as an event tells of it. */
static void event_holds_its_subject(struct kunit *test)
{
	struct pq_subject *subject = pq_subject_new(false, NULL);
	struct pq_event event = { .kind = PQ_EVENT_WARN, .subject = subject };
	struct pq_event copy;
	u64 place = 0, lost;
	long i;

	KUNIT_ASSERT_NOT_NULL(test, subject);
	pq_events_put(test->priv, &event, NULL);
	pq_events_put(test->priv, &event, NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 3);
	KUNIT_EXPECT_TRUE(test, pq_events_get(test->priv, &place, &copy, &lost));
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 4);
	pq_subject_put(copy.subject);
	for (i = 0; i < SIZE - 1; i++)
		put(test, i);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 2);
	put(test, i);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 1);
	pq_events_put(test->priv, &event, NULL);
	pq_events_close(test->priv);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 1);
	pq_subject_put(subject);
}

/* One that has no user any more is about to be freed: no event, and nobody touches it later. */
static void event_of_a_subject_without_users_is_none(struct kunit *test)
{
	struct pq_subject *subject = kunit_kzalloc(test, sizeof(*subject), GFP_KERNEL);
	struct pq_event event = { .kind = PQ_EVENT_CLEAR, .subject = subject };
	u64 place = 0, lost;

	KUNIT_ASSERT_NOT_NULL(test, subject);
	pq_events_put(test->priv, &event, NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 0);
	put(test, 1);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 1);
	KUNIT_EXPECT_EQ(test, lost, 0);
}

/* Who floods pushes out no more than the quota, and readers are told how much was left out. */
static void event_quota_is_kept(struct kunit *test)
{
	struct pq_event event = { .kind = PQ_EVENT_WARN, .held = 7 };
	struct pq_quota quota = {};
	struct pq_events *events = test->priv;
	u64 place, lost;
	int i;

	for (i = 0; i < PQ_QUOTA_EVENTS + 1000; i++)
		pq_events_put(events, &event, &quota);
	KUNIT_EXPECT_EQ(test, events->next, PQ_QUOTA_EVENTS);
	put(test, 1);
	KUNIT_EXPECT_EQ(test, events->next, PQ_QUOTA_EVENTS + 1);
	place = events->next;
	quota.since -= PQ_QUOTA_INTERVAL + 1;
	pq_events_put(events, &event, &quota);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 7);
	KUNIT_EXPECT_EQ(test, lost, 1000);
	pq_events_put(events, &event, &quota);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), 7);
	KUNIT_EXPECT_EQ(test, lost, 0);
}

/* One cgroup does not push out the others, and its readers are told what was left out. */
static void event_quota_of_a_subject(struct kunit *test)
{
	struct pq_subject *subject = pq_subject_new(false, NULL);
	struct pq_event event = { .kind = PQ_EVENT_WARN, .subject = subject };
	struct pq_events *events = test->priv;
	int i, accepted = 0;

	KUNIT_ASSERT_NOT_NULL(test, subject);
	for (i = 0; i < 1000; i++)
		accepted += pq_events_put_own(events, &event);
	KUNIT_EXPECT_EQ(test, accepted, PQ_SUBJECT_EVENTS);
	KUNIT_EXPECT_EQ(test, events->next, PQ_SUBJECT_EVENTS);
	KUNIT_EXPECT_EQ(test, event.left_out, 0);
	/* Another has its own. */
	event.subject = NULL;
	KUNIT_EXPECT_TRUE(test, pq_events_put_own(events, &event));
	event.subject = subject;
	subject->quota.since -= PQ_SUBJECT_INTERVAL + 1;
	KUNIT_EXPECT_TRUE(test, pq_events_put_own(events, &event));
	KUNIT_EXPECT_EQ(test, event.left_out, 1000 - PQ_SUBJECT_EVENTS);
	pq_events_close(events);
	pq_subject_put(subject);
}

static void event_closed_takes_none(struct kunit *test)
{
	struct pq_subject *subject = pq_subject_new(false, NULL);
	struct pq_event event = { .kind = PQ_EVENT_WARN, .subject = subject };
	u64 place = 0, lost;

	KUNIT_ASSERT_NOT_NULL(test, subject);
	pq_events_close(test->priv);
	pq_events_put(test->priv, &event, NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&subject->users), 1);
	KUNIT_EXPECT_EQ(test, get(test, &place, &lost), -1);
	/* A second close does no harm. */
	pq_events_close(test->priv);
	pq_subject_put(subject);
}

#define WRITERS		3
#define ROUNDS		5000

struct writer {
	struct kunit *test;
	struct completion done;
};

static int write_many(void *data)
{
	struct writer *writer = data;
	long i;

	for (i = 0; i < ROUNDS; i++) {
		put(writer->test, i);
		if (i % 64 == 0)
			cond_resched();
	}
	complete(&writer->done);
	return 0;
}

/* What a reader got and what it was told it lost is what was put in. */
static void event_loses_count_of_none(struct kunit *test)
{
	struct writer writers[WRITERS];
	struct task_struct *task;
	u64 place = 0, lost, seen = 0;
	bool more = true;
	int i;

	for (i = 0; i < WRITERS; i++) {
		writers[i].test = test;
		init_completion(&writers[i].done);
		task = kthread_run(write_many, &writers[i], "pq-events/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < WRITERS; ) {
		while (get(test, &place, &lost) >= 0)
			seen += 1 + lost;
		if (try_wait_for_completion(&writers[i].done))
			i++;
		cond_resched();
	}
	while (more) {
		more = get(test, &place, &lost) >= 0;
		seen += more ? 1 + lost : 0;
	}
	KUNIT_EXPECT_EQ(test, seen, WRITERS * ROUNDS);
}

/* A stream of a namespace that is well has none; one that goes on uses what it has. */
static void event_memory_comes_with_it(struct kunit *test)
{
	struct pq_events *events = test->priv;
	struct pq_event *first;
	long i;

	KUNIT_EXPECT_NULL(test, events->ring[0]);
	put(test, 0);
	first = events->ring[0];
	KUNIT_EXPECT_NOT_NULL(test, first);
	KUNIT_EXPECT_NULL(test, events->ring[1]);
	for (i = 1; i <= SIZE; i++)
		put(test, i);
	KUNIT_EXPECT_PTR_EQ(test, events->ring[0], first);
	KUNIT_EXPECT_EQ(test, first->held, SIZE);
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(event_comes_once_in_order),
	KUNIT_CASE(event_readers_have_places),
	KUNIT_CASE(event_begins_with_the_oldest),
	KUNIT_CASE(event_counts_what_is_lost),
	KUNIT_CASE(event_holds_its_subject),
	KUNIT_CASE(event_of_a_subject_without_users_is_none),
	KUNIT_CASE(event_quota_is_kept),
	KUNIT_CASE(event_quota_of_a_subject),
	KUNIT_CASE(event_closed_takes_none),
	KUNIT_CASE(event_loses_count_of_none),
	KUNIT_CASE(event_memory_comes_with_it),
	{}
};

static struct kunit_suite event_suite = {
	.name = "portquota_event",
	.init = event_init,
	.exit = event_exit,
	.test_cases = event_cases,
};

kunit_test_suite(event_suite);
