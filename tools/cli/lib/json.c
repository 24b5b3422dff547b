// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON from records: one object per record, with every field under the kernel's own key, in order.
 *
 * Numbers are numbers (beyond 2^63 - 1, which JSON readers commonly refuse, with an exponent),
 * names are unescaped. A name that is not UTF-8, which JSON cannot hold, keeps its odd bytes as
 * \ooo.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/json.h"

static json_t *odd_string(const char *text)
{
	char *plain = xrealloc(NULL, 4 * strlen(text) + 1, 1);
	char *to = plain;
	json_t *string;

	for (; *text; text++) {
		if (*text != '\\' && isascii(*text))
			*to++ = *text;
		else
			to += sprintf(to, "\\%03o", (unsigned char)*text);
	}
	*to = '\0';
	string = json_string(plain);
	free(plain);
	return string;
}

/**
 * json_text - a text as a JSON string
 * @text: any bytes
 *
 * Return: a new reference.
 */
json_t *json_text(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : odd_string(text);
}

static json_t *json_of_field(const struct field *field)
{
	const char *text = field_text(field);

	switch (field->kind) {
	case FIELD_NUMBER:
		if (field->number > INT64_MAX)
			return json_real(field->number);
		return json_integer(field->number);
	case FIELD_DECIMAL:
		return json_real(strtod(text, NULL));
	case FIELD_SIGNED:
		return json_integer(strtoll(text, NULL, 10));
	case FIELD_FLAG:
		return json_boolean(field->number);
	case FIELD_TEXT:
		break;
	}
	return json_text(text);
}

/**
 * json_of_record - a record as a JSON object
 * @rec: the record
 *
 * Return: a new reference.
 */
json_t *json_of_record(const struct record *rec)
{
	json_t *object = json_object();

	for (size_t i = 0; i < rec->count; i++)
		json_object_set_new(object, rec->fields[i].key, json_of_field(&rec->fields[i]));
	return object;
}

/**
 * json_to_record - the fields of a JSON object as those of a record
 * @object: the object; must live as long as the record's fields
 * @rec: the record, to which they are added; what is no text, number or flag is passed over
 */
void json_to_record(json_t *object, struct record *rec)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (json_is_string(value))
			record_add_text(rec, key, json_string_value(value));
		else if (json_is_integer(value) && json_integer_value(value) >= 0)
			record_add_number(rec, key, json_integer_value(value));
		else if (json_is_integer(value))
			record_add_signed(rec, key, json_integer_value(value));
		else if (json_is_real(value) && json_real_value(value) >= 0 &&
			 json_real_value(value) < 1e18)
			record_add_decimal(rec, key, json_real_value(value));
		else if (json_is_boolean(value))
			record_add_flag(rec, key, json_is_true(value));
	}
}
