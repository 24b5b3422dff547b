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
#include "lib/interval.h"
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
	/* Another recorder may be making it, too. */
	if (archive->fd < 0 && errno == ENOENT && (!mkdir(archive->dir, 0750) || errno == EEXIST))
		archive->fd = open(archive->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return archive->fd < 0 ? fail(archive, "", errno) : 0;
}

/* Whoever may read the record could lock its folder, or a day, and keep rows from being added. */
static int take_lock(struct archive *archive)
{
	archive->lock = openat(archive->fd, ARCHIVE_LOCK,
			       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (archive->lock < 0)
		return fail(archive, ARCHIVE_LOCK, errno);
	if (!flock(archive->lock, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return fail(archive, ARCHIVE_LOCK, errno);
	say_error("%s: another recorder is adding to it now; nothing was recorded", archive->dir);
	return -1;
}

static int open_day(struct archive *archive, int flags)
{
	archive->day = openat(archive->fd, archive->name,
			      O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, 0640);
	return archive->day < 0 && errno != ENOENT ? fail(archive, archive->name, errno) : 0;
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
	double begins;
	struct stat st;
	struct tm tm;

	*archive = (struct archive){ .dir = dir, .fd = -1, .lock = -1, .day = -1 };
	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(archive->name, sizeof(archive->name), "%Y-%m-%d.jsonl", &tm))
		return fail(archive, "", EINVAL);
	/* A day of a year past 9999 would not be known for one again, and never go. */
	if (!is_day(archive->name, &begins))
		return fail(archive, archive->name, ERANGE);
	if (open_folder(archive) || take_lock(archive) || open_day(archive, 0))
		return -1;
	if (archive->day >= 0 && fstat(archive->day, &st))
		return fail(archive, archive->name, errno);
	archive->size = archive->day < 0 ? 0 : st.st_size;
	return 0;
}

static void add_last(const struct archive *archive, const char *name, json_t *last)
{
	int fd = openat(archive->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	json_t *row = NULL;

	if (fd < 0)
		return;
	day_read_end(fd, &row);
	close(fd);
	if (row)
		json_array_append_new(last, row);
}

/**
 * archive_last - the last rows that were added
 * @archive: the archive
 *
 * Return: a new reference to an array: the last row of today, of the day before, and of all days
 *	that are still to come. Which of them is the latest, the clock does not tell: it can have
 *	been set back, by some days or from a time far ahead.
 */
json_t *archive_last(const struct archive *archive)
{
	json_t *last = json_array();
	struct dirent **days;
	int count = scandir(archive->dir, &days, only_days, alphasort), from = count;

	while (from > 0 && strcmp(days[from - 1]->d_name, archive->name) >= 0)
		from--;
	for (int i = from > 0 ? from - 1 : 0; i < count; i++)
		add_last(archive, days[i]->d_name, last);
	if (count >= 0)
		free_days(days, count);
	return last;
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

	if (archive->day < 0 && open_day(archive, O_CREAT))
		return -1;
	if (archive->day < 0 || end_line(archive))
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

static void remove_day(const struct archive *archive, const char *name)
{
	if (strcmp(name, archive->name) && unlinkat(archive->fd, name, 0))
		fail(archive, name, errno);
}

static size_t size_of(const struct archive *archive, const char *name)
{
	struct stat st;

	return fstatat(archive->fd, name, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_size;
}

/*
 * A day that is still to come was written by a clock that was far ahead. It goes when a day begins
 * and the one before has been written, by a clock that has gone on as clocks do.
 */
static void remove_future(const struct archive *archive, struct dirent **days, int count)
{
	double today, before;
	int at = 0;

	if (archive->size || !is_day(archive->name, &today))
		return;
	while (at < count && strcmp(days[at]->d_name, archive->name) < 0)
		at++;
	if (!at || !is_day(days[at - 1]->d_name, &before) || today - before > DAY_SECONDS)
		return;
	for (; at < count; at++)
		remove_day(archive, days[at]->d_name);
}

/**
 * archive_trim - remove the oldest days
 * @archive: the archive
 * @days: how many may stay; the one that is being added to always does
 * @bytes: how many bytes all of them may have
 */
void archive_trim(const struct archive *archive, size_t days, size_t bytes)
{
	struct dirent **list;
	int count = scandir(archive->dir, &list, only_days, alphasort);
	size_t all = 0, size;

	if (count < 0)
		return;
	remove_future(archive, list, count);
	for (int i = 0; i < count; i++)
		all += size_of(archive, list[i]->d_name);
	for (int i = 0; i < count; i++) {
		if (i + (int)days >= count && all <= bytes)
			break;
		size = size_of(archive, list[i]->d_name);
		remove_day(archive, list[i]->d_name);
		all -= strcmp(list[i]->d_name, archive->name) ? size : 0;
	}
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
	if (archive->lock >= 0)
		close(archive->lock);
	if (archive->fd >= 0)
		close(archive->fd);
	*archive = (struct archive){ .fd = -1, .lock = -1, .day = -1 };
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

static int read_day(const char *path, struct span *span, struct day_faults *faults)
{
	const char *name = strrchr(path, '/');
	double begins;

	faults->grows = is_day(name ? name + 1 : path, &begins) &&
			begins + DAY_SECONDS > interval_wall();
	return day_read(path, take, span, faults);
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
		return read_day(dir, &span, faults);
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
		if (read_day(path, &span, faults))
			err = -1;
		free(path);
	}
	free_days(days, count);
	return err;
}
