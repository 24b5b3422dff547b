// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables. Rows are held until @sample of them have been seen, which sizes the columns to their
 * content; after that each row is printed as it comes, so that length costs no memory.
 *
 * On a terminal that is too narrow, columns with only zeros are hidden first, then those with the
 * highest drop number, and a last line names them. Between them, addresses and the like are
 * shortened: the end says most. The last column gets what is left, and its texts are shortened in
 * the middle if they must be. Tables in a file or a pipe are never narrowed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "show/table.h"

#define GAP		"  "
#define GAP_CELLS	2
#define LAST_CELLS	10	/* a path cut shorter says nothing */

/**
 * table_begin - start a table
 * @t: the table
 * @columns: its columns, the last of them the one of no fixed width
 * @count: how many, at most TABLE_COLUMNS
 * @sample: rows to hold before the first is printed: TABLE_SAMPLE, or TABLE_HOLD for all
 */
void table_begin(struct table *t, const struct column *columns, size_t count, size_t sample)
{
	*t = (struct table){
		.columns = columns, .count = count, .sample = sample, .out = stdout,
	};
}

static bool to_the_right(const struct column *col)
{
	return col->kind == COL_NUMBER || col->kind == COL_LIMIT || col->kind == COL_TROUBLE ||
	       col->kind == COL_SECONDS;
}

static void put_padding(const struct table *t, int cells)
{
	for (; cells > 0; cells--)
		putc_unlocked(' ', t->out);
}

static void put_cell(const struct table *t, size_t c, const struct cell *cell)
{
	bool last = c == t->count - 1;
	int room = t->width[c] - cell->cells;
	char *text = NULL;

	if ((last || t->shortened[c]) && room < 0) {
		text = term_shorten(cell->text, t->width[c]);
		room = 0;
	}
	if (to_the_right(&t->columns[c]))
		put_padding(t, room);
	fputs(term_on(cell->tone), t->out);
	fputs(text ? text : cell->text, t->out);
	fputs(term_off(cell->tone), t->out);
	if (!last) {
		if (!to_the_right(&t->columns[c]))
			put_padding(t, room);
		fputs(GAP, t->out);
	}
	free(text);
}

static void put_row(const struct table *t, const struct cell *cells)
{
	for (size_t c = 0; c < t->count; c++)
		if (!t->hidden[c])
			put_cell(t, c, &cells[c]);
	putc('\n', t->out);
}

static void put_head(const struct table *t)
{
	struct cell head[TABLE_COLUMNS];

	if (cli.no_header)
		return;
	for (size_t c = 0; c < t->count; c++)
		head[c] = (struct cell){
			.text = (char *)t->columns[c].head,
			.cells = strlen(t->columns[c].head),
			.tone = TONE_HEAD,
		};
	put_row(t, head);
}

static void free_cells(struct cell *cells, size_t count)
{
	for (size_t c = 0; c < count; c++)
		free(cells[c].text);
}

static bool has_value(const struct table *t, size_t c)
{
	for (size_t r = 0; r < t->rows; r++)
		if (strcmp(t->cells[r * t->count + c].text, "-"))
			return true;
	return false;
}

static void measure(struct table *t)
{
	for (size_t c = 0; c < t->count; c++) {
		t->hidden[c] = t->columns[c].optional && !has_value(t, c);
		t->width[c] = cli.no_header ? 0 : strlen(t->columns[c].head);
		for (size_t r = 0; r < t->rows; r++)
			if (t->cells[r * t->count + c].cells > t->width[c])
				t->width[c] = t->cells[r * t->count + c].cells;
	}
}

/* All columns but the last, with the gaps behind them. */
static int fixed_width(const struct table *t)
{
	int sum = 0;

	for (size_t c = 0; c + 1 < t->count; c++)
		if (!t->hidden[c])
			sum += t->width[c] + GAP_CELLS;
	return sum;
}

static bool is_all_zero(const struct table *t, size_t c)
{
	for (size_t r = 0; r < t->rows; r++)
		if (strcmp(t->cells[r * t->count + c].text, "0"))
			return false;
	return true;
}

/* What is never done; all else is in the order of ranks, the highest first. */
#define NEVER	INT_MIN

/* Columns of trouble are never hidden; those with only zeros are hidden first. */
static int drop_rank(const struct table *t, size_t c)
{
	const struct column *col = &t->columns[c];

	if (t->hidden[c] || !col->drop)
		return NEVER;
	if (t->steady)
		return col->drop;
	if (is_all_zero(t, c))
		return 100 + col->drop;
	return col->kind == COL_TROUBLE ? NEVER : col->drop;
}

static int shorten_rank(const struct table *t, size_t c)
{
	const struct column *col = &t->columns[c];

	return t->hidden[c] || !col->least || t->width[c] <= col->least ? NEVER : col->shorten;
}

static void shorten(struct table *t, size_t c, int excess)
{
	int least = t->columns[c].least;

	t->width[c] = t->width[c] - excess > least ? t->width[c] - excess : least;
	t->shortened[c] = true;
}

/*
 * Makes room by what matters least of all that has at least that rank.
 * Return: whether there was anything.
 */
static bool give_way(struct table *t, int excess, int least_rank)
{
	int rank = NEVER, drop, cut;
	size_t at = 0;

	for (size_t c = 0; c + 1 < t->count; c++) {
		drop = drop_rank(t, c);
		cut = shorten_rank(t, c);
		if (drop <= rank && cut <= rank)
			continue;
		rank = drop > cut ? drop : cut;
		at = c;
	}
	if (rank == NEVER || rank < least_rank)
		return false;
	if (shorten_rank(t, at) == rank)
		shorten(t, at, excess);
	else
		t->hidden[at] = true;
	return true;
}

/* Leaves so many cells to the last column, if that can be without what has a lower rank. */
static void make_room(struct table *t, int asked, int least_rank)
{
	int last = t->width[t->count - 1], excess;

	if (last < asked)
		asked = last;
	do
		excess = fixed_width(t) + asked - term_width();
	while (excess > 0 && give_way(t, excess, least_rank));
}

/*
 * The last column may take a third of the terminal from the others, but from those that matter most
 * LAST_CELLS only. A longer one is shortened, unless less than these would be left of it: then
 * lines wrap.
 */
static void fit(struct table *t)
{
	int *last = &t->width[t->count - 1];
	int width = term_width();

	if (!width)
		return;
	make_room(t, width / 3, 1);
	make_room(t, LAST_CELLS, NEVER);
	width -= fixed_width(t);
	if (*last > width && width >= LAST_CELLS)
		*last = width;
}

static void settle(struct table *t)
{
	measure(t);
	fit(t);
	put_head(t);
	for (size_t r = 0; r < t->rows; r++)
		put_row(t, &t->cells[r * t->count]);
	t->settled = true;
}

/**
 * table_row - one row more
 * @t: the table
 * @rec: the row; not needed any more afterwards
 */
void table_row(struct table *t, const struct record *rec)
{
	struct cell cells[TABLE_COLUMNS];

	if (cli.json) {
		json_list_add(&t->list, rec);
		return;
	}
	for (size_t c = 0; c < t->count; c++)
		cells[c] = cell_make(&t->columns[c], rec);
	if (t->settled) {
		put_row(t, cells);
		free_cells(cells, t->count);
		return;
	}
	t->cells = xgrow(t->cells, t->rows, &t->room, t->count * sizeof(*cells));
	memcpy(&t->cells[t->rows++ * t->count], cells, t->count * sizeof(*cells));
	if (t->rows >= t->sample)
		settle(t);
}

static void put_dropped(const struct table *t)
{
	const char *sep = "hidden columns (terminal too narrow): ";
	int at = 0;

	if (cli.no_header || !term_width())
		return;
	for (size_t c = 0; c < t->count; c++) {
		if (!t->hidden[c] || (t->columns[c].optional && !has_value(t, c)))
			continue;
		at += strlen(sep) + strlen(t->columns[c].head);
		if (*sep == ',' && at >= term_width()) {
			sep = ",\n  ";
			at = strlen(t->columns[c].head) + 2;
		}
		fprintf(t->out, "%s%s%s", *sep == ',' ? "" : term_on(TONE_FAINT), sep,
			t->columns[c].head);
		sep = ", ";
	}
	if (*sep == ',')
		fprintf(t->out, "%s\n", term_off(TONE_FAINT));
}

static bool is_untouched(const struct table *t)
{
	return !t->rows && !t->settled && !t->list.begun;
}

/**
 * table_end - print what is held and finish
 * @t: the table
 * @err: whether getting the rows failed: if no row came before that, nothing is printed, not even
 *	a heading; if rows did, JSON is still whole
 */
void table_end(struct table *t, int err)
{
	if (err && is_untouched(t))
		return;
	if (cli.json) {
		json_list_end(&t->list);
		return;
	}
	if (!t->settled)
		settle(t);
	put_dropped(t);
	free_cells(t->cells, t->rows * t->count);
	free(t->cells);
	t->cells = NULL;
	t->rows = 0;
}
