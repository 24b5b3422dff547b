// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads, each on a CPU of its own, change one number by plain stores: a data
 * race, so that the runner's tests can see that lane kcsan finds one.  Loading this
 * takes some seconds and always fails, with EAGAIN when they have raced.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

#define RACE_MS	5000

static unsigned long number;

static int race(void *unused)
{
	while (!kthread_should_stop()) {
		number++;
		cond_resched();
	}
	return 0;
}

static int __init pq_race_init(void)
{
	struct task_struct *racer[2];
	unsigned int i, n = 0;

	if (num_online_cpus() < ARRAY_SIZE(racer))
		return -ENXIO;
	for (i = 0; i < ARRAY_SIZE(racer); i++) {
		racer[n] = kthread_create(race, NULL, "pq_race/%u", i);
		if (IS_ERR(racer[n]))
			break;
		kthread_bind(racer[n], i);
		wake_up_process(racer[n++]);
	}
	if (n == ARRAY_SIZE(racer))
		msleep(RACE_MS);
	for (i = 0; i < n; i++)
		kthread_stop(racer[i]);
	return n == ARRAY_SIZE(racer) ? -EAGAIN : -ENOMEM;
}

module_init(pq_race_init);
MODULE_DESCRIPTION("Races, for the tests of lane kcsan");
MODULE_LICENSE("GPL");
