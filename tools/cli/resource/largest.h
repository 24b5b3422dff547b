/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The largest: of many cgroups and destinations those that a row of the record has room for, and of
 * each namespace one at least.
 */
#ifndef PORTQUOTA_LARGEST_H
#define PORTQUOTA_LARGEST_H

#include <stddef.h>

#include "resource/survey.h"

#define LARGEST_CGROUPS		20	/* of the host */
#define LARGEST_AT_LIMITS	10	/* of these: so many may be there for being near a limit */
#define LARGEST_DESTINATIONS	10	/* of the host */
#define LARGEST_SPACES		32	/* namespaces */

/**
 * struct largest - records, the largest first; starts as all zero
 * @recs: the records, which are of surveys
 * @count: how many
 */
struct largest {
	const struct record *recs[LARGEST_CGROUPS + LARGEST_SPACES];
	size_t count;
};

void largest_cgroups(struct largest *largest, const struct survey *surveys, size_t count);
void largest_destinations(struct largest *largest, const struct survey *surveys, size_t count);

#endif
