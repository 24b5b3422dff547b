// SPDX-License-Identifier: GPL-2.0-only
/* Events as lines: see event_line.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cli.h"
#include "lib/term.h"
#include "show/event_line.h"

#define WIDE		100
#define PATH_CELLS	16	/* a path cut shorter says nothing */
#define DIGITS		"0123456789"

static const struct level {
	const char *name;
	enum tone tone;
} levels[] = {
	{ "warn", TONE_WARN },
	{ "forecast", TONE_WARN },
	{ "destination", TONE_WARN },
	{ "early", TONE_WARN },
	{ "deny", TONE_BAD },
	{ "exhausted", TONE_BAD },
	{ "taken", TONE_BAD },
	{ "end", TONE_GOOD },
	{ "clear", TONE_GOOD },
	{ "lost", TONE_BAD },
};

static enum tone tone_of(const char *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i].name, level))
			return levels[i].tone;
	return TONE_PLAIN;
}

/* On a narrow terminal a line says less, and columns are not aligned. */
static bool is_narrow(void)
{
	return term_width() && term_width() < WIDE;
}

/* Where there is little room: the day, or to the second if it is this one. */
static const char *time_format(const struct tm *tm)
{
	time_t seconds = time(NULL);
	struct tm now;

	if (!is_narrow())
		return "%b %d %H:%M:%S";
	if (localtime_r(&seconds, &now) && now.tm_year == tm->tm_year && now.tm_yday == tm->tm_yday)
		return "%H:%M:%S";
	return "%b %d %H:%M";
}

/* Returns how many columns it took. */
static int put_time(const char *text)
{
	time_t seconds = strtoll(text, NULL, 10);
	const char *fraction = text + strspn(text, DIGITS);
	char day[32], *clean;
	struct tm tm;
	int cells;

	/* Not the module's writing, or a year that has no name: as it is. */
	if ((*fraction && (*fraction != '.' || fraction[1 + strspn(fraction + 1, DIGITS)])) ||
	    !localtime_r(&seconds, &tm) ||
	    !strftime(day, sizeof(day), time_format(&tm), &tm)) {
		clean = term_clean(text);
		printf("%s", clean);
		cells = term_cells(clean);
		free(clean);
		return cells;
	}
	fputs(term_on(TONE_FAINT), stdout);
	cells = printf("%s%.4s", day, is_narrow() ? "" : fraction);
	fputs(term_off(TONE_FAINT), stdout);
	return cells;
}

/* Of a limit, or where there is none of what was crossed. */
static char *amount(const struct record *rec)
{
	uint64_t current, limit;
	char *percent, *text;

	if (!record_number(rec, "current", &current) || !record_number(rec, "limit", &limit))
		return xasprintf("%s, over %s", record_text(rec, "current"),
				 record_text(rec, "threshold"));
	if (is_narrow() || current >= limit)
		return xasprintf("%ju of %ju", (uintmax_t)current, (uintmax_t)limit);
	percent = term_percent(current, limit);
	text = xasprintf("%ju of %ju (%s)", (uintmax_t)current, (uintmax_t)limit, percent);
	free(percent);
	return text;
}

/* How fast it grows, and how long that can go on. */
static char *outlook(const struct record *rec)
{
	const char *rate = record_text(rec, "rate"), *left = record_text(rec, "left");
	bool grows = record_count(rec, "rate");

	if (grows && record_find(rec, "left") && record_count(rec, "left"))
		return xasprintf(", +%s/s, full in %ss", rate, left);
	return grows ? xasprintf(", +%s/s", rate) : xstrdup("");
}

/* Why a TIME_WAIT has ended before its time, and how long it should have lasted. */
static char *early(const struct record *rec)
{
	const char *reason = record_text(rec, "reason"), *due = record_text(rec, "threshold");
	const char *lasted = record_text(rec, "lasted");

	if (is_narrow() && strcmp(reason, "overflow"))
		return xasprintf("lasted %s of %ss, %s", lasted, due, reason);
	if (!strcmp(reason, "overflow"))
		return xstrdup(is_narrow() ? "not made, overflow" :
			       "not made: there are too many, or memory is short");
	if (!strcmp(reason, "recycled"))
		return xasprintf("lasted %s of %ss: ended by a packet from the peer", lasted, due);
	if (!strcmp(reason, "expired"))
		return xasprintf("lasted %s of %ss: its timer ran out early", lasted, due);
	return xasprintf("lasted %s of %ss: %s", lasted, due, reason);
}

/* Between which addresses, for an event of a destination. */
static char *between(const struct record *rec)
{
	if (!record_find(rec, "destination"))
		return xstrdup("");
	if (is_narrow())
		return xasprintf(" to %s", record_text(rec, "destination"));
	return xasprintf(" from %s to %s", record_text(rec, "source"),
			 record_text(rec, "destination"));
}

/* Where several thresholds are crossed at once each has an event: which of them this one is. */
static char *past(const struct record *rec)
{
	uint64_t current = record_count(rec, "current"), limit = record_count(rec, "limit");
	uint64_t threshold = record_count(rec, "threshold");

	if (is_narrow() || !limit || current <= threshold || 20 * (current - threshold) < limit)
		return xstrdup("");
	return xasprintf(", past %ju", (uintmax_t)threshold);
}

/* A call that named its port was refused it. */
static char *taken(const struct record *rec)
{
	char *where = between(rec), *text;

	text = xasprintf("port %s is taken%s", record_text(rec, "port"), where);
	free(where);
	return text;
}

/* The kernel found no port: for a connect() to there, or for a bind() to none. */
static char *exhausted(const struct record *rec)
{
	char *held = amount(rec), *where = between(rec), *text;

	text = xasprintf("%s, no port%s", held, *where ? where : " to bind");
	free(where);
	free(held);
	return text;
}

/* ", 3 of them": those that wanted the destination or port that is told; "" for all */
static char *tell_own(const struct record *rec)
{
	uint64_t count = record_count(rec, "count"), elsewhere = record_count(rec, "elsewhere");

	if (!elsewhere || elsewhere > count)
		return xstrdup("");
	return xasprintf(", %ju of them", (uintmax_t)(count - elsewhere));
}

/* A run of failing calls is over: how many there were, and in how long. */
static char *ended(const struct record *rec)
{
	const char *of = record_text(rec, "of"), *count = record_text(rec, "count");
	const char *calls = record_count(rec, "count") == 1 ? "call" : "calls";
	char *where = between(rec), *some = tell_own(rec), *what, *text;

	if (!strcmp(of, "taken"))
		what = xasprintf("refused%s%s port %s%s", *some ? " a port" : "", some,
				 record_text(rec, "port"), where);
	else if (!strcmp(of, "exhausted"))
		what = xasprintf("found no port%s%s", some, where);
	else
		what = xasprintf("%s", record_flag(rec, "audit") ? "let through (audit)" :
							       "refused");
	text = xasprintf("%s over: %s %s %s, within %ss", of, count, calls, what,
			 record_text(rec, "seconds"));
	free(what);
	free(some);
	free(where);
	return text;
}

static char *sentence(const struct record *rec, const char *level)
{
	const char *threshold = record_text(rec, "threshold");
	char *held, *more, *where, *beyond, *text;

	if (!strcmp(level, "early"))
		return early(rec);
	if (!strcmp(level, "taken"))
		return taken(rec);
	if (!strcmp(level, "exhausted"))
		return exhausted(rec);
	if (!strcmp(level, "end"))
		return ended(rec);
	held = amount(rec);
	more = outlook(rec);
	where = between(rec);
	beyond = past(rec);
	if (*where && is_narrow())
		text = xasprintf("%s%s", held, where);
	else if (*where)
		text = !strcmp(level, "clear") ?
		       xasprintf("%s%s, back under %s", held, where, threshold) :
		       xasprintf("%s%s%s%s", held, beyond, where, more);
	else if (!strcmp(level, "clear"))
		text = xasprintf("%s, back under %s", held, threshold);
	else if (!strcmp(level, "deny"))
		text = xasprintf("%s, %s", held, record_flag(rec, "audit") ?
				 "let through (audit)" : "refused");
	else
		text = xasprintf("%s%s%s", held, beyond, more);
	free(beyond);
	free(where);
	free(held);
	free(more);
	return text;
}

static char *whose(const struct record *rec)
{
	char *path = term_clean(record_text(rec, "path")), *name, *both;
	const char *netns;

	if (!record_find(rec, "netns"))
		return path;
	netns = record_find(rec, "netns.name") ? record_text(rec, "netns.name") :
						 record_text(rec, "netns");
	name = term_clean(netns);
	if (!record_find(rec, "netns.name") && record_find(rec, "netns.pid"))
		both = xasprintf("pid %s %s", record_text(rec, "netns.pid"), path);
	else
		both = xasprintf("%s %s", name, path);
	free(name);
	free(path);
	return both;
}

/* The word does not fit its column, and the sentence has it. */
static const char *short_name(const char *word, const char *instead)
{
	if (!strcmp(word, "exhausted"))
		return "no port";
	return strcmp(word, "destination") ? word : instead;
}

/* The path gives way, as it is the longest, but not all of the way. @used: columns before this */
static void put_event(const struct record *rec, const char *level, int used)
{
	char *resource = term_clean(short_name(record_text(rec, "resource"), "tcp"));
	char *raw = sentence(rec, level), *text = term_clean(raw);
	char *path = whose(rec), *what, *shown;
	int room;

	what = xasprintf(is_narrow() ? "%s %s" : "%-9s  %s", resource, text);
	room = term_width() ? term_width() - used - term_cells(what) - 2 : term_cells(path);
	shown = term_shorten(path, room < PATH_CELLS ? PATH_CELLS : room);
	printf("%s  %s\n", what, shown);
	free(shown);
	free(what);
	free(resource);
	free(path);
	free(text);
	free(raw);
}

/**
 * event_line_level - the level that is called so
 * @name: its name, or what event_line_put() prints for it
 *
 * Return: its name as the module has it; NULL if there is no such level.
 */
const char *event_line_level(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i].name, name) ||
		    !strcmp(short_name(levels[i].name, "dest"), name))
			return levels[i].name;
	return NULL;
}

/**
 * event_line_put - print an event
 * @rec: the event
 */
void event_line_put(const struct record *rec)
{
	char *level = term_clean(record_text(rec, "level"));
	char *lost = term_clean(record_text(rec, "lost"));
	enum tone tone = tone_of(level);
	int cells = put_time(record_text(rec, "time"));

	printf(is_narrow() ? " %s%-8s%s " : "  %s%-8s%s  ", term_on(tone),
	       short_name(level, "dest"), term_off(tone));
	if (record_find(rec, "lost"))
		printf("%s events: this reader was too slow\n", lost);
	else
		put_event(rec, level, cells + (is_narrow() ? 10 : 12));
	free(lost);
	free(level);
}
