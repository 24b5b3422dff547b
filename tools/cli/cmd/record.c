// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota record: add a row of what is now to the archive, for history, why --at and plot. A
 * timer calls it once per minute.
 *
 * The row has the totals of each namespace that is in use, of all of these together the largest
 * cgroups and the fullest destinations, and the events since the row before. A day's file does not
 * grow beyond its size: rows have less in them where it comes near.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "model/archive.h"
#include "model/event.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "model/row.h"
#include "model/shrink.h"
#include "resource/holders.h"
#include "resource/snapshot.h"

#define SPACES		LARGEST_SPACES	/* of which a row has the totals, the largest */
#define DAY_MINUTES	1440
#define DAY_MIN		4UL	/* MiB: room for short rows, and some in full */
#define MIB		(1UL << 20)

/**
 * struct space - a namespace that is in use
 * @netns: net:[inode]
 * @totals: its line of the file of namespaces
 * @read: which of the surveys is of it; -1 if it could not be entered
 * @shorts: what was short there, and who held it; NULL if nothing was
 */
struct space {
	char *netns;
	struct record totals;
	int read;
	json_t *shorts;
};

/**
 * struct recorder - a row being made
 * @dir: the archive
 * @days: how many days are kept
 * @size: how much they can have, in MiB
 * @here: the namespace this process began in
 * @spaces: the namespaces in use, the largest first
 * @count: how many
 * @room: how many fit
 * @all: how many namespaces there are
 * @surveys: of those that could be entered
 * @survey_count: how many
 */
struct recorder {
	const char *dir;
	unsigned long days;
	unsigned long size;
	char here[32];
	struct space *spaces;
	size_t count;
	size_t room;
	size_t all;
	struct survey surveys[SPACES];
	size_t survey_count;
};

static void settle(void *input, struct argp_state *state)
{
	struct recorder *recorder = input;

	if (cli.netns)
		argp_error(state, "record is of the whole host; -n cannot be used");
	if (recorder->days > 3660)
		argp_error(state, "--days %lu: not a number from 1 to 3660", recorder->days);
	if (!recorder->size)
		recorder->size = recorder->days * (ARCHIVE_DAY_BYTES / MIB);
	if (recorder->size / recorder->days < DAY_MIN)
		argp_error(state, "--size %lu: %lu days need at least %lu MiB", recorder->size,
			   recorder->days, recorder->days * DAY_MIN);
}

static const struct args_option options[] = {
	ARGS_VALUE("dir", 0, "DIR", args_take_text, struct recorder, dir,
		   "Where the record is (default " ARCHIVE_DIR ")"),
	ARGS_VALUE("days", 0, "N", args_take_count, struct recorder, days,
		   "Keep the last N days (default 28)"),
	ARGS_VALUE("size", 0, "MIB", args_take_count, struct recorder, size,
		   "Let all days together have so many MiB at most (default 32 per day)"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Add one row to the record that history, why --at and plot read. "
	       "portquota-record.timer calls this once per minute.",
	.options = options,
	.settle = settle,
};

static uint64_t use_of(const struct record *totals)
{
	return record_count(totals, "tcp.current") + record_count(totals, "udp.current") +
	       record_count(totals, "timewait.current");
}

static void add_space(struct recorder *recorder, struct record *rec)
{
	char *rest = rec->buf, *netns = record_cut_word(&rest);
	struct space *space;

	if (!netns || strchr(netns, '='))
		return;
	recorder->all++;
	netns_describe(rec, netns);
	record_parse_nested(rec, rest, NULL);
	if (!*recorder->here)
		snprintf(recorder->here, sizeof(recorder->here), "%s", netns);
	if (!use_of(rec) && strcmp(netns, recorder->here))
		return;
	recorder->spaces = xgrow(recorder->spaces, recorder->count, &recorder->room,
				 sizeof(*space));
	space = &recorder->spaces[recorder->count++];
	*space = (struct space){ .netns = netns, .totals = *rec, .read = -1 };
	*rec = (struct record){ 0 };
}

static int largest_first(const void *a, const void *b, void *here)
{
	const struct space *x = a, *y = b;
	bool own = !strcmp(x->netns, here);

	if (own != !strcmp(y->netns, here))
		return own ? -1 : 1;
	if (use_of(&x->totals) == use_of(&y->totals))
		return 0;
	return use_of(&x->totals) < use_of(&y->totals) ? 1 : -1;
}

static int read_spaces(struct recorder *recorder)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!netns_here(recorder->here, sizeof(recorder->here)))
		*recorder->here = '\0';
	if (!kfile_open(&k, KFILE_NAMESPACES))
		while ((more = kfile_next(&k, &rec)) > 0)
			add_space(recorder, &rec);
	kfile_close(&k);
	record_free(&rec);
	if (!more && recorder->count)
		qsort_r(recorder->spaces, recorder->count, sizeof(*recorder->spaces),
			largest_first, recorder->here);
	return more;
}

/* Single reservations are read only where something is short: there may be many. */
static json_t *look_closer(const struct survey *survey)
{
	struct resources resources;
	json_t *shorts = NULL;

	resources_fill(&resources, survey, NULL);
	resources_judge(&resources, &resource_thresholds);
	if (resources_are_short(&resources, LEVEL_NOTED)) {
		resources_look_closer(&resources, NULL);
		resources_judge(&resources, &resource_thresholds);
		shorts = holders_tell(&resources);
	}
	resources_free(&resources);
	return shorts;
}

static int take_survey(struct recorder *recorder, struct space *space)
{
	struct survey *survey = &recorder->surveys[recorder->survey_count];
	int err;

	*survey = (struct survey){ 0 };
	netns_describe(&survey->stat, space->netns);
	err = survey_take(survey, LARGEST_DESTINATIONS) ?: rules_read(&survey->rules, KFILE_RULES);
	if (err) {
		survey_free(survey);
		return err;
	}
	space->read = recorder->survey_count++;
	space->shorts = look_closer(survey);
	return 0;
}

/* A namespace that is gone by now, or that nothing names, has its totals all the same. */
static void visit(struct recorder *recorder, struct space *space)
{
	const char *file = kfile_is_fixture() ? NULL : netns_file(space->netns);
	size_t size;
	char *said = NULL, entered[32];
	FILE *f = file ? open_memstream(&said, &size) : NULL, *before;

	if (!f)
		return;
	before = say_into(f);
	/* A process that stood for the namespace may have gone to another, or its pid may have. */
	if (!kfile_enter(file, space->netns) && netns_here(entered, sizeof(entered)) &&
	    !strcmp(entered, space->netns))
		take_survey(recorder, space);
	say_into(before);
	fclose(f);
	free(said);
}

/* This process ends in another namespace than its own: the archive is in none. */
static int take_surveys(struct recorder *recorder)
{
	struct space *space;

	for (size_t i = 0; i < recorder->count && i < SPACES; i++) {
		space = &recorder->spaces[i];
		if (strcmp(space->netns, recorder->here))
			visit(recorder, space);
		else if (take_survey(recorder, space))
			return -1;
	}
	return 0;
}

/* What is left of the namespaces that a row has no room for */
static void add_others(const struct recorder *recorder, json_t *row)
{
	static const char *const keys[] = {
		"tcp.current", "udp.current", "timewait.current", "tcp.denied", "udp.denied",
		"tcp.exhausted", "udp.exhausted", "tcp.taken", "udp.taken",
	};
	json_t *others = json_object();
	uint64_t sum;

	json_object_set_new(others, "namespaces", json_integer(recorder->count - SPACES));
	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		sum = 0;
		for (size_t i = SPACES; i < recorder->count; i++)
			sum += record_count(&recorder->spaces[i].totals, keys[k]);
		json_object_set_new(others, keys[k], json_integer(sum));
	}
	json_object_set_new(row, "others", others);
}

static void add_namespaces(const struct recorder *recorder, json_t *row)
{
	struct largest cgroups = { 0 }, destinations = { 0 };
	json_t *list = json_array(), *object;
	const struct space *space;

	largest_cgroups(&cgroups, recorder->surveys, recorder->survey_count);
	largest_destinations(&destinations, recorder->surveys, recorder->survey_count);
	for (size_t i = 0; i < recorder->count && i < SPACES; i++) {
		space = &recorder->spaces[i];
		object = space->read < 0 ? snapshot_of_totals(&space->totals, false) :
			 snapshot_make(&recorder->surveys[space->read], &cgroups, &destinations,
				       !strcmp(space->netns, recorder->here));
		if (!strcmp(space->netns, recorder->here))
			json_object_set_new(object, "host", json_true());
		if (space->shorts)
			json_object_set(object, "short", space->shorts);
		json_array_append_new(list, object);
	}
	json_object_set_new(row, "namespaces.all", json_integer(recorder->all));
	json_object_set_new(row, "namespaces", list);
	if (recorder->count > SPACES)
		add_others(recorder, row);
}

static unsigned long minutes_left(const json_t *row)
{
	return DAY_MINUTES - (uint64_t)row_time(row) / 60 % DAY_MINUTES;
}

static char *line_anew(char *line, const json_t *row, size_t *len)
{
	free(line);
	return day_line(row, len);
}

/*
 * A row is thin where the day has had more than its share until now and a quarter of all, and short
 * where it is to have room left for a short one each minute.
 */
static int append(const struct recorder *recorder, struct archive *archive, json_t *row)
{
	unsigned long most = recorder->size * MIB / recorder->days, used = archive->size;
	unsigned long left = minutes_left(row);
	unsigned long share = most - most / DAY_MINUTES * left + most / 4;
	size_t len;
	char *line = day_line(row, &len);
	int err;

	if (used + len > share) {
		shrink_thin(row);
		line = line_anew(line, row, &len);
	}
	if (used + len + left * SHRINK_SHORT > most) {
		shrink_short(row);
		line = line_anew(line, row, &len);
	}
	if (used + len > most) {
		say_error("%s/%s: the day has its %lu bytes already, and gets no more rows",
			  archive->dir, archive->name, most);
		err = -1;
	} else {
		err = archive_append(archive, line, len);
	}
	free(line);
	return err;
}

static int record_row(struct recorder *recorder)
{
	json_t *last = NULL, *row;
	struct archive archive;
	double now;
	int err;

	/* Without a module no day is begun. */
	err = read_spaces(recorder);
	if (err)
		return err;
	/* One time for both, so that a row of midnight is in the file of its day. */
	now = interval_wall();
	err = archive_open(&archive, recorder->dir, now);
	if (!err)
		last = archive_last(&archive);
	row = row_begin(now);
	err = err ?: row_add_events(row, last) ?: take_surveys(recorder);
	if (!err) {
		add_namespaces(recorder, row);
		shrink_events(row, SHRINK_EVENTS);
		archive_trim(&archive, recorder->days, recorder->size * MIB);
		err = append(recorder, &archive, row);
	}
	archive_close(&archive);
	json_decref(row);
	json_decref(last);
	return err;
}

int cmd_record(int argc, char **argv)
{
	struct recorder recorder = { .dir = ARCHIVE_DIR, .days = ARCHIVE_DAYS };
	int err;

	args_parse(&takes, argc, argv, &recorder);
	event_load_names();
	err = record_row(&recorder);
	for (size_t i = 0; i < recorder.survey_count; i++)
		survey_free(&recorder.surveys[i]);
	for (size_t i = 0; i < recorder.count; i++) {
		record_free(&recorder.spaces[i].totals);
		json_decref(recorder.spaces[i].shorts);
	}
	free(recorder.spaces);
	netns_unload();
	return err ? CLI_FAILED : CLI_DONE;
}
