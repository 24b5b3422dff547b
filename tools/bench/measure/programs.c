// SPDX-License-Identifier: GPL-2.0-only
/*
 * programs: connections of 16 programs of one cgroup that take turns on the CPU,
 * all to one destination: what is kept of the program that came last is of no use.
 *
 * Each makes one connection, as in life.c, and wakes the next one. What that
 * takes is in no stage.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

static int token[PROGRAMS_NR + 1][2];	/* a pipe to each program, and one to who began */

static void pass(int to)
{
	if (write(token[to][1], "", 1) != 1)
		die("write to a pipe");
}

static void wait_for(int who)
{
	char byte;

	if (read(token[who][0], &byte, 1) != 1)
		die("read from a pipe");
}

/* The first turn is to warm up; behind that, and behind the last one, who began is told. */
static void program(int me, unsigned int turns, int listener, const struct sockaddr_in *addr,
		    uint64_t *sum)
{
	uint64_t first[NR_STAGES];
	unsigned int i;

	for (i = 0; i <= turns; i++) {
		wait_for(me);
		life_cycle(listener, addr, i ? sum : first);
		if (me + 1 < PROGRAMS_NR)
			pass(me + 1);
		else
			pass(!i || i == turns ? PROGRAMS_NR : 0);
	}
	exit(0);
}

static void turns_begin(void)
{
	pass(0);
	wait_for(PROGRAMS_NR);
}

static void programs_end(void)
{
	int i, status;

	for (i = 0; i < PROGRAMS_NR; i++)
		if (wait(&status) < 0 || status)
			die("a program has failed");
}

void programs_in_turns(unsigned int repeats, struct life *life)
{
	uint64_t *sum = mmap(NULL, NR_STAGES * sizeof(*sum), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_in addr;
	pid_t pid;
	int listener, i;

	if (sum == MAP_FAILED)
		die("mmap");
	for (i = 0; i <= PROGRAMS_NR; i++)
		if (pipe(token[i]))
			die("pipe");
	listener = listener_open(&addr, INADDR_LOOPBACK);
	life->begin = instructions();
	life_first_cycle(listener, &addr);
	for (i = 0; i < PROGRAMS_NR; i++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			program(i, repeats / PROGRAMS_NR, listener, &addr, sum);
	}
	turns_begin();
	where_begin();
	turns_begin();
	where_end();
	life->end = instructions();
	life->made = repeats + PROGRAMS_NR + 1;
	programs_end();
	for (i = 0; i < NR_STAGES; i++)
		life->sum[i] = sum[i];
	munmap(sum, NR_STAGES * sizeof(*sum));
	close(listener);
}
