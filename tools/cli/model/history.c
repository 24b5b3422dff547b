// SPDX-License-Identifier: GPL-2.0-only
/*
 * History: see history.h. The file of events keeps the last of them, and each reader begins with
 * the oldest. An older module has neither exhausted nor taken, and tells the end of none.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/event.h"
#include "model/history.h"
#include "model/kfile.h"

static const char *text_of(const struct record *rec, const char *key)
{
	return record_find(rec, key) ? record_text(rec, key) : "";
}

static bool is_same(const struct run *run, const struct record *rec, const char *level)
{
	return !strcmp(run->level, level) && !strcmp(run->path, record_text(rec, "path")) &&
	       !strcmp(run->resource, record_text(rec, "resource")) &&
	       !strcmp(run->source, text_of(rec, "source")) &&
	       !strcmp(run->destination, text_of(rec, "destination")) &&
	       run->port == record_count(rec, "port");
}

static double seconds_of(const struct record *rec, const char *key)
{
	return record_find(rec, key) ? strtod(record_text(rec, key), NULL) : 0;
}

#define ROOM	90	/* percent: of a range that is fuller somebody may get no port */

static bool has_room(const struct record *rec)
{
	uint64_t limit = record_count(rec, "limit");

	return limit && 100 * record_count(rec, "current") < ROOM * limit;
}

static struct run *begin(struct history *history, const struct record *rec, const char *level)
{
	struct run *run;

	history->runs = xgrow(history->runs, history->count, &history->room, sizeof(*run));
	run = &history->runs[history->count++];
	*run = (struct run){
		.level = xstrdup(level),
		.path = xstrdup(record_text(rec, "path")),
		.resource = xstrdup(record_text(rec, "resource")),
		.source = xstrdup(text_of(rec, "source")),
		.destination = xstrdup(text_of(rec, "destination")),
		.port = record_count(rec, "port"),
		.began = seconds_of(rec, "time"),
		.last = seconds_of(rec, "time"),
		.room = has_room(rec),
		.audit = record_flag(rec, "audit"),
	};
	return run;
}

/* The event of its beginning may have been pushed out by later ones. */
static void end(struct history *history, const struct record *rec, const char *level)
{
	struct run *run = NULL;

	for (size_t i = history->count; !run && i-- > 0; )
		if (!history->runs[i].over && is_same(&history->runs[i], rec, level))
			run = &history->runs[i];
	if (!run) {
		run = begin(history, rec, level);
		run->began -= seconds_of(rec, "seconds");
	}
	run->over = true;
	run->count = record_count(rec, "count");
	run->elsewhere = record_count(rec, "elsewhere");
	run->last = record_find(rec, "last") ? seconds_of(rec, "last") : seconds_of(rec, "time");
}

static bool is_failure(const char *level)
{
	return !strcmp(level, "exhausted") || !strcmp(level, "taken") || !strcmp(level, "deny");
}

/**
 * history_add - note an event
 * @history: the history, which takes the events in the order in which they were
 * @event: the event; one that is no failure, nor the end of a run of them, is passed over
 */
void history_add(struct history *history, const struct record *event)
{
	const char *level = record_text(event, "level");

	if (is_failure(level))
		begin(history, event, level);
	else if (!strcmp(level, "end") && is_failure(record_text(event, "of")))
		end(history, event, record_text(event, "of"));
}

static void take(void *data, char *line)
{
	struct event event;

	if (event_parse(&event, line))
		history_add(data, &event.rec);
	event_free(&event);
}

/**
 * history_read - read what the module has kept of this namespace
 * @history: filled in; history_free() is due
 *
 * It is no failure if there is no such file: then nothing is known of the past.
 */
void history_read(struct history *history)
{
	char *path = kfile_path(KFILE_EVENTS);
	struct kstream stream;
	int more = 1;

	*history = (struct history){ 0 };
	if (!access(path, R_OK)) {
		if (kstream_open(&stream, KFILE_EVENTS))
			more = 0;
		while (more > 0 && more != KSTREAM_EMPTY)
			more = kstream_read(&stream, take, history);
		kstream_close(&stream);
	}
	free(path);
}

/**
 * run_own - how many calls of a run wanted the destination or port that it names
 * @run: the run
 */
uint64_t run_own(const struct run *run)
{
	return run->count > run->elsewhere ? run->count - run->elsewhere : 0;
}

/**
 * history_free - give everything back
 * @history: the history
 */
void history_free(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		free(history->runs[i].level);
		free(history->runs[i].path);
		free(history->runs[i].resource);
		free(history->runs[i].source);
		free(history->runs[i].destination);
	}
	free(history->runs);
	*history = (struct history){ 0 };
}
