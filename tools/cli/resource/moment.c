// SPDX-License-Identifier: GPL-2.0-only
/* Moments: see moment.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/row.h"
#include "resource/moment.h"
#include "resource/snapshot.h"

#define EARLIER	3600	/* seconds: calls that failed that long before are told */
#define NEAR	600	/* seconds: a row that is further away tells nothing */
#define MINUTE	60
#define YOUNG	120	/* seconds: the last row tells of so long, where there is no later one yet */

/* How much of the time that is asked for lies between two moments */
static double overlap(const struct when *at, double from, double to)
{
	double first = from > at->at ? from : at->at;
	double last = to < at->at + at->span ? to : at->at + at->span;

	return last - first;
}

static void hold(json_t **place, json_t *row)
{
	json_decref(*place);
	*place = json_incref(row);
}

static bool take(json_t *row, void *data)
{
	struct moment *moment = data;
	double now = row_time(row), seconds, part;
	json_t *before = row_follows(row, moment->last, &seconds) ? moment->last : NULL;

	/* In another boot the number of a namespace is another one's. */
	if (!row_is_of_load(row, moment->last))
		json_array_clear(moment->pending);
	json_array_extend(moment->pending, json_object_get(row, "events"));
	part = overlap(&moment->at, before ? row_time(before) : now - MINUTE, now);
	if (part > 0 && part > moment->best && (!before || seconds <= NEAR)) {
		moment->best = part;
		moment->seconds = before ? seconds : 0;
		if (!row_is_of_load(row, moment->row))
			json_array_clear(moment->events);
		hold(&moment->row, row);
		hold(&moment->before, before);
		json_array_extend(moment->events, moment->pending);
		json_array_clear(moment->pending);
	}
	hold(&moment->last_before, before);
	hold(&moment->last, row);
	return true;
}

/* Of now, or half a minute ago, the row that was made last */
static void take_youngest(struct moment *moment)
{
	double age = moment->at.at - row_time(moment->last), seconds;

	if (!moment->last || age < 0 || age >= YOUNG)
		return;
	if (row_follows(moment->last, moment->last_before, &seconds) && seconds <= NEAR)
		moment->seconds = seconds;
	hold(&moment->row, moment->last);
	if (moment->seconds)
		hold(&moment->before, moment->last_before);
	json_array_extend(moment->events, moment->pending);
}

/**
 * moment_read - find the rows that tell what was at a time
 * @moment: filled in; moment_free() is due whether this works or not
 * @dir: the archive
 * @at: the time
 * @faults: what cannot be read is counted there
 *
 * Return: 0; or -1, also if there are no such rows.
 */
int moment_read(struct moment *moment, const char *dir, const struct when *at,
		struct day_faults *faults)
{
	char *time;
	int err;

	*moment = (struct moment){
		.at = *at, .events = json_array(), .pending = json_array(),
	};
	err = archive_each(dir, at->at - EARLIER, at->at + at->span + NEAR, take, moment, faults);
	if (!err && !moment->row)
		take_youngest(moment);
	if (err || moment->row)
		return err;
	time = when_format(at->at, "%Y-%m-%d %H:%M:%S");
	say_error("%s: no row tells what was at %s", dir, time);
	free(time);
	return -1;
}

/**
 * moment_count - how many namespaces were in use then
 * @moment: the moment
 */
size_t moment_count(const struct moment *moment)
{
	return json_array_size(json_object_get(moment->row, "namespaces"));
}

/**
 * moment_space - one of these namespaces
 * @moment: the moment
 * @at: which
 *
 * Return: its object in the row.
 */
json_t *moment_space(const struct moment *moment, size_t at)
{
	return json_array_get(json_object_get(moment->row, "namespaces"), at);
}

/**
 * moment_missing - what the row does not have of a namespace
 * @moment: the moment
 * @at: which namespace
 *
 * Return: NULL, or a text for the caller to free().
 */
char *moment_missing(const struct moment *moment, size_t at)
{
	double count = json_number_of(moment->row, "events.left_out");
	char *events = count ? xasprintf(" (%.0f event%s left out)", count, count == 1 ? "" : "s") :
			       xstrdup(""), *text = NULL;

	if (json_is_true(json_object_get(moment->row, "short")))
		text = xasprintf("this row has totals only%s", events);
	else if (!json_object_get(moment_space(moment, at), "cgroups"))
		text = xasprintf("this row has only totals of this namespace%s", events);
	else if (json_is_true(json_object_get(moment->row, "thin")))
		text = xasprintf("this row has less in it than others%s", events);
	else if (count)
		text = xasprintf("this row has the newest events only%s", events);
	free(events);
	return text;
}

/*
 * Where a counter has not grown, and a run of so many calls is known to have begun, it has. Of one
 * that goes on it is not known how many: all that were counted, if the namespace has counted as
 * many in that time; else one at least.
 */
static void credit(const struct survey *now, const struct survey *before, const struct record *is,
		   struct record *was, const char *key, uint64_t calls)
{
	uint64_t count = record_count(is, key);
	uint64_t whole = record_count(&now->stat, key) - record_count(&before->stat, key);

	if (!calls)
		calls = count <= whole ? count : 1;
	if (count >= calls && record_count(was, key) == count)
		record_set_number(was, key, count - calls);
}

/* Of a cgroup that the row before did not have nothing has changed, by snapshot_pair(). */
static void credit_run(const struct survey *now, struct survey *before, const struct run *run)
{
	const struct record *is;
	struct record like = { 0 }, *was;

	record_add_text(&like, "path", run->path);
	record_add_flag(&like, "deleted", false);
	is = survey_account(now, &like);
	was = (struct record *)survey_account(before, &like);
	record_free(&like);
	if (!is || !was)
		return;
	credit(now, before, is, was, strcmp(run->resource, "udp") ? "tcp.denied" : "udp.denied",
	       run->count);
	/* What timewait.max refuses is counted in both. */
	if (!strcmp(run->resource, "timewait"))
		credit(now, before, is, was, "timewait.denied", run->count);
}

static void credit_runs(const struct survey *now, struct survey *before, double since)
{
	const struct run *run;

	for (size_t i = 0; i < now->history.count; i++) {
		run = &now->history.runs[i];
		if (!strcmp(run->level, "deny") && !run->audit && run->began >= since)
			credit_run(now, before, run);
	}
}

static bool is_of(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "netns"), json_object_get(b, "netns"));
}

static void fill_history(struct history *history, const json_t *events, const json_t *space)
{
	struct record rec = { 0 };
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event) {
		if (!is_of(event, space))
			continue;
		record_reset(&rec);
		row_to_record(event, &rec);
		history_add(history, &rec);
	}
	record_free(&rec);
}

static void raise(struct record *rec, const struct record *other, const char *key)
{
	if (record_count(other, key) <= record_count(rec, key))
		return;
	if (record_find(rec, key))
		record_set_number(rec, key, record_count(other, key));
	else
		record_add_number(rec, key, record_count(other, key));
}

static bool is_fuller(const struct record *a, const struct record *b)
{
	return record_count(a, "used") - record_count(a, "reusable") >
	       record_count(b, "used") - record_count(b, "reusable");
}

/* A destination takes what stands in the row in which it was fuller, as a whole. */
static void raise_destinations(struct survey *now, const struct survey *before)
{
	struct destination_list *list = &now->destinations;
	const struct record *was;
	struct record *rec;

	for (size_t i = 0; i < before->destinations.count; i++) {
		was = &before->destinations.recs[i];
		rec = (struct record *)survey_destination(now, was);
		if (rec && !is_fuller(was, rec))
			continue;
		if (!rec) {
			list->recs = xrealloc(list->recs, list->count + 1, sizeof(*rec));
			rec = &list->recs[list->count++];
			*rec = (struct record){ 0 };
		}
		record_reset(rec);
		for (size_t f = 0; f < was->count; f++) {
			rec->fields = xgrow(rec->fields, rec->count, &rec->room,
					    sizeof(*rec->fields));
			rec->fields[rec->count++] = was->fields[f];
		}
	}
}

/* What was short at the beginning of the time, and is not at its end, was short then. */
static void take_the_worse(struct survey *now, const struct survey *before)
{
	static const char *const of_stat[] = {
		"tcp.ports", "udp.ports", "tcp.exclusive_ports", "tcp.spoiled",
		"timewait.current", "timewait.reserving",
	};
	static const char *const of_account[] = {
		"tcp.current", "udp.current", "timewait.current",
	};
	const struct record *was;

	for (size_t k = 0; k < ARRAY_SIZE(of_stat); k++)
		raise(&now->stat, &before->stat, of_stat[k]);
	for (size_t i = 0; i < now->accounts.count; i++) {
		was = survey_account(before, &now->accounts.recs[i]);
		for (size_t k = 0; was && k < ARRAY_SIZE(of_account); k++)
			raise(&now->accounts.recs[i], was, of_account[k]);
	}
	raise_destinations(now, before);
}

/**
 * moment_surveys - what is known of a namespace then
 * @moment: the moment; must live as long as the surveys
 * @at: which namespace
 * @surveys: filled in: the row before; and the row, with what was fuller in the one before as it
 *	was there. survey_free() is due of both
 * @shorts: set to a new reference: who held what was short, as of holders_tell(), the later last
 *
 * Return: whether there is something of it in the row before, with which to compare.
 */
bool moment_surveys(const struct moment *moment, size_t at, struct survey surveys[2],
		    json_t **shorts)
{
	json_t *space = moment_space(moment, at), *other;
	bool found = false;
	size_t i;

	*shorts = json_array();
	snapshot_restore(&surveys[1], space);
	surveys[1].wall = row_time(moment->row);
	surveys[1].when = moment->seconds;
	fill_history(&surveys[1].history, moment->events, space);
	surveys[0] = (struct survey){ 0 };
	json_array_foreach(json_object_get(moment->before, "namespaces"), i, other) {
		if (found || !is_of(other, space))
			continue;
		snapshot_restore(&surveys[0], other);
		snapshot_pair(&surveys[1], &surveys[0]);
		credit_runs(&surveys[1], &surveys[0], row_time(moment->before));
		take_the_worse(&surveys[1], &surveys[0]);
		json_array_extend(*shorts, json_object_get(other, "short"));
		found = true;
	}
	json_array_extend(*shorts, json_object_get(space, "short"));
	return found;
}

/**
 * moment_free - give everything back
 * @moment: the moment
 */
void moment_free(struct moment *moment)
{
	json_decref(moment->before);
	json_decref(moment->row);
	json_decref(moment->last);
	json_decref(moment->last_before);
	json_decref(moment->events);
	json_decref(moment->pending);
	*moment = (struct moment){ 0 };
}
