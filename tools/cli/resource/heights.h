/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Heights: of what can run out, and of what cgroups hold, the most that rows have seen. They are
 * kept in JSON objects, by a text that says what they are of.
 */
#ifndef PORTQUOTA_HEIGHTS_H
#define PORTQUOTA_HEIGHTS_H

#include <stdbool.h>

#include "lib/json.h"

bool heights_is_wanted(const char *cgroup, const json_t *path);
void heights_take(json_t *peaks, json_t *holders, json_t *row, const char *cgroup);
void heights_count(json_t *failed, json_t *row, const json_t *before);
void heights_tell(json_t *peaks, json_t *holders, size_t most, json_t *list);
void heights_tell_failed(json_t *failed, double first, double last, json_t *list);

#endif
