// SPDX-License-Identifier: GPL-2.0-only
/* All network namespaces of the host, one row per namespace, the fullest first. */
#include <stdlib.h>
#include <string.h>

#include "cmd/netns_rows.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns_names.h"
#include "show/table.h"

static const struct column columns[] = {
	{ .head = "TCP", .key = "tcp.current", .kind = COL_NUMBER },
	{ .head = "PEAK", .key = "tcp.peak", .kind = COL_NUMBER, .drop = 2 },
	{ .head = "PORTS", .key = "tcp.ports", .kind = COL_NUMBER, .drop = 3 },
	{ .head = "OF RANGE", .key = "share.part", .whole = "share.whole", .kind = COL_BAR,
	  .drop = 1, .optional = true },
	{ .head = "UDP", .key = "udp.current", .kind = COL_NUMBER },
	{ .head = "TIME_WAIT", .key = "timewait.current", .kind = COL_NUMBER },
	{ .head = "OVERFLOW", .key = "timewait.overflow", .kind = COL_TROUBLE, .drop = 5 },
	{ .head = "EXHAUSTED", .key = "failed", .kind = COL_TROUBLE, .drop = 4 },
	{ .head = "TAKEN", .key = "taken", .kind = COL_TROUBLE, .drop = 4, .optional = true },
	{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE, .drop = 4, .optional = true },
	{ .head = "NAMESPACE", .key = "netns", .kind = COL_NETNS },
};

/* How full it is, and how much has failed. */
static void add_trouble(struct record *rec)
{
	account_add_share(rec, "tcp.ports", "udp.ports");
	record_add_number(rec, "failed", account_failed(rec));
	if (record_find(rec, "tcp.taken"))
		record_add_number(rec, "taken", record_count(rec, "tcp.taken") +
						record_count(rec, "udp.taken"));
}

/* The one that is fullest comes first, and of two as full the one in which more calls failed. */
static int by_fullness(const void *a, const void *b, void *data)
{
	double x = (double)record_count(a, "share.part") * record_count(b, "share.whole");
	double y = (double)record_count(b, "share.part") * record_count(a, "share.whole");
	uint64_t p = record_count(a, "failed"), q = record_count(b, "failed");

	(void)data;
	if (x != y)
		return x > y ? -1 : 1;
	if (p != q)
		return p > q ? -1 : 1;
	return strcmp(record_text(a, "netns"), record_text(b, "netns"));
}

static bool take(struct record *rec)
{
	char *rest = rec->buf, *netns = record_cut_word(&rest);

	if (!netns || strchr(netns, '='))
		return false;
	netns_describe(rec, netns);
	record_parse_nested(rec, rest, NULL);
	account_add_denied(rec);
	add_trouble(rec);
	return true;
}

/**
 * netns_rows_show - print one row per namespace
 *
 * Return: 0, or -1.
 */
int netns_rows_show(void)
{
	struct account_list list = { 0 };
	struct record *rec;
	struct table table;
	struct kfile k;
	int more = -1;

	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	netns_load(true);
	if (!kfile_open(&k, KFILE_NAMESPACES)) {
		do {
			rec = account_list_add(&list);
			*rec = (struct record){ 0 };
			more = kfile_next(&k, rec);
			if (more > 0 && take(rec))
				continue;
			record_free(rec);
			list.count--;
		} while (more > 0);
	}
	kfile_close(&k);
	account_list_sort(&list, by_fullness, NULL);
	for (size_t i = 0; i < list.count; i++)
		table_row(&table, &list.recs[i]);
	table_end(&table, more);
	account_list_free(&list);
	netns_unload();
	return more;
}
