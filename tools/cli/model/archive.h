/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The archive: the folder in which the record is kept, a file per day (of UTC, so that none is
 * longer or shorter than others). What it takes is bounded: so many days of so many bytes.
 *
 * One recorder adds at a time: it holds the lock of a file that no other user can open.
 */
#ifndef PORTQUOTA_ARCHIVE_H
#define PORTQUOTA_ARCHIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/day.h"

#define ARCHIVE_DIR		"/var/log/portquota"
#define ARCHIVE_LOCK		".lock"
#define ARCHIVE_DAYS		28
#define ARCHIVE_DAY_BYTES	(32UL << 20)

/**
 * struct archive - an archive that is being added to
 * @dir: its folder
 * @fd: the same, open
 * @lock: its file ARCHIVE_LOCK, open and locked
 * @name: the file of the day
 * @day: the same, open; -1 before it is begun
 * @size: how long it was when it was opened
 */
struct archive {
	const char *dir;
	int fd;
	int lock;
	char name[32];
	int day;
	off_t size;
};

int archive_open(struct archive *archive, const char *dir, double when);
json_t *archive_last(const struct archive *archive);
int archive_append(struct archive *archive, const char *line, size_t len);
void archive_trim(const struct archive *archive, size_t days, size_t bytes);
void archive_close(struct archive *archive);

int archive_each(const char *dir, double since, double until, day_visit_fn visit, void *data,
		 struct day_faults *faults);

#endif
