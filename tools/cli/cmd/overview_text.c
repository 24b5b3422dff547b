// SPDX-License-Identifier: GPL-2.0-only
/*
 * The overview for an operator who is called at night: what is short first, then what has failed and
 * when, how full the range is, TIME_WAIT, and the cgroups that hold most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/alarms.h"
#include "cmd/overview.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "lib/term.h"
#include "model/account.h"
#include "model/rule.h"
#include "resource/concern.h"
#include "resource/sentence.h"
#include "show/table.h"

#define SHORT_ROWS	4
#define LIMIT_ROWS	5
#define BAR_CELLS	24

/* A sentence, broken at a blank where the terminal is too narrow for it. */
static void put_wrapped(const char *text)
{
	char *clean = term_clean(text), *rest = clean, *word;
	int width = term_width(), at = 0, cells;

	while ((word = strsep(&rest, " "))) {
		cells = term_cells(word);
		if (width && at && at + 1 + cells > width) {
			fputs("\n  ", stdout);
			at = 2;
		} else if (at) {
			putchar(' ');
			at++;
		}
		fputs(word, stdout);
		at += cells;
	}
	putchar('\n');
	free(clean);
}

static void put_why(const char *cgroup)
{
	char *quoted = cgroup ? rule_quote_path(cgroup) : xstrdup("");

	printf("%swhy, and what to do: portquota why%s%s%s\n", term_on(TONE_FAINT),
	       cgroup ? " " : "", quoted, term_off(TONE_FAINT));
	free(quoted);
}

/* Limits are in a table of their own. */
static void put_short(const struct overview *view)
{
	const struct resources *resources = &view->resources;
	const struct resource *res;
	size_t told = 0;
	char *text;

	for (enum resource_level level = LEVEL_FULL; level >= LEVEL_WARNING; level--) {
		for (size_t i = 0; i < resources->count; i++) {
			res = &resources->list[i];
			if (res->level != level || res->kind == RESOURCE_LIMIT ||
			    !resource_concerns(res, view->cgroup) || ++told > SHORT_ROWS)
				continue;
			text = resource_sentence(res);
			fputs(term_on(level >= LEVEL_CRITICAL ? TONE_BAD : TONE_WARN), stdout);
			put_wrapped(text);
			fputs(term_off(TONE_BAD), stdout);
			free(text);
		}
	}
	if (told && !cli.no_header)
		put_why(view->cgroup);
}

static void put_title(const struct record *stat)
{
	printf("%s%s%s", term_on(TONE_HEAD),
	       record_find(stat, "netns.name") ? record_text(stat, "netns.name") :
	       record_find(stat, "netns") ? record_text(stat, "netns") : "this namespace",
	       term_off(TONE_HEAD));
	printf("   range %s, %s ports usable\n", record_text(stat, "range"),
	       record_text(stat, "range.usable"));
}

static void put_title_of_cgroup(const struct record *account)
{
	char *path = term_clean(record_text(account, "path"));
	uint64_t tcp = account_usable(account, "tcp"), udp = account_usable(account, "udp");

	printf("%s%s%s%s", term_on(TONE_HEAD), path,
	       record_flag(account, "deleted") ? " " PORTQUOTA_DELETED : "", term_off(TONE_HEAD));
	if (tcp)
		printf("   %ju TCP ports usable", (uintmax_t)tcp);
	if (udp && udp != tcp)
		printf(", and %ju UDP ports", (uintmax_t)udp);
	putchar('\n');
	free(path);
}

static void put_label(const char *label)
{
	printf("%s%-11s%s", term_on(TONE_HEAD), label, term_off(TONE_HEAD));
}

/* How much of the range is in use. */
static void put_bar(uint64_t part, uint64_t whole)
{
	char *bar = term_bar(part, whole, BAR_CELLS), *percent = term_percent(part, whole);
	enum tone tone = part ? term_level(part, whole) : TONE_FAINT;

	printf("%s%s %5s%s  ", term_on(tone), bar, percent, term_off(tone));
	free(bar);
	free(percent);
}

static void put_fill(const struct record *stat, const char *proto)
{
	uint64_t ports, usable = account_usable(stat, proto);
	char *key = xasprintf("%s.ports", proto);

	if (usable && record_number(stat, key, &ports))
		put_bar(ports, usable);
	printf("%s of ", record_text(stat, key));
	if (usable)
		printf("%ju", (uintmax_t)usable);
	else
		putchar('-');
	puts(" ports in use");
	free(key);
}

/* How many ports that are is not counted of one cgroup: some can share one, with others too. */
static void put_holds(const struct record *account, const char *proto, const char *name)
{
	uint64_t usable = account_usable(account, proto), in_range;
	char *current = xasprintf("%s.current", proto), *peak = xasprintf("%s.peak", proto);

	put_label(name);
	if (usable && account_in_range(account, proto, false, &in_range))
		put_bar(in_range, usable);
	printf("%s reservations (peak %s)\n", record_text(account, current),
	       record_text(account, peak));
	free(peak);
	free(current);
}

/* Those outside of the range are of before it was moved, or of a range of some cgroup's own. */
static void put_reservations(const struct record *stat, const char *proto)
{
	char *current = xasprintf("%s.current", proto), *peak = xasprintf("%s.peak", proto);
	char *inside = xasprintf("%s.in_range", proto), *ports = xasprintf("%s.ports", proto);
	uint64_t all = record_count(stat, current), in_range;

	if (!record_number(stat, inside, &in_range))
		in_range = all;
	printf("%11s%s reservations (peak %s)", "", record_text(stat, current),
	       record_text(stat, peak));
	if (all > in_range)
		printf(", %ju outside of the range", (uintmax_t)(all - in_range));
	if (!strcmp(proto, "tcp") && record_find(stat, ports) &&
	    in_range > record_count(stat, ports))
		printf(", some sharing a port");
	putchar('\n');
	free(current);
	free(peak);
	free(inside);
	free(ports);
}

static void put_kinds(const struct record *stat)
{
	printf("%11s%s shareable, %s exclusive, %s BOUND\n", "",
	       record_text(stat, "tcp.shareable"), record_text(stat, "tcp.exclusive"),
	       record_text(stat, "tcp.bound"));
}

static void put_transports(const struct overview *view)
{
	if (view->cgroup) {
		put_holds(view->of, "tcp", "TCP");
		put_kinds(view->of);
		put_holds(view->of, "udp", "UDP");
		return;
	}
	put_label("TCP");
	put_fill(view->of, "tcp");
	put_reservations(view->of, "tcp");
	put_kinds(view->of);
	put_label("UDP");
	put_fill(view->of, "udp");
	put_reservations(view->of, "udp");
}

static void put_timewait(const struct record *stat)
{
	put_label("TIME_WAIT");
	printf("%s now (peak %s): %s hold a reservation, %s are FIN_WAIT2\n",
	       record_text(stat, "timewait.current"), record_text(stat, "timewait.peak"),
	       record_text(stat, "timewait.reserving"), record_text(stat, "timewait.fin_wait2"));
	printf("%11s%s so far: %s expired, %s reused, %s recycled, %s killed\n", "",
	       record_text(stat, "timewait.entered"), record_text(stat, "timewait.expired"),
	       record_text(stat, "timewait.reused"), record_text(stat, "timewait.recycled"),
	       record_text(stat, "timewait.killed"));
	if (record_count(stat, "before_load"))
		printf("%11s%s%s date from before the module was loaded and have no cgroup%s\n", "",
		       term_on(TONE_FAINT), record_text(stat, "before_load"), term_off(TONE_FAINT));
}

static void put_owner(const struct culprit *owner)
{
	char *comm = term_clean(owner->comm), *path = term_clean(owner->cgroup), *cut;
	int room = term_width() ? term_width() - 14 - (owner->deleted ? 10 : 0) : 0;

	put_label("PROGRAM");
	printf("%s", comm);
	if (owner->pid)
		printf(", pid %ju,", (uintmax_t)owner->pid);
	if (owner->pids > 1)
		printf(", %zu processes,", owner->pids);
	cut = room > 0 ? term_shorten(path, room) : xstrdup(path);
	printf(" holds most%s: %ju\n%11sin ", owner->nameless > owner->comm_held ?
	       " of what is known" : "", (uintmax_t)owner->comm_held, "");
	if (owner->removed)
		printf("%zu removed cgroups\n", owner->removed);
	else
		printf("%s%s\n", cut, owner->deleted ? " " PORTQUOTA_DELETED : "");
	free(cut);
	free(comm);
	free(path);
}

static void put_destination(const struct record *dest)
{
	uint64_t usable = record_count(dest, "usable"), reusable = record_count(dest, "reusable");
	char *source = term_clean(record_text(dest, "source"));
	char *where = term_clean(record_text(dest, "destination"));

	put_label("TOWARDS");
	if (usable)
		put_bar(record_count(dest, "used") - reusable, usable);
	printf("%s of %s ports\n", record_text(dest, "used"), record_text(dest, "usable"));
	if (reusable)
		printf("%11s%ju of them TIME_WAITs that a connect() takes over\n", "",
		       (uintmax_t)reusable);
	printf("%11sfrom %s to %s\n", "", source, where);
	free(source);
	free(where);
}

static bool is_share_unknown(const struct record *rec)
{
	return !record_find(rec, "share.part") &&
	       (account_usable(rec, "tcp") || account_usable(rec, "udp"));
}

static void put_top(const struct account_list *accounts, size_t count)
{
	static const struct column columns[] = {
		{ .head = "TCP", .key = "tcp.local", .kind = COL_NUMBER },
		{ .head = "UDP", .key = "udp.local", .kind = COL_NUMBER },
		{ .head = "TIME_WAIT", .key = "timewait.local", .kind = COL_NUMBER },
		{ .head = "OF RANGE", .key = "share.part", .whole = "share.whole",
		  .kind = COL_BAR, .optional = true },
		{ .head = "NO PORT", .key = "failed", .kind = COL_TROUBLE, .optional = true },
		{ .head = "LARGEST CGROUPS (own use)", .key = "path",
		  .kind = COL_ACCOUNT },
	};
	bool unknown = false;
	struct table table;

	if (!count)
		return;
	putchar('\n');
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	for (size_t i = 0; i < count; i++) {
		unknown |= is_share_unknown(&accounts->recs[i]);
		table_row(&table, &accounts->recs[i]);
	}
	table_end(&table, 0);
	if (unknown && !cli.no_header)
		printf("%s%s%s\n", term_on(TONE_FAINT), ACCOUNT_NO_SHARE, term_off(TONE_FAINT));
}

/* The limits nearest to being reached explain refusals, or which refusals will come next. */
static void put_limits(const struct limit_list *limits)
{
	static const struct column columns[] = {
		{ .head = "NOW", .key = "current", .kind = COL_NUMBER },
		{ .head = "WARN", .key = "warn", .kind = COL_NUMBER, .drop = 1, .optional = true },
		{ .head = "MAX", .key = "max", .kind = COL_NUMBER, .optional = true },
		{ .head = "OF MAX", .key = "current", .whole = "max", .kind = COL_BAR,
		  .optional = true },
		{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE },
		{ .head = "WOULD DENY", .key = "would_deny", .kind = COL_TROUBLE,
		  .optional = true },
		{ .head = "OF", .key = "resource" },
		{ .head = "NEAREST LIMITS", .key = "path", .kind = COL_ACCOUNT },
	};
	struct record rec = { 0 };
	struct table table;

	if (!limits->count)
		return;
	putchar('\n');
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	for (size_t i = 0; i < limits->count && i < LIMIT_ROWS; i++) {
		record_reset(&rec);
		limit_record(&limits->limits[i], &rec);
		table_row(&table, &rec);
	}
	table_end(&table, 0);
	if (limits->count > LIMIT_ROWS && !cli.no_header)
		printf("%sand %zu more: portquota accounts%s\n", term_on(TONE_FAINT),
		       limits->count - LIMIT_ROWS, term_off(TONE_FAINT));
	record_free(&rec);
}

/**
 * overview_put_text - print it for people
 * @view: what is looked at
 */
void overview_put_text(const struct overview *view)
{
	struct culprit owner;

	if (!cli.no_header && view->cgroup)
		put_title_of_cgroup(view->of);
	else if (!cli.no_header)
		put_title(view->of);
	put_short(view);
	alarms_put(view);
	putchar('\n');
	if (overview_is_empty(view)) {
		puts("It holds nothing, and has not since the module was loaded.");
		put_limits(&view->limits);
		return;
	}
	put_transports(view);
	put_timewait(view->of);
	if (overview_owner(view, &owner))
		put_owner(&owner);
	if (view->now.destinations.count && !view->cgroup)
		put_destination(view->now.destinations.recs);
	put_limits(&view->limits);
	put_top(&view->now.accounts, view->top);
}
