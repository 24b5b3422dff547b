// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations by many processes; see lib/model/model.h.
 *
 *	model [--seed S] [--operations N | --seconds S] [--threads T] [--burst B]
 *	      [--kinds KIND,KIND… | --without KIND,KIND…] [--no-shrink]
 *
 * The same seed gives each worker the same operations in the same order; how they
 * meet is the kernel's.  Without --seed it is a new one each time, which is told.
 * Without --operations it goes on for ten minutes; with PQ_SIZE=short for one on the
 * newest stock kernel, and for seconds on the others.
 */
#include <getopt.h>
#include <kselftest.h>
#include <time.h>

#include "lane.h"
#include "model/model.h"
#include "module.h"
#include "say.h"

static uint64_t seed_of_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000) % 1000000000;
}

static unsigned int kinds_of(char *names)
{
	unsigned int kinds = 0, i;
	char *name;

	while ((name = strsep(&names, ","))) {
		for (i = 0; i < KINDS && strcmp(name, kind_name[i]); i++)
			;
		if (i == KINDS)
			ksft_exit_fail_msg("no kind of operation is called '%s'\n", name);
		kinds |= 1U << i;
	}
	return kinds;
}

static bool arguments(int argc, char **argv, struct run *run)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "operations", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "threads", required_argument, NULL, 'w' },
		{ "burst", required_argument, NULL, 'b' },
		{ "kinds", required_argument, NULL, 'k' },
		{ "without", required_argument, NULL, 'x' },
		{ "no-shrink", no_argument, NULL, 'q' },
		{ }
	};
	bool shrink = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long long n = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (c) {
		case 's':
			run->seed = n;
			break;
		case 'n':
			run->operations = n;
			break;
		case 't':
			run->seconds = (unsigned int)n;
			break;
		case 'w':
			run->threads = (unsigned int)n;
			break;
		case 'b':
			run->burst = (unsigned int)n;
			break;
		case 'k':
			run->kinds = kinds_of(optarg);
			break;
		case 'x':
			run->kinds &= ~kinds_of(optarg);
			break;
		case 'q':
			shrink = false;
			break;
		default:
			ksft_exit_fail_msg("wrong usage\n");
		}
	}
	if (!run->threads || run->threads > WORKERS || !run->burst)
		ksft_exit_fail_msg("threads: 1 to %d; burst: at least 1\n", WORKERS);
	return shrink;
}

int main(int argc, char **argv)
{
	struct run *run = shared_memory(sizeof(*run));
	bool newest = kernel_at_least(6, 8) && !lane_is_debug();
	bool shrink;
	int ret;

	*run = (struct run){
		.seed = seed_of_now(),
		.seconds = lane_count(600, 600, newest ? 60 : 15),
		.threads = WORKERS,
		.burst = lane_scale(300, 60),
		.patience_ms = lane_rest_ms(),
		.kinds = (1U << KINDS) - 1,
	};

	ksft_print_header();
	if (!portquota_loaded())
		ksft_exit_skip("portquota is not loaded\n");
	ksft_set_plan(1);
	shrink = arguments(argc, argv, run);
	diag("seed %llu", (unsigned long long)run->seed);
	ret = model_run(run);
	run->operations = run->operations_done;
	if (ret && shrink)
		model_shrink(run, lane_count(300, 600, 60));
	ksft_test_result(!ret, "model --seed %llu --operations %llu\n",
			 (unsigned long long)run->seed, run->operations);
	ksft_finished();
}
