// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run that failed is run again with fewer operations, fewer workers and without
 * one kind of operation after the other, as long as it still fails.  What the
 * kernel does with the same operations differs from run to run, so that each is
 * given a second chance to fail.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/model.h"
#include "say.h"

#define CHANCES 2

static unsigned long long end_ms;

static bool time_over(void)
{
	return now_ms() >= end_ms;
}

int model_run(struct run *run)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid)
		_exit(model_play(run));
	if (waitpid(pid, &status, 0) != pid)
		die("cannot wait for a run");
	return status;
}

static bool fails(const struct run *run)
{
	unsigned int i;

	for (i = 0; i < CHANCES && !time_over(); i++) {
		struct run copy = *run;

		copy.quiet = true;
		copy.patience_ms = run->patience_ms / 4;
		if (model_run(&copy))
			return true;
	}
	return false;
}

static bool better(struct run *best, const struct run *candidate)
{
	if (!candidate->operations || !fails(candidate))
		return false;
	*best = *candidate;
	return true;
}

static bool fewer_operations(struct run *best)
{
	unsigned int divisor;
	bool any = false;

	for (divisor = 2; divisor <= 8 && !time_over(); divisor *= 2) {
		struct run r = *best;
		/* A half; if that does not fail, three quarters, then seven eighths. */
		unsigned long long each = r.operations / r.threads;

		each -= each / divisor;
		r.operations = each * r.threads;
		if (r.operations < best->operations && better(best, &r)) {
			any = true;
			divisor = 1;
		}
	}
	return any;
}

static bool fewer_workers(struct run *best)
{
	bool any = false;

	while (best->threads > 1 && !time_over()) {
		struct run r = *best;

		r.threads = best->threads / 2;
		r.operations = best->operations / best->threads * r.threads;
		if (!better(best, &r))
			break;
		any = true;
	}
	return any;
}

static bool fewer_kinds(struct run *best)
{
	bool any = false;
	unsigned int i;

	for (i = KINDS; i-- && !time_over();) {
		struct run r = *best;

		r.kinds &= ~(1U << i);
		if (r.kinds != best->kinds)
			any |= better(best, &r);
	}
	return any;
}

static void print(const char *what, const struct run *run)
{
	char kinds[400];
	unsigned int i;
	int n = 0;

	for (i = 0; i < KINDS; i++)
		if (run->kinds >> i & 1)
			n += snprintf(kinds + n, sizeof(kinds) - (size_t)n, "%s%s", n ? "," : "",
				      kind_name[i]);
	diag("%s: model --seed %llu --operations %llu --threads %u --burst %u --kinds %s",
	     what, (unsigned long long)run->seed, run->operations, run->threads, run->burst, kinds);
}

void model_shrink(const struct run *failed, unsigned int seconds)
{
	struct run best = *failed;
	bool any;

	end_ms = now_ms() + seconds * 1000ULL;
	print("this failed", failed);
	diag("looking for a smaller one, for %u s", seconds);
	do {
		any = fewer_operations(&best);
		any |= fewer_workers(&best);
		any |= fewer_kinds(&best);
	} while (any && !time_over());
	print("the smallest that failed", &best);
}
