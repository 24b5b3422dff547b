/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a monitoring plugin, as Nagios and its likes take it: one line with what is wrong,
 * performance data behind a |, and an exit code that says how bad it is.
 */
#ifndef PORTQUOTA_PLUGIN_H
#define PORTQUOTA_PLUGIN_H

#include "lib/cli.h"
#include "show/json.h"

#define PLUGIN_TOLD	6	/* problems in the first line, which monitors cut off */
#define PLUGIN_LINES	50	/* problems beneath it */

/* As they are exit codes; not in the order of how bad they are. */
enum plugin_state {
	PLUGIN_OK,
	PLUGIN_WARNING,
	PLUGIN_CRITICAL,
	PLUGIN_UNKNOWN = CLI_UNKNOWN,
	PLUGIN_STATES,
};

/**
 * struct plugin - a result being made; starts with plugin_begin()
 * @state: the worst so far
 * @problems: what is wrong, by state: as JSON, with the state and what it is
 * @fine: what is to be said if nothing is
 * @note: what is to be said in any case
 * @perf: performance data
 * @figures: the same for JSON: by label the value, and warn, crit, min and max if there are any
 * @verbose: each problem has a line of its own beneath, but for those past the first PLUGIN_LINES
 * @about: what is being looked at is called that, any bytes; NULL if there is only one
 */
struct plugin {
	enum plugin_state state;
	json_t *problems[PLUGIN_STATES];
	char *fine;
	char *note;
	char *perf;
	json_t *figures;
	bool verbose;
	const char *about;
};

void plugin_begin(struct plugin *p);
void plugin_add(struct plugin *p, enum plugin_state state, char *text);
void plugin_add_fine(struct plugin *p, char *text);
void plugin_add_note(struct plugin *p, char *text);
void plugin_add_perf(struct plugin *p, const char *name, char *value);
void plugin_print(const struct plugin *p);
void plugin_free(struct plugin *p);

#endif
