// SPDX-License-Identifier: GPL-2.0-only
/* JSON on standard output: see json.h. */
#include <stdio.h>

#include "show/json.h"

/**
 * json_print - write an object to standard output, which begins with the schema that it is of
 * @object: the object, whose reference is taken
 */
void json_print(json_t *object)
{
	printf("{\"schema\": %d%s", JSON_SCHEMA, json_object_size(object) ? ", " : "");
	json_dumpf(object, stdout, JSON_REAL_PRECISION(15) | JSON_EMBED);
	putchar('}');
	json_decref(object);
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
 * json_list_print - write a whole list, one object per line
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
