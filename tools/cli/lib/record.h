/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record: what one line (or one flat file) of the kernel says, as named fields in order.
 *
 * Commands make records, and printers print them: JSON has all of the fields, a table those that
 * are columns. So the two cannot drift apart, and keys that this program does not know are passed
 * on in JSON.
 */
#ifndef PORTQUOTA_RECORD_H
#define PORTQUOTA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
	FIELD_TEXT,
	FIELD_NUMBER,	/* fits 64 bits without sign */
	FIELD_DECIMAL,	/* digits, a point, digits */
	FIELD_SIGNED,	/* a change: fits 64 bits with its sign */
	FIELD_FLAG,	/* true or false */
};

/* key and text are not the field's own: they live in the record's buffer or for ever. */
struct field {
	const char *key;
	const char *text;
	char digits[24];
	uint64_t number;
	enum field_kind kind;
};

/**
 * struct record - named fields in the order they were added
 * @fields: the fields
 * @count: how many
 * @room: how many fit
 * @buf: the line the fields point into, owned by the record
 * @buf_room: size of @buf
 */
struct record {
	struct field *fields;
	size_t count;
	size_t room;
	char *buf;
	size_t buf_room;
};

void record_reset(struct record *rec);
void record_free(struct record *rec);

void record_add(struct record *rec, const char *key, const char *text);
void record_add_text(struct record *rec, const char *key, const char *text);
void record_add_number(struct record *rec, const char *key, uint64_t number);
void record_add_signed(struct record *rec, const char *key, int64_t number);
void record_add_decimal(struct record *rec, const char *key, double number);
void record_add_flag(struct record *rec, const char *key, bool on);
void record_make_flag(struct record *rec, const char *key);

void record_set_number(struct record *rec, const char *key, uint64_t number);
void record_set_text(struct record *rec, const char *key, const char *text);

const struct field *record_find(const struct record *rec, const char *key);
const char *field_text(const struct field *field);
const char *record_text(const struct record *rec, const char *key);
bool record_number(const struct record *rec, const char *key, uint64_t *number);
uint64_t record_count(const struct record *rec, const char *key);
bool record_flag(const struct record *rec, const char *key);

void record_parse_flat(struct record *rec, char *lines);
void record_parse_nested(struct record *rec, char *words, const char *const *text_keys);
char *record_cut_word(char **rest);
void record_unescape(char *text);
char *record_escape(const char *text, const char *bytes);

#endif
