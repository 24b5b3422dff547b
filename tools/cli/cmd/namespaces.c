// SPDX-License-Identifier: GPL-2.0-only
/* All network namespaces of the host, one row per namespace. */
#include <string.h>

#include "cmd/namespaces.h"
#include "lib/cli.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns_names.h"
#include "show/table.h"

static const struct column columns[] = {
	{ .head = "TCP", .key = "tcp.current", .kind = COL_NUMBER },
	{ .head = "PEAK", .key = "tcp.peak", .kind = COL_NUMBER, .drop = 2 },
	{ .head = "PORTS", .key = "tcp.ports", .kind = COL_NUMBER, .drop = 3 },
	{ .head = "OF RANGE", .key = "tcp.ports", .whole = "range.usable", .kind = COL_BAR,
	  .drop = 1, .optional = true },
	{ .head = "UDP", .key = "udp.current", .kind = COL_NUMBER },
	{ .head = "TIME_WAIT", .key = "timewait.current", .kind = COL_NUMBER },
	{ .head = "OVERFLOW", .key = "timewait.overflow", .kind = COL_TROUBLE, .drop = 5 },
	{ .head = "EXHAUSTED", .key = "tcp.exhausted", .kind = COL_TROUBLE, .drop = 4 },
	{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE, .drop = 4, .optional = true },
	{ .head = "NAMESPACE", .key = "netns", .kind = COL_NETNS },
};

/**
 * namespaces_show - print one row per namespace
 *
 * Return: 0, or -1.
 */
int namespaces_show(void)
{
	struct record rec = { 0 };
	struct table table;
	struct kfile k;
	char *netns, *rest;
	int more = -1;

	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	netns_load(true);
	if (!kfile_open(&k, KFILE_NAMESPACES)) {
		while ((more = kfile_next(&k, &rec)) > 0) {
			rest = rec.buf;
			netns = record_cut_word(&rest);
			if (!netns || strchr(netns, '='))
				continue;
			netns_describe(&rec, netns);
			record_parse_nested(&rec, rest, NULL);
			account_add_denied(&rec);
			table_row(&table, &rec);
		}
	}
	kfile_close(&k);
	table_end(&table, more);
	netns_unload();
	record_free(&rec);
	return more;
}
