// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota watch: one row per interval about the namespace, for logging to a file.
 *
 * Rates and numbers of refusals are those of the interval that ends with the row. Each row is
 * written at once. JSON is one object per line; CSV is that of RFC 4180.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/signals.h"
#include "lib/term.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/totals.h"
#include "show/json.h"

#define WIDE	91

/**
 * struct watch - what is being watched
 * @delay: seconds from one row to the next
 * @count: rows still to print; 0 for no end
 * @csv: print CSV
 * @rows: rows printed so far
 * @dead: nothing is counted any more, and that has been told
 * @stats: totals at the end of the interval, and at its beginning
 * @when: when that was
 */
struct watch {
	double delay;
	unsigned long count;
	bool csv;
	size_t rows;
	bool dead;
	struct record stats[2];
	double when[2];
};

static void settle(void *input, struct argp_state *state)
{
	const struct watch *w = input;

	if (cli.all)
		argp_error(state, "watch shows a single namespace; -A cannot be used");
	if (cli.json && w->csv)
		argp_error(state, "--csv and -j cannot be used together");
}

static void refuse_operand(void *input, char *arg, struct argp_state *state)
{
	(void)input;
	argp_error(state, "unexpected argument '%s'; for one cgroup: portquota top CGROUP", arg);
}

static const struct args_option options[] = {
	ARGS_VALUE("delay", 'd', "SECONDS", args_take_seconds, struct watch, delay,
		   "Seconds between two lines (default 1)"),
	ARGS_VALUE("count", 0, "N", args_take_count, struct watch, count, "Stop after N lines"),
	ARGS_FLAG("csv", 0, struct watch, csv, "Print CSV, with one line of headings at the top"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Print one line per interval with the figures of the network namespace, until "
	       "interrupted.",
	.options = options,
	.operand = refuse_operand,
	.settle = settle,
};

/* @trouble: printed in red if it is not zero */
static const struct watch_column {
	const char *head;
	const char *key;
	int width;
	bool trouble;
} columns[] = {
	{ "TCP", "tcp.current", 6, false },
	{ "PORTS", "tcp.ports", 6, false },
	{ "RANGE%", "tcp.percent", 6, false },
	{ "NEW/S", "tcp.begun.rate", 6, false },
	{ "TWAIT", "timewait.current", 7, false },
	{ "IN/S", "timewait.entered.rate", 6, false },
	{ "OUT/S", "timewait.ended.rate", 6, false },
	{ "DENIED", "denied.new", 6, true },
	{ "EXHAUST", "exhausted.new", 7, true },
	{ "UDP", "udp.current", 6, false },
};

static uint64_t sum(const struct record *stat, const char *const *keys, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += record_count(stat, keys[i]);
	return total;
}

/* Adds by how much the sum of some counters has grown: as a number, or with @rate per second. */
static void add_growth(const struct watch *w, struct record *row, const char *name, bool rate,
		       const char *const *keys, size_t count)
{
	uint64_t now = sum(&w->stats[0], keys, count), past = sum(&w->stats[1], keys, count);

	record_add_number(row, name, interval_rate(now, past, rate ? w->when[0] - w->when[1] : 1));
}

static void make_row(const struct watch *w, struct record *row, const char *when)
{
	static const char *const begun[] = { "tcp.begun" };
	static const char *const udp_begun[] = { "udp.begun" };
	static const char *const entered[] = { "timewait.entered" };
	static const char *const ended[] = {
		"timewait.expired", "timewait.reused", "timewait.recycled", "timewait.killed",
	};
	static const char *const overflow[] = { "timewait.overflow" };
	static const char *const denied[] = { "tcp.denied", "udp.denied" };
	static const char *const exhausted[] = { "tcp.exhausted", "udp.exhausted" };
	const struct record *stat = &w->stats[0];
	uint64_t usable = account_usable(stat, "tcp");

	record_add(row, "time", when);
	record_add_number(row, "tcp.current", record_count(stat, "tcp.current"));
	record_add_number(row, "tcp.ports", record_count(stat, "tcp.ports"));
	record_add_number(row, "tcp.usable", usable);
	record_add_number(row, "tcp.percent",
			  usable ? record_count(stat, "tcp.ports") * 100.0 / usable : 0);
	add_growth(w, row, "tcp.begun.rate", true, begun, ARRAY_SIZE(begun));
	record_add_number(row, "timewait.current", record_count(stat, "timewait.current"));
	add_growth(w, row, "timewait.entered.rate", true, entered, ARRAY_SIZE(entered));
	add_growth(w, row, "timewait.ended.rate", true, ended, ARRAY_SIZE(ended));
	add_growth(w, row, "timewait.overflow.new", false, overflow, ARRAY_SIZE(overflow));
	add_growth(w, row, "denied.new", false, denied, ARRAY_SIZE(denied));
	add_growth(w, row, "exhausted.new", false, exhausted, ARRAY_SIZE(exhausted));
	record_add_number(row, "udp.current", record_count(stat, "udp.current"));
	record_add_number(row, "udp.ports", record_count(stat, "udp.ports"));
	add_growth(w, row, "udp.begun.rate", true, udp_begun, ARRAY_SIZE(udp_begun));
	record_add_text(row, "hooks", totals_are_dead(stat) ? "dead" : "live");
}

/* A log needs the date; it is left out on a terminal where it does not fit. */
static const char *time_format(const struct watch *w)
{
	if (w->csv)
		return "%Y-%m-%dT%H:%M:%S%z";
	return term_width() && term_width() < WIDE ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S";
}

static void put_head(size_t time_cells)
{
	printf("%s%-*s", term_on(TONE_HEAD), (int)time_cells, "TIME");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		printf(" %*s", columns[i].width, columns[i].head);
	printf("%s\n", term_off(TONE_HEAD));
}

/* A file gets the headings once, a terminal gets them once per screenful. */
static bool head_is_due(const struct watch *w)
{
	size_t page = isatty(STDOUT_FILENO) && term_height() > 2 ? term_height() - 1 : 0;

	if (cli.no_header)
		return false;
	return page ? w->rows % (page - 1) == 0 : !w->rows;
}

static void put_text(const struct watch *w, const struct record *row)
{
	const char *when = record_text(row, "time");
	const struct watch_column *col;
	enum tone tone;

	if (head_is_due(w))
		put_head(strlen(when));
	fputs(when, stdout);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		col = &columns[i];
		tone = !record_count(row, col->key) ? TONE_FAINT :
		       col->trouble ? TONE_BAD : TONE_PLAIN;
		printf(" %s%*s%s", term_on(tone), col->width, record_text(row, col->key),
		       term_off(tone));
	}
	putchar('\n');
}

/* No value contains a comma, a quote or a line end: only the time and hooks are not numbers. */
static void put_csv(const struct watch *w, const struct record *row)
{
	if (!w->rows && !cli.no_header)
		for (size_t i = 0; i < row->count; i++)
			printf("%s%s", row->fields[i].key, i + 1 < row->count ? "," : "\r\n");
	for (size_t i = 0; i < row->count; i++)
		printf("%s%s", field_text(&row->fields[i]), i + 1 < row->count ? "," : "\r\n");
}

static void put_row(struct watch *w)
{
	struct record row = { 0 };
	time_t now = time(NULL);
	char when[64] = "-";
	struct tm tm;

	if (cli.json)
		snprintf(when, sizeof(when), "%.3f", interval_wall());
	else if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), time_format(w), &tm);
	make_row(w, &row, when);
	if (w->csv) {
		put_csv(w, &row);
	} else if (cli.json) {
		json_print(json_of_record(&row));
		putchar('\n');
	} else {
		put_text(w, &row);
	}
	w->rows++;
	record_free(&row);
}

/* Without this message the rows would look as if nothing happened in the namespace. */
static void tell_dead(struct watch *w)
{
	bool dead = totals_are_dead(&w->stats[0]);

	if (dead && !w->dead)
		say_error("watch: the hooks are dead: nothing is counted any more");
	w->dead = dead;
}

static int take_sample(struct watch *w)
{
	int err;

	record_free(&w->stats[1]);
	w->stats[1] = w->stats[0];
	w->when[1] = w->when[0];
	w->stats[0] = (struct record){ 0 };
	w->when[0] = interval_clock();
	err = kfile_read_flat(KFILE_STAT, &w->stats[0]);
	if (!err)
		tell_dead(w);
	return err;
}

/* Standard output is polled too, as its reader may close it between two rows. */
static bool stay(double until)
{
	struct pollfd out = { .fd = STDOUT_FILENO };
	double left;

	while ((left = until - interval_clock()) > 0) {
		signals_wait(&out, 1, left * 1000 + 1);
		if (signals_stop() || (out.revents & (POLLERR | POLLHUP | POLLNVAL)))
			return false;
	}
	return true;
}

static int run(struct watch *w)
{
	double due = interval_clock();
	int err = take_sample(w);

	signals_note(SIGINT);
	signals_note(SIGTERM);
	signals_note(SIGHUP);
	while (!err) {
		due += w->delay;
		if (!stay(due))
			break;
		err = take_sample(w);
		if (err)
			break;
		put_row(w);
		if (fflush(stdout) || (w->count && !--w->count))
			break;
	}
	return err;
}

int cmd_watch(int argc, char **argv)
{
	struct watch w = { .delay = 1 };
	int err;

	args_parse(&takes, argc, argv, &w);
	args_doubt_count("--count");
	err = netns_enter() ?: run(&w);
	record_free(&w.stats[0]);
	record_free(&w.stats[1]);
	return err ? CLI_FAILED : CLI_DONE;
}
