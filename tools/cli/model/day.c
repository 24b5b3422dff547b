// SPDX-License-Identifier: GPL-2.0-only
/* Days: see day.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/day.h"

#define CHECK_HEAD	",\"crc\":\""
#define CHECK_LEN	(strlen(CHECK_HEAD) + 8 + strlen("\"}"))
#define TOLD		5	/* complaints about one file */
#define END_BYTES	(1 << 16)	/* of the end of a day that are read first */

/* CRC-32 as gzip, zlib and Ethernet have it, so that anybody can check a line. */
static uint32_t crc32_of(const char *text, size_t len)
{
	static uint32_t table[256];
	uint32_t crc = ~0U;

	for (unsigned int i = 0; !table[255] && i < ARRAY_SIZE(table); i++) {
		crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		table[i] = crc;
	}
	for (crc = ~0U; len; len--)
		crc = crc >> 8 ^ table[(crc ^ (unsigned char)*text++) & 0xff];
	return ~crc;
}

/**
 * day_line - a row as a line of a day
 * @row: the row, an object with at least one key
 * @len: set to the length of the line with its newline
 *
 * Return: the line, for the caller to free().
 */
char *day_line(const json_t *row, size_t *len)
{
	char *text = json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(15)), *line;
	size_t body = text ? strlen(text) - 1 : 0;

	line = xasprintf("%.*s" CHECK_HEAD "%08x\"}\n", (int)body, text ?: "",
			 crc32_of(text ?: "", body));
	free(text);
	*len = strlen(line);
	return line;
}

/* Returns what is wrong with a line, or NULL and its row. */
static const char *parse(const char *line, size_t len, json_t **row)
{
	json_int_t schema;
	char check[16];
	size_t body;

	*row = NULL;
	if (len <= CHECK_LEN || memcmp(line + len - 2, "\"}", 2))
		return "is cut off";
	body = len - CHECK_LEN;
	if (memcmp(line + body, CHECK_HEAD, strlen(CHECK_HEAD)))
		return "is no row: it has no crc at its end";
	snprintf(check, sizeof(check), "%08x", crc32_of(line, body));
	if (memcmp(line + body + strlen(CHECK_HEAD), check, 8))
		return "has been changed: its crc is another";
	*row = json_loadb(line, len, 0, NULL);
	schema = json_integer_value(json_object_get(*row, "schema"));
	if (!json_is_object(*row))
		return "is no JSON object";
	if (schema == DAY_SCHEMA)
		return NULL;
	json_decref(*row);
	*row = NULL;
	return schema > DAY_SCHEMA ? "is of a newer portquota" : "has no schema that is known";
}

static void tell(const char *path, size_t number, const char *what, struct day_faults *faults,
		 size_t before)
{
	faults->lines++;
	if (faults->lines - before <= TOLD)
		say_error("%s:%zu: this line %s; it is left out", path, number, what);
}

/* In the place of a file there can be a pipe, and nobody need ever write to that. */
static FILE *open_rows(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETFL, 0))
		return NULL;
	return fdopen(fd, "r");
}

/**
 * day_read - read the rows of a day
 * @path: the file
 * @visit: called with each row
 * @data: for @visit
 * @faults: what cannot be read is counted there, and told
 *
 * Return: 0 if the file could be read to its end, whatever it contains; or -1.
 */
int day_read(const char *path, day_visit_fn visit, void *data, struct day_faults *faults)
{
	size_t number = 0, before = faults->lines, room = 0;
	FILE *f = open_rows(path);
	const char *what;
	char *line = NULL;
	bool more = true, whole;
	json_t *row;
	ssize_t len;
	int err = 0;

	while (f && more && (len = getline(&line, &room, f)) > 0) {
		number++;
		/* The last line may have none: it was cut off, or is being written. */
		whole = line[len - 1] == '\n';
		what = parse(line, len - whole, &row);
		if (what && !whole && faults->grows)
			break;
		if (what)
			tell(path, number, what, faults, before);
		else
			more = visit(row, data);
		json_decref(row);
	}
	if (!f || ferror(f)) {
		say_error("%s: %s", path, strerror(errno));
		err = -1;
	}
	if (faults->lines - before > TOLD)
		say_error("%s: and %zu more such lines", path, faults->lines - before - TOLD);
	if (f)
		fclose(f);
	free(line);
	return err;
}

/* Whether a row stands in a part of a day, the first line of which may have no beginning */
static bool find_last(const char *text, size_t len, json_t **row)
{
	size_t start;

	for (size_t end = len; !*row && end; end = start ? start - 1 : 0) {
		start = end;
		while (start && text[start - 1] != '\n')
			start--;
		parse(text + start, end - start, row);
	}
	return *row;
}

/**
 * day_read_end - the last row of a day that can be read
 * @fd: the file
 * @row: set to a new reference; NULL if there is none
 *
 * So much of the end is read that it has a row, however long that is. Nothing is told of lines that
 * cannot be read: who reads the day is told.
 *
 * Return: 0, or an errno.
 */
int day_read_end(int fd, json_t **row)
{
	off_t size = lseek(fd, 0, SEEK_END), want = 0;
	char *text = NULL;
	size_t have;
	ssize_t n;

	*row = NULL;
	if (size < 0)
		return errno;
	do {
		want = want ? want * 4 : END_BYTES;
		want = want < size ? want : size;
		text = xrealloc(text, want + 1, 1);
		have = 0;
		while ((n = pread(fd, text + have, want - have, size - want + have)) > 0)
			have += n;
	} while (n == 0 && !find_last(text, have, row) && want < size);
	free(text);
	return n < 0 ? errno : 0;
}
