// SPDX-License-Identifier: GPL-2.0-only
/* Metrics of cgroups: see families.h. */
#include <stdlib.h>
#include <string.h>

#include "export/families.h"
#include "lib/cli.h"
#include "show/exposition.h"

#define OTHERS	"(others)"	/* stands for the cgroups of a namespace that are not printed */
#define DELAY	60		/* seconds of a TIME_WAIT, where no rule says otherwise */

static const struct metric reservations = {
	"portquota_cgroup_reservations", GAUGE, "reservations",
	"What a cgroup itself holds, without the cgroups below it. The sum over all cgroups of a "
	"namespace is portquota_reservations.",
};

static const struct metric timewaits = {
	"portquota_cgroup_timewait_sockets", GAUGE, "sockets",
	"TIME_WAIT sockets of a cgroup itself, without the cgroups below it. The sum over all cgroups "
	"of a namespace is portquota_timewait_sockets.",
};

static const struct metric left_out = {
	"portquota_cgroups_left_out", GAUGE, NULL,
	"Cgroups that hold something and are not printed; portquota export --top sets how many are.",
};

/* A counter, or OWN_COUNTERS for none, and its label resource, NULL for none. */
struct own_source {
	enum own_counter counter;
	const char *resource;
};

/* Counters of cgroups that have none below them. */
static const struct own_family {
	struct metric metric;
	struct own_source sources[2];
} own_families[] = {
#define OF	" Of cgroups that have none below them; cgroups that were below and are removed are in it."
#define BOTH(tcp, udp)	{ { tcp, "tcp" }, { udp, "udp" } }
#define ONE(counter)	{ { counter, NULL }, { OWN_COUNTERS, NULL } }
	{ { "portquota_cgroup_reservations_begun", COUNTER, NULL,
	    "Reservations that were made." OF }, BOTH(OWN_TCP_BEGUN, OWN_UDP_BEGUN) },
	{ { "portquota_cgroup_timewait_entered", COUNTER, NULL, "TIME_WAITs that began." OF },
	  ONE(OWN_TW_ENTERED) },
	{ { "portquota_cgroup_denied_calls", COUNTER, NULL,
	    "Calls that a limit of a rule refused: tcp.max or timewait.max, or udp.max, of the cgroup or "
	    "of one above it." OF }, BOTH(OWN_TCP_DENIED, OWN_UDP_DENIED) },
	{ { "portquota_cgroup_timewait_denied_calls", COUNTER, NULL,
	    "Of portquota_cgroup_denied_calls: those that timewait.max refused." OF },
	  ONE(OWN_TW_DENIED) },
	{ { "portquota_cgroup_exhausted_calls", COUNTER, NULL,
	    "Calls for which the kernel found no free port." OF },
	  BOTH(OWN_TCP_EXHAUSTED, OWN_UDP_EXHAUSTED) },
	{ { "portquota_cgroup_taken_calls", COUNTER, NULL,
	    "Calls that named a port and were refused it, as it was taken." OF },
	  BOTH(OWN_TCP_TAKEN, OWN_UDP_TAKEN) },
	{ { "portquota_cgroup_timewait_overflow", COUNTER, NULL,
	    "TIME_WAITs that could not be made, as there were too many or no memory." OF },
	  ONE(OWN_TW_OVERFLOW) },
#undef OF
#undef BOTH
#undef ONE
};

/* Numbers of a cgroup with all below it, where a rule has a word on them. */
static const struct limit_family {
	struct metric metric;
	struct {
		const char *key;
		const char *resource;
	} sources[2];
} limit_families[] = {
#define SOURCES(key)	{ { "tcp." key, "tcp" }, { "udp." key, "udp" } }
#define TIMEWAIT(key)	{ { "timewait." key, NULL } }
	{ { "portquota_cgroup_subtree_reservations", GAUGE, "reservations",
	    "What a cgroup and all below it hold, of cgroups that have a limit or a threshold. Do not "
	    "add them up: a cgroup is in that of each one above it." }, SOURCES("current") },
	{ { "portquota_cgroup_subtree_timewait_sockets", GAUGE, "sockets",
	    "TIME_WAIT sockets of a cgroup and all below it, of cgroups that have a limit or a "
	    "threshold. Do not add them up." }, TIMEWAIT("current") },
	{ { "portquota_cgroup_subtree_denied_calls", COUNTER, NULL,
	    "Calls of a cgroup and all below it that a limit of a rule refused, theirs or one above, of "
	    "cgroups that have a limit or a threshold. Do not add them up." }, SOURCES("denied") },
	{ { "portquota_cgroup_subtree_timewait_denied_calls", COUNTER, NULL,
	    "Of portquota_cgroup_subtree_denied_calls: those that timewait.max refused. Do not add them "
	    "up." }, TIMEWAIT("denied") },
	{ { "portquota_cgroup_max_reservations", GAUGE, "reservations",
	    "How much a cgroup and all below it may hold." }, SOURCES("max") },
	{ { "portquota_cgroup_max_timewait_sockets", GAUGE, "sockets",
	    "How many TIME_WAIT sockets a cgroup and all below it may have and still get ports." },
	  TIMEWAIT("max") },
	{ { "portquota_cgroup_warn_reservations", GAUGE, "reservations",
	    "The number at which the module warns." }, SOURCES("warn") },
	{ { "portquota_cgroup_warn_timewait_sockets", GAUGE, "sockets",
	    "The number at which the module warns." }, TIMEWAIT("warn") },
#undef SOURCES
#undef TIMEWAIT
};

static const struct metric usable_ports = {
	"portquota_cgroup_usable_ports", GAUGE, "ports",
	"Ports of a cgroup's own range, of cgroups whose range is another than the namespace's.",
};

static const struct metric delay = {
	"portquota_cgroup_timewait_delay_seconds", GAUGE, "seconds",
	"How long a TIME_WAIT lasts, of cgroups for which that is another time than 60 seconds.",
};

static void put_cgroup(const struct metric *metric, const struct cgroup_row *row)
{
	exposition_sample(metric);
	exposition_label("netns", row->look->label);
	exposition_label("cgroup", row->name);
	/* There may be one whose name ends in (deleted). */
	exposition_label("removed", row->deleted ? "yes" : NULL);
	exposition_label("unit", row->container.unit);
	exposition_label("pod_uid", row->container.pod_uid);
	exposition_label("container_id", row->container.id);
}

static void put_others(const struct metric *metric, const struct look *look, const char *resource,
		       uint64_t value)
{
	if (!value)
		return;
	exposition_sample(metric);
	exposition_label("netns", look->label);
	exposition_label("cgroup", OTHERS);
	exposition_label("resource", resource);
	exposition_value(value);
}

/* Where nothing was ever done in UDP, or no TIME_WAIT ever was, is no sample. */
static bool is_empty(const struct cgroup_row *row, enum held_kind kind)
{
	static const enum own_counter begun[] = {
		[HELD_TCP] = OWN_TCP_BEGUN, [HELD_UDP] = OWN_UDP_BEGUN,
		[HELD_TIMEWAIT] = OWN_TW_ENTERED,
	};
	uint64_t ever = row->own[begun[kind]];

	return !row->held[kind] &&
	       (row->deleted || (kind != HELD_TCP && (!ever || ever == UINT64_MAX)));
}

static void put_held(const struct cgroup_rows *rows, const struct round *round,
		     const struct metric *metric, enum held_kind kind, const char *resource)
{
	const struct cgroup_row *row = rows->rows, *end = rows->rows + rows->count;
	uint64_t others;

	for (size_t i = 0; i < round->count; i++) {
		others = 0;
		for (; row < end && row->look == &round->looks[i]; row++) {
			if (!row->shows_held) {
				others += row->held[kind];
				continue;
			}
			if (is_empty(row, kind))
				continue;
			put_cgroup(metric, row);
			exposition_label("resource", resource);
			exposition_value(row->held[kind]);
		}
		put_others(metric, &round->looks[i], resource, others);
	}
}

static void put_left_out(const struct cgroup_rows *rows)
{
	const struct cgroup_row *row;
	uint64_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		count += !row->shows_held && (row->held[HELD_TCP] || row->held[HELD_UDP] ||
					      row->held[HELD_TIMEWAIT]);
	}
	exposition_sample(&left_out);
	exposition_value(count);
}

static bool has_max(const struct cgroup_row *row, const char *resource)
{
	uint64_t max;
	char *key = xasprintf("%s.max", resource);
	bool has = record_number(row->account, key, &max);

	free(key);
	return has;
}

/* What timewait.max refuses is a call for a TCP port. */
static bool may_be_refused(const struct cgroup_row *row, enum own_counter counter)
{
	if (counter == OWN_UDP_DENIED)
		return has_max(row, "udp");
	if (counter == OWN_TCP_DENIED && has_max(row, "tcp"))
		return true;
	return (counter == OWN_TCP_DENIED || counter == OWN_TW_DENIED) && has_max(row, "timewait");
}

/*
 * Failures are printed of those whose calls have failed. Of one with a limit the refusals are
 * printed before the first of them, and go on to be: a counter that appears as 1 has not grown.
 */
static bool has_counter(const struct cgroup_row *row, enum own_counter counter)
{
	uint64_t value;

	if (counter == OWN_COUNTERS || row->deleted || row->has_below ||
	    row->own[counter] == UINT64_MAX)
		return false;
	value = row->own[counter];
	if (counter < OWN_FAILURES)
		return row->shows_held && (value || counter == OWN_TCP_BEGUN);
	if (counter >= OWN_MISSES)
		return row->shows_missed && value;
	return (row->shows_failed && value) || (row->shows_limits && may_be_refused(row, counter));
}

static void put_own(const struct cgroup_rows *rows, const struct own_family *family)
{
	const struct cgroup_row *row;

	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		for (size_t s = 0; s < ARRAY_SIZE(family->sources); s++) {
			if (!has_counter(row, family->sources[s].counter))
				continue;
			put_cgroup(&family->metric, row);
			exposition_label("resource", family->sources[s].resource);
			exposition_value(row->own[family->sources[s].counter]);
		}
	}
}

/* What is held is told where there is a limit, or a threshold without one. */
static bool has_word(const struct cgroup_row *row, const char *resource)
{
	char *warn = xasprintf("%s.warn", resource);
	uint64_t number;
	bool has = has_max(row, resource) || record_number(row->account, warn, &number);

	free(warn);
	return has;
}

static void put_limits(const struct cgroup_rows *rows, const struct limit_family *family)
{
	const struct cgroup_row *row;
	uint64_t value;

	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		for (size_t s = 0; s < ARRAY_SIZE(family->sources) && family->sources[s].key; s++) {
			if (!row->shows_limits || row->deleted ||
			    !has_word(row, family->sources[s].resource ?: "timewait") ||
			    !record_number(row->account, family->sources[s].key, &value))
				continue;
			put_cgroup(&family->metric, row);
			exposition_label("resource", family->sources[s].resource);
			exposition_value(value);
		}
	}
}

static bool is_shown(const struct cgroup_row *row)
{
	return !row->deleted && (row->shows_held || row->shows_limits);
}

static void put_usable(const struct cgroup_rows *rows)
{
	static const char *const resources[] = { "tcp", "udp" };
	const struct cgroup_row *row;
	const char *whole, *own;
	char *key;

	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		for (size_t k = 0; is_shown(row) && k < ARRAY_SIZE(resources); k++) {
			key = xasprintf("%s.range", resources[k]);
			whole = record_text(&row->look->now.stat, key);
			own = record_text(row->account, key);
			free(key);
			if (!strcmp(own, "-") || !strcmp(own, whole))
				continue;
			put_cgroup(&usable_ports, row);
			exposition_label("resource", resources[k]);
			exposition_value(account_usable(row->account, resources[k]));
		}
	}
}

static void put_delays(const struct cgroup_rows *rows)
{
	const struct cgroup_row *row;
	uint64_t seconds;

	for (size_t i = 0; i < rows->count; i++) {
		row = &rows->rows[i];
		if (!is_shown(row) || !record_number(row->account, "timewait.delay", &seconds) ||
		    seconds == DELAY)
			continue;
		put_cgroup(&delay, row);
		exposition_value(seconds);
	}
}

/**
 * families_put_cgroups - print what is of cgroups
 * @rows: the cgroups
 * @round: the round that they are of
 */
void families_put_cgroups(const struct cgroup_rows *rows, const struct round *round)
{
	put_held(rows, round, &reservations, HELD_TCP, "tcp");
	put_held(rows, round, &reservations, HELD_UDP, "udp");
	put_held(rows, round, &timewaits, HELD_TIMEWAIT, NULL);
	put_left_out(rows);
	for (size_t f = 0; f < ARRAY_SIZE(own_families); f++)
		put_own(rows, &own_families[f]);
	for (size_t f = 0; f < ARRAY_SIZE(limit_families); f++)
		put_limits(rows, &limit_families[f]);
	put_usable(rows);
	put_delays(rows);
}
