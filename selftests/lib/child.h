/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes of a test.  They die with their parent, and children_end() kills
 * and reaps those that are still there.  child_wait() returns the exit code, or
 * 128 and the signal.
 */
#ifndef PQ_CHILD_H
#define PQ_CHILD_H

#include <sys/types.h>

pid_t child_start(void (*fn)(void *arg), void *arg);
int child_wait(pid_t pid);
void child_kill(pid_t pid);
void children_end(void);

/* Zeroed memory that children share with their parent. */
void *shared_memory(size_t size);

/* One-shot signals between parent and child over a pipe. */
struct gate {
	int fd[2];
};

void gate_make(struct gate *g);
void gate_open(struct gate *g);		/* lets one waiter through */
void gate_wait(struct gate *g);

void sleep_ms(unsigned int ms);
unsigned long long now_ms(void);

#endif
