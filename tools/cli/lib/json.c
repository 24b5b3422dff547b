// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON from records: one object per record, with every field under the kernel's own key, in order;
 * but what is one thing has one name everywhere, which the files did not care for.
 *
 * Numbers are numbers (beyond 2^63 - 1, which JSON readers commonly refuse, with an exponent), the
 * limit where there is none is null, and names are unescaped. A name that is not UTF-8, which JSON
 * cannot hold, keeps its odd bytes as \ooo.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/json.h"

/* Of two with one name the first is what that is called in records. */
static const struct {
	const char *key;
	const char *name;
} names[] = {
	{ "path", "cgroup" }, { "account", "cgroup" }, { "comm", "command" },
	{ "owner.comm", "owner.command" }, { "netns.comm", "netns.command" },
	{ "peer.comm", "peer.command" },
};

/**
 * json_name - what a key of records is called in JSON
 * @key: the key
 */
const char *json_name(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].key, key))
			return names[i].name;
	return key;
}

/**
 * json_key_of - what a name of JSON is called in records
 * @name: the name
 */
const char *json_key_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].key;
	return name;
}

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

/* Keys of which the word max says that there is no limit. */
static bool is_limit(const char *key)
{
	static const char *const limits[] = { "max", "warn", "limit", "threshold" };
	const char *dot = strrchr(key, '.');

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (!strcmp(dot ? dot + 1 : key, limits[i]))
			return true;
	return false;
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
		if (!strcmp(text, "max") && is_limit(field->key))
			return json_null();
		break;
	}
	return json_text(text);
}

/**
 * json_text_of - a text of an object
 * @object: the object, or NULL
 * @key: its key
 *
 * Return: the text; "" if there is none.
 */
const char *json_text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

/**
 * json_number_of - a number of an object
 * @object: the object, or NULL
 * @key: its key
 *
 * Return: the number, whole or not; 0 if there is none.
 */
double json_number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
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
		json_object_set_new(object, json_name(rec->fields[i].key),
				    json_of_field(&rec->fields[i]));
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
