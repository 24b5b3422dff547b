/* SPDX-License-Identifier: GPL-2.0-only */
/* How long TIME_WAITs lasted: the histogram in stat. */
#ifndef PORTQUOTA_LIFETIME_H
#define PORTQUOTA_LIFETIME_H

#include "lib/record.h"

/**
 * struct lifetime - a class of the histogram
 * @name: what the kernel calls it: @under in digits, or max
 * @from: it lasted that many seconds, or longer
 * @under: and less than so many; 0 in the last class, which has no end
 * @count: how many lasted so long
 * @before: how many less long
 * @after: how many longer
 */
struct lifetime {
	const char *name;
	unsigned int from;
	unsigned int under;
	uint64_t count;
	uint64_t before;
	uint64_t after;
};

bool lifetime_get(const struct record *stat, size_t number, struct lifetime *life);

#endif
