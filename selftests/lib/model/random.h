/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that can be had again.  Each operation draws from a generator
 * that starts from the seed, the worker and the operation's number, so what
 * operation 500 of worker 3 does depends on no other operation: when some are
 * left out, the others stay as they were.
 */
#ifndef PQ_MODEL_RANDOM_H
#define PQ_MODEL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

struct rng rng_of(uint64_t seed, uint64_t worker, uint64_t number);
unsigned int rng_below(struct rng *r, unsigned int n);
bool rng_percent(struct rng *r, unsigned int percent);

#endif
