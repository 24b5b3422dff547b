// SPDX-License-Identifier: GPL-2.0-only
/*
 * jget [KEY|INDEX]...: read JSON on stdin strictly, follow the path, print what is there: a string or
 * number as it is, an object or array as its size. Exit 1 where it is no JSON or nothing is there.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *step(json_t *at, const char *word)
{
	if (json_is_array(at))
		return json_array_get(at, strtoul(word, NULL, 10));
	return json_object_get(at, word);
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
	json_t *at = root;

	if (!root) {
		fprintf(stderr, "line %d: %s\n", error.line, error.text);
		return 1;
	}
	for (int i = 1; at && i < argc; i++)
		at = step(at, argv[i]);
	if (!at)
		puts("nothing");
	else if (json_is_string(at))
		puts(json_string_value(at));
	else if (json_is_array(at) || json_is_object(at))
		printf("%zu\n", json_is_array(at) ? json_array_size(at) : json_object_size(at));
	else
		json_dumpf(at, stdout, JSON_ENCODE_ANY);
	json_decref(root);
	return !at;
}
