// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing of the module's text formats into records. Pure: no files, no printing.
 *
 * Promises for any input: nothing is read past the terminating NUL, a word that is no `key=value`
 * (or a line that is no `key value`) is skipped, the first of two equal keys counts, and a value
 * that looks like a number but does not fit 64 bits stays text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/record.h"

/**
 * record_reset - forget the fields, keep the memory
 * @rec: the record
 */
void record_reset(struct record *rec)
{
	rec->count = 0;
}

/**
 * record_free - give everything back
 * @rec: the record, which is then empty and may be used again
 */
void record_free(struct record *rec)
{
	free(rec->fields);
	free(rec->buf);
	*rec = (struct record){ 0 };
}

static struct field *new_field(struct record *rec, const char *key, enum field_kind kind)
{
	struct field *field;

	rec->fields = xgrow(rec->fields, rec->count, &rec->room, sizeof(*rec->fields));
	field = &rec->fields[rec->count++];
	field->key = key;
	field->text = NULL;
	field->number = 0;
	field->kind = kind;
	return field;
}

static bool is_negative(const char *text)
{
	size_t digits = *text == '-' ? strspn(text + 1, "0123456789") : 0;

	if (!digits || text[1 + digits])
		return false;
	errno = 0;
	strtoll(text, NULL, 10);
	return !errno;
}

static enum field_kind kind_of(const char *text, uint64_t *number)
{
	size_t whole = strspn(text, "0123456789");
	size_t part;

	if (!whole)
		return is_negative(text) ? FIELD_SIGNED : FIELD_TEXT;
	if (!text[whole]) {
		errno = 0;
		*number = strtoull(text, NULL, 10);
		return errno ? FIELD_TEXT : FIELD_NUMBER;
	}
	if (text[whole] != '.')
		return FIELD_TEXT;
	part = strspn(text + whole + 1, "0123456789");
	return part && !text[whole + 1 + part] ? FIELD_DECIMAL : FIELD_TEXT;
}

/**
 * record_add - add a value as the kernel wrote it, a number if it looks like one
 * @rec: the record
 * @key: its key; a key that is there already is left as it is
 * @text: its value
 */
void record_add(struct record *rec, const char *key, const char *text)
{
	struct field *field;
	uint64_t number = 0;
	enum field_kind kind;

	if (record_find(rec, key))
		return;
	kind = kind_of(text, &number);
	field = new_field(rec, key, kind);
	field->text = text;
	field->number = number;
}

/**
 * record_add_text - add a value that is text whatever it looks like (a command may be named "42")
 * @rec: the record
 * @key: its key
 * @text: its value
 */
void record_add_text(struct record *rec, const char *key, const char *text)
{
	if (!record_find(rec, key))
		new_field(rec, key, FIELD_TEXT)->text = text;
}

/**
 * record_add_number - add a number
 * @rec: the record
 * @key: its key
 * @number: its value
 */
void record_add_number(struct record *rec, const char *key, uint64_t number)
{
	struct field *field;

	if (record_find(rec, key))
		return;
	field = new_field(rec, key, FIELD_NUMBER);
	field->number = number;
	snprintf(field->digits, sizeof(field->digits), "%ju", (uintmax_t)number);
}

/**
 * record_add_signed - add a change: a number with its sign, or 0
 * @rec: the record
 * @key: its key
 * @number: its value
 */
void record_add_signed(struct record *rec, const char *key, int64_t number)
{
	struct field *field;

	if (!number) {
		record_add_number(rec, key, 0);
	} else if (!record_find(rec, key)) {
		field = new_field(rec, key, FIELD_SIGNED);
		snprintf(field->digits, sizeof(field->digits), "%+jd", (intmax_t)number);
	}
}

/**
 * record_add_decimal - add a number with three digits behind the point
 * @rec: the record
 * @key: its key
 * @number: its value, not negative and below 10^18
 */
void record_add_decimal(struct record *rec, const char *key, double number)
{
	struct field *field;

	if (record_find(rec, key))
		return;
	field = new_field(rec, key, FIELD_DECIMAL);
	snprintf(field->digits, sizeof(field->digits), "%.3f", number);
}

/**
 * record_set_text - have a text field refer to another text
 * @rec: the record
 * @key: its key; nothing happens if it is not there
 * @text: the text, which must live as long as the field
 */
void record_set_text(struct record *rec, const char *key, const char *text)
{
	struct field *field = (struct field *)record_find(rec, key);

	if (field)
		field->text = text;
}

/**
 * record_set_number - have a number field be another number
 * @rec: the record
 * @key: its key; nothing happens if it is not there
 * @number: the number
 */
void record_set_number(struct record *rec, const char *key, uint64_t number)
{
	struct field *field = (struct field *)record_find(rec, key);

	if (!field || field->kind != FIELD_NUMBER)
		return;
	field->text = NULL;
	field->number = number;
	snprintf(field->digits, sizeof(field->digits), "%ju", (uintmax_t)number);
}

/**
 * record_add_flag - add something that is so or not so
 * @rec: the record
 * @key: its key
 * @on: whether it is so
 */
void record_add_flag(struct record *rec, const char *key, bool on)
{
	if (!record_find(rec, key))
		new_field(rec, key, FIELD_FLAG)->number = on;
}

/**
 * record_make_flag - turn a number into a flag; a key that is not there is a flag not set
 * @rec: the record
 * @key: its key
 */
void record_make_flag(struct record *rec, const char *key)
{
	struct field *field = (struct field *)record_find(rec, key);

	if (!field)
		record_add_flag(rec, key, false);
	else if (field->kind == FIELD_NUMBER)
		field->kind = FIELD_FLAG;
}

/**
 * record_find - the field of a key
 * @rec: the record
 * @key: its key
 *
 * Return: the field, NULL if the kernel did not say.
 */
const struct field *record_find(const struct record *rec, const char *key)
{
	for (size_t i = 0; i < rec->count; i++)
		if (!strcmp(rec->fields[i].key, key))
			return &rec->fields[i];
	return NULL;
}

/**
 * field_text - a field as text
 * @field: the field or NULL
 *
 * Return: what the kernel wrote, unescaped; "-" for a field that is not there.
 */
const char *field_text(const struct field *field)
{
	if (!field)
		return "-";
	if (field->kind == FIELD_FLAG)
		return field->number ? "yes" : "no";
	return field->text ? field->text : field->digits;
}

/**
 * record_text - the value of a key as text
 * @rec: the record
 * @key: its key
 */
const char *record_text(const struct record *rec, const char *key)
{
	return field_text(record_find(rec, key));
}

/**
 * record_number - the value of a key as a number
 * @rec: the record
 * @key: its key
 * @number: written if there is one
 *
 * Return: whether there is one.
 */
bool record_number(const struct record *rec, const char *key, uint64_t *number)
{
	const struct field *field = record_find(rec, key);

	if (!field || field->kind != FIELD_NUMBER)
		return false;
	*number = field->number;
	return true;
}

/**
 * record_count - the value of a key as a number, 0 if it has none
 * @rec: the record
 * @key: its key
 */
uint64_t record_count(const struct record *rec, const char *key)
{
	uint64_t number = 0;

	record_number(rec, key, &number);
	return number;
}

/**
 * record_flag - whether a flag is there and set
 * @rec: the record
 * @key: its key
 */
bool record_flag(const struct record *rec, const char *key)
{
	const struct field *field = record_find(rec, key);

	return field && (field->kind == FIELD_FLAG || field->kind == FIELD_NUMBER) && field->number;
}

/**
 * record_cut_word - cut the first blank-separated word off a line, in place
 * @rest: the line; moves behind the word
 *
 * Return: the word, NULL if none is left.
 */
char *record_cut_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t\n");
	size_t len = strcspn(word, " \t\n");

	*rest = word + len;
	if (!len)
		return NULL;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static bool is_octal(const char *c)
{
	return c[0] >= '0' && c[0] <= '3' && c[1] >= '0' && c[1] <= '7' &&
	       c[2] >= '0' && c[2] <= '7';
}

/**
 * record_unescape - turn \ooo back into bytes, in place
 * @text: what to turn; a \000 or a lone backslash stays as it is
 */
void record_unescape(char *text)
{
	char *to = text;
	int byte;

	for (; *text; text++) {
		if (*text == '\\' && is_octal(text + 1)) {
			byte = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			if (byte) {
				*to++ = byte;
				text += 3;
				continue;
			}
		}
		*to++ = *text;
	}
	*to = '\0';
}

/**
 * record_escape - write some bytes as \ooo
 * @text: any text
 * @bytes: which
 *
 * Return: the text, for the caller to free().
 */
char *record_escape(const char *text, const char *bytes)
{
	char *escaped = xrealloc(NULL, 4 * strlen(text) + 1, 1), *to = escaped;

	for (; *text; text++)
		if (strchr(bytes, *text))
			to += sprintf(to, "\\%03o", (unsigned char)*text);
		else
			*to++ = *text;
	*to = '\0';
	return escaped;
}

/**
 * record_parse_flat - add the fields of a flat-keyed file
 * @rec: the record
 * @lines: `key value` lines, cut up in place; must live as long as the record's fields
 */
void record_parse_flat(struct record *rec, char *lines)
{
	char *line, *key, *value;

	while ((line = strsep(&lines, "\n"))) {
		key = record_cut_word(&line);
		value = record_cut_word(&line);
		if (!key || !value)
			continue;
		record_unescape(value);
		record_add(rec, key, value);
	}
}

static bool is_listed(const char *key, const char *const *list)
{
	for (; list && *list; list++)
		if (!strcmp(*list, key))
			return true;
	return false;
}

/**
 * record_parse_nested - add the fields of the `key=value` words of a line
 * @rec: the record
 * @words: the words, cut up in place; must live as long as the record's fields
 * @text_keys: keys that are text even if they look like a number, NULL-terminated, or NULL
 */
void record_parse_nested(struct record *rec, char *words, const char *const *text_keys)
{
	char *word, *value;

	while ((word = record_cut_word(&words))) {
		value = strchr(word, '=');
		if (!value || value == word || !value[1])
			continue;
		*value++ = '\0';
		record_unescape(value);
		if (is_listed(word, text_keys))
			record_add_text(rec, word, value);
		else
			record_add(rec, word, value);
	}
}
