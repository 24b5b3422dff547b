// SPDX-License-Identifier: GPL-2.0-only
/* Cells: see cell.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "show/cell.h"

#define BAR_CELLS	10
#define SHORT_CELLS	24

static struct cell number_cell(const struct column *col, const struct record *rec)
{
	struct cell cell = { .text = term_clean(record_text(rec, col->key)) };
	uint64_t number;

	if (!record_number(rec, col->key, &number))
		return cell;
	if (!number)
		cell.tone = TONE_FAINT;
	else if (col->kind == COL_TROUBLE)
		cell.tone = TONE_BAD;
	return cell;
}

static struct cell limit_cell(const struct column *col, const struct record *rec)
{
	struct cell cell = { 0 };

	if (strcmp(record_text(rec, col->key), "max"))
		return number_cell(col, rec);
	cell.text = xstrdup("-");
	return cell;
}

static struct cell seconds_cell(const struct column *col, const struct record *rec)
{
	struct cell cell = { 0 };
	uintmax_t minutes, hours;
	uint64_t seconds;

	if (!record_number(rec, col->key, &seconds))
		return number_cell(col, rec);
	minutes = seconds / 60;
	hours = minutes / 60;
	if (!minutes)
		cell.text = xasprintf("%jus", (uintmax_t)seconds);
	else if (!hours)
		cell.text = xasprintf("%jum%02jus", minutes, (uintmax_t)seconds % 60);
	else if (hours < 24)
		cell.text = xasprintf("%juh%02jum", hours, minutes % 60);
	else
		cell.text = xasprintf("%jud%02juh", hours / 24, hours % 24);
	return cell;
}

static struct cell bar_cell(const struct column *col, const struct record *rec)
{
	struct cell cell = { 0 };
	uint64_t part, whole;
	char *bar, *percent;

	if (!record_number(rec, col->key, &part) || !record_number(rec, col->whole, &whole) ||
	    !whole) {
		cell.text = xstrdup("-");
		return cell;
	}
	bar = term_bar(part, whole, BAR_CELLS);
	percent = term_percent(part, whole);
	cell.text = xasprintf("%s %4s", bar, percent);
	if (!part)
		cell.tone = TONE_FAINT;
	else if (col->kind == COL_BAR)
		cell.tone = term_level(part, whole);
	free(bar);
	free(percent);
	return cell;
}

static struct cell short_cell(const struct column *col, const struct record *rec)
{
	char *text = term_clean(record_text(rec, col->key));
	struct cell cell = { .text = text };

	if (term_width()) {
		cell.text = term_shorten(text, SHORT_CELLS);
		free(text);
	}
	return cell;
}

static struct cell owner_cell(const struct record *rec)
{
	struct cell cell = { 0 };
	char *comm;

	if (!record_find(rec, "owner.comm")) {
		cell.text = xstrdup("-");
		return cell;
	}
	comm = term_clean(record_text(rec, "owner.comm"));
	cell.text = record_count(rec, "owner.pid") ?
		    xasprintf("%s/%s", comm, record_text(rec, "owner.pid")) : xstrdup(comm);
	free(comm);
	return cell;
}

static struct cell account_cell(const struct column *col, const struct record *rec)
{
	char *path = term_clean(record_text(rec, col->key));
	struct cell cell = { .text = path };

	if (record_flag(rec, "deleted")) {
		cell.text = xasprintf("%s " PORTQUOTA_DELETED, path);
		cell.tone = TONE_FAINT;
		free(path);
	}
	return cell;
}

static struct cell netns_cell(const struct column *col, const struct record *rec)
{
	struct cell cell = { 0 };
	char *comm;

	if (!record_find(rec, "netns.name") && record_find(rec, "netns.pid")) {
		comm = term_clean(record_text(rec, "netns.comm"));
		cell.text = xasprintf("pid %s (%s)", record_text(rec, "netns.pid"), comm);
		free(comm);
	} else if (record_find(rec, "netns.name")) {
		cell.text = term_clean(record_text(rec, "netns.name"));
	} else {
		cell.text = term_clean(record_text(rec, col->key));
	}
	return cell;
}

/**
 * cell_make - what a record has in a column
 * @col: the column
 * @rec: the record
 *
 * Return: the cell; its text is for the caller to free().
 */
struct cell cell_make(const struct column *col, const struct record *rec)
{
	struct cell cell = { 0 };

	switch (col->kind) {
	case COL_NUMBER:
	case COL_TROUBLE:
		cell = number_cell(col, rec);
		break;
	case COL_LIMIT:
		cell = limit_cell(col, rec);
		break;
	case COL_SECONDS:
		cell = seconds_cell(col, rec);
		break;
	case COL_SHORT:
		cell = short_cell(col, rec);
		break;
	case COL_OWNER:
		cell = owner_cell(rec);
		break;
	case COL_BAR:
	case COL_SHARE:
		cell = bar_cell(col, rec);
		break;
	case COL_ACCOUNT:
		cell = account_cell(col, rec);
		break;
	case COL_NETNS:
		cell = netns_cell(col, rec);
		break;
	case COL_TEXT:
		cell.text = term_clean(record_text(rec, col->key));
		break;
	}
	cell.cells = term_cells(cell.text);
	return cell;
}
