/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A day: a file of the record, with a row per line. A row is a JSON object, whose last key is the
 * CRC-32 of all that stands before it in the line: a line that was cut off or changed is found.
 */
#ifndef PORTQUOTA_DAY_H
#define PORTQUOTA_DAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define DAY_SCHEMA	1	/* of the rows that are written; those of a higher one are not read */

/**
 * struct day_faults - what of days could not be read
 * @lines: how many lines
 * @grows: the day is of today: a last line without its newline is being written, and no fault
 */
struct day_faults {
	size_t lines;
	bool grows;
};

/* Is given each row, and keeps it by json_incref(); returns whether to go on. */
typedef bool (*day_visit_fn)(json_t *row, void *data);

char *day_line(const json_t *row, size_t *len);
int day_read(const char *path, day_visit_fn visit, void *data, struct day_faults *faults);
int day_read_end(int fd, json_t **row);

#endif
