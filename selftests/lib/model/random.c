// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

/* splitmix64 (Steele, Lea and Flood 2014): every state is a good start. */
static uint64_t next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

struct rng rng_of(uint64_t seed, uint64_t worker, uint64_t number)
{
	struct rng r = { .state = seed };

	r.state = next(&r) ^ worker;
	r.state = next(&r) ^ number;
	return r;
}

unsigned int rng_below(struct rng *r, unsigned int n)
{
	return (unsigned int)(((next(r) >> 32) * n) >> 32);
}

bool rng_percent(struct rng *r, unsigned int percent)
{
	return rng_below(r, 100) < percent;
}
