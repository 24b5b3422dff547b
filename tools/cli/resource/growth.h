/* SPDX-License-Identifier: GPL-2.0-only */
/* Growth: by how much a counter, or what is held, is more than at the first look. */
#ifndef PORTQUOTA_GROWTH_H
#define PORTQUOTA_GROWTH_H

#include "lib/record.h"

static inline uint64_t growth_more(uint64_t x, uint64_t y)
{
	return x > y ? x - y : 0;
}

/* @before: NULL if it was not there at the first look */
static inline uint64_t growth_of(const struct record *now, const struct record *before,
				 const char *key)
{
	uint64_t x = record_count(now, key), y = before ? record_count(before, key) : 0;

	return growth_more(x, y);
}

#endif
