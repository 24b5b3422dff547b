// SPDX-License-Identifier: GPL-2.0-only
/* A screen: see screen.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/signals.h"
#include "lib/term.h"
#include "show/screen.h"

/* Alternate screen, cursor hidden, lines cut off and not wrapped; and all of it back. */
#define ENTER	"\033[?1049h\033[?25l\033[?7l"
#define LEAVE	"\033[?7h\033[?25h\033[?1049l"

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
static const int stops[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH };

static struct {
	struct termios before;
	bool keys;
	volatile sig_atomic_t open;
} screen;

/* Everything here may be called by a signal handler. */
static void give_back(void)
{
	ssize_t written;

	if (!screen.open)
		return;
	screen.open = 0;
	written = write(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	(void)written;
	if (screen.keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
}

static void crash(int number)
{
	give_back();
	raise(number);
}

static void take(void)
{
	struct termios raw;
	ssize_t written;

	screen.keys = !tcgetattr(STDIN_FILENO, &screen.before);
	screen.open = 1;
	if (screen.keys) {
		raw = screen.before;
		raw.c_lflag &= ~(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	written = write(STDOUT_FILENO, ENTER, strlen(ENTER));
	(void)written;
}

/**
 * screen_open - take the terminal over
 *
 * Return: whether there is one, on standard output; keys need one on standard input too.
 */
bool screen_open(void)
{
	struct sigaction action = { .sa_handler = crash, .sa_flags = SA_RESETHAND | SA_NODEFER };

	if (!isatty(STDOUT_FILENO))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++)
		signals_note(stops[i]);
	atexit(give_back);
	take();
	return true;
}

/**
 * screen_close - give the terminal back
 */
void screen_close(void)
{
	fflush(stdout);
	give_back();
}

/**
 * screen_show - show lines in place of those shown before
 * @text: the lines; those that do not fit the height are not shown
 *
 * The text is written at once and the screen is not cleared first, so that nothing flickers.
 */
void screen_show(const char *text)
{
	int rows = term_height();
	size_t len;

	fputs("\033[H", stdout);
	for (int row = 0; *text && (!rows || row < rows); row++) {
		len = strcspn(text, "\n");
		/* Before: behind a line that fills the row the cursor is on its last character. */
		printf("%s\033[K%.*s", row ? "\r\n" : "", (int)len, text);
		text += len + !!text[len];
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

/* Stops as the shell's job control expects: by the signal, with the terminal restored. */
static void suspend(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, noted;
	sigset_t set, before;

	give_back();
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaction(SIGTSTP, &plain, &noted);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	/* The process is stopped here until it gets SIGCONT. */
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGTSTP, &noted, NULL);
	take();
}

static const struct {
	const char *sequence;
	int key;
} sequences[] = {
	{ "[A", SCREEN_UP }, { "OA", SCREEN_UP }, { "[B", SCREEN_DOWN }, { "OB", SCREEN_DOWN },
	{ "[5~", SCREEN_PAGE_UP }, { "[6~", SCREEN_PAGE_DOWN }, { "[H", SCREEN_HOME },
	{ "OH", SCREEN_HOME }, { "[1~", SCREEN_HOME },
};

/* A key that sends more than one character sends them at once. */
static int read_key(void)
{
	char text[8] = "";
	ssize_t got = read(STDIN_FILENO, text, 1);

	if (got != 1)
		return 'q';
	if (*text != '\033')
		return (unsigned char)*text;
	got = read(STDIN_FILENO, text, 1);
	if (got == 1 && (*text == '[' || *text == 'O'))
		for (size_t i = 1; i + 1 < sizeof(text); i++)
			if (read(STDIN_FILENO, text + i, 1) != 1 || text[i] >= '@')
				break;
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
		if (!strcmp(text, sequences[i].sequence))
			return sequences[i].key;
	return SCREEN_OTHER;
}

/**
 * screen_wait - wait for a key
 * @timeout_ms: how long
 *
 * Return: the key, a character or a SCREEN_ one; 0 if the time is up; -1 if there is reason to show
 * everything again at once.
 */
int screen_wait(int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = screen.keys ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	int ready;

	ready = signals_wait(fds, ARRAY_SIZE(fds), timeout_ms);
	if (signals_seen(SIGTSTP))
		suspend();
	if (signals_seen(SIGWINCH) | signals_seen(SIGCONT)) {
		term_setup();
		return -1;
	}
	if (ready > 0 && (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL)))
		return 'q';
	if (ready > 0 && fds[0].revents)
		return read_key();
	return ready < 0 ? -1 : 0;
}
