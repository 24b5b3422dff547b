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
#include <unistd.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/signals.h"
#include "model/event.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/netns_names.h"
#include "show/event_line.h"
#include "show/json.h"

struct events {
	bool follow;
	bool host;
	struct kstream stream;
};

static void settle(void *input, struct argp_state *state)
{
	const struct events *e = input;

	if (e->host && cli.netns)
		argp_error(state, "--host is for all namespaces at once; -n cannot be used");
}

static const struct args_option options[] = {
	ARGS_FLAG("follow", 'f', struct events, follow,
		  "Keep printing new events until interrupted"),
	ARGS_FLAG("host", 0, struct events, host,
		  "Show the events of all namespaces of the host; same as -A"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Show the warnings and refusals that are kept, the oldest first.",
	.options = options,
	.settle = settle,
};

static void put_line(void *data, char *line)
{
	struct event event;

	(void)data;
	if (event_parse(&event, line)) {
		if (cli.json) {
			json_print(json_of_record(&event.rec));
			putchar('\n');
		} else {
			event_line_put(&event.rec);
		}
	}
	event_free(&event);
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
		more = kstream_read(&e->stream, put_line, NULL);
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
	struct events e = { 0 };
	int err;

	args_parse(&takes, argc, argv, &e);
	if (cli.all)
		e.host = true;
	err = netns_enter();
	if (!err && e.host)
		event_load_names();
	err = err ?: show(&e);
	netns_unload();
	return err ? CLI_FAILED : CLI_DONE;
}
