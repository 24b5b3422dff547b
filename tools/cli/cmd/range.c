// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota range: the ports that cgroups may choose from, by protocol. A range is given by its
 * start and its number of ports, as netsh does.
 *
 * A record has what applies to one account and protocol: path, deleted, proto, range, start,
 * number, usable, current, from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/setting.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "model/account.h"
#include "model/netns.h"
#include "model/socket.h"
#include "model/sysctl.h"
#include "resource/widening.h"
#include "show/table.h"

static const struct proto {
	const char *name;
	const char *range;
	const char *usable;
	const char *current;
} protos[] = {
	{ "tcp", "tcp.range", "tcp.usable", "tcp.current" },
	{ "udp", "udp.range", "udp.usable", "udp.current" },
};

struct range {
	bool all;
	struct table table;
	struct setting_view view;
};

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "PROTO", .key = "proto" },
	{ .head = "RANGE", .key = "range" },
	{ .head = "USABLE", .key = "usable", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "HELD", .key = "current", .kind = COL_NUMBER, .drop = 1 },
	{ .head = "OF USABLE", .key = "in_range", .whole = "usable", .kind = COL_BAR, .drop = 2 },
	{ .head = "FROM", .key = "from", .kind = COL_SHORT, .drop = 3 },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

static void add_start(struct record *rec, const char *range)
{
	unsigned int low, high;

	if (sscanf(range, "%u-%u", &low, &high) != 2 || low > high)
		return;
	record_add_number(rec, "start", low);
	record_add_number(rec, "number", high - low + 1);
}

static void put_row(struct range *r, const struct proto *proto, const struct record *account)
{
	const char *path = record_text(account, "path");
	const char *range = record_text(account, proto->range);
	struct record rec = { 0 };
	uint64_t number;

	netns_tag(&rec);
	record_add_text(&rec, "path", path);
	record_add_flag(&rec, "deleted", record_flag(account, "deleted"));
	record_add_text(&rec, "proto", proto->name);
	record_add_text(&rec, "range", range);
	add_start(&rec, range);
	if (record_number(account, proto->usable, &number))
		record_add_number(&rec, "usable", number);
	if (record_number(account, proto->current, &number))
		record_add_number(&rec, "current", number);
	if (account_in_range(account, proto->name, false, &number))
		record_add_number(&rec, "in_range", number);
	record_add_text(&rec, "from", setting_from(&r->view, path, proto->range, range,
						   record_text(&r->view.stat, "range"),
						   "namespace"));
	table_row(&r->table, &rec);
	record_free(&rec);
}

static void put_account(struct range *r, const struct record *account)
{
	const char *path = record_text(account, "path");

	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (record_find(account, protos[i].range) &&
		    (r->all || account_is_shown(account) ||
		     setting_is_own(&r->view, path, protos[i].range)))
			put_row(r, &protos[i], account);
}

static int show_one(void *data)
{
	struct range *r = data;
	int err = setting_view_read(&r->view);

	for (size_t i = 0; !err && i < r->view.accounts.count; i++)
		put_account(r, &r->view.accounts.recs[i]);
	setting_view_free(&r->view);
	return err;
}

static char *ports_of(const struct listeners *listeners, const struct sysctls *sysctls)
{
	char *ports = NULL, *longer;

	for (size_t i = 0; i < listeners->count; i++) {
		if (sysctls_is_reserved(sysctls, listeners->list[i].port))
			continue;
		longer = xasprintf("%s%s%u", ports ?: "", ports ? "," : "",
				   listeners->list[i].port);
		free(ports);
		ports = longer;
	}
	return ports;
}

static void put_listener(struct table *table, const struct listener *one,
			 const struct sysctls *sysctls)
{
	struct record rec = { 0 };

	record_add_number(&rec, "port", one->port);
	record_add_text(&rec, "reserved",
			sysctls_is_reserved(sysctls, one->port) ? "reserved" : "at risk");
	if (one->comm) {
		record_add_number(&rec, "pid", one->pid);
		record_add_text(&rec, "comm", one->comm);
	}
	table_row(table, &rec);
	record_free(&rec);
}

/*
 * A service that listens inside of the range can find its port taken by a connection when it
 * starts again. What it listens on is to be reserved.
 */
static void put_services(void)
{
	static const struct column service_columns[] = {
		{ .head = "PORT", .key = "port", .kind = COL_NUMBER },
		{ .head = "IS", .key = "reserved" },
		{ .head = "PID", .key = "pid", .kind = COL_NUMBER, .optional = true },
		{ .head = "LISTENS INSIDE OF THE RANGE", .key = "comm" },
	};
	struct listeners listeners = { 0 };
	struct sysctls sysctls;
	struct table table;
	char *ports, *all;

	sysctls_read(&sysctls);
	if (sysctls.low > 0)
		listeners_read(&listeners, sysctls.low, sysctls.high);
	ports = ports_of(&listeners, &sysctls);
	if (listeners.count) {
		putchar('\n');
		table_begin(&table, service_columns, ARRAY_SIZE(service_columns), TABLE_HOLD);
		for (size_t i = 0; i < listeners.count; i++)
			put_listener(&table, &listeners.list[i], &sysctls);
		table_end(&table, 0);
	}
	if (ports) {
		all = widening_reserve(&sysctls, ports);
		printf("A connection can be given these ports while their service is down. To "
		       "reserve them:\n  sysctl -w net.ipv4.ip_local_reserved_ports=%s\n", all);
		free(all);
	}
	free(ports);
	socket_forget();
	listeners_free(&listeners);
	sysctls_free(&sysctls);
}

static int show(bool all)
{
	struct range r = { .all = all };
	int err;

	table_begin(&r.table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	err = netns_each(show_one, &r);
	table_end(&r.table, err);
	if (!err && !cli.all && !cli.json && !cli.no_header)
		put_services();
	return err;
}

static const char *key_of(char **operands)
{
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (!strcmp(operands[0], protos[i].name))
			return protos[i].range;
	return NULL;
}

static bool parse(const char *word, const char *what, unsigned long *number)
{
	if (!setting_number(word, number)) {
		say_error("range set: '%s' is not a %s; give START and NUMBER, as in: "
			  "portquota range set tcp 10000 1000", word, what);
		return false;
	}
	return true;
}

/* tcp 10000 1000, or as it is printed: tcp 10000-10999 */
static size_t words_of(char **operands, size_t count)
{
	return count > 1 && strchr(operands[1], '-') ? 2 : 3;
}

static bool parse_printed(const char *word, unsigned long *start, unsigned long *number)
{
	char *first = xstrdup(word), *last = strchr(first, '-');
	bool ok;

	*last++ = '\0';
	ok = setting_number(first, start) && setting_number(last, number) && *number >= *start;
	free(first);
	if (!ok) {
		say_error("range set: '%s' is not a first and a last port, as in: "
			  "portquota range set tcp 10000-10999", word);
		return false;
	}
	*number -= *start - 1;
	return true;
}

static bool parse_both(char **operands, unsigned long *start, unsigned long *number)
{
	if (strchr(operands[1], '-'))
		return parse_printed(operands[1], start, number);
	return parse(operands[1], "first port", start) &&
	       parse(operands[2], "number of ports", number);
}

static char *value_of(char **operands)
{
	unsigned long start, number;

	if (!parse_both(operands, &start, &number))
		return NULL;
	if (start < PQ_RULE_PORT_MIN)
		say_error("range set: %lu begins below %u, the lowest port a range may have", start,
			  PQ_RULE_PORT_MIN);
	else if (number < PQ_RULE_PORTS_MIN)
		say_error("range set: %lu is less than %u ports, the fewest a range may have",
			  number, PQ_RULE_PORTS_MIN);
	else if (start > PQ_RULE_PORT_MAX || number > PQ_RULE_PORT_MAX - start + 1)
		say_error("range set: %lu ports from %lu on end above %u, the highest port there "
			  "is", number, start, PQ_RULE_PORT_MAX);
	else
		return xasprintf("%lu-%lu", start, start + number - 1);
	return NULL;
}

static const struct setting_command command = {
	.name = "range",
	.doc = "Show the ports that cgroups are given, or set them for a cgroup and all below it.\v"
	       "START is at least " MODULE_NUMBER(PQ_RULE_PORT_MIN) ", NUMBER at least "
	       MODULE_NUMBER(PQ_RULE_PORTS_MIN) ", the last port at most "
	       MODULE_NUMBER(PQ_RULE_PORT_MAX) ". Or as it is printed: 10000-10999.\n"
	       "Without a PATH it applies to the whole namespace. More in portquota(8).",
	.args_doc = "[show]\nset tcp|udp START NUMBER [PATH]\nreset tcp|udp [PATH]",
	.set_args = "tcp or udp, START, NUMBER ",
	.set_example = "set tcp 10000 1000 /batch.slice",
	.set_count = 3,
	.set_words = words_of,
	.reset_args = "tcp or udp ",
	.reset_example = "reset tcp /batch.slice",
	.reset_count = 1,
	.key = key_of,
	.value = value_of,
	.show = show,
};

int cmd_range(int argc, char **argv)
{
	return setting_run(&command, argc, argv);
}
