/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guest this is, and how much is to be done in it.  The debug kernel runs a
 * connection some 30 times slower than the stock ones; and a check of minutes
 * repeats less than a full one: sizes and waits are scaled here and nowhere else.
 *
 * PQ_LANE and PQ_SIZE in the environment say it.  PQ_SIZE=short makes what is only
 * repeated, or goes on for a while, smaller; each assertion is made all the same.
 * PQ_SIZE=full, and no PQ_SIZE, leave everything as it is written.
 */
#ifndef PQ_LANE_H
#define PQ_LANE_H

#include <stdbool.h>

bool lane_is_debug(void);
bool kernel_at_least(unsigned int major, unsigned int minor);
bool kernel_is_rt(void);	/* PREEMPT_RT */

/* A count or a time: @stock on stock kernels, @debug on the debug one. */
unsigned int lane_scale(unsigned int stock, unsigned int debug);

/* How often something is repeated, or how long it goes on: no more than @brief in a short run. */
unsigned int lane_count(unsigned int stock, unsigned int debug, unsigned int brief);

/* @otherwise, unless @variable in the environment has another number. */
unsigned int lane_number(const char *variable, unsigned int otherwise);

/* Seconds a test of @stock seconds may take on this lane before it is killed. */
int lane_timeout(int stock);

/* How long the counters may take to come to rest. */
unsigned int lane_rest_ms(void);

unsigned int cpus_online(void);
void run_on(unsigned int cpu);				/* the calling thread, from now on */
unsigned long long memory_available(void);	/* bytes */

#endif
