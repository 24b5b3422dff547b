// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thresholds on the command line: "80" is for what runs out by itself (the ranges, and the ports
 * towards a destination), "udp=60,limit=95" for what is named.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/thresholds.h"
#include "lib/cli.h"

static const struct {
	const char *name;
	size_t offset;
	bool plain;	/* a number without a name is for it too */
} kinds[] = {
	{ "tcp", offsetof(struct thresholds, tcp), true },
	{ "udp", offsetof(struct thresholds, udp), true },
	{ "destination", offsetof(struct thresholds, destination), true },
	{ "limit", offsetof(struct thresholds, limit), false },
	{ "timewait", offsetof(struct thresholds, timewait), false },
};

static unsigned int percent_of(const struct args_option *option, const char *arg,
			       struct argp_state *state)
{
	size_t len = strspn(arg, "0123456789");
	long percent = strtol(arg, NULL, 10);

	if (!len || len > 3 || (arg[len] && strcmp(arg + len, "%")) || percent < 1 || percent > 100)
		argp_error(state, "--%s %s: not a percentage from 1 to 100", option->name, arg);
	return percent;
}

static void take_word(const struct args_option *option, char *word, bool crit,
		      struct thresholds *to, struct argp_state *state)
{
	char *value = strchr(word, '=');
	struct threshold *threshold;
	unsigned int percent;
	bool known = !value;

	if (value)
		*value++ = '\0';
	percent = percent_of(option, value ?: word, state);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (value ? strcmp(word, kinds[i].name) : !kinds[i].plain)
			continue;
		known = true;
		threshold = (struct threshold *)((char *)to + kinds[i].offset);
		*(crit ? &threshold->crit : &threshold->warn) = percent;
	}
	if (!known)
		argp_error(state, "--%s %s: not one of tcp, udp, destination, limit, timewait",
			   option->name, word);
}

static void take(const struct args_option *option, char *arg, bool crit, struct thresholds *to,
		 struct argp_state *state)
{
	char *word;

	while ((word = strsep(&arg, ",")))
		take_word(option, word, crit, to, state);
}

/**
 * thresholds_take_warn - take an option that says from when on to warn
 * @option: the option
 * @arg: its argument
 * @to: struct thresholds
 * @state: of argp
 */
void thresholds_take_warn(const struct args_option *option, char *arg, void *to,
			  struct argp_state *state)
{
	take(option, arg, false, to, state);
}

/**
 * thresholds_take_crit - take an option that says from when on it is critical
 * @option: the option
 * @arg: its argument
 * @to: struct thresholds
 * @state: of argp
 */
void thresholds_take_crit(const struct args_option *option, char *arg, void *to,
			  struct argp_state *state)
{
	take(option, arg, true, to, state);
}

/**
 * thresholds_settle - complain of those that do not go together
 * @thresholds: all of them
 * @state: of argp
 */
void thresholds_settle(const struct thresholds *thresholds, struct argp_state *state)
{
	const struct threshold *t;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		t = (const struct threshold *)((const char *)thresholds + kinds[i].offset);
		if (t->crit && t->warn > t->crit)
			argp_error(state, "%s: --warn %u is more than --crit %u", kinds[i].name,
				   t->warn, t->crit);
	}
}
