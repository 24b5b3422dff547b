// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota status: an overview of the namespace, for an operator who is called at night.
 *
 * What is wrong comes first and in red. How full the range is follows, then TIME_WAIT, then the
 * cgroups that hold most. A counter of trouble that is zero is not printed. With -A there is one
 * row per namespace.
 *
 * JSON is the whole of stat with the mode, the largest accounts under "top", all limits under
 * "limits", the largest "owner" and the busiest "destination", or with -A a list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/namespaces.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "model/account.h"
#include "model/destination.h"
#include "model/kfile.h"
#include "model/limit.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "model/totals.h"
#include "show/json.h"
#include "show/table.h"

#define TOP_ROWS	5
#define LIMIT_ROWS	5
#define BAR_CELLS	24

static const struct args takes = {
	.doc = "Show an overview of the network namespace, or with -A one line per namespace.",
};

/* Counters that should be zero, and what it means if they are not. */
struct alarm {
	const char *key;
	enum tone tone;
	const char *meaning;
};

static const struct alarm alarms[] = {
	{ "tcp.exhausted", TONE_BAD, "calls for which the kernel had no free TCP port" },
	{ "udp.exhausted", TONE_BAD, "calls for which the kernel had no free UDP port" },
	{ "tcp.denied", TONE_BAD, "calls refused a TCP port by a rule" },
	{ "udp.denied", TONE_BAD, "calls refused a UDP port by a rule" },
	{ "timewait.denied", TONE_BAD, "refused at timewait.max (included in tcp.denied)" },
	{ "tcp.would_deny", TONE_WARN, "a rule would have refused these, but for mode audit" },
	{ "udp.would_deny", TONE_WARN, "a rule would have refused these, but for mode audit" },
	{ "timewait.overflow", TONE_BAD, "TIME_WAITs not made (tcp_max_tw_buckets, or memory)" },
	{ "untracked", TONE_WARN, "not counted, as memory ran out: the counts are too low" },
	{ "hooks.missed", TONE_WARN, "missed and repaired later: counts were off for a while" },
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

static void put_alarms(const struct record *stat)
{
	if (totals_are_dead(stat))
		put_alarm(TONE_BAD, "hooks", record_text(stat, "hooks"),
			  "nothing below is counted any more; the kernel log says why");
	put_mode(record_text(stat, "mode"));
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
		if (record_count(stat, alarms[i].key))
			put_alarm(alarms[i].tone, alarms[i].key, record_text(stat, alarms[i].key),
				  alarms[i].meaning);
	if (record_find(stat, "cgroup.v2") && !record_count(stat, "cgroup.v2"))
		put_alarm(TONE_WARN, "cgroup.v2", "0",
			  "no cgroup v2 is in use: everything is charged to /");
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

static void put_tcp(const struct record *stat)
{
	bool shared = record_find(stat, "tcp.ports") &&
		      record_count(stat, "tcp.current") > record_count(stat, "tcp.ports");

	put_label("TCP");
	put_fill(stat, "tcp");
	printf("%11s%s reservations (peak %s)%s\n", "", record_text(stat, "tcp.current"),
	       record_text(stat, "tcp.peak"), shared ? ", some sharing a port" : "");
	printf("%11s%s shareable, %s exclusive, %s BOUND\n", "",
	       record_text(stat, "tcp.shareable"), record_text(stat, "tcp.exclusive"),
	       record_text(stat, "tcp.bound"));
}

static void put_udp(const struct record *stat)
{
	put_label("UDP");
	put_fill(stat, "udp");
	printf("%11s%s reservations (peak %s)\n", "", record_text(stat, "udp.current"),
	       record_text(stat, "udp.peak"));
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

static void put_owner(const struct record *owner)
{
	char *comm = term_clean(record_text(owner, "owner.comm"));
	char *path = term_clean(record_text(owner, "path"));

	put_label("PROGRAM");
	printf("%s", comm);
	if (record_count(owner, "owner.pid"))
		printf(", pid %s,", record_text(owner, "owner.pid"));
	printf(" holds most: %s\n%11sin %s%s\n", record_text(owner, "owner.held"), "", path,
	       record_flag(owner, "deleted") ? " " PORTQUOTA_DELETED : "");
	free(comm);
	free(path);
}

static void put_destination(const struct record *dest)
{
	uint64_t usable = record_count(dest, "usable");
	char *source = term_clean(record_text(dest, "source"));
	char *where = term_clean(record_text(dest, "destination"));

	put_label("TOWARDS");
	if (usable)
		put_bar(record_count(dest, "used"), usable);
	printf("%s of %s ports\n%11sfrom %s to %s\n", record_text(dest, "used"),
	       record_text(dest, "usable"), "", source, where);
	free(source);
	free(where);
}

/* Puts the largest first, and counts those worth showing. */
static size_t find_top(struct account_list *list)
{
	size_t keep = 0;

	account_list_sort(list, account_cmp_own_use, NULL);
	while (keep < list->count && keep < TOP_ROWS &&
	       (account_own_use(&list->recs[keep]) ||
		record_count(&list->recs[keep], "timewait.local")))
		keep++;
	return keep;
}

static void put_top(const struct account_list *accounts, size_t count)
{
	static const struct column columns[] = {
		{ .head = "TCP", .key = "tcp.local", .kind = COL_NUMBER },
		{ .head = "UDP", .key = "udp.local", .kind = COL_NUMBER },
		{ .head = "TIME_WAIT", .key = "timewait.local", .kind = COL_NUMBER },
		{ .head = "TCP OF RANGE", .key = "tcp.local", .whole = "range.usable",
		  .kind = COL_BAR, .optional = true },
		{ .head = "LARGEST CGROUPS (own use)", .key = "path",
		  .kind = COL_ACCOUNT },
	};
	struct table table;

	if (!count)
		return;
	putchar('\n');
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	for (size_t i = 0; i < count; i++)
		table_row(&table, &accounts->recs[i]);
	table_end(&table, 0);
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

static void put_text(const struct record *stat, const struct account_list *accounts, size_t top,
		     const struct limit_list *limits, const struct destination_list *busiest)
{
	const struct record *owner = account_list_owner(accounts);

	if (!cli.no_header)
		put_title(stat);
	put_alarms(stat);
	putchar('\n');
	put_tcp(stat);
	put_udp(stat);
	put_timewait(stat);
	if (owner)
		put_owner(owner);
	if (busiest->count)
		put_destination(busiest->recs);
	put_limits(limits);
	put_top(accounts, top);
}

static json_t *json_of_owner(const struct record *account)
{
	static const char *const keys[] = { "owner.comm", "owner.pid", "owner.held" };
	struct record rec = { 0 };
	json_t *object;

	record_add_text(&rec, "path", record_text(account, "path"));
	record_add_flag(&rec, "deleted", record_flag(account, "deleted"));
	record_add_text(&rec, keys[0], record_text(account, keys[0]));
	for (size_t i = 1; i < ARRAY_SIZE(keys); i++)
		record_add_number(&rec, keys[i], record_count(account, keys[i]));
	object = json_of_record(&rec);
	record_free(&rec);
	return object;
}

static void put_json(const struct record *stat, const struct account_list *accounts, size_t top,
		     const struct limit_list *limits, const struct destination_list *busiest)
{
	const struct record *owner = account_list_owner(accounts);
	json_t *object = json_of_record(stat);
	json_t *list = json_array();
	struct record rec = { 0 };

	for (size_t i = 0; i < top; i++)
		json_array_append_new(list, json_of_record(&accounts->recs[i]));
	json_object_set_new(object, "top", list);
	if (owner)
		json_object_set_new(object, "owner", json_of_owner(owner));
	if (busiest->count)
		json_object_set_new(object, "destination", json_of_record(busiest->recs));
	list = json_array();
	for (size_t i = 0; i < limits->count; i++) {
		record_reset(&rec);
		limit_record(&limits->limits[i], &rec);
		json_array_append_new(list, json_of_record(&rec));
	}
	json_object_set_new(object, "limits", list);
	json_print(object);
	putchar('\n');
	record_free(&rec);
}

static void show_accounts(const struct record *stat, struct account_list *accounts,
			  const struct destination_list *busiest)
{
	struct limit_list limits = { 0 };
	size_t top = find_top(accounts);

	limit_list_fill(&limits, accounts);
	if (cli.json)
		put_json(stat, accounts, top, &limits, busiest);
	else
		put_text(stat, accounts, top, &limits, busiest);
	limit_list_free(&limits);
}

static int show_one(void *data)
{
	struct destination_list busiest = { 0 };
	struct account_list accounts = { 0 };
	struct record stat = { 0 };
	char netns[32], mode[16];
	int err;

	(void)data;
	netns_load(false);
	if (netns_here(netns, sizeof(netns)))
		netns_describe(&stat, netns);
	err = kfile_read_flat(KFILE_STAT, &stat);
	if (!err) {
		if (kfile_peek(KFILE_MODE, mode, sizeof(mode)))
			record_add_text(&stat, "mode", mode);
		err = account_list_read(&accounts, record_count(&stat, "range.usable")) ?:
		      destination_list_read(&busiest, 1);
		show_accounts(&stat, &accounts, &busiest);
	}
	destination_list_free(&busiest);
	account_list_free(&accounts);
	record_free(&stat);
	netns_unload();
	return err;
}

int cmd_status(int argc, char **argv)
{
	args_parse(&takes, argc, argv, NULL);
	if (cli.all)
		return namespaces_show() ? CLI_FAILED : CLI_DONE;
	return netns_each(show_one, NULL) ? CLI_FAILED : CLI_DONE;
}
