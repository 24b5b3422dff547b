// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota accounts: one line per cgroup.
 *
 * The numbers of a cgroup include those of the cgroups below it. Without --all, cgroups that hold
 * nothing now and were refused nothing are left out, except for the root; so they are in JSON. The
 * order is that of the tree, or with --sort KEY the largest first.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "show/table.h"

struct accounts {
	const char *sort;
	const char *path;
	bool empty_too;
	bool bad_key;
	bool shared;
	size_t found;
	struct table table;
};

static const struct args_option options[] = {
	ARGS_VALUE("sort", 's', "KEY", args_take_text, struct accounts, sort,
		   "Sort by path (the default), or largest first by tcp, udp, timewait or any key"),
	ARGS_FLAG("all", 'a', struct accounts, empty_too,
		  "Also show cgroups that hold nothing now"),
	ARGS_VALUE("cgroup", 0, "CGROUP", args_take_cgroup, struct accounts, path,
		   "The same as CGROUP alone"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct accounts *a = input;

	args_cgroup(&a->path, arg, state);
}

static const struct args takes = {
	.doc = "Show what each cgroup holds in this network namespace, or one cgroup and those "
	       "below it.",
	.operands_doc = "[CGROUP]",
	.options = options,
	.operand = take_operand,
};

/* The percentage is of the range that applies to the cgroup: of TCP or UDP, where it is more. */
static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "TCP", .key = "tcp.current", .kind = COL_NUMBER },
	{ .head = "PEAK", .key = "tcp.peak", .kind = COL_NUMBER, .drop = 2 },
	{ .head = "TCP MAX", .key = "tcp.max", .kind = COL_LIMIT, .drop = 1, .optional = true },
	{ .head = "EXCL", .key = "tcp.exclusive", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "BOUND", .key = "tcp.bound", .kind = COL_NUMBER, .drop = 5 },
	{ .head = "UDP", .key = "udp.current", .kind = COL_NUMBER },
	{ .head = "UDP MAX", .key = "udp.max", .kind = COL_LIMIT, .drop = 2, .optional = true },
	{ .head = "TIME_WAIT", .key = "timewait.current", .kind = COL_NUMBER },
	{ .head = "TW MAX", .key = "timewait.max", .kind = COL_LIMIT, .drop = 2, .optional = true },
	{ .head = "FIN_WAIT2", .key = "timewait.fin_wait2", .kind = COL_NUMBER, .drop = 6 },
	{ .head = "EXHAUSTED", .key = "failed", .kind = COL_TROUBLE, .drop = 3 },
	{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE, .drop = 3, .optional = true },
	{ .head = "OF RANGE", .key = "share.part", .whole = "share.whole", .kind = COL_BAR,
	  .drop = 1, .optional = true },
	{ .head = "TCP OF MAX", .key = "tcp.current", .whole = "max.whole", .kind = COL_BAR,
	  .drop = 1, .optional = true },
	{ .head = "OWNER", .key = "owner.comm", .kind = COL_OWNER, .drop = 3, .optional = true },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

static int by_key(const void *a, const void *b, void *data)
{
	uint64_t x = record_count(a, data), y = record_count(b, data);

	if (x != y)
		return x > y ? -1 : 1;
	return account_cmp(a, b, NULL);
}

static bool has_key(const struct account_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++)
		if (record_find(&list->recs[i], key))
			return true;
	return false;
}

static int sort(struct account_list *list, struct accounts *a)
{
	char *key;

	if (!strcmp(a->sort, "path")) {
		account_list_sort(list, account_cmp, NULL);
		return 0;
	}
	key = xasprintf("%s.current", a->sort);
	if (!has_key(list, key))
		*strrchr(key, '.') = '\0';
	if (list->count && !has_key(list, key)) {
		say_error("--sort %s: not path, tcp, udp, timewait, nor a key of `portquota "
			  "accounts -j'", a->sort);
		a->bad_key = true;
	}
	account_list_sort(list, by_key, key);
	free(key);
	return a->bad_key ? -1 : 0;
}

/* What is no key of the module's, and so not in JSON. */
static void add_columns(struct accounts *a, struct record *rec)
{
	uint64_t most;

	a->shared |= !account_add_own_share(rec, false);
	/* The limit of a removed cgroup is none. */
	if (!record_flag(rec, "deleted") && record_number(rec, "tcp.max", &most))
		record_add_number(rec, "max.whole", most);
	if (record_find(rec, "tcp.exhausted"))
		record_add_number(rec, "failed", account_failed(rec));
}

static bool is_wanted(const struct accounts *a, const struct record *rec)
{
	const char *path = record_text(rec, "path");

	if (a->path && !account_is_below(path, a->path))
		return false;
	return a->empty_too || account_is_shown(rec) || (a->path && !strcmp(path, a->path));
}

static int show(void *data)
{
	struct account_list list = { 0 };
	struct record stat = { 0 };
	struct accounts *a = data;
	int err;

	err = kfile_read_flat(KFILE_STAT, &stat) ?:
	      account_list_read(&list, record_count(&stat, "range.usable")) ?:
	      sort(&list, a);
	for (size_t i = 0; !err && i < list.count; i++) {
		if (!is_wanted(a, &list.recs[i]))
			continue;
		if (!cli.json)
			add_columns(a, &list.recs[i]);
		table_row(&a->table, &list.recs[i]);
		a->found++;
	}
	account_list_free(&list);
	record_free(&stat);
	return err;
}

int cmd_accounts(int argc, char **argv)
{
	struct accounts a = { .sort = "path" };
	int err;

	args_parse(&takes, argc, argv, &a);
	table_begin(&a.table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	err = netns_each(show, &a);
	table_end(&a.table, err);
	if (a.shared && !cli.no_header)
		printf("%s%s%s\n", term_on(TONE_FAINT), ACCOUNT_NO_SHARE, term_off(TONE_FAINT));
	if (a.bad_key)
		return CLI_USAGE;
	if (!err && a.path && !a.found)
		cgroup_tell_missing(a.path);
	return err ? CLI_FAILED : CLI_DONE;
}
