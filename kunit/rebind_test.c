// SPDX-License-Identifier: GPL-2.0-only
/* Suite of rebind: who is inside is told from all others, however many there are. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../module/port/rebind.h"

#define TASKS	100	/* more than there are buckets */

struct inside {
	struct completion all_are;
	atomic_t left, wrong;
	struct completion ended;
};

static int be_inside(void *arg)
{
	struct inside *inside = arg;
	struct pq_rebind rebind;

	atomic_add(pq_rebinding(), &inside->wrong);
	pq_rebind_begin(&rebind);
	if (atomic_dec_and_test(&inside->left)) {
		atomic_set(&inside->left, TASKS);
		complete_all(&inside->all_are);
	}
	wait_for_completion(&inside->all_are);
	atomic_add(!pq_rebinding(), &inside->wrong);
	pq_rebind_end(&rebind);
	atomic_add(pq_rebinding(), &inside->wrong);
	if (atomic_dec_and_test(&inside->left))
		complete(&inside->ended);
	return 0;
}

static void rebind_tells_tasks_apart(struct kunit *test)
{
	static struct inside all;	/* where a task cannot be made, the others stay in it */
	struct inside *inside = &all;
	int i;

	atomic_set(&inside->wrong, 0);
	init_completion(&inside->all_are);
	init_completion(&inside->ended);
	atomic_set(&inside->left, TASKS);
	for (i = 0; i < TASKS; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(be_inside, inside, "pq-rebind/%d", i)));
	wait_for_completion(&inside->ended);
	KUNIT_EXPECT_EQ(test, atomic_read(&inside->wrong), 0);
	KUNIT_EXPECT_FALSE(test, pq_rebinding());
}

static struct kunit_case rebind_cases[] = {
	KUNIT_CASE(rebind_tells_tasks_apart),
	{}
};

static struct kunit_suite rebind_suite = {
	.name = "portquota_rebind",
	.test_cases = rebind_cases,
};

kunit_test_suite(rebind_suite);
