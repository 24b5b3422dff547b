// SPDX-License-Identifier: GPL-2.0-only
/* Changes to rules: see rules_apply.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/rules_apply.h"

static bool exists(const struct rule *rule)
{
	return rule && rule->text;
}

static bool is_as_wanted(const struct rule *rule, const struct rule *old)
{
	return exists(rule) && exists(old) && !strcmp(rule->text, old->text);
}

static int put(const char *name, const char *path, const char *text)
{
	char *line = text ? xasprintf("%s\n", text) : xasprintf("-%s\n", path);
	int error = kfile_put(name, line);

	free(line);
	return error;
}

/* Some errors mean more here than kfile.c can know, as the write was one of a rule. */
static const char *reason(const char *name, int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such rule";
	case EBUSY:
		return "the kernel's function for it is taken: something else, such as a live "
		       "patch, has hooked it, and only one at a time can change what it does";
	case ERANGE:
		return "a range begins below net.ipv4.ip_unprivileged_port_start, or the module "
		       "and this tool differ in version";
	case EINVAL:
		return "the kernel does not accept it: the module and this tool differ in version";
	}
	return kfile_reason(name, error);
}

static void undo(const char *name, const struct rules *want, const struct rules *have, size_t done)
{
	const struct rule *rule, *old;
	size_t stuck = 0;
	int error;

	if (want->count < 2)
		return;
	for (size_t i = done; i-- > 0; ) {
		rule = want->list[i];
		old = rules_find(have, rule->path);
		if (is_as_wanted(rule, old))
			continue;
		error = put(name, rule->path, exists(old) ? old->text : NULL);
		if (!error)
			continue;
		stuck++;
		if (error > 0)
			say_error("'%s' could not be restored: %s", rule->path,
				  reason(name, error));
	}
	if (stuck)
		say_error("the rules are now neither the old nor the new ones; see: portquota rule "
			  "list");
	else
		say_error("no rule has changed%s", done ? ": the earlier rules are restored" : "");
}

/* Signals wait until all is written: half of the rules would be neither the old nor the new. */
static void hold_signals(sigset_t *before)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigaddset(&all, SIGQUIT);
	sigaddset(&all, SIGTSTP);
	sigprocmask(SIG_BLOCK, &all, before);
}

/* Return: how many were done before one was refused, all if none was. */
static size_t apply(const char *name, const struct rules *want, const struct rules *have,
		    const char *what, struct rules_tally *tally)
{
	const struct rule *rule, *old;
	int error;
	size_t i;

	for (i = 0; i < want->count; i++) {
		rule = want->list[i];
		old = rules_find(have, rule->path);
		if (is_as_wanted(rule, old)) {
			tally->same++;
			continue;
		}
		error = put(name, rule->path, rule->text);
		if (!error) {
			*(rule->text ? &tally->set : &tally->removed) += 1;
			continue;
		}
		if (error > 0 && rule->line)
			say_error("%s:%zu: '%s': %s", what, rule->line, rule->path,
				  reason(name, error));
		else if (error > 0)
			say_error("%s: '%s': %s", what, rule->path, reason(name, error));
		break;
	}
	return i;
}

/**
 * rules_apply - make changes, all of them or none
 * @name: the file to change
 * @want: the changes: rules to set, and removals
 * @have: the rules that the file has
 * @what: what messages begin with: the command, or the name of the file if there are line numbers
 * @tally: how many changes there were, if it worked
 *
 * A rule that is there as it should be is not written. When the kernel refuses a change, those
 * before it are undone.
 *
 * Return: 0, or -1.
 */
int rules_apply(const char *name, const struct rules *want, const struct rules *have,
		const char *what, struct rules_tally *tally)
{
	sigset_t before;
	size_t done;

	*tally = (struct rules_tally){ 0 };
	hold_signals(&before);
	done = apply(name, want, have, what, tally);
	if (done < want->count)
		undo(name, want, have, done);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return done < want->count ? -1 : 0;
}
