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

/**
 * promise_answer - have a line on standard output however the program ends
 */
void promise_answer(void)
{
	static const int numbers[] = { SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGXCPU, SIGABRT, SIGBUS,
				       SIGFPE, SIGSEGV };
	static bool promised;

	if (promised)
		return;
	promised = true;
	on_exit(promise, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		signal(numbers[i], give_up);
}

/**
 * promise_kept - the answer is being printed
 */
void promise_kept(void)
{
	answered = true;
}
