// SPDX-License-Identifier: GPL-2.0-only
/* What is told of rules that have been set: they are right, and may not do what they seem to. */
#include <stdlib.h>
#include <string.h>

#include "cmd/rule_doubt.h"
#include "lib/cli.h"
#include "model/cgroup.h"

/* It is right that such a rule can be set, and it may be a slip of the fingers. */
static void tell_missing(const struct rules *want)
{
	struct cgroup_list cgroups;
	const struct rule *rule;

	if (cgroup_list_read(&cgroups)) {
		for (size_t i = 0; i < want->count; i++) {
			rule = want->list[i];
			if (rule->text && rule->pattern &&
			    !cgroup_list_match(&cgroups, rule->pattern, rule->glob))
				say_error("rule set: no cgroup %s '%s' now; the rule waits for one",
					  rule->glob ? "matches" : "has the path", rule->path);
		}
	}
	cgroup_list_free(&cgroups);
}

/* What a program that connects without blocking does not notice, and its health checks do. */
static void tell_wait(const struct rules *want)
{
	char *over;

	for (size_t i = 0; i < want->count; i++) {
		over = want->list[i]->text ? rule_setting(want->list[i], "over") : NULL;
		if (over && !strncmp(over, "wait:", 5)) {
			say_error("rule set: over=%s lets a blocking connect() wait; what connects "
				  "without blocking (proxies, HTTP clients with a timeout, event "
				  "loops) is refused at once", over);
			free(over);
			return;
		}
		free(over);
	}
}

/* "/system.slice/cups.socket" for "/system.slice/cups.service"; NULL for what is no service */
static char *socket_unit_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (!dot || strcmp(dot, ".service"))
		return NULL;
	return xasprintf("%.*s.socket", (int)(dot - path), path);
}

/* A socket is of the cgroup in which it was made, and what it accepts is, too. */
static void tell_activated(const struct rules *want)
{
	struct cgroup_list cgroups;
	char *path;

	cgroup_list_read(&cgroups);
	for (size_t i = 0; i < want->count; i++) {
		path = want->list[i]->text && !want->list[i]->glob ?
		       socket_unit_of(want->list[i]->path) : NULL;
		if (path && cgroup_list_match(&cgroups, path, false))
			say_error("rule set: sockets that '%s' is given, and what these accept, "
				  "count in '%s'", want->list[i]->path, path);
		free(path);
	}
	cgroup_list_free(&cgroups);
}

/**
 * rule_doubt - tell of what may be a slip of the fingers
 * @want: the rules that have been set
 */
void rule_doubt(const struct rules *want)
{
	tell_missing(want);
	tell_wait(want);
	tell_activated(want);
}
