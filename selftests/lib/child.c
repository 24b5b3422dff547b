// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "say.h"

#define CHILDREN 256

static pid_t children[CHILDREN];

pid_t child_start(void (*fn)(void *arg), void *arg)
{
	pid_t pid, parent = getpid();
	unsigned int i;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		for (i = 0; i < CHILDREN; i++)
			children[i] = 0;	/* theirs are not ours to end */
		fn(arg);
		fflush(NULL);
		_exit(0);
	}
	for (i = 0; i < CHILDREN; i++) {
		if (!children[i]) {
			children[i] = pid;
			return pid;
		}
	}
	die("more than %d children", CHILDREN);
}

int child_wait(pid_t pid)
{
	unsigned int i;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for %d", pid);
	for (i = 0; i < CHILDREN; i++)
		if (children[i] == pid)
			children[i] = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	child_wait(pid);
}

void children_end(void)
{
	unsigned int i;

	for (i = 0; i < CHILDREN; i++)
		if (children[i])
			kill(children[i], SIGKILL);
	for (i = 0; i < CHILDREN; i++)
		if (children[i])
			child_wait(children[i]);
}

void *shared_memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		die("no shared memory");
	return mem;
}

void gate_make(struct gate *g)
{
	if (pipe2(g->fd, O_CLOEXEC))
		die("no pipe");
}

void gate_open(struct gate *g)
{
	if (write(g->fd[1], "!", 1) != 1)
		die("cannot open a gate");
}

void gate_wait(struct gate *g)
{
	char c;

	while (read(g->fd[0], &c, 1) != 1)
		if (errno != EINTR)
			die("nobody opened the gate");
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

unsigned long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}
