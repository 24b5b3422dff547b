// SPDX-License-Identifier: GPL-2.0-only
/* top on a terminal: the screen, and what its keys do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ranking.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/signals.h"
#include "lib/term.h"
#include "show/screen.h"
#include "show/table.h"

#define DELAY_MIN	0.1
#define DELAY_MAX	3600

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

static void put_help(FILE *f)
{
	fputs("\n"
	      "t w r d c   sort by TCP, TIME_WAIT, growth, refusals, cgroup\n"
	      "up down     one line, and page up, page down one screenful\n"
	      "home        back to the first\n"
	      "+ -         twice as long between two samples, or half as long\n"
	      "space       a sample at once\n"
	      "h ?         this, and back\n"
	      "q           quit\n", f);
}

/* Rows for accounts on a screen, without the headings and the line that names hidden columns. */
static size_t rows_left(const char *head, const char *trouble)
{
	size_t used = count_lines(head) + count_lines(trouble) + 2;

	if (!term_height())
		return TABLE_HOLD;
	return (size_t)term_height() > used ? term_height() - used : 1;
}

static void show_live(struct ranking *ranking, const char *trouble)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	ranking_put_head(f, ranking, true);
	fflush(f);
	fputs(trouble, f);
	if (ranking->help)
		put_help(f);
	else
		ranking_put_accounts(f, ranking, rows_left(text, trouble));
	fclose(f);
	screen_show(text);
	free(text);
}

/* With -A a namespace that cannot be entered is reported above the table of the others. */
static int sample_live(struct ranking *ranking, char **trouble)
{
	size_t size = 0;
	FILE *f = open_memstream(trouble, &size);
	int err;

	say_into(f);
	err = ranking_take(ranking);
	say_into(NULL);
	if (f)
		fclose(f);
	return err && !ranking->now.accounts.count ? -1 : 0;
}

static void scroll(struct ranking *ranking, int key)
{
	size_t up = key == SCREEN_UP ? 1 : key == SCREEN_PAGE_UP ? ranking->page :
		    key == SCREEN_HOME ? ranking->first : 0;

	ranking->first -= up < ranking->first ? up : ranking->first;
	if (key == SCREEN_DOWN)
		ranking->first++;
	if (key == SCREEN_PAGE_DOWN)
		ranking->first += ranking->page;
}

static void change_delay(struct ranking *ranking, int key)
{
	if (key == '+' && ranking->delay * 2 <= DELAY_MAX)
		ranking->delay *= 2;
	if (key == '-' && ranking->delay / 2 >= DELAY_MIN)
		ranking->delay /= 2;
}

/* Return: whether to go on. */
static bool take_key(struct ranking *ranking, int key)
{
	ranking->order = order_of_letter(key) ?: ranking->order;
	ranking->help = (key == 'h' || key == '?') && !ranking->help;
	ranking->due = key == ' ';
	scroll(ranking, key);
	change_delay(ranking, key);
	return key != 'q' && key != 'Q';
}

/* Waits until the next sample is due. Keys act at once, on the present sample. */
static bool stay(struct ranking *ranking, const char *trouble)
{
	double until = ranking->now.when + ranking_pause(ranking), left;
	int key;

	while ((left = until - interval_clock()) > 0) {
		key = screen_wait(left * 1000 + 1);
		if (signals_stop() || (key > 0 && !take_key(ranking, key)))
			return false;
		if (key > 0 && ranking->due)
			return true;
		until = ranking->now.when + ranking_pause(ranking);
		if (key)
			show_live(ranking, trouble);
	}
	return true;
}

/**
 * ranking_run_live - show one sample after the other on the screen, until it is left
 * @ranking: what is shown
 *
 * Return: 0, or -1 if a sample could not be taken, which has been said.
 */
int ranking_run_live(struct ranking *ranking)
{
	char *trouble = NULL;
	int err;

	for (;;) {
		free(trouble);
		trouble = NULL;
		err = sample_live(ranking, &trouble);
		if (err)
			break;
		show_live(ranking, trouble ? trouble : "");
		if (ranking->count && !--ranking->count)
			break;
		if (!stay(ranking, trouble ? trouble : ""))
			break;
	}
	screen_close();
	/* The alternate screen and the message on it are gone, so repeat the message. */
	if (err && trouble)
		say_error("%.*s", (int)strcspn(trouble, "\n"), trouble);
	free(trouble);
	return err;
}
