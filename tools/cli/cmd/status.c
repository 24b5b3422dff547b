// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota status: an overview of the namespace, for an operator who is called at night.
 *
 * What is short comes first, by the same resources and thresholds as why and check have, then what
 * has failed and when: red is for what is so now or was a minute ago. How full the range is
 * follows, then TIME_WAIT, then the cgroups that hold most. A counter of trouble that is zero is
 * not printed. With -A there is one row per namespace, and with a cgroup it is about what that and
 * those below it hold and need.
 *
 * JSON is the whole of stat with the mode, what is short under "short", the largest accounts under
 * "top", all limits under "limits", the largest "owner" and the busiest "destination", or with -A a
 * list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/netns_rows.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/module.h"
#include "model/account.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/limit.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "model/rule.h"
#include "model/totals.h"
#include "resource/concern.h"
#include "resource/resources.h"
#include "resource/sentence.h"
#include "show/json.h"
#include "show/table.h"

#define TOP_ROWS	5
#define SHORT_ROWS	4
#define MANY		100000	/* reservations: so many are read only where something is short */
#define LIMIT_ROWS	5
#define BAR_CELLS	24

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	args_cgroup(input, arg, state);
}

static void settle(void *input, struct argp_state *state)
{
	const char **cgroup = input;

	if (*cgroup && cli.all)
		argp_error(state, "-A has one line per namespace; for a cgroup: portquota -A accounts %s",
			   *cgroup);
}

static const struct args takes = {
	.doc = "Show an overview of the network namespace or of a cgroup in it, or with -A one "
	       "line per namespace.",
	.operands_doc = "[CGROUP]",
	.operand = take_operand,
	.settle = settle,
};

/**
 * struct overview - what is looked at
 * @cgroup: the cgroup that it is about; NULL for the whole namespace
 * @of: the counters of what it is about: its account, or stat
 * @of_before: the same at the first of two looks, if there were two
 * @nothing: stands for the account that a cgroup has not
 * @netns: where that is
 * @mode: of the module
 */
struct overview {
	const char *cgroup;
	const struct record *of;
	const struct record *of_before;
	struct record nothing;
	char netns[32];
	char mode[16];
	struct survey now;
	struct survey before;	/* the first of two looks, else all zero */
	struct resources resources;
	struct limit_list limits;
	size_t top;
};

/* Counters that should be zero, and what it means if they are not; and the events of what failed. */
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
		    (!view->cgroup || account_is_below(run->path, view->cgroup)) && !run->audit && (!last || run->last >= last->last))
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

static void put_alarms(const struct overview *view)
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

/* In one cgroup, and below it, the kernel has counted who holds most. */
static bool find_owner_below(const struct account_list *accounts, const char *cgroup,
			     struct culprit *owner)
{
	const struct record *rec;

	*owner = (struct culprit){ 0 };
	for (size_t i = 0; i < accounts->count; i++) {
		rec = &accounts->recs[i];
		if (!record_find(rec, "owner.comm") ||
		    !account_is_below(record_text(rec, "path"), cgroup) ||
		    record_count(rec, "owner.held") <= owner->comm_held)
			continue;
		*owner = (struct culprit){
			.cgroup = record_text(rec, "path"), .deleted = record_flag(rec, "deleted"),
			.comm = record_text(rec, "owner.comm"),
			.comm_held = record_count(rec, "owner.held"),
			.pid = record_count(rec, "owner.pid"), .pids = 1,
		};
	}
	return owner->comm;
}

/* The program that holds most, TCP or UDP, by what it holds of ports. */
static bool find_owner(const struct overview *view, struct culprit *owner)
{
	const struct resources *resources = &view->resources;
	struct culprit udp;

	if (view->cgroup)
		return find_owner_below(&view->now.accounts, view->cgroup, owner);
	if (!users_largest(&resources->list[0].users, owner))
		*owner = (struct culprit){ 0 };
	if (users_largest(&resources->list[1].users, &udp) && udp.comm_held > owner->comm_held)
		*owner = udp;
	return owner->comm;
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

/* Puts those before the others that are asked for, and counts them. */
static size_t take_below(struct account_list *list, const char *cgroup)
{
	struct record rec;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (cgroup && !account_is_below(record_text(&list->recs[i], "path"), cgroup))
			continue;
		rec = list->recs[count];
		list->recs[count++] = list->recs[i];
		list->recs[i] = rec;
	}
	return count;
}

/* Puts the largest first, and counts those worth showing. */
static size_t find_top(struct account_list *all, const char *cgroup)
{
	struct account_list below = *all, *list = &below;
	size_t keep = 0;

	list->count = take_below(all, cgroup);
	for (size_t i = 0; i < list->count; i++) {
		account_add_own_share(&list->recs[i], true);
		if (account_failed(&list->recs[i]))
			record_add_number(&list->recs[i], "failed",
					  account_failed(&list->recs[i]));
	}

	account_list_sort(list, account_cmp_own_use, NULL);
	while (keep < list->count && keep < TOP_ROWS &&
	       (account_own_use(&list->recs[keep]) ||
		record_count(&list->recs[keep], "timewait.local")))
		keep++;
	return keep;
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

/* Its own, those of cgroups below it, and those above it, which bound it too. */
static void find_limits(struct overview *view)
{
	struct limit_list *list = &view->limits;
	const char *path;
	size_t count = 0;

	limit_list_fill(list, &view->now.accounts);
	for (size_t i = 0; view->cgroup && i < list->count; i++) {
		path = record_text(list->limits[i].account, "path");
		if (account_is_below(path, view->cgroup) || account_is_below(view->cgroup, path))
			list->limits[count++] = list->limits[i];
	}
	if (view->cgroup)
		list->count = count;
}

static void put_text(const struct overview *view)
{
	struct culprit owner;

	if (!cli.no_header && view->cgroup)
		put_title_of_cgroup(view->of);
	else if (!cli.no_header)
		put_title(view->of);
	put_short(view);
	put_alarms(view);
	putchar('\n');
	if (view->of == &view->nothing) {
		puts("It holds nothing, and has not since the module was loaded.");
		put_limits(&view->limits);
		return;
	}
	put_transports(view);
	put_timewait(view->of);
	if (find_owner(view, &owner))
		put_owner(&owner);
	if (view->now.destinations.count && !view->cgroup)
		put_destination(view->now.destinations.recs);
	put_limits(&view->limits);
	put_top(&view->now.accounts, view->top);
}

static json_t *json_of_owner(const struct culprit *owner)
{
	struct record rec = { 0 };
	json_t *object;

	record_add_text(&rec, "path", owner->cgroup);
	record_add_flag(&rec, "deleted", owner->deleted);
	record_add_text(&rec, "owner.comm", owner->comm);
	record_add_number(&rec, "owner.pid", owner->pid);
	record_add_number(&rec, "owner.processes", owner->pids);
	record_add_number(&rec, "owner.held", owner->comm_held);
	if (owner->removed)
		record_add_number(&rec, "owner.removed", owner->removed);
	object = json_of_record(&rec);
	record_free(&rec);
	return object;
}

static json_t *json_of_short(const struct overview *view)
{
	const struct resources *resources = &view->resources;
	static const char *const words[] = {
		[LEVEL_WARNING] = "warning", [LEVEL_CRITICAL] = "critical", [LEVEL_FULL] = "full",
	};
	const struct resource *res;
	json_t *list = json_array(), *object;
	char *text;

	for (size_t i = 0; i < resources->count; i++) {
		res = &resources->list[i];
		if (res->level < LEVEL_WARNING || !resource_concerns(res, view->cgroup))
			continue;
		text = resource_sentence(res);
		object = json_object();
		json_object_set_new(object, "level", json_string(words[res->level]));
		json_object_set_new(object, "what", json_text(text));
		json_array_append_new(list, object);
		free(text);
	}
	return list;
}

static void put_json(const struct overview *view)
{
	const struct account_list *accounts = &view->now.accounts;
	json_t *object = json_of_record(view->of);
	json_t *list = json_array();
	struct record rec = { 0 };
	struct culprit owner;

	for (size_t i = 0; i < view->top; i++)
		json_array_append_new(list, json_of_record(&accounts->recs[i]));
	json_object_set_new(object, "short", json_of_short(view));
	json_object_set_new(object, "top", list);
	if (find_owner(view, &owner))
		json_object_set_new(object, "owner", json_of_owner(&owner));
	if (view->now.destinations.count && !view->cgroup)
		json_object_set_new(object, "destination",
				    json_of_record(view->now.destinations.recs));
	list = json_array();
	for (size_t i = 0; i < view->limits.count; i++) {
		record_reset(&rec);
		limit_record(&view->limits.limits[i], &rec);
		json_array_append_new(list, json_of_record(&rec));
	}
	json_object_set_new(object, "limits", list);
	json_print(object);
	putchar('\n');
	record_free(&rec);
}

/* Of the range: what is held outside of it, since it has moved, is among the module's ports too. */
static void tell_ports(struct record *stat, const struct resources *resources)
{
	static const char *const keys[] = { "tcp.ports", "udp.ports" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (record_find(stat, keys[i]))
			record_set_number(stat, keys[i], resources->list[i].used);
}

/* Who holds what: by single reservations where these are few, or something is short. */
static void look(struct overview *view)
{
	struct resources *resources = &view->resources;
	const struct record *stat = &view->now.stat;

	resources_fill(resources, &view->now, view->before.when ? &view->before : NULL);
	resources_judge(resources, &resource_thresholds);
	if (resources_are_short(resources, LEVEL_WARNING) ||
	    record_count(stat, "tcp.current") + record_count(stat, "udp.current") <= MANY) {
		resources_look_closer(resources, NULL);
		resources_judge(resources, &resource_thresholds);
		tell_ports(&view->now.stat, resources);
	} else {
		resources_look_at_accounts(resources);
	}
}

/* One that has been removed, too, if no other has the path. */
static const struct record *account_of(const struct survey *survey, const char *cgroup)
{
	const struct record *found = account_find(&survey->accounts, cgroup);

	for (size_t i = 0; !found && i < survey->accounts.count; i++)
		if (!strcmp(record_text(&survey->accounts.recs[i], "path"), cgroup))
			found = &survey->accounts.recs[i];
	return found;
}

/* A cgroup that never held anything has no account. */
static void choose(struct overview *view)
{
	view->of = view->cgroup ? account_of(&view->now, view->cgroup) : &view->now.stat;
	view->of_before = view->cgroup ? account_of(&view->before, view->cgroup) :
					 &view->before.stat;
	if (!view->of)
		view->of = &view->nothing;
	if (!view->of_before)
		view->of_before = &view->nothing;
}

static void add_where(struct overview *view)
{
	struct record *rec = (struct record *)view->of;

	if (netns_here(view->netns, sizeof(view->netns)))
		netns_describe(rec, view->netns);
	if (kfile_peek(KFILE_MODE, view->mode, sizeof(view->mode)))
		record_add_text(rec, "mode", view->mode);
}

static void put(struct overview *view)
{
	look(view);
	view->top = find_top(&view->now.accounts, view->cgroup);
	choose(view);
	add_where(view);
	find_limits(view);
	if (cli.json)
		put_json(view);
	else
		put_text(view);
	if (view->of == &view->nothing)
		cgroup_tell_missing(view->cgroup);
}

static int show_one(void *data)
{
	const char *const *cgroup = data;
	struct overview view = { .cgroup = *cgroup };
	int err;

	if (view.cgroup) {
		record_add_text(&view.nothing, "path", view.cgroup);
		record_add_flag(&view.nothing, "deleted", false);
	}
	netns_load(false);
	err = survey_take_twice(&view.now, &view.before, SURVEY_DESTINATIONS);
	if (!err)
		put(&view);
	limit_list_free(&view.limits);
	resources_free(&view.resources);
	survey_free(&view.now);
	survey_free(&view.before);
	record_free(&view.nothing);
	netns_unload();
	return err;
}

int cmd_status(int argc, char **argv)
{
	const char *cgroup = NULL;

	args_parse(&takes, argc, argv, &cgroup);
	if (cli.all)
		return netns_rows_show() ? CLI_FAILED : CLI_DONE;
	return netns_each(show_one, &cgroup) ? CLI_FAILED : CLI_DONE;
}
