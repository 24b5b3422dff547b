// SPDX-License-Identifier: GPL-2.0-only
/*
 * stretch: for how long does the kernel not let a task run that is due?
 *
 * A real-time task sleeps for PERIOD instructions, again and again, and sees how
 * much later than that it runs: by as much as softirqs or preemption were off, or
 * as a task in the kernel did not come to a point where it may be rescheduled,
 * which on a stock kernel (preempt=voluntary) ends no sooner. Its own way to sleep
 * and back is in it, some thousand instructions. A stretch that began less than
 * PERIOD before the task is due is told short by that.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define PERIOD	20000	/* instructions, which is nanoseconds */

static void set_scheduler(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		die("sched_setscheduler");
}

/* What the one who is watched and the one who watches tell each other */
struct watch {
	int begun, done;
};

/* Until @w is done, or the clock says @until. */
static uint64_t watch(struct watch *w, uint64_t until)
{
	const struct timespec period = { .tv_nsec = PERIOD };
	uint64_t start, end, longest = 0;

	set_scheduler(SCHED_FIFO, 50);
	__atomic_store_n(&w->begun, 1, __ATOMIC_RELEASE);
	do {
		start = instructions();
		nanosleep(&period, NULL);
		end = instructions();
		if (end - start - PERIOD > longest)
			longest = end - start - PERIOD;
	} while (!__atomic_load_n(&w->done, __ATOMIC_ACQUIRE) && end < until);
	set_scheduler(SCHED_OTHER, 0);
	return longest;
}

/* The longest one until the clock says @until. */
uint64_t stretch_until(uint64_t until)
{
	struct watch alone = { 0 };

	return watch(&alone, until);
}

/* The longest one while another process calls @work. */
uint64_t stretch_of(void (*work)(void))
{
	struct watch *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t longest;
	pid_t pid;
	int status;

	if (w == MAP_FAILED)
		die("mmap");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		while (!__atomic_load_n(&w->begun, __ATOMIC_ACQUIRE))
			usleep(100);
		work();
		__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
		pause();	/* its end is not looked at */
	}
	longest = watch(w, -1);
	kill(pid, SIGKILL);
	errno = ECHILD;
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("what was to be watched has failed");
	munmap(w, sizeof(*w));
	return longest;
}
