// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota events: the warnings and refusals that the module keeps, and with -f the new ones too.
 *
 * The stream ends only when the namespace or the module is removed. Every reader of the file has a
 * position of its own, so reading takes no event away from other readers.
 *
 * JSON is one object per line, so that a program can read it while it is written.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/signals.h"
#include "model/account.h"
#include "model/event.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "show/event_line.h"
#include "show/json.h"

#define LEVELS	16	/* more than there are */
#define KEPT	65536	/* events: more than a module keeps */

/**
 * struct events - what is asked for, and the stream
 * @follow: go on when all that is kept has been printed
 * @host: those of all namespaces
 * @since: only what was within so many seconds before @now; 0 for all
 * @now: when the command began, in seconds since 1970
 * @account: only this cgroup and those below it; NULL for all
 * @levels: only these levels; all if there are none
 * @level_count: how many
 * @last: of those that are kept, print only so many of the last; 0 for all
 * @held: these, while what is kept is read: a ring
 * @seen: how many went into it
 * @stream: the file
 */
struct events {
	bool follow;
	bool host;
	unsigned int since;
	double now;
	const char *account;
	const char *levels[LEVELS];
	size_t level_count;
	unsigned long last;
	char **held;
	size_t seen;
	struct kstream stream;
};

#define LEVEL_NAMES \
	"warn, forecast, destination, early, deny, exhausted, taken, end, clear, lost"

static void take_levels(const struct args_option *option, char *list, void *to,
			struct argp_state *state)
{
	struct events *e = to;
	const char *level;
	char *name;

	while ((name = strsep(&list, ","))) {
		level = event_line_level(name);
		if (!level)
			argp_error(state, "--%s %s: not one of " LEVEL_NAMES, option->name, name);
		else if (e->level_count < LEVELS)
			e->levels[e->level_count++] = level;
	}
}

static void settle(void *input, struct argp_state *state)
{
	const struct events *e = input;

	if (e->host && cli.netns)
		argp_error(state, "--host is for all namespaces at once; -n cannot be used");
}

static const struct args_option options[] = {
	ARGS_FLAG("follow", 'f', struct events, follow,
		  "Keep printing new events until interrupted"),
	ARGS_VALUE("since", 's', "SECONDS", args_take_since, struct events, since,
		   "Show only what was within these last seconds"),
	{ "level", 'l', "LEVEL[,...]",
	  "Show only these levels, and the end of a run with its level: " LEVEL_NAMES,
	  take_levels, 0 },
	ARGS_VALUE("account", 'a', "CGROUP", args_take_cgroup, struct events, account,
		   "Show only this cgroup and those below it"),
	{ .name = "cgroup" },
	ARGS_VALUE("last", 0, "N", args_take_count, struct events, last,
		   "Of those that are kept, show only the last N"),
	ARGS_FLAG("host", 0, struct events, host,
		  "Show the events of all namespaces of the host; same as -A"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct events *e = input;

	args_cgroup(&e->account, arg, state);
}

static const struct args takes = {
	.doc = "Show the warnings and refusals that are kept, the oldest first.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
	.settle = settle,
};

static bool level_is_wanted(const struct events *e, const struct record *rec)
{
	const char *level = record_text(rec, "level");

	for (size_t i = 0; i < e->level_count; i++)
		if (!strcmp(e->levels[i], level) ||
		    (!strcmp(level, "end") && !strcmp(e->levels[i], record_text(rec, "of"))))
			return true;
	return !e->level_count;
}

/* What this reader has missed may have been anything, so that it is always told. */
static bool is_wanted(const struct events *e, const struct record *rec)
{
	if (e->since && strtod(record_text(rec, "time"), NULL) < e->now - e->since)
		return false;
	if (record_find(rec, "lost"))
		return true;
	return level_is_wanted(e, rec) &&
	       (!e->account || account_is_below(record_text(rec, "path"), e->account));
}

static void put_event(const struct record *rec)
{
	if (cli.json) {
		json_print(json_of_record(rec));
		putchar('\n');
	} else {
		event_line_put(rec);
	}
}

/* The line is cut up while it is parsed, so that one to be held is copied before. */
static void take_line(void *data, char *line)
{
	struct events *e = data;
	char *copy = e->held ? xstrdup(line) : NULL;
	struct event event;

	if (!event_parse(&event, line) || !is_wanted(e, &event.rec)) {
		free(copy);
	} else if (copy) {
		free(e->held[e->seen % e->last]);
		e->held[e->seen++ % e->last] = copy;
	} else {
		put_event(&event.rec);
	}
	event_free(&event);
}

/* All that was kept has been read: what comes from now on is not held. */
static void put_held(struct events *e)
{
	size_t first = e->seen > e->last ? e->seen - e->last : 0;
	struct event event;

	for (size_t i = first; e->held && i < e->seen; i++) {
		if (event_parse(&event, e->held[i % e->last]))
			put_event(&event.rec);
		event_free(&event);
	}
	for (size_t i = 0; e->held && i < e->last; i++)
		free(e->held[i]);
	free(e->held);
	e->held = NULL;
}

/* Standard output is polled too, as its reader may close it while there are no events. */
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
		more = kstream_read(&e->stream, take_line, e);
		if (more == KSTREAM_EMPTY || more <= 0)
			put_held(e);
		if (e->follow && more >= 0 && fflush(stdout))
			break;
		if (more != KSTREAM_EMPTY)
			continue;
		if (!e->follow || !wait_for_more(e))
			break;
	}
	if (!more && e->follow && !signals_stop()) {
		say_error("%s: the stream has ended: the namespace or the module is gone",
			  e->stream.path);
		more = -1;
	}
	kstream_close(&e->stream);
	return more < 0 ? -1 : 0;
}

int cmd_events(int argc, char **argv)
{
	struct events e = { .now = interval_wall() };
	int err;

	args_parse(&takes, argc, argv, &e);
	if (cli.all)
		e.host = true;
	if (e.last > KEPT)
		e.last = KEPT;
	if (e.last)
		e.held = memset(xrealloc(NULL, e.last, sizeof(*e.held)), 0,
				e.last * sizeof(*e.held));
	args_doubt_count("--last");
	err = netns_enter();
	if (!err && e.host)
		event_load_names();
	err = err ?: show(&e);
	netns_unload();
	return err ? CLI_FAILED : CLI_DONE;
}
