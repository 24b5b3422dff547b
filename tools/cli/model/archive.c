// SPDX-License-Identifier: GPL-2.0-only
/*
 * Archives: see archive.h.
 *
 * Days are removed by their number, not by their age: a clock that jumps far ahead for a minute
 * would else take all of them along.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/archive.h"

#define DAY_SECONDS	86400
#define NOT_ENABLED		"; is it enabled? systemctl enable --now portquota-record.timer"

static int fail(const struct archive *archive, const char *name, int error)
{
	say_error("%s%s%s: %s", archive->dir, *name ? "/" : "", name, strerror(error));
	return -1;
}

/* The name of a day's file; returns whether that is one, and when the day begins. */
static bool is_day(const char *name, double *begins)
{
	struct tm tm = { 0 };
	const char *end = strptime(name, "%Y-%m-%d", &tm);

	if (!end || end != name + strlen("2026-11-30") || strcmp(end, ".jsonl"))
		return false;
	*begins = timegm(&tm);
	return true;
}

static int only_days(const struct dirent *entry)
{
	double begins;

	return is_day(entry->d_name, &begins);
}

static void free_days(struct dirent **days, int count)
{
	for (int i = 0; i < count; i++)
		free(days[i]);
	free(days);
}

static int open_folder(struct archive *archive)
{
	archive->fd = open(archive->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archive->fd < 0 && errno == ENOENT && !mkdir(archive->dir, 0750))
		archive->fd = open(archive->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archive->fd < 0)
		return fail(archive, "", errno);
	if (!flock(archive->fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return fail(archive, "", errno);
	say_error("%s: another recorder is adding to it now; nothing was recorded", archive->dir);
	return -1;
}

/* What was cut off by a crash stays a line of its own. */
static int end_line(const struct archive *archive)
{
	char last = '\n';

	if (archive->size && pread(archive->day, &last, 1, archive->size - 1) != 1)
		return fail(archive, archive->name, errno);
	if (last != '\n' && write(archive->day, "\n", 1) != 1)
		return fail(archive, archive->name, errno);
	return 0;
}

/**
 * archive_open - begin to add to an archive
 * @archive: filled in; archive_close() is due whether this works or not
 * @dir: its folder, which is made if it is not there
 * @when: now, in seconds since 1970
 *
 * Return: 0, or -1.
 */
int archive_open(struct archive *archive, const char *dir, double when)
{
	time_t seconds = when;
	struct stat st;
	struct tm tm;

	*archive = (struct archive){ .dir = dir, .fd = -1, .day = -1 };
	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(archive->name, sizeof(archive->name), "%Y-%m-%d.jsonl", &tm))
		return fail(archive, "", EINVAL);
	if (open_folder(archive))
		return -1;
	archive->day = openat(archive->fd, archive->name,
			      O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (archive->day < 0 || fstat(archive->day, &st))
		return fail(archive, archive->name, errno);
	archive->size = st.st_size;
	return 0;
}

/* The newest day but that of today, as when the clock has gone back. */
static int open_newest(const struct archive *archive)
{
	struct dirent **days;
	int count = scandir(archive->dir, &days, only_days, alphasort), fd = -1;

	for (int i = count; fd < 0 && i-- > 0; )
		if (strcmp(days[i]->d_name, archive->name))
			fd = openat(archive->fd, days[i]->d_name,
				    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (count >= 0)
		free_days(days, count);
	return fd;
}

/**
 * archive_last - the last rows that were added
 * @archive: the archive
 * @last: set to new references: the last row of today, and that of the newest other day. Each can
 *	be NULL. Which is the later one, the clock does not tell: it can have been set back.
 */
void archive_last(const struct archive *archive, json_t *last[2])
{
	int fd = open_newest(archive);

	last[0] = NULL;
	last[1] = NULL;
	day_read_end(archive->day, &last[0]);
	if (fd < 0)
		return;
	day_read_end(fd, &last[1]);
	close(fd);
}

/**
 * archive_append - add a row to the day
 * @archive: the archive
 * @line: the row, with its newline
 * @len: how long that is
 *
 * A row is there as a whole, or nothing of it is.
 *
 * Return: 0, or -1.
 */
int archive_append(struct archive *archive, const char *line, size_t len)
{
	ssize_t n;
	int error;

	if (end_line(archive))
		return -1;
	errno = 0;
	n = write(archive->day, line, len);
	if (n == (ssize_t)len)
		return 0;
	error = n < 0 ? errno : ENOSPC;
	if (ftruncate(archive->day, archive->size))
		say_error("%s/%s: a row was cut off there: %s", archive->dir, archive->name,
			  strerror(errno));
	return fail(archive, archive->name, error);
}

/**
 * archive_trim - remove the oldest days
 * @archive: the archive
 * @days: how many may stay; the one that is being added to always does
 */
void archive_trim(const struct archive *archive, size_t days)
{
	struct dirent **list;
	int count = scandir(archive->dir, &list, only_days, alphasort);

	for (int i = 0; i + (int)days < count; i++)
		if (strcmp(list[i]->d_name, archive->name) &&
		    unlinkat(archive->fd, list[i]->d_name, 0))
			fail(archive, list[i]->d_name, errno);
	if (count >= 0)
		free_days(list, count);
}

/**
 * archive_close - end adding
 * @archive: the archive
 */
void archive_close(struct archive *archive)
{
	if (archive->day >= 0)
		close(archive->day);
	if (archive->fd >= 0)
		close(archive->fd);
	*archive = (struct archive){ .fd = -1, .day = -1 };
}

/* A visit of the rows that are between two moments. */
struct span {
	double since;
	double until;
	day_visit_fn visit;
	void *data;
	bool more;
};

static bool take(json_t *row, void *data)
{
	struct span *span = data;
	double when = json_number_value(json_object_get(row, "time"));

	if (when >= span->since && when < span->until)
		span->more = span->visit(row, span->data);
	return span->more;
}

/**
 * archive_each - visit the rows of an archive, in the order in which they were added to each day
 * @dir: its folder, or a day's file
 * @since: the first moment, in seconds since 1970
 * @until: the first one that is not wanted any more
 * @visit: called with each row
 * @data: for @visit
 * @faults: what cannot be read is counted there, and told
 *
 * Return: 0, or -1 if there is no such archive, or a file could not be read.
 */
int archive_each(const char *dir, double since, double until, day_visit_fn visit, void *data,
		 struct day_faults *faults)
{
	struct span span = { since, until, visit, data, true };
	struct dirent **days;
	double begins;
	int count, err = 0;
	char *path;

	count = scandir(dir, &days, only_days, alphasort);
	if (count < 0 && errno == ENOTDIR)
		return day_read(dir, take, &span, faults);
	if (count <= 0) {
		say_error("%s: %s%s", dir, count ? strerror(errno) : "nothing is recorded there",
			  !count || errno == ENOENT ? NOT_ENABLED : "");
		if (!count)
			free(days);
		return -1;
	}
	for (int i = 0; span.more && i < count; i++) {
		if (!is_day(days[i]->d_name, &begins) || begins >= until ||
		    begins + DAY_SECONDS <= since)
			continue;
		path = xasprintf("%s/%s", dir, days[i]->d_name);
		if (day_read(path, take, &span, faults))
			err = -1;
		free(path);
	}
	free_days(days, count);
	return err;
}
