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
#include "show/json.h"

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
 * json_print - write a value to standard output
 * @value: the value, whose reference is taken
 */
void json_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_REAL_PRECISION(15));
	json_decref(value);
}

/**
 * json_list_add - write one more record of a list
 * @list: the list
 * @rec: the record
 */
void json_list_add(struct json_list *list, const struct record *rec)
{
	fputs(list->begun ? ",\n" : "[\n", stdout);
	list->begun = true;
	json_print(json_of_record(rec));
}

/**
 * json_list_end - write the end of a list, which may be empty
 * @list: the list
 */
void json_list_end(struct json_list *list)
{
	fputs(list->begun ? "\n]\n" : "[]\n", stdout);
	list->begun = false;
}

/**
 * json_list_print - write a whole list, one value per line
 * @array: the list
 */
void json_list_print(const json_t *array)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		fputs(i ? ",\n" : "[\n", stdout);
		json_print(json_incref(value));
	}
	fputs(json_array_size(array) ? "\n]\n" : "[]\n", stdout);
}
