/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The archive: the folder in which the record is kept, a file per day (of UTC, so that none is
 * longer or shorter than others). What it takes is bounded: so many days of so many bytes.
 */
#ifndef PORTQUOTA_ARCHIVE_H
#define PORTQUOTA_ARCHIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/day.h"

#define ARCHIVE_DIR		"/var/log/portquota"
#define ARCHIVE_DAYS		28
#define ARCHIVE_DAY_BYTES	(32UL << 20)

/**
 * struct archive - an archive that is being added to
 * @dir: its folder
 * @fd: the same, open, and locked: one recorder adds at a time
 * @name: the file of the day
 * @day: the same, open; -1 if it could not be
 * @size: how long it was when it was opened
 */
struct archive {
	const char *dir;
	int fd;
	char name[32];
	int day;
	off_t size;
};

int archive_open(struct archive *archive, const char *dir, double when);
void archive_last(const struct archive *archive, json_t *last[2]);
int archive_append(struct archive *archive, const char *line, size_t len);
void archive_trim(const struct archive *archive, size_t days);
void archive_close(struct archive *archive);

int archive_each(const char *dir, double since, double until, day_visit_fn visit, void *data,
		 struct day_faults *faults);

#endif
