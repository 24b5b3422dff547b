// SPDX-License-Identifier: GPL-2.0-only
/* The answer of check: see promise.h. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/promise.h"
#include "lib/cli.h"
#include "show/plugin.h"

static bool answered;

static const char no_answer[] = "PORTQUOTA UNKNOWN - ended before it had an answer\n";
static const char wrong_usage[] = "PORTQUOTA UNKNOWN - wrong usage: portquota check --help\n";

/*
 * A monitor shows what stands on standard output, and nothing else. Exit codes of other commands
 * have another meaning to it.
 */
static void promise(int status, void *data)
{
	(void)data;
	if (answered || !status)
		return;
	fputs(status == PLUGIN_UNKNOWN ? wrong_usage : no_answer, stdout);
	fflush(stdout);
	_exit(PLUGIN_UNKNOWN);
}

/* In a handler: nothing but what is safe there. */
static void give_up(int number)
{
	static const char timed_out[] = "PORTQUOTA UNKNOWN - timed out\n";
	ssize_t written;

	if (number == SIGALRM)
		written = write(STDOUT_FILENO, timed_out, sizeof(timed_out) - 1);
	else
		written = write(STDOUT_FILENO, no_answer, sizeof(no_answer) - 1);
	(void)written;
	_exit(PLUGIN_UNKNOWN);
}

/* A bug: the line is there, and then it ends as it would have, with a core dump. */
static void crash(int number)
{
	ssize_t written = answered ? 0 : write(STDOUT_FILENO, no_answer, sizeof(no_answer) - 1);

	(void)written;
	raise(number);
}

/**
 * promise_answer - have a line on standard output however the program ends
 */
void promise_answer(void)
{
	static const int ends[] = { SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGXCPU };
	static const int bugs[] = { SIGABRT, SIGBUS, SIGFPE, SIGSEGV };
	/* raise() in it does not wait for it to return, and the second one kills. */
	static const struct sigaction once = {
		.sa_handler = crash, .sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	static bool promised;

	if (promised)
		return;
	promised = true;
	on_exit(promise, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		signal(ends[i], give_up);
	for (size_t i = 0; i < ARRAY_SIZE(bugs); i++)
		sigaction(bugs[i], &once, NULL);
}

/**
 * promise_kept - the answer is being printed
 */
void promise_kept(void)
{
	answered = true;
}
