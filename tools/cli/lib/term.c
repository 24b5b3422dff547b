// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the terminal can do, asked once by term_setup().
 *
 * Colour: --color, else NO_COLOR, else only on a terminal that is not "dumb". Width: $COLUMNS,
 * else the terminal's, else 0 for unlimited (a file or pipe is never narrowed); height likewise
 * from $LINES. Bars use block characters only where the locale is UTF-8. Text from the kernel goes
 * through term_clean(): a cgroup's name must not be able to write control sequences to an
 * operator's terminal.
 */
#include <langinfo.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "lib/cli.h"
#include "lib/term.h"

static struct {
	bool color;
	bool utf8;
	int width;
	int height;
} term;

static bool want_color(bool tty)
{
	const char *no_color = getenv("NO_COLOR");
	const char *name = getenv("TERM");

	if (cli.color != COLOR_AUTO)
		return cli.color == COLOR_ALWAYS;
	if (no_color && *no_color)
		return false;
	return tty && !(name && !strcmp(name, "dumb"));
}

static int from_environment(const char *name)
{
	const char *text = getenv(name);

	return text && atoi(text) > 0 ? atoi(text) : 0;
}

static void find_size(bool tty)
{
	struct winsize size = { 0 };

	if (tty)
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	term.width = from_environment("COLUMNS") ?: size.ws_col;
	term.height = from_environment("LINES") ?: size.ws_row;
}

/**
 * term_setup - find out what standard output can do
 */
void term_setup(void)
{
	bool tty = isatty(STDOUT_FILENO);

	term.color = want_color(tty);
	term.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	find_size(tty);
}

/**
 * term_width - columns of the terminal, 0 for unlimited
 */
int term_width(void)
{
	return term.width;
}

/**
 * term_height - rows of the terminal, 0 for unlimited
 */
int term_height(void)
{
	return term.height;
}

/**
 * term_on - what switches a tone on
 * @tone: the tone
 */
const char *term_on(enum tone tone)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "",
		[TONE_FAINT] = "\033[2m",
		[TONE_HEAD] = "\033[1m",
		[TONE_GOOD] = "\033[32m",
		[TONE_WARN] = "\033[33m",
		[TONE_BAD] = "\033[1;31m",
	};

	return term.color ? codes[tone] : "";
}

/**
 * term_off - what switches it off again
 * @tone: the tone
 */
const char *term_off(enum tone tone)
{
	return term.color && tone != TONE_PLAIN ? "\033[0m" : "";
}

/* Most text is plain ASCII. Skipping the conversion for it makes long tables much faster. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

static size_t plain_prefix(const char *text)
{
	size_t len = 0;

	while (is_plain(text[len]))
		len++;
	return len;
}

/**
 * term_visible - whether a text begins with a character that prints as one visible one
 * @text: any bytes
 *
 * Control characters do not, nor do those that turn the direction of text or take no room. Which
 * others do depends on the locale.
 *
 * Return: how many bytes it has, 0 if it is none.
 */
size_t term_visible(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t len = mbrtowc(&wide, text, MB_CUR_MAX, &state);

	return len <= MB_CUR_MAX && wcwidth(wide) > 0 ? len : 0;
}

/**
 * term_clean - text that is safe to print
 * @text: any bytes
 *
 * Return: @text with all that does not print as one visible character written as \ooo, for the
 * caller to free().
 */
char *term_clean(const char *text)
{
	char *clean = xrealloc(NULL, 4 * strlen(text) + 1, 1);
	char *to = clean;
	size_t len;

	while (*text) {
		len = plain_prefix(text) ?: term_visible(text);
		to = mempcpy(to, text, len);
		text += len;
		if (!len)
			to += sprintf(to, "\\%03o", (unsigned char)*text++);
	}
	*to = '\0';
	return clean;
}

/**
 * term_cells - how many columns clean text takes
 * @text: what term_clean() or term_bar() made
 */
int term_cells(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t len;
	int cells = 0;

	for (; *text; text += len) {
		len = plain_prefix(text);
		if (len) {
			cells += len;
			continue;
		}
		len = mbrtowc(&wide, text, MB_CUR_MAX, &state);
		if (!len || len > MB_CUR_MAX)
			return cells + strlen(text);
		cells += wcwidth(wide);
	}
	return cells;
}

/* How many bytes of text make up at most this many columns. */
static size_t bytes_of_cells(const char *text, int cells)
{
	mbstate_t state = { 0 };
	const char *at = text;
	wchar_t wide;
	size_t len;

	while (*at) {
		len = mbrtowc(&wide, at, MB_CUR_MAX, &state);
		if (!len || len > MB_CUR_MAX || wcwidth(wide) > cells)
			break;
		cells -= wcwidth(wide);
		at += len;
	}
	return at - text;
}

/**
 * term_shorten - clean text cut in its middle to fit
 * @text: what term_clean() made
 * @cells: columns there are
 *
 * The end of a cgroup's path says most, so two thirds are kept of that, or all where there is
 * little.
 *
 * Return: the text, for the caller to free().
 */
char *term_shorten(const char *text, int cells)
{
	const char *gap = term.utf8 ? "…" : "..";
	int total = term_cells(text);
	int head, tail;

	if (total <= cells)
		return xstrdup(text);
	head = cells < 28 ? 0 : (cells - term_cells(gap)) / 3;
	tail = cells - term_cells(gap) - head;
	if (tail < 0)
		tail = 0;
	return xasprintf("%.*s%s%s", (int)bytes_of_cells(text, head), text, gap,
			 text + bytes_of_cells(text, total - tail));
}

/**
 * term_bar - a bar that shows how full something is
 * @part: what is used
 * @whole: of what, not 0
 * @cells: columns it takes
 *
 * A part above 0 fills at least one column, and only a full whole fills all of them.
 *
 * Return: the bar, for the caller to free().
 */
char *term_bar(uint64_t part, uint64_t whole, int cells)
{
	const char *full = term.utf8 ? "█" : "#";
	const char *empty = term.utf8 ? "░" : ".";
	char *bar = xrealloc(NULL, cells * strlen("█") + 1, 1);
	char *to = bar;
	int filled = part >= whole ? cells : (int)((double)part / whole * cells + 0.5);

	if (part && !filled)
		filled = 1;
	if (part < whole && filled == cells)
		filled = cells - 1;
	for (int i = 0; i < cells; i++)
		to = stpcpy(to, i < filled ? full : empty);
	*to = '\0';
	return bar;
}

/**
 * term_percent - how full something is, as text
 * @part: what is used
 * @whole: of what, not 0
 *
 * Return: the percentage, rounded down, for the caller to free().
 */
char *term_percent(uint64_t part, uint64_t whole)
{
	double percent = 100.0 * part / whole;

	if (part && percent < 1)
		return xstrdup("<1%");
	if (percent > 999)
		return xstrdup(">999%");
	return xasprintf("%d%%", (int)percent);
}

/**
 * term_level - the tone of how full something is
 * @part: what is used
 * @whole: of what
 *
 * The thresholds are those at which the module warns for the range: 75 % and 90 %.
 */
enum tone term_level(uint64_t part, uint64_t whole)
{
	double share = whole ? (double)part / whole : 0;

	if (share >= 0.90)
		return TONE_BAD;
	return share >= 0.75 ? TONE_WARN : TONE_GOOD;
}
