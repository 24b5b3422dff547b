// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota reservations: one line a port held, or with --by how many there are of each kind.
 *
 * Streams: a million lines take no more memory than a thousand. Column widths come from the first
 * TABLE_SAMPLE lines.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/group.h"
#include "model/netns.h"
#include "model/reservation.h"
#include "show/table.h"

/* As ss names them, and the names ss takes for them. */
static const struct state {
	const char *name;
	const char *alias;
} states[] = {
	{ "ESTAB", "established" }, { "SYN-SENT", "syn_sent" }, { "SYN-RECV", "syn_recv" },
	{ "FIN-WAIT-1", "fin_wait1" }, { "FIN-WAIT-2", "fin_wait2" }, { "TIME-WAIT", "time_wait" },
	{ "CLOSE-WAIT", "close_wait" }, { "LAST-ACK", "last_ack" }, { "LISTEN", "listening" },
	{ "CLOSING", "closing" }, { "UNCONN", "unconnected" }, { "BOUND", "bound" },
};

#define BY_WORDS	"state, owner, command, cgroup, destination, local, proto"

/* A word of --by: the keys that tell groups apart, and their columns. */
static const struct dimension {
	const char *name;
	struct column columns[2];
	const char *more_key;
} dimensions[] = {
	{ "state", { { .head = "STATE", .key = "state" } }, NULL },
	{ "owner", { { .head = "PID", .key = "pid", .kind = COL_NUMBER },
		     { .head = "COMMAND", .key = "comm" } }, NULL },
	{ "command", { { .head = "COMMAND", .key = "comm" } }, NULL },
	{ "cgroup", { { .head = "CGROUP", .key = "account", .kind = COL_ACCOUNT } }, "deleted" },
	{ "destination", { { .head = "DESTINATION", .key = "remote" } }, NULL },
	{ "local", { { .head = "LOCAL ADDRESS", .key = "local.address" } }, NULL },
	{ "proto", { { .head = "PROTO", .key = "proto" } }, NULL },
};

struct reservations {
	bool wanted_states[ARRAY_SIZE(states)];
	bool any_state;
	const char *proto;
	const char *account;
	struct groups groups;
	struct column group_columns[TABLE_COLUMNS];
	size_t group_column_count;
	struct table table;
};

static const struct argp_option options[] = {
	{ "state", 's', "STATE[,...]", 0,
	  "Only these states, as ss names them: estab, time-wait, listen, bound, ...", 0 },
	{ "account", 'a', "CGROUP", 0, "Only this cgroup and those below it", 0 },
	{ "cgroup", 0, NULL, OPTION_ALIAS, NULL, 0 },
	{ "proto", 'p', "PROTO", 0, "Only tcp or only udp", 0 },
	{ "by", 'b', "WORD[,...]", 0,
	  "Count in groups, the largest first, by any of: " BY_WORDS, 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

/* time_wait, TIME-WAIT and timewait are the same state. */
static bool same_state(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "-_");
		b += strspn(b, "-_");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static void parse_states(struct reservations *r, char *list, struct argp_state *state)
{
	char *name;
	size_t i;

	r->any_state = false;
	while ((name = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(states); i++)
			if (same_state(name, states[i].name) || same_state(name, states[i].alias))
				break;
		if (i == ARRAY_SIZE(states))
			argp_error(state, "--state %s: no such state", name);
		else
			r->wanted_states[i] = true;
	}
}

static void add_group_key(struct groups *groups, const char *key)
{
	for (size_t i = 0; i < groups->count; i++)
		if (!strcmp(groups->keys[i], key))
			return;
	groups->keys[groups->count++] = key;
}

static void add_dimension(struct reservations *r, const struct dimension *dim)
{
	size_t before;

	for (size_t i = 0; i < ARRAY_SIZE(dim->columns) && dim->columns[i].head; i++) {
		before = r->groups.count;
		add_group_key(&r->groups, dim->columns[i].key);
		if (r->groups.count > before)
			r->group_columns[r->group_column_count++] = dim->columns[i];
	}
	if (dim->more_key)
		add_group_key(&r->groups, dim->more_key);
}

static void parse_by(struct reservations *r, char *list, struct argp_state *state)
{
	char *name;
	size_t i;

	while ((name = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(dimensions); i++)
			if (!strcmp(name, dimensions[i].name))
				break;
		if (i == ARRAY_SIZE(dimensions))
			argp_error(state, "--by %s: not one of " BY_WORDS, name);
		else
			add_dimension(r, &dimensions[i]);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct reservations *r = state->input;

	switch (key) {
	case 's':
		parse_states(r, arg, state);
		return 0;
	case 'a':
		if (*arg != '/' && *arg != '(')
			argp_error(state, "--account %s: a cgroup's path begins with a slash", arg);
		/* As it is, or as the files and `why' have it. */
		record_unescape(arg);
		r->account = arg;
		return 0;
	case 'p':
		if (strcmp(arg, "tcp") && strcmp(arg, "udp"))
			argp_error(state, "--proto %s: not tcp or udp", arg);
		r->proto = arg;
		return 0;
	case 'b':
		parse_by(r, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? reservations takes options only", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Show every port held in this network namespace, or how many of each kind. "
	       "Needs CAP_NET_ADMIN.",
};

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "PROTO", .key = "proto" },
	{ .head = "STATE", .key = "state" },
	{ .head = "LOCAL", .key = "local" },
	{ .head = "REMOTE", .key = "remote" },
	{ .head = "KIND", .key = "kind", .drop = 6 },
	{ .head = "AGE", .key = "age", .kind = COL_SECONDS, .drop = 5 },
	{ .head = "LEFT", .key = "left", .kind = COL_NUMBER, .drop = 2, .optional = true },
	{ .head = "PID", .key = "pid", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "COMMAND", .key = "comm", .drop = 3 },
	{ .head = "CGROUP", .key = "account", .kind = COL_ACCOUNT },
};

static bool state_is_wanted(const struct reservations *r, const char *name)
{
	if (r->any_state)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (r->wanted_states[i] && !strcmp(states[i].name, name))
			return true;
	return false;
}

static bool is_wanted(const struct reservations *r, const struct record *rec)
{
	return state_is_wanted(r, record_text(rec, "state")) &&
	       (!r->proto || !strcmp(record_text(rec, "proto"), r->proto)) &&
	       (!r->account || account_is_below(record_text(rec, "account"), r->account));
}

static bool take(struct record *rec, void *data)
{
	struct reservations *r = data;

	if (!is_wanted(r, rec))
		return true;
	if (r->groups.count) {
		reservation_add_local(rec);
		groups_add(&r->groups, rec);
		return true;
	}
	table_row(&r->table, rec);
	/* Nobody needs the rest where it cannot be written; main() reports that. */
	return !ferror(stdout);
}

static int show(void *data)
{
	return reservation_each(take, data);
}

static void group_row(const struct record *rec, void *data)
{
	table_row(data, rec);
}

int cmd_reservations(int argc, char **argv)
{
	struct reservations r = {
		.any_state = true,
		.group_columns = { { .head = "COUNT", .key = "count", .kind = COL_NUMBER } },
		.group_column_count = 1,
	};
	int err;

	args_parse(&argp, argc, argv, &r);
	if (r.groups.count)
		table_begin(&r.table, r.group_columns, r.group_column_count, TABLE_HOLD);
	else
		table_begin(&r.table, columns, ARRAY_SIZE(columns), TABLE_SAMPLE);
	err = netns_each(show, &r);
	groups_each(&r.groups, group_row, &r.table);
	table_end(&r.table, err);
	groups_free(&r.groups);
	return err ? CLI_FAILED : CLI_DONE;
}
