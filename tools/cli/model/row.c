// SPDX-License-Identifier: GPL-2.0-only
/* Rows: see row.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/cli.h"
#include "model/day.h"
#include "model/event.h"
#include "model/kfile.h"
#include "model/row.h"

/**
 * row_of_record - a record as an object of a row
 * @rec: the record; a limit that is none is left out
 *
 * Return: a new reference.
 */
json_t *row_of_record(const struct record *rec)
{
	json_t *object = json_of_record(rec), *value;
	const char *key;
	void *next;

	json_object_foreach_safe(object, next, key, value) {
		if (json_is_null(value))
			json_object_del(object, key);
	}
	return object;
}

/**
 * row_to_record - the way back
 * @object: the object; must live as long as the record's fields
 * @rec: the record, to which the fields are added
 */
void row_to_record(json_t *object, struct record *rec)
{
	json_to_record(object, rec);
	for (size_t i = 0; i < rec->count; i++)
		rec->fields[i].key = json_key_of(rec->fields[i].key);
}

/* Each load of the module makes a folder of sysfs, with an inode number that no other has had. */
static void add_load(json_t *row)
{
	char *path = kfile_sys_path("module/portquota"), *load;
	struct stat st;

	if (!stat(path, &st)) {
		load = xasprintf("%jx", (uintmax_t)st.st_ino);
		json_object_set_new(row, "load", json_string(load));
		free(load);
	}
	free(path);
}

/* Counts on while the machine sleeps, and when the clock is set. */
static double uptime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1000000 / 1e3;
}

/**
 * row_begin - a new row: when, and since when counters count
 * @when: seconds since 1970
 *
 * Return: a new reference.
 */
json_t *row_begin(double when)
{
	json_t *row = json_object();
	char boot[9];

	json_object_set_new(row, "schema", json_integer(DAY_SCHEMA));
	json_object_set_new(row, "time", json_real(when));
	if (kfile_peek("sys/kernel/random/boot_id", boot, sizeof(boot)))
		json_object_set_new(row, "boot", json_text(boot));
	add_load(row);
	json_object_set_new(row, "uptime", json_real(uptime()));
	return row;
}

/**
 * row_time - when a row was made
 * @row: the row
 *
 * Return: seconds since 1970.
 */
double row_time(const json_t *row)
{
	return json_number_value(json_object_get(row, "time"));
}

/**
 * row_space_key - a text that is the same of one namespace in all rows, and of no other
 * @row: the row
 * @space: the namespace's object in it
 *
 * The host is the host in each boot. Of others only the number is known, and it is that of somebody
 * else in another boot; a name may come and go.
 *
 * Return: the text, for the caller to free().
 */
char *row_space_key(const json_t *row, const json_t *space)
{
	if (json_is_true(json_object_get(space, "host")))
		return xstrdup("host");
	return xasprintf("%s %s", json_text_of(row, "boot"), json_text_of(space, "netns"));
}

/**
 * row_space_is - whether a namespace is the one that somebody asked for
 * @space: its object in a row
 * @asked: its name, net:[inode], or the pid that was told to live in it; NULL for the host's
 */
bool row_space_is(const json_t *space, const char *asked)
{
	json_t *pid = json_object_get(space, "netns.pid");
	char number[24];

	if (!asked)
		return json_is_true(json_object_get(space, "host"));
	if (!strcmp(json_text_of(space, "netns.name"), asked) ||
	    !strcmp(json_text_of(space, "netns"), asked))
		return true;
	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(pid));
	return json_is_integer(pid) && !strcmp(number, asked);
}

static bool is_equal(const json_t *row, const json_t *other, const char *key)
{
	return json_equal(json_object_get(row, key), json_object_get(other, key)) ||
	       (!json_object_get(row, key) && !json_object_get(other, key));
}

/**
 * row_is_of_load - whether two rows are of the same load of the module, in the same boot
 * @row: a row
 * @other: another one, or NULL
 */
bool row_is_of_load(const json_t *row, const json_t *other)
{
	return other && is_equal(row, other, "boot") && is_equal(row, other, "load");
}

/**
 * row_follows - whether counters of a row go on from those of another
 * @row: the row
 * @before: the other, or NULL
 * @seconds: set to the time between them, whatever the clock was set to meanwhile
 */
bool row_follows(const json_t *row, const json_t *before, double *seconds)
{
	*seconds = json_number_value(json_object_get(row, "uptime")) -
		   json_number_value(json_object_get(before, "uptime"));
	return row_is_of_load(row, before) && *seconds > 0;
}

/**
 * struct taking - events being taken into a row
 * @list: those that are new
 * @next: the number of the first that is
 * @known: rows of this load of the module have the ones before
 * @until: when the last one was that a row has, by which an older module's are told apart
 * @newest: when the last one of now was
 * @lost: how many are missing before the first
 * @left_out: a line says that so many are missing before the next one
 * @read: the number that the next line has if none is missing; 0 before the first
 */
struct taking {
	json_t *list;
	uint64_t next;
	bool known;
	double until;
	double newest;
	uint64_t lost;
	uint64_t left_out;
	uint64_t read;
};

static void note_lost(struct taking *taking, const struct record *rec)
{
	if (!taking->left_out)
		return;
	json_array_append_new(taking->list, json_pack("{s:f, s:s, s:I}", "time",
						      strtod(record_text(rec, "time"), NULL),
						      "level", "lost", "lost",
						      (json_int_t)taking->left_out));
}

/* What was pushed out while it was being read, a line tells, and the numbers do. */
static void count_once(struct taking *taking, uint64_t seq)
{
	uint64_t missing = taking->read && seq > taking->read ? seq - taking->read : 0;

	taking->left_out -= missing < taking->left_out ? missing : taking->left_out;
	taking->read = seq + 1;
}

/* Each reader begins with the oldest that is kept, so most are those of the row before. */
static void take_event(struct taking *taking, const struct record *rec)
{
	double when = strtod(record_text(rec, "time"), NULL);
	uint64_t seq;

	if (record_number(rec, "seq", &seq)) {
		count_once(taking, seq);
		if (seq < taking->next)
			return;
		if (seq > taking->next && taking->known)
			taking->lost += seq - taking->next;
		taking->next = seq + 1;
		taking->known = true;
	} else if (when <= taking->until) {
		return;
	}
	taking->newest = when > taking->newest ? when : taking->newest;
	note_lost(taking, rec);
	json_array_append_new(taking->list, row_of_record(rec));
}

static void take_line(void *data, char *line)
{
	struct taking *taking = data;
	struct event event;

	if (event_parse(&event, line)) {
		if (record_find(&event.rec, "lost")) {
			taking->left_out = record_count(&event.rec, "lost");
		} else {
			take_event(taking, &event.rec);
			taking->left_out = 0;
		}
	}
	event_free(&event);
}

/* A row of another load of this boot tells that the recorder was there when this one began. */
static void begin_after(struct taking *taking, const json_t *row, const json_t *last)
{
	uint64_t next = json_integer_value(json_object_get(last, "events.next"));
	double until = json_number_value(json_object_get(last, "events.until"));

	if (last && is_equal(row, last, "boot"))
		taking->known = true;
	if (!row_is_of_load(row, last))
		return;
	taking->next = next > taking->next ? next : taking->next;
	taking->until = until > taking->until ? until : taking->until;
}

/**
 * row_add_events - add the events of the host that no row has yet
 * @row: the row
 * @last: an array of rows that were made before
 *
 * Return: 0, or -1.
 */
int row_add_events(json_t *row, const json_t *last)
{
	struct taking taking = { .list = json_array() };
	struct kstream stream;
	json_t *before;
	size_t i;
	int more;

	json_array_foreach(last, i, before)
		begin_after(&taking, row, before);
	taking.newest = taking.until;
	more = kstream_open(&stream, KFILE_HOST_EVENTS) ? -1 : 1;
	while (more > 0 && more != KSTREAM_EMPTY)
		more = kstream_read(&stream, take_line, &taking);
	kstream_close(&stream);
	json_object_set_new(row, "events", taking.list);
	json_object_set_new(row, "events.next", json_integer(taking.next));
	json_object_set_new(row, "events.until", json_real(taking.newest));
	if (taking.lost)
		json_object_set_new(row, "events.lost", json_integer(taking.lost));
	return more < 0 ? -1 : 0;
}
