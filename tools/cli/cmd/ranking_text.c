// SPDX-License-Identifier: GPL-2.0-only
/* The table of accounts that top shows, or the page of it that is on the screen. */
#include <stdio.h>

#include "cmd/ranking.h"
#include "lib/cli.h"
#include "lib/term.h"
#include "show/table.h"

static const struct column columns[] = {
	{ .head = "NETNS", .key = "netns", .kind = COL_NETNS, .optional = true },
	{ .head = "TCP", .key = "tcp.current", .kind = COL_NUMBER },
	{ .head = "MAX", .key = "tcp.max", .kind = COL_LIMIT, .drop = 2, .optional = true },
	{ .head = "FULL", .key = "full.part", .whole = "full.whole", .kind = COL_BAR,
	  .optional = true },
	{ .head = "NEW/S", .key = "tcp.begun.rate", .kind = COL_NUMBER, .drop = 3 },
	{ .head = "+/S", .key = "tcp.growth", .kind = COL_NUMBER },
	{ .head = "LEFT", .key = "tcp.left", .kind = COL_SECONDS, .drop = -1 },
	{ .head = "TWAIT", .key = "timewait.current", .kind = COL_NUMBER, .drop = 1 },
	{ .head = "UDP", .key = "udp.current", .kind = COL_NUMBER, .drop = 4 },
	{ .head = "DENIED", .key = "denied", .kind = COL_TROUBLE, .optional = true },
	{ .head = "/S", .key = "denied.rate", .kind = COL_TROUBLE, .drop = 5 },
	{ .head = "CGROUP", .key = "path", .kind = COL_ACCOUNT },
};

/* Where not all fit, a line tells how many there are. */
static void settle_page(struct ranking *ranking, size_t *rows)
{
	size_t count = ranking_count(ranking);

	ranking->page = *rows;
	if (count <= *rows) {
		ranking->first = 0;
		return;
	}
	*rows -= *rows > 1;
	ranking->page = *rows;
	if (ranking->first > count - *rows)
		ranking->first = count - *rows;
}

static void put_more(FILE *f, const struct ranking *ranking, size_t rows)
{
	size_t count = ranking_count(ranking);

	if (count > rows && !cli.no_header)
		fprintf(f, "%s%zu to %zu of %zu: arrows and page keys show others%s\n",
			term_on(TONE_FAINT), ranking->first + 1, ranking->first + rows, count,
			term_off(TONE_FAINT));
}

/**
 * ranking_put_accounts - print the table of accounts, the page that is asked for
 * @f: where to
 * @ranking: what is shown; its page is settled
 * @rows: how many accounts fit
 */
void ranking_put_accounts(FILE *f, struct ranking *ranking, size_t rows)
{
	const struct record *account;
	struct table table;
	size_t shown = 0, above = 0;

	settle_page(ranking, &rows);
	ranking_sort(ranking);
	table_begin(&table, columns, ARRAY_SIZE(columns), TABLE_HOLD);
	table.out = f;
	table.steady = true;
	for (size_t i = 0; i < ranking->now.accounts.count && shown < rows; i++) {
		account = &ranking->now.accounts.recs[i];
		if (!ranking_shows(ranking, account) || above++ < ranking->first)
			continue;
		table_row(&table, account);
		shown++;
	}
	table_end(&table, 0);
	put_more(f, ranking, rows);
}
