// SPDX-License-Identifier: GPL-2.0-only
/* Signals: see signals.h. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "lib/signals.h"

#define LAST	32

static volatile sig_atomic_t seen[LAST];
static sigset_t outside;
static bool begun;

static void note(int number)
{
	seen[number] = 1;
}

/**
 * signals_note - note a signal instead of dying of it
 * @number: the signal
 *
 * One that is ignored already (nohup) stays so.
 */
void signals_note(int number)
{
	struct sigaction action = { .sa_handler = note }, old;
	sigset_t set;

	if (sigaction(number, NULL, &old) || old.sa_handler == SIG_IGN)
		return;
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, begun ? NULL : &outside);
	begun = true;
	sigdelset(&outside, number);
	sigaction(number, &action, NULL);
}

/**
 * signals_seen - whether a signal has come since this was asked last
 * @number: the signal
 */
bool signals_seen(int number)
{
	bool was = seen[number];

	seen[number] = 0;
	return was;
}

/**
 * signals_stop - whether one has come that says to stop; stays so
 */
bool signals_stop(void)
{
	return seen[SIGINT] || seen[SIGTERM] || seen[SIGHUP] || seen[SIGQUIT];
}

/**
 * signals_wait - wait for a file or a signal
 * @fds: as of poll()
 * @count: how many
 * @timeout_ms: how long, -1 for ever
 *
 * Return: as poll(): how many files have something, 0 when the time is up, -1 with EINTR for a
 * signal.
 */
int signals_wait(struct pollfd *fds, unsigned int count, int timeout_ms)
{
	struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, begun ? &outside : NULL);
}
