/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Row: what is recorded of one moment, as a JSON object: schema, time, boot, load and uptime, which
 * say when that was and whether counters go on from the row before; the namespaces; and the events
 * since the row before.
 *
 * Events have a bound: of very many the newest are there, and events.left_out says how many others
 * there were.
 *
 * Keys are those of all JSON: see json_name().
 */
#ifndef PORTQUOTA_ROW_H
#define PORTQUOTA_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"

json_t *row_of_record(const struct record *rec);
void row_to_record(json_t *object, struct record *rec);

json_t *row_begin(double when);
int row_add_events(json_t *row, const json_t *last);

double row_time(const json_t *row);
char *row_space_key(const json_t *row, const json_t *space);
bool row_space_is(const json_t *space, const char *asked);
bool row_is_of_load(const json_t *row, const json_t *other);
bool row_follows(const json_t *row, const json_t *before, double *seconds);

#endif
