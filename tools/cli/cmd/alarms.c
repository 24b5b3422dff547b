// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters that should be zero, and when they last were not. Red is for what is so now or was a
 * minute ago.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/alarms.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/term.h"
#include "model/account.h"
#include "model/totals.h"

/* A counter that should be zero, what it means if it is not, and the events of what failed. */
struct alarm {
	const char *key;
	enum tone tone;
	const char *meaning;
	const char *level;
	const char *resource;
};

static const struct alarm alarms[] = {
	{ "tcp.exhausted", TONE_BAD, "calls for which the kernel had no free TCP port",
	  "exhausted", "tcp" },
	{ "udp.exhausted", TONE_BAD, "calls for which the kernel had no free UDP port",
	  "exhausted", "udp" },
	{ "tcp.taken", TONE_BAD, "calls refused the TCP port that they named", "taken", "tcp" },
	{ "udp.taken", TONE_BAD, "calls refused the UDP port that they named", "taken", "udp" },
	{ "tcp.denied", TONE_BAD, "calls refused a TCP port by a rule", "deny", "tcp" },
	{ "udp.denied", TONE_BAD, "calls refused a UDP port by a rule", "deny", "udp" },
	{ "timewait.denied", TONE_BAD, "refused at timewait.max (included in tcp.denied)", "deny",
	  "timewait" },
	{ "tcp.would_deny", TONE_WARN, "a rule would have refused these, but for mode audit",
	  NULL, NULL },
	{ "udp.would_deny", TONE_WARN, "a rule would have refused these, but for mode audit",
	  NULL, NULL },
	{ "timewait.overflow", TONE_WARN, "TIME_WAITs not made (tcp_max_tw_buckets, or memory)",
	  NULL, NULL },
	{ "untracked", TONE_WARN, "not counted, as memory ran out: the counts are too low", NULL,
	  NULL },
	{ "hooks.missed", TONE_WARN, "missed and repaired later: counts were off for a while", NULL,
	  NULL },
};

static void put_alarm(enum tone tone, const char *key, const char *value, const char *meaning)
{
	printf("%s%s %s%s: %s\n", term_on(tone), key, value, term_off(tone), meaning);
}

static void put_mode(const char *mode)
{
	if (!strcmp(mode, "audit"))
		put_alarm(TONE_WARN, "mode", mode, "rules warn and count, but refuse nothing");
	else if (!strcmp(mode, "off"))
		put_alarm(TONE_WARN, "mode", mode,
			  "rules are not applied, and there are no warnings");
}

/* The last of the events of an alarm; NULL if none is kept, as by an older module. */
static const struct run *last_of(const struct overview *view, const struct alarm *alarm)
{
	const struct history *history = &view->now.history;
	const struct run *run, *last = NULL;

	for (size_t i = 0; alarm->level && i < history->count; i++) {
		run = &history->runs[i];
		if (!strcmp(run->level, alarm->level) && !strcmp(run->resource, alarm->resource) &&
		    (!view->cgroup || account_is_below(run->path, view->cgroup)) &&
		    !run->audit && (!last || run->last >= last->last))
			last = run;
	}
	return last;
}

/* A run that is not over may have been quiet for minutes: only the second look tells. */
static char *tell_open(const struct alarm *alarm, const struct overview *view, const char *began,
		       bool *quiet)
{
	uint64_t now = record_count(view->of, alarm->key);
	uint64_t before = record_count(view->of_before, alarm->key);

	*quiet = now <= before;
	if (*quiet)
		return xasprintf("%s, none in the last second; the last run of them began %s",
				 alarm->meaning, began);
	return xasprintf("%s, %ju in the last second; this run of them began %s", alarm->meaning,
			 (uintmax_t)(now - before), began);
}

/* What was long ago is told, and alarms nobody. */
static void put_counter(const struct alarm *alarm, const struct overview *view)
{
	const struct survey *now = &view->now;
	const struct run *run = last_of(view, alarm);
	const char *value = record_text(view->of, alarm->key);
	enum tone tone = alarm->tone;
	bool quiet = true;
	char *ago, *meaning;

	if (!alarm->level) {
		put_alarm(tone, alarm->key, value, alarm->meaning);
		return;
	}
	if (!run) {
		meaning = xasprintf("%s since load", alarm->meaning);
		tone = TONE_WARN;
	} else {
		ago = interval_ago(now->wall - run->last);
		meaning = run->over ? xasprintf("%s, the last %s", alarm->meaning, ago) :
				      tell_open(alarm, view, ago, &quiet);
		free(ago);
		if (quiet && now->wall - run->last > RESOURCE_RECENT)
			tone = run->over ? TONE_PLAIN : TONE_WARN;
	}
	put_alarm(tone, alarm->key, value, meaning);
	free(meaning);
}

/**
 * alarms_put - print those that are not zero; none if all is well
 * @view: what is looked at
 */
void alarms_put(const struct overview *view)
{
	const struct survey *now = &view->now;
	const struct record *stat = &now->stat;

	if (totals_are_dead(stat))
		put_alarm(TONE_BAD, "hooks", record_text(stat, "hooks"),
			  "nothing below is counted any more; the kernel log says why");
	if (*view->mode)
		put_mode(view->mode);
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
		if (record_count(view->of, alarms[i].key))
			put_counter(&alarms[i], view);
	if (record_find(stat, "cgroup.v2") && !record_count(stat, "cgroup.v2"))
		put_alarm(TONE_WARN, "cgroup.v2", "0",
			  "no cgroup v2 is in use: everything is charged to /");
}
