// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota top: a live view of the accounts.
 *
 * Rates are the change since the sample before, so the first sample has none. The seconds left are
 * the time until the max, or the range if there is no max, is full at the present rate. If standard
 * output is not a terminal, one table follows the other; JSON is one object per sample.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/signals.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/sample.h"
#include "model/totals.h"
#include "resource/resources.h"
#include "resource/sentence.h"
#include "show/json.h"
#include "show/screen.h"
#include "show/table.h"

#define BAR_CELLS	16
#define FIRST_PAUSE	0.5
#define DELAY_MIN	0.1
#define DELAY_MAX	3600

struct top {
	double delay;
	unsigned long count;
	const struct order *order;
	const char *cgroup;	/* only this one and those below it; NULL for all */
	size_t first;		/* so many accounts are above what is on the screen */
	size_t page;		/* so many are on it */
	bool help;		/* what the keys do is told instead of them */
	bool due;		/* the next sample is asked for at once */
	struct sample now;
	struct sample before;
	char mode[16];
};

/* The largest by key come first; without a key the order is that of paths. */
static const struct order {
	char letter;
	const char *name;
	const char *key;
} orders[] = {
	{ 't', "tcp", "tcp.current" },
	{ 'w', "timewait", "timewait.current" },
	{ 'r', "growth", "rank" },
	{ 'd', "denied", "denied" },
	{ 'c', "cgroup", NULL },
};

static void take_order(const struct args_option *option, char *arg, void *to,
		       struct argp_state *state)
{
	const struct order **order = to;

	*order = NULL;
	/* What it was called, which everywhere else is how much begins per second. */
	if (!strcmp(arg, "rate"))
		arg = "growth";
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (!strcmp(arg, orders[i].name))
			*order = &orders[i];
	if (!*order)
		argp_error(state, "--%s %s: not tcp, timewait, growth, denied or cgroup",
			   option->name, arg);
}

static const struct args_option options[] = {
	ARGS_VALUE("delay", 'd', "SECONDS", args_take_seconds, struct top, delay,
		   "Seconds between two samples (default 1)"),
	ARGS_VALUE("count", 0, "N", args_take_count, struct top, count, "Stop after N samples"),
	ARGS_VALUE("sort", 's', "KEY", take_order, struct top, order,
		   "Sort by tcp (the default), timewait, growth, denied or cgroup"),
	ARGS_VALUE("cgroup", 0, "CGROUP", args_take_cgroup, struct top, cgroup,
		   "The same as CGROUP alone"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct top *top = input;

	args_cgroup(&top->cgroup, arg, state);
}

static const struct args takes = {
	.doc = "Show accounts live, or one cgroup and those below it. Keys: t, w, r, d, c sort by "
	       "TCP, TIME_WAIT, growth, denied, cgroup; h tells of the others; q quits.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
};

static int take_sample(struct top *top)
{
	int err;

	sample_free(&top->before);
	top->before = top->now;
	top->now = (struct sample){ 0 };
	err = sample_take(&top->now);
	sample_compare(&top->now, &top->before);
	if (!kfile_peek(KFILE_MODE, top->mode, sizeof(top->mode)))
		top->mode[0] = '\0';
	return err;
}

static int by_path(const void *a, const void *b, void *data)
{
	return strcmp(record_text(a, "netns"), record_text(b, "netns")) ?: account_cmp(a, b, data);
}

static int by_order(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	uint64_t x, y;

	if (!order->key)
		return by_path(a, b, NULL);
	x = record_count(a, order->key);
	y = record_count(b, order->key);
	if (x != y)
		return x > y ? -1 : 1;
	return by_path(a, b, NULL);
}

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "TCP", .key = "tcp.current", .kind = COL_NUMBER },
	{ .head = "MAX", .key = "tcp.max", .kind = COL_LIMIT, .drop = 2, .optional = true },
	{ .head = "FULL", .key = "full.part", .whole = "full.whole", .kind = COL_BAR,
	  .optional = true },
	{ .head = "NEW/S", .key = "tcp.begun.rate", .kind = COL_NUMBER, .drop = 3 },
	{ .head = "+/S", .key = "tcp.growth", .kind = COL_NUMBER },
	{ .head = "LEFT", .key = "tcp.left", .kind = COL_SECONDS, .drop = 1 },
	{ .head = "TWAIT", .key = "timewait.current", .kind = COL_NUMBER, .drop = 1 },
	{ .head = "UDP", .key = "udp.current", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE, .optional = true },
	{ .head = "/S", .key = "denied.rate", .kind = COL_TROUBLE, .drop = 5 },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

static void put_clock(FILE *f)
{
	time_t now = time(NULL);
	char text[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	fprintf(f, "%s%s%s", term_on(TONE_HEAD), text, term_off(TONE_HEAD));
}

static void put_range(FILE *f, const struct record *stat, const struct resource *res,
		      const char *label)
{
	char *key = xasprintf("%s.ports", res->name), *bar, *percent;
	bool known = res->capacity && record_find(stat, key);
	enum tone tone;

	free(key);
	if (!known)
		return;
	bar = term_bar(res->used, res->capacity, BAR_CELLS);
	percent = term_percent(res->used, res->capacity);
	tone = res->used ? term_level(res->used, res->capacity) : TONE_FAINT;
	fprintf(f, "%s  %s%s %5s%s  %ju of %ju ports\n", label, term_on(tone), bar, percent,
		term_off(tone), (uintmax_t)res->used, (uintmax_t)res->capacity);
	free(bar);
	free(percent);
}

/* More ports than there are: some are held outside of the range, since it has moved. */
static bool has_strays(const struct resources *resources)
{
	return resources->list[0].used > resources->list[0].capacity ||
	       resources->list[1].used > resources->list[1].capacity;
}

/* How full the ranges are; and of what is short, as status and check judge, the worst. */
static void put_ports(FILE *f)
{
	struct resources resources = { 0 };
	const struct resource *res, *worst = NULL;
	struct survey survey = { 0 };
	char *text, *clean, *cut;

	if (!survey_take(&survey, SURVEY_DESTINATIONS)) {
		resources_fill(&resources, &survey, NULL);
		resources_judge(&resources, &resource_thresholds);
		if (has_strays(&resources)) {
			resources_look_closer(&resources, NULL);
			resources_judge(&resources, &resource_thresholds);
		} else {
			resources_look_at_accounts(&resources);
		}
		put_range(f, &survey.stat, &resources.list[0], "TCP");
		put_range(f, &survey.stat, &resources.list[1], "UDP");
	}
	for (size_t i = 0; i < resources.count; i++) {
		res = &resources.list[i];
		if (res->level >= LEVEL_WARNING && (!worst || res->level > worst->level))
			worst = res;
	}
	if (worst) {
		text = resource_sentence(worst);
		clean = term_clean(text);
		cut = term_width() ? term_shorten(clean, term_width()) : xstrdup(clean);
		fprintf(f, "%s%s%s\n", term_on(worst->level >= LEVEL_CRITICAL ? TONE_BAD :
						TONE_WARN), cut, term_off(TONE_BAD));
		free(cut);
		free(clean);
		free(text);
	}
	resources_free(&resources);
	survey_free(&survey);
}

static void put_head(FILE *f, const struct top *top, bool live)
{
	const struct record *stat = &top->now.stat;

	if (cli.no_header)
		return;
	put_clock(f);
	if (*top->mode)
		fprintf(f, "  mode %s", top->mode);
	if (totals_are_dead(stat))
		fprintf(f, "  %shooks %s: nothing is counted any more%s", term_on(TONE_BAD),
			record_text(stat, "hooks"), term_off(TONE_BAD));
	fprintf(f, "  by %s", top->order->name);
	if (live && top->delay != 1)
		fprintf(f, "  each %gs", top->delay);
	if (live)
		fprintf(f, "  %st w r d c: order, h: help, q: quit%s", term_on(TONE_FAINT),
			term_off(TONE_FAINT));
	putc('\n', f);
	if (cli.all)
		return;
	put_ports(f);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

static bool is_asked(const struct top *top, const struct record *account)
{
	return !top->cgroup || account_is_below(record_text(account, "path"), top->cgroup);
}

/* What is asked for is shown though it holds nothing. */
static bool is_shown(const struct top *top, const struct record *account)
{
	return is_asked(top, account) &&
	       (account_is_shown(account) ||
		(top->cgroup && !strcmp(record_text(account, "path"), top->cgroup)));
}

static size_t count_shown(const struct top *top)
{
	size_t count = 0;

	for (size_t i = 0; i < top->now.accounts.count; i++)
		count += is_shown(top, &top->now.accounts.recs[i]);
	return count;
}

/* Where not all fit, a line tells how many there are. */
static void settle_page(struct top *top, size_t *rows)
{
	size_t count = count_shown(top);

	top->page = *rows;
	if (count <= *rows) {
		top->first = 0;
		return;
	}
	*rows -= *rows > 1;
	top->page = *rows;
	if (top->first > count - *rows)
		top->first = count - *rows;
}

static void put_more(FILE *f, const struct top *top, size_t rows)
{
	size_t count = count_shown(top);

	if (count > rows && !cli.no_header)
		fprintf(f, "%s%zu to %zu of %zu: arrows and page keys show others%s\n",
			term_on(TONE_FAINT), top->first + 1, top->first + rows, count,
			term_off(TONE_FAINT));
}

/* @rows: how many accounts fit */
static void put_accounts(FILE *f, struct top *top, size_t rows)
{
	struct table table;
	size_t shown = 0, above = 0;

	settle_page(top, &rows);

	account_list_sort(&top->now.accounts, by_order, (void *)top->order);
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	table.out = f;
	table.steady = true;
	for (size_t i = 0; i < top->now.accounts.count && shown < rows; i++) {
		if (!is_shown(top, &top->now.accounts.recs[i]) || above++ < top->first)
			continue;
		table_row(&table, &top->now.accounts.recs[i]);
		shown++;
	}
	table_end(&table, 0);
	put_more(f, top, rows);
}

static void put_help(FILE *f)
{
	fputs("\n"
	      "t w r d c   sort by TCP, TIME_WAIT, growth, refusals, cgroup\n"
	      "up down     one line, and page up, page down one screenful\n"
	      "home        back to the first\n"
	      "+ -         twice as long between two samples, or half as long\n"
	      "space       a sample at once\n"
	      "h ?         this, and back\n"
	      "q           quit\n", f);
}

/* Rows for accounts on a screen, without the headings and the line that names hidden columns. */
static size_t rows_left(const char *head, const char *trouble)
{
	size_t used = count_lines(head) + count_lines(trouble) + 2;

	if (!term_height())
		return TABLE_HOLD;
	return (size_t)term_height() > used ? term_height() - used : 1;
}

static void show_live(struct top *top, const char *trouble)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	put_head(f, top, true);
	fflush(f);
	fputs(trouble, f);
	if (top->help)
		put_help(f);
	else
		put_accounts(f, top, rows_left(text, trouble));
	fclose(f);
	screen_show(text);
	free(text);
}

static void put_json(const struct top *top)
{
	json_t *object = json_object(), *list = json_array();

	json_object_set_new(object, "time", json_real(interval_wall()));
	if (*top->mode)
		json_object_set_new(object, "mode", json_string(top->mode));
	if (!cli.all)
		json_object_set_new(object, "stat", json_of_record(&top->now.stat));
	for (size_t i = 0; i < top->now.accounts.count; i++) {
		json_t *account;

		if (!is_asked(top, &top->now.accounts.recs[i]))
			continue;
		account = json_of_record(&top->now.accounts.recs[i]);
		json_object_del(account, "rank");
		json_object_del(account, "tcp.whole");
		json_object_del(account, "full.part");
		json_object_del(account, "full.whole");
		json_array_append_new(list, account);
	}
	json_object_set_new(object, "accounts", list);
	json_print(object);
	putchar('\n');
}

static void show_plain(struct top *top, bool first)
{
	if (cli.json) {
		put_json(top);
		return;
	}
	if (!first)
		putchar('\n');
	put_head(stdout, top, false);
	put_accounts(stdout, top, TABLE_HOLD);
}

/* With -A a namespace that cannot be entered is reported above the table of the others. */
static int sample_live(struct top *top, char **trouble)
{
	size_t size = 0;
	FILE *f = open_memstream(trouble, &size);
	int err;

	say_into(f);
	err = take_sample(top);
	say_into(NULL);
	if (f)
		fclose(f);
	return err && !top->now.accounts.count ? -1 : 0;
}

static void scroll(struct top *top, int key)
{
	size_t up = key == SCREEN_UP ? 1 : key == SCREEN_PAGE_UP ? top->page :
		    key == SCREEN_HOME ? top->first : 0;

	top->first -= up < top->first ? up : top->first;
	if (key == SCREEN_DOWN)
		top->first++;
	if (key == SCREEN_PAGE_DOWN)
		top->first += top->page;
}

static void change_delay(struct top *top, int key)
{
	if (key == '+' && top->delay * 2 <= DELAY_MAX)
		top->delay *= 2;
	if (key == '-' && top->delay / 2 >= DELAY_MIN)
		top->delay /= 2;
}

/* Return: whether to go on. */
static bool take_key(struct top *top, int key)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (key == orders[i].letter)
			top->order = &orders[i];
	top->help = (key == 'h' || key == '?') && !top->help;
	top->due = key == ' ';
	scroll(top, key);
	change_delay(top, key);
	return key != 'q' && key != 'Q';
}

/* The first sample has no rates, so the second is taken soon. */
static double pause_of(const struct top *top)
{
	return !top->before.when && top->delay > FIRST_PAUSE ? FIRST_PAUSE : top->delay;
}

/* Waits until the next sample is due. Keys act at once, on the present sample. */
static bool stay(struct top *top, const char *trouble)
{
	double until = top->now.when + pause_of(top), left;
	int key;

	while ((left = until - interval_clock()) > 0) {
		key = screen_wait(left * 1000 + 1);
		if (signals_stop() || (key > 0 && !take_key(top, key)))
			return false;
		if (key > 0 && top->due)
			return true;
		until = top->now.when + pause_of(top);
		if (key)
			show_live(top, trouble);
	}
	return true;
}

static int run_live(struct top *top)
{
	char *trouble = NULL;
	int err;

	for (;;) {
		free(trouble);
		trouble = NULL;
		err = sample_live(top, &trouble);
		if (err)
			break;
		show_live(top, trouble ? trouble : "");
		if (top->count && !--top->count)
			break;
		if (!stay(top, trouble ? trouble : ""))
			break;
	}
	screen_close();
	/* The alternate screen and the message on it are gone, so repeat the message. */
	if (err && trouble)
		say_error("%.*s", (int)strcspn(trouble, "\n"), trouble);
	free(trouble);
	return err;
}

static int run_plain(struct top *top)
{
	bool first = true;
	struct pollfd out = { .fd = 1 };
	int err;

	signals_note(SIGINT);
	signals_note(SIGTERM);
	for (;;) {
		err = take_sample(top);
		if (err && !top->now.accounts.count)
			return err;
		if (top->before.when) {
			show_plain(top, first);
			first = false;
			if (fflush(stdout) || (top->count && !--top->count))
				return err;
		}
		signals_wait(&out, 1, pause_of(top) * 1000);
		if (signals_stop() || out.revents)
			return err;
	}
}

/* At the end, as a screen would cover it. */
static void tell_missing(const struct top *top)
{
	for (size_t i = 0; i < top->now.accounts.count; i++)
		if (is_asked(top, &top->now.accounts.recs[i]))
			return;
	cgroup_tell_missing(top->cgroup);
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .delay = 1, .order = orders };
	int err;

	args_parse(&takes, argc, argv, &top);
	args_doubt_count("--count");
	err = netns_enter();
	if (!err)
		err = !cli.json && screen_open() ? run_live(&top) : run_plain(&top);
	if (!err && top.cgroup)
		tell_missing(&top);
	sample_free(&top.now);
	sample_free(&top.before);
	return err ? CLI_FAILED : CLI_DONE;
}
