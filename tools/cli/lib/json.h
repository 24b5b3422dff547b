/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON values from records, and records from JSON objects. */
#ifndef PORTQUOTA_LIB_JSON_H
#define PORTQUOTA_LIB_JSON_H

#include <jansson.h>

#include "lib/record.h"

json_t *json_text(const char *text);
json_t *json_of_record(const struct record *rec);
void json_to_record(json_t *object, struct record *rec);

#endif
