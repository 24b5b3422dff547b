// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moments: see when.h. strptime() reads the parts, mktime() knows the time zone.
 *
 * A day is YYYY-MM-DD, today or yesterday, a time of day HH:MM or HH:MM:SS, and behind both there
 * can be a zone: Z, UTC or +HH:MM. Without a day the last such time is meant, which at two o'clock
 * in the morning is 23:00 of yesterday. Of a time that a night has twice, when the clocks go back,
 * the first is meant.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cli.h"
#include "lib/when.h"

#define DAY	86400

/* What of a moment was said: @word is today or yesterday, which is so many @days_back. */
struct said {
	struct tm tm;
	bool date;
	bool word;
	int days_back;
	bool time;
	bool seconds;
	bool zone;
	long offset;
};

/* @1795921920, as of date +%s */
static bool take_seconds(const char *text, double *at)
{
	char *end;

	if (*text != '@' || !isdigit((unsigned char)text[1]))
		return false;
	*at = strtod(text + 1, &end);
	return !*end && *at < 1e11;
}

/* -2h, -90m, -1h30m; the rest of the text, or NULL */
static const char *take_ago(const char *text, double *ago)
{
	static const char units[] = "smhd";
	static const double seconds[] = { 1, 60, 3600, DAY };
	const char *unit;
	char *end;

	for (*ago = 0; *text; text = end + 1) {
		if (!isdigit((unsigned char)*text))
			return NULL;
		*ago += strtoul(text, &end, 10) *
			(*end && (unit = strchr(units, *end)) ? seconds[unit - units] : 0);
		if (!*end || !strchr(units, *end))
			return NULL;
	}
	return *ago > 0 && *ago < 1e10 ? text : NULL;
}

static const char *take_day(const char *text, struct said *said)
{
	static const char *const words[] = { "today", "yesterday" };
	const char *rest;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strncmp(text, words[i], strlen(words[i])))
			continue;
		said->word = true;
		said->days_back = i;
		return text + strlen(words[i]);
	}
	rest = strptime(text, "%Y-%m-%d", &said->tm);
	said->date = rest;
	return rest ?: text;
}

static const char *take_time(const char *text, struct said *said)
{
	const char *rest = strptime(text, "%H:%M", &said->tm), *more;

	said->time = rest;
	more = rest && *rest == ':' ? strptime(rest, ":%S", &said->tm) : NULL;
	said->seconds = more;
	return more ?: rest ?: text;
}

static const char *take_zone(const char *text, struct said *said)
{
	struct tm zone = { 0 };
	const char *rest;

	text += strspn(text, " ");
	rest = strncmp(text, "UTC", 3) ? NULL : text + 3;
	if (!rest && (*text == 'Z' || *text == '+' || *text == '-'))
		rest = strptime(text, "%z", &zone);
	said->zone = rest;
	said->offset = zone.tm_gmtoff;
	return rest ?: text;
}

/* Today's date where no other was said, in the zone that was. */
static void fill_day(struct said *said, double now)
{
	time_t seconds = now;
	struct tm today;

	if (said->zone)
		seconds += said->offset;
	if (said->zone)
		gmtime_r(&seconds, &today);
	else
		localtime_r(&seconds, &today);
	said->tm.tm_year = today.tm_year;
	said->tm.tm_mon = today.tm_mon;
	said->tm.tm_mday = today.tm_mday - said->days_back;
}

static bool is_at(const struct said *said, const struct tm *tm)
{
	return tm->tm_hour == said->tm.tm_hour && tm->tm_min == said->tm.tm_min;
}

/*
 * Of two such times the first; and where a night has none of them, and a day begins with that, the
 * moment at which the clocks go forward.
 */
static time_t seconds_of(const struct said *said, struct tm *tm)
{
	struct tm other = said->tm;
	time_t winter, summer;
	bool later;

	*tm = said->tm;
	if (said->zone)
		return timegm(tm) - said->offset;
	tm->tm_isdst = 0;
	winter = mktime(tm);
	other.tm_isdst = 1;
	summer = mktime(&other);
	later = !is_at(said, tm) && !is_at(said, &other) ? summer > winter :
		is_at(said, &other) && (!is_at(said, tm) || summer < winter);
	if (!later)
		return winter;
	*tm = other;
	return summer;
}

static char *settle(struct when *when, struct said *said, const char *text, double now)
{
	int day = said->tm.tm_mday;
	struct tm tm;

	if (!said->date)
		fill_day(said, now);
	when->at = seconds_of(said, &tm);
	if (!said->date && !said->word && when->at > now) {
		said->tm.tm_mday--;
		when->at = seconds_of(said, &tm);
	}
	if (said->date && tm.tm_mday != day)
		return xasprintf("'%s': that month has no such day", text);
	if (said->time && !is_at(said, &tm))
		return xasprintf("'%s': there was no such time on that day: the clocks went forward",
				 text);
	when->span = said->seconds ? 1 : 60;
	if (said->time)
		return NULL;
	said->tm.tm_mday++;
	when->span = seconds_of(said, &tm) - when->at;
	return NULL;
}

/**
 * when_parse - a moment that somebody typed
 * @when: filled in
 * @text: what was typed
 * @now: seconds since 1970
 *
 * Return: NULL; or what is wrong with the text, for the caller to free().
 */
char *when_parse(struct when *when, const char *text, double now)
{
	struct said said = { 0 };
	const char *rest;
	double ago;
	bool day;

	*when = (struct when){ .at = now, .span = 1 };
	if (!strcmp(text, "now"))
		return NULL;
	if (take_seconds(text, &when->at))
		return NULL;
	if (*text == '-') {
		if (!take_ago(text + 1, &ago))
			return xasprintf("'%s': a time ago is -NUMBER and s, m, h or d, as in -2h "
					 "or -1h30m", text);
		when->at = now - ago;
		return NULL;
	}
	rest = take_day(text, &said);
	day = said.date || said.word;
	if (day)
		rest += strspn(rest, *rest == 'T' ? "T" : " ");
	rest = take_time(rest, &said);
	if (day || said.time)
		rest = take_zone(rest, &said);
	if (*rest && (day || said.time))
		return xasprintf("'%s': '%s' is not understood; a time is %s", text, rest,
				 WHEN_FORMS);
	if (*rest || !*text)
		return xasprintf("'%s' is no time: use %s", text, WHEN_FORMS);
	return settle(when, &said, text, now);
}

/**
 * when_format - a moment in local time
 * @at: seconds since 1970
 * @format: as of strftime()
 *
 * Return: the text, for the caller to free().
 */
char *when_format(double at, const char *format)
{
	time_t seconds = at;
	char text[64];
	struct tm tm;

	if (!(at > -1e11 && at < 1e11) || !localtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), format, &tm))
		snprintf(text, sizeof(text), "?");
	return xstrdup(text);
}
