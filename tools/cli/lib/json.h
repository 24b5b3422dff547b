/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON values from records, and records from JSON objects. */
#ifndef PORTQUOTA_LIB_JSON_H
#define PORTQUOTA_LIB_JSON_H

#include <jansson.h>

#include "lib/record.h"

const char *json_name(const char *key);
const char *json_key_of(const char *name);
json_t *json_text(const char *text);
const char *json_text_of(const json_t *object, const char *key);
double json_number_of(const json_t *object, const char *key);
json_t *json_of_record(const struct record *rec);
void json_to_record(json_t *object, struct record *rec);

#endif
