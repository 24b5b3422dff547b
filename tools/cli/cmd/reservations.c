// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota reservations: one line per reservation, or with --by one line per group of them.
 *
 * Lines are printed while the file is read: a million lines take no more memory than a thousand.
 * Column widths come from the first TABLE_SAMPLE lines.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/cgroup.h"
#include "model/endpoint.h"
#include "model/group.h"
#include "model/netns.h"
#include "model/reservation.h"
#include "model/socket.h"
#include "show/table.h"

/* The names that ss prints, and other names that ss accepts. */
static const struct state {
	const char *name;
	const char *alias;
} states[] = {
	{ "ESTAB", "established" }, { "SYN-SENT", "syn_sent" }, { "SYN-RECV", "syn_recv" },
	{ "FIN-WAIT-1", "fin_wait1" }, { "FIN-WAIT-2", "fin_wait2" }, { "TIME-WAIT", "time_wait" },
	{ "CLOSE-WAIT", "close_wait" }, { "LAST-ACK", "last_ack" }, { "LISTEN", "listening" },
	{ "CLOSING", "closing" }, { "UNCONN", "unconnected" }, { "BOUND", "bound" },
};

#define PORT_CELLS	7	/* "…:32768", or "..32768" */
#define ADDRESS_CELLS	14
#define NETNS_CELLS	12
#define BY_KEYS	"state, owner, command, cgroup, destination, local, proto"

/* A key of --by: the keys that tell groups apart, and their columns. */
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
	{ "destination", { { .head = "DESTINATION", .key = "remote", .least = ADDRESS_CELLS,
			     .shorten = 1 } }, NULL },
	{ "local", { { .head = "LOCAL ADDRESS", .key = "local.address", .least = ADDRESS_CELLS,
		       .shorten = 2 } }, NULL },
	{ "proto", { { .head = "PROTO", .key = "proto" } }, NULL },
};

struct reservations {
	bool wanted_states[ARRAY_SIZE(states)];
	bool any_state;
	const char *proto;
	const char *account;
	unsigned int port;
	struct endpoint destination;
	unsigned long pid;
	unsigned long limit;
	size_t found;
	size_t shown;
	struct groups groups;
	struct column group_columns[TABLE_COLUMNS];
	size_t group_column_count;
	struct table table;
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

static void complain_of_state(const struct args_option *option, const char *name,
			      struct argp_state *state)
{
	char *list = xstrdup(""), *longer;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		longer = xasprintf("%s%s%s", list, i ? ", " : "", states[i].name);
		free(list);
		list = longer;
	}
	argp_error(state, "--%s '%s': not one of %s", option->name, name, list);
	free(list);
}

static void take_states(const struct args_option *option, char *list, void *to,
			struct argp_state *state)
{
	struct reservations *r = to;
	char *name;
	size_t i;

	r->any_state = false;
	while ((name = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(states); i++)
			if (same_state(name, states[i].name) || same_state(name, states[i].alias))
				break;
		if (i == ARRAY_SIZE(states))
			complain_of_state(option, name, state);
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

/* The path is the longest, and the last column is the one that a narrow terminal shortens. */
static void put_path_last(struct reservations *r)
{
	struct column *columns = r->group_columns, path;
	size_t last = r->group_column_count - 1;

	for (size_t i = 0; i < last; i++) {
		if (columns[i].kind != COL_ACCOUNT)
			continue;
		path = columns[i];
		memmove(&columns[i], &columns[i + 1], (last - i) * sizeof(path));
		columns[last] = path;
		return;
	}
}

static void take_by(const struct args_option *option, char *list, void *to,
		    struct argp_state *state)
{
	struct reservations *r = to;
	char *name;
	size_t i;

	while ((name = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(dimensions); i++)
			if (!strcmp(name, dimensions[i].name))
				break;
		if (i == ARRAY_SIZE(dimensions))
			argp_error(state, "--%s '%s': not one of " BY_KEYS, option->name, name);
		else
			add_dimension(r, &dimensions[i]);
	}
	put_path_last(r);
}

static void take_proto(const struct args_option *option, char *arg, void *to,
		       struct argp_state *state)
{
	if (strcmp(arg, "tcp") && strcmp(arg, "udp"))
		argp_error(state, "--%s %s: not tcp or udp", option->name, arg);
	*(const char **)to = arg;
}

static void take_port(const struct args_option *option, char *arg, void *to,
		      struct argp_state *state)
{
	size_t digits = strspn(arg, "0123456789");
	unsigned long port = strtoul(arg, NULL, 10);

	if (!digits || digits > 5 || arg[digits] || !port || port > 65535)
		argp_error(state, "--%s %s: not a port from 1 to 65535", option->name, arg);
	*(unsigned int *)to = port;
}

static const struct args_option options[] = {
	ARGS_VALUE("port", 'P', "N", take_port, struct reservations, port,
		   "Show only who has this local port"),
	{ "state", 's', "STATE[,...]",
	  "Show only these states, named as in ss: estab, time-wait, listen, bound, ...",
	  take_states, 0 },
	ARGS_VALUE("account", 'a', "CGROUP", args_take_cgroup, struct reservations, account,
		   "Show only this cgroup and those below it"),
	{ .name = "cgroup" },
	ARGS_VALUE("destination", 'd', "DESTINATION", args_take_endpoint, struct reservations,
		   destination,
		   "Show only what leads to this address, port or both: 10.0.0.9:5432, :5432"),
	ARGS_VALUE("pid", 0, "PID", args_take_count, struct reservations, pid,
		   "Show only what this process took"),
	ARGS_VALUE("limit", 'l', "N", args_take_count, struct reservations, limit,
		   "Show no more than N lines; with --by the N largest groups"),
	ARGS_VALUE("proto", 'p', "PROTO", take_proto, struct reservations, proto,
		   "Show only tcp or only udp"),
	{ "by", 'b', "KEY[,...]",
	  "Count in groups, the largest first, by any of these keys: " BY_KEYS, take_by, 0 },
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct reservations *r = input;
	struct endpoint endpoint = { 0 };

	if (*arg && strspn(arg, "0123456789") == strlen(arg))
		argp_error(state, "'%s' is no cgroup; for a local port: --port %s", arg, arg);
	if (endpoint_parse(&endpoint, arg))
		argp_error(state, "'%s' is no cgroup; for a destination: --destination %s", arg,
			   arg);
	args_cgroup(&r->account, arg, state);
}

static const struct args takes = {
	.doc = "Show every port held in this network namespace, or how many of each kind. "
	       "Needs CAP_NET_ADMIN.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
};

/* Who has which port is what is looked for, and the port is the end of the address. */
static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true,
	  .least = NETNS_CELLS, .shorten = 1 },
	{ .head = "PROTO", .key = "proto", .drop = -2 },
	{ .head = "STATE", .key = "state" },
	{ .head = "LOCAL", .key = "local", .least = PORT_CELLS, .shorten = 3 },
	{ .head = "REMOTE", .key = "remote", .drop = -1, .least = ADDRESS_CELLS, .shorten = 2 },
	{ .head = "KIND", .key = "kind", .drop = 6 },
	{ .head = "AGE", .key = "age", .kind = COL_SECONDS, .drop = 5 },
	{ .head = "LEFT", .key = "left", .kind = COL_NUMBER, .drop = 4, .optional = true },
	{ .head = "PID", .key = "pid", .kind = COL_NUMBER },
	{ .head = "COMMAND", .key = "comm" },
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

static bool port_is_wanted(const struct reservations *r, const struct record *rec)
{
	const char *colon = strrchr(record_text(rec, "local"), ':');

	return !r->port || (colon && strtoul(colon + 1, NULL, 10) == r->port);
}

static bool is_wanted(const struct reservations *r, const struct record *rec)
{
	return state_is_wanted(r, record_text(rec, "state")) &&
	       port_is_wanted(r, rec) &&
	       (!r->proto || !strcmp(record_text(rec, "proto"), r->proto)) &&
	       (!r->account || account_is_below(record_text(rec, "account"), r->account)) &&
	       (!r->destination.text ||
		endpoint_matches(&r->destination, record_text(rec, "remote")));
}

/* What is older than the module has no program: who has it open is found as `ss -p' does. */
static void find_owner(struct record *rec)
{
	const char *comm;
	int pid;

	if (strcmp(record_text(rec, "comm"), "-") || record_count(rec, "pid") ||
	    !strcmp(record_text(rec, "state"), "TIME-WAIT") ||
	    !socket_owner(record_text(rec, "proto"), record_text(rec, "local"),
			  record_text(rec, "remote"), &pid, &comm))
		return;
	record_set_text(rec, "comm", comm);
	record_set_number(rec, "pid", pid);
}

/* An empty table can mean a slip of the fingers, or that the question is another one. */
static void tell_nothing(const struct reservations *r)
{
	if (r->port)
		say_error("port %u is held by nothing that counts for the range; what is outside "
			  "of it, and servers' own connections, has: ss -tuanp sport = :%u",
			  r->port, r->port);
	if (r->account)
		cgroup_tell_missing(r->account);
}

static bool is_enough(const struct reservations *r)
{
	return r->limit && r->shown >= r->limit;
}

static bool take(struct record *rec, void *data)
{
	struct reservations *r = data;

	if (!is_wanted(r, rec))
		return true;
	find_owner(rec);
	if (r->pid && record_count(rec, "pid") != r->pid)
		return true;
	r->found++;
	if (r->groups.count) {
		reservation_add_local(rec);
		groups_add(&r->groups, rec);
		return true;
	}
	if (is_enough(r))
		return false;
	r->shown++;
	table_row(&r->table, rec);
	/* If standard output cannot be written, stop; main() reports the error. */
	return !ferror(stdout);
}

static int show(void *data)
{
	return reservation_each(take, data);
}

static void group_row(const struct record *rec, void *data)
{
	struct reservations *r = data;

	if (is_enough(r))
		return;
	r->shown++;
	table_row(&r->table, rec);
}

int cmd_reservations(int argc, char **argv)
{
	struct reservations r = {
		.any_state = true,
		.group_columns = { { .head = "COUNT", .key = "count", .kind = COL_NUMBER } },
		.group_column_count = 1,
	};
	int err;

	args_parse(&takes, argc, argv, &r);
	args_doubt_count("--limit");
	if (r.groups.count)
		table_begin(&r.table, r.group_columns, r.group_column_count, TABLE_HOLD);
	else
		table_begin(&r.table, columns, ARRAY_SIZE(columns), TABLE_SAMPLE);
	err = netns_each(show, &r);
	groups_each(&r.groups, group_row, &r);
	table_end(&r.table, err);
	groups_free(&r.groups);
	socket_forget();
	if (!err && !r.found)
		tell_nothing(&r);
	return err ? CLI_FAILED : CLI_DONE;
}
