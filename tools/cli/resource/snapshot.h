/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshot: a survey of a namespace as a JSON object of a row, and back. What can be made from a
 * survey, resources and so a diagnosis, can be made from a row of last night as well.
 *
 * What is 0, and a limit that is none, is left out, and so is what is as it is without any rule.
 */
#ifndef PORTQUOTA_SNAPSHOT_H
#define PORTQUOTA_SNAPSHOT_H

#include "lib/json.h"
#include "resource/largest.h"
#include "resource/survey.h"

json_t *snapshot_of_totals(const struct record *rec, bool all);
json_t *snapshot_make(const struct survey *survey, const struct largest *cgroups,
		      const struct largest *destinations, bool all);
void snapshot_restore(struct survey *survey, json_t *object);
void snapshot_pair(const struct survey *now, struct survey *before);

#endif
