// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota events: the warnings and refusals that the module keeps, and with -f those to come.
 *
 * The stream ends only when the namespace or the module goes. Every reader of the file has a place
 * of its own: printing takes nothing away from others.
 *
 * JSON is one object a line, so that it can be followed.
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
#include "lib/signals.h"
#include "lib/term.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "show/json.h"

#define WIDE		100
#define PATH_CELLS	16	/* a path cut shorter says nothing */
#define DIGITS		"0123456789"

enum { OPT_HOST = 0x200 };

struct events {
	bool follow;
	bool host;
	struct kstream stream;
	time_t names_at;
};

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Go on with those that come, until stopped", 0 },
	{ "host", OPT_HOST, NULL, 0, "Those of all namespaces of the host; the same as -A", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct events *e = state->input;

	switch (key) {
	case 'f':
		e->follow = true;
		return 0;
	case OPT_HOST:
		e->host = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? events takes options only", arg);
		return 0;
	case ARGP_KEY_END:
		if (e->host && cli.netns)
			argp_error(state, "--host is for all namespaces at once: no -n");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Show the warnings and refusals that are kept, the oldest first.",
};

static const struct level {
	const char *name;
	enum tone tone;
} levels[] = {
	{ "warn", TONE_WARN },
	{ "forecast", TONE_WARN },
	{ "destination", TONE_WARN },
	{ "early", TONE_WARN },
	{ "deny", TONE_BAD },
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

/* Where there is little room a line says less, and does not align. */
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
		return need_printf("%s, over %s", record_text(rec, "current"),
				   record_text(rec, "threshold"));
	if (is_narrow() || current >= limit)
		return need_printf("%ju of %ju", (uintmax_t)current, (uintmax_t)limit);
	percent = term_percent(current, limit);
	text = need_printf("%ju of %ju (%s)", (uintmax_t)current, (uintmax_t)limit, percent);
	free(percent);
	return text;
}

/* How fast it grows, and how long that can go on. */
static char *outlook(const struct record *rec)
{
	const char *rate = record_text(rec, "rate"), *left = record_text(rec, "left");
	bool grows = record_count(rec, "rate");

	if (grows && record_find(rec, "left") && record_count(rec, "left"))
		return need_printf(", +%s/s, full in %ss", rate, left);
	return grows ? need_printf(", +%s/s", rate) : need_strdup("");
}

/* Why a TIME_WAIT has ended before its time, and how long it should have lasted. */
static char *early(const struct record *rec)
{
	const char *reason = record_text(rec, "reason"), *due = record_text(rec, "threshold");
	const char *lasted = record_text(rec, "lasted");

	if (is_narrow() && strcmp(reason, "overflow"))
		return need_printf("lasted %s of %ss, %s", lasted, due, reason);
	if (!strcmp(reason, "overflow"))
		return need_strdup(is_narrow() ? "not made, overflow" :
				   "not made: there are too many, or memory is short");
	if (!strcmp(reason, "recycled"))
		return need_printf("lasted %s of %ss: ended by a packet of the peer", lasted, due);
	if (!strcmp(reason, "expired"))
		return need_printf("lasted %s of %ss: its timer ran out early", lasted, due);
	return need_printf("lasted %s of %ss: %s", lasted, due, reason);
}

/* Between which addresses, for an event of a destination. */
static char *between(const struct record *rec)
{
	if (!record_find(rec, "destination"))
		return need_strdup("");
	if (is_narrow())
		return need_printf(" to %s", record_text(rec, "destination"));
	return need_printf(" from %s to %s", record_text(rec, "source"),
			   record_text(rec, "destination"));
}

static char *sentence(const struct record *rec, const char *level)
{
	const char *threshold = record_text(rec, "threshold");
	char *held, *more, *where, *text;

	if (!strcmp(level, "early"))
		return early(rec);
	held = amount(rec);
	more = outlook(rec);
	where = between(rec);
	if (*where && is_narrow())
		text = need_printf("%s%s", held, where);
	else if (*where)
		text = !strcmp(level, "clear") ?
		       need_printf("%s%s, back under %s", held, where, threshold) :
		       need_printf("%s%s%s", held, where, more);
	else if (!strcmp(level, "clear"))
		text = need_printf("%s, back under %s", held, threshold);
	else if (!strcmp(level, "deny"))
		text = need_printf("%s, %s", held, record_flag(rec, "audit") ?
				   "let through (audit)" : "refused");
	else
		text = need_printf("%s%s", held, more);
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
		both = need_printf("pid %s %s", record_text(rec, "netns.pid"), path);
	else
		both = need_printf("%s %s", name, path);
	free(name);
	free(path);
	return both;
}

/* The word does not fit its column, and the sentence has it. */
static const char *short_name(const char *word, const char *instead)
{
	return strcmp(word, "destination") ? word : instead;
}

/* The path gives way, as it is the longest, but not all of the way. @used: columns before this */
static void put_event(const struct record *rec, const char *level, int used)
{
	char *resource = term_clean(short_name(record_text(rec, "resource"), "tcp"));
	char *raw = sentence(rec, level), *text = term_clean(raw);
	char *path = whose(rec), *what, *shown;
	int room;

	what = need_printf(is_narrow() ? "%s %s" : "%-9s  %s", resource, text);
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

static void put_text(const struct record *rec)
{
	char *level = term_clean(record_text(rec, "level"));
	char *lost = term_clean(record_text(rec, "lost"));
	enum tone tone = tone_of(level);
	int cells = put_time(record_text(rec, "time"));

	printf(is_narrow() ? " %s%-8s%s " : "  %s%-8s%s  ", term_on(tone),
	       short_name(level, "dest"), term_off(tone));
	if (record_find(rec, "lost"))
		printf("%s events, for this reader was too slow\n", lost);
	else
		put_event(rec, level, cells + (is_narrow() ? 10 : 12));
	free(lost);
	free(level);
}

static const char *netns_in(const char *words)
{
	const char *at = strstr(words, " netns=");

	return at ? at + strlen(" netns=") : NULL;
}

/* A namespace may be younger than our list of names; we look again, but not for each event. */
static void describe(struct events *e, struct record *rec, char *netns)
{
	time_t now = time(NULL);

	if (!netns_is_known(netns) && now != e->names_at) {
		netns_unload();
		netns_load(true);
		e->names_at = now;
	}
	netns_describe(rec, netns);
}

static void parse_event(struct events *e, struct record *rec, char *rest, char *netns)
{
	char *path = record_cut_word(&rest);

	if (!path)
		path = rest;
	record_unescape(path);
	record_add_text(rec, "path", path);
	if (netns)
		describe(e, rec, netns);
	record_parse_nested(rec, rest, NULL);
	record_make_flag(rec, "audit");
}

/* TIME LEVEL PATH key=value ..., or TIME lost N; anything else is passed over. */
static void put_line(void *data, char *line)
{
	struct record rec = { 0 };
	struct events *e = data;
	const char *at = netns_in(line);
	char *netns = at ? need_printf("%.*s", (int)strcspn(at, " "), at) : NULL;
	char *when = record_cut_word(&line), *level = record_cut_word(&line), *lost;

	if (when && level) {
		record_add(&rec, "time", when);
		record_add_text(&rec, "level", level);
		lost = strcmp(level, "lost") ? NULL : record_cut_word(&line);
		if (lost)
			record_add(&rec, "lost", lost);
		else
			parse_event(e, &rec, line, netns);
		if (cli.json) {
			json_print(json_of_record(&rec));
			putchar('\n');
		} else {
			put_text(&rec);
		}
	}
	record_free(&rec);
	free(netns);
}

/* Standard output is watched too: whoever reads it may go away while nothing happens. */
static bool wait_for_more(struct events *e)
{
	struct pollfd fds[] = {
		{ .fd = e->stream.fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	signals_wait(fds, ARRAY_SIZE(fds), -1);
	return !signals_stop() && !(fds[1].revents & (POLLERR | POLLHUP | POLLNVAL));
}

static int show(struct events *e)
{
	int more = 1;

	if (e->follow) {
		signals_note(SIGINT);
		signals_note(SIGTERM);
		signals_note(SIGHUP);
	}
	if (kstream_open(&e->stream, e->host ? KFILE_HOST_EVENTS : KFILE_EVENTS))
		more = -1;
	while (more > 0) {
		more = kstream_read(&e->stream, put_line, e);
		if (e->follow && more >= 0 && fflush(stdout))
			break;
		if (more != KSTREAM_EMPTY)
			continue;
		if (!e->follow || !wait_for_more(e))
			break;
	}
	if (!more && e->follow && !signals_stop()) {
		say_error("%s: has ended: the namespace or the module is gone", e->stream.path);
		more = -1;
	}
	kstream_close(&e->stream);
	return more < 0 ? -1 : 0;
}

int word_events(int argc, char **argv)
{
	struct events e = { 0 };
	int err;

	args_parse(&argp, argc, argv, &e);
	if (cli.all)
		e.host = true;
	err = netns_enter();
	if (!err && e.host) {
		netns_load(true);
		e.names_at = time(NULL);
	}
	err = err ?: show(&e);
	netns_unload();
	return err ? CLI_FAILED : CLI_DONE;
}
