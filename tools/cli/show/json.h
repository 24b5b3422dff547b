/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON on standard output, streamed: a list of a million rows is never held.
 *
 * Each object says its schema. Those of a list do so too, as a list can be cut into lines. The
 * schema changes when a key gets another meaning or goes; keys can be added without.
 */
#ifndef PORTQUOTA_JSON_H
#define PORTQUOTA_JSON_H

#include <stdbool.h>

#include "lib/json.h"

#define JSON_SCHEMA	1

/* A list on standard output; starts as all zero. */
struct json_list {
	bool begun;
};

void json_print(json_t *object);
void json_list_add(struct json_list *list, const struct record *rec);
void json_list_end(struct json_list *list);
void json_list_print(const json_t *array);

#endif
