// SPDX-License-Identifier: GPL-2.0-only
/* Events: see event.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cli.h"
#include "model/event.h"
#include "model/netns_names.h"

static time_t names_at;

/**
 * event_load_names - learn the names of all namespaces
 *
 * event_parse() does it again by itself for a namespace that has come since. netns_unload() is due
 * afterwards.
 */
void event_load_names(void)
{
	netns_load(true);
	names_at = time(NULL);
}

static const char *netns_in(const char *words)
{
	const char *at = strstr(words, " netns=");

	return at ? at + strlen(" netns=") : NULL;
}

/* A namespace may be newer than the list of names: load it again, at most once per second. */
static void describe(struct record *rec, const char *netns)
{
	time_t now = time(NULL);

	if (!netns_is_known(netns) && now != names_at) {
		netns_unload();
		event_load_names();
	}
	netns_describe(rec, netns);
}

static void parse_rest(struct record *rec, char *rest, const char *netns)
{
	char *path = record_cut_word(&rest);

	if (!path)
		path = rest;
	record_unescape(path);
	record_add_text(rec, "path", path);
	if (netns)
		describe(rec, netns);
	record_parse_nested(rec, rest, NULL);
	record_make_flag(rec, "audit");
}

/**
 * event_parse - make a record of a line: TIME LEVEL PATH key=value ..., or TIME lost N
 * @event: filled in; event_free() is due whether this works or not
 * @line: the line, cut up in place; must live as long as the event
 *
 * Return: whether it is an event; anything else is to be passed over.
 */
bool event_parse(struct event *event, char *line)
{
	const char *at = netns_in(line);
	char *when, *level, *lost;

	*event = (struct event){ 0 };
	if (at)
		event->netns = xasprintf("%.*s", (int)strcspn(at, " "), at);
	when = record_cut_word(&line);
	level = record_cut_word(&line);
	if (!when || !level)
		return false;
	record_add(&event->rec, "time", when);
	record_add_text(&event->rec, "level", level);
	lost = strcmp(level, "lost") ? NULL : record_cut_word(&line);
	if (lost)
		record_add(&event->rec, "lost", lost);
	else
		parse_rest(&event->rec, line, event->netns);
	return true;
}

/**
 * event_free - give everything back
 * @event: the event
 */
void event_free(struct event *event)
{
	record_free(&event->rec);
	free(event->netns);
}
