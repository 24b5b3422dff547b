// SPDX-License-Identifier: GPL-2.0-only
/* The rules as a table, and those of the host below it, which hold too. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/rule_list.h"
#include "lib/cli.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/rules.h"
#include "show/table.h"

/*
 * @host: the rules of the host, not of a namespace
 * @listed: so many have been
 * @cgroups: those there are, so far as they can be seen
 */
struct listing {
	bool host;
	size_t listed;
	struct cgroup_list cgroups;
	struct table table;
};

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "TCP MAX", .key = "tcp.max", .kind = COL_NUMBER, .optional = true },
	{ .head = "TCP WARN", .key = "tcp.warn", .kind = COL_NUMBER, .optional = true },
	{ .head = "UDP MAX", .key = "udp.max", .kind = COL_NUMBER, .optional = true },
	{ .head = "UDP WARN", .key = "udp.warn", .kind = COL_NUMBER, .optional = true },
	{ .head = "TW MAX", .key = "timewait.max", .kind = COL_NUMBER, .optional = true },
	{ .head = "TW WARN", .key = "timewait.warn", .kind = COL_NUMBER, .optional = true },
	{ .head = "OVER", .key = "over", .optional = true },
	{ .head = "TW DELAY", .key = "timewait.delay", .kind = COL_NUMBER, .optional = true },
	{ .head = "TCP RANGE", .key = "tcp.range", .optional = true },
	{ .head = "UDP RANGE", .key = "udp.range", .optional = true },
	{ .head = "MATCHES", .key = "matches", .kind = COL_NUMBER, .optional = true },
	{ .head = "CGROUP", .key = "path" },
};

/* How many cgroups a rule is for now: with none it waits for one of that path. */
static void add_matches(const struct listing *listing, const struct rule *rule,
			struct record *rec)
{
	const struct cgroup_list *cgroups = &listing->cgroups;

	if (cgroups->count && rule->pattern)
		record_add_number(rec, "matches",
				  cgroup_list_match(cgroups, rule->pattern, rule->glob));
}

static int list_file(struct listing *listing, const char *name)
{
	struct record rec = { 0 };
	struct rules have = { 0 };
	int err = rules_read(&have, name);

	for (size_t i = 0; !err && i < have.count; i++) {
		if (!have.list[i]->text)
			continue;
		record_reset(&rec);
		netns_tag(&rec);
		rule_record(have.list[i], &rec);
		add_matches(listing, have.list[i], &rec);
		table_row(&listing->table, &rec);
		listing->listed++;
	}
	record_free(&rec);
	rules_free(&have);
	return err;
}

static int list_one(void *data)
{
	struct listing *listing = data;

	return list_file(listing, listing->host ? KFILE_HOST_RULES : KFILE_RULES);
}

/* Who may not read them sees by the limits of accounts what they come to. */
static bool host_has_rules(void)
{
	char *path = kfile_path(KFILE_HOST_RULES), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;
	bool has = f && getline(&line, &room, f) > 0;

	if (f)
		fclose(f);
	free(line);
	free(path);
	return has;
}

/* Of a rule of the namespace and one of the host the stricter holds, so that both are shown. */
static int list_host(struct listing *listing)
{
	int err;

	if (listing->host || cli.json || cli.no_header || !host_has_rules())
		return 0;
	puts("\nRules of the host, which hold here too (portquota rule --host):");
	table_begin(&listing->table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	err = list_file(listing, KFILE_HOST_RULES);
	table_end(&listing->table, err);
	return err;
}

static void end_list(struct listing *listing, int err)
{
	if (!err && !listing->listed && !cli.json) {
		if (!cli.no_header)
			puts("no rules");
		return;
	}
	table_end(&listing->table, err);
}

/**
 * rule_list_put - print the rules in force
 * @host: those of the host alone; else those of the namespace, and of the host below them
 *
 * Return: 0, or -1 if they could not be read, which has been said.
 */
int rule_list_put(bool host)
{
	struct listing listing = { .host = host };
	int err;

	cgroup_list_read(&listing.cgroups);
	table_begin(&listing.table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	err = host ? list_one(&listing) : netns_each(list_one, &listing);
	end_list(&listing, err);
	err = err ?: list_host(&listing);
	cgroup_list_free(&listing.cgroups);
	return err;
}
