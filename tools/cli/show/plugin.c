// SPDX-License-Identifier: GPL-2.0-only
/* Results of a monitoring plugin: see plugin.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/term.h"
#include "show/plugin.h"

static const struct {
	const char *word;
	int weight;
} states[] = {
	[PLUGIN_OK] = { "OK", 0 },
	[PLUGIN_UNKNOWN] = { "UNKNOWN", 1 },
	[PLUGIN_WARNING] = { "WARNING", 2 },
	[PLUGIN_CRITICAL] = { "CRITICAL", 3 },
};

/**
 * plugin_begin - start a result
 * @p: filled in; plugin_free() is due
 */
void plugin_begin(struct plugin *p)
{
	*p = (struct plugin){
		.fine = xstrdup(""), .note = xstrdup(""), .perf = xstrdup(""),
		.figures = json_object(),
	};
	for (size_t i = 0; i < PLUGIN_STATES; i++)
		p->problems[i] = json_array();
}

/**
 * plugin_add - add a problem
 * @p: the result
 * @state: how bad it is
 * @text: what it is; freed
 */
void plugin_add(struct plugin *p, enum plugin_state state, char *text)
{
	char *told = p->about ? xasprintf("%s: %s", p->about, text) : xstrdup(text);
	char *clean = term_clean(told);

	json_array_append_new(p->problems[state],
			      json_pack("{s:s, s:o}", "state", states[state].word, "what",
					json_text(clean)));
	if (states[state].weight > states[p->state].weight)
		p->state = state;
	free(clean);
	free(told);
	free(text);
}

static void append(char **to, const char *separator, char *more)
{
	char *longer = **to ? xasprintf("%s%s%s", *to, separator, more) : xstrdup(more);

	free(*to);
	free(more);
	*to = longer;
}

/**
 * plugin_add_fine - add what is to be said if nothing is wrong
 * @p: the result
 * @text: what it is; freed
 */
void plugin_add_fine(struct plugin *p, char *text)
{
	append(&p->fine, ", ", text);
}

/**
 * plugin_add_note - add what is to be said whether anything is wrong or not
 * @p: the result
 * @text: what it is; freed
 */
void plugin_add_note(struct plugin *p, char *text)
{
	append(&p->note, ", ", text);
}

/* A label in quotes may hold anything but quotes and equals signs. */
static char *label_of(const char *name)
{
	char *label, *end;

	if (!strpbrk(name, " /:'=|"))
		return xstrdup(name);
	label = xasprintf("'%s'", name);
	end = label + strlen(label) - 1;
	for (char *at = label + 1; at < end; at++)
		if (strchr("'=|", *at) || (unsigned char)*at < ' ')
			*at = '_';
	return label;
}

static json_t *number_of(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	return *end == '.' ? json_real(strtod(text, NULL)) : json_integer(number);
}

/* "30;75;90;0;100", as numbers; behind the first can be a unit, and any other can be empty. */
static json_t *json_of_perf(const char *value)
{
	static const char *const names[] = { "value", "warn", "crit", "min", "max" };
	json_t *object = json_object();
	const char *at = value;
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		strtod(at, &end);
		if (end != at)
			json_object_set_new(object, names[i], number_of(at));
		at = strchr(end, ';');
		if (!at)
			break;
		at++;
	}
	return object;
}

/**
 * plugin_add_perf - add performance data
 * @p: the result
 * @name: its label
 * @value: its value, unit and thresholds; freed
 */
void plugin_add_perf(struct plugin *p, const char *name, char *value)
{
	char *clean = term_clean(name), *label = label_of(clean);

	append(&p->perf, " ", xasprintf("%s=%s", label, value));
	json_object_set_new(p->figures, clean, json_of_perf(value));
	free(label);
	free(clean);
	free(value);
}

/* A | would end the text, and any user can give a cgroup a name with one. */
static void put_problem(const json_t *problem)
{
	char *escaped = record_escape(json_text_of(problem, "what"), "|");

	fputs(escaped, stdout);
	free(escaped);
}

static void put_rest(const char *separator, size_t count, size_t most)
{
	if (count > most)
		printf("%s%zu more", separator, count - most);
}

static json_t *all_problems(const struct plugin *p)
{
	static const enum plugin_state order[] = {
		PLUGIN_CRITICAL, PLUGIN_WARNING, PLUGIN_UNKNOWN,
	};
	json_t *all = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		json_array_extend(all, p->problems[order[i]]);
	return all;
}

/**
 * plugin_print - print the result
 * @p: the result, whose state is the exit code
 */
void plugin_print(const struct plugin *p)
{
	json_t *all = all_problems(p), *object, *problem;
	size_t i;

	if (cli.json) {
		object = json_object();
		json_object_set_new(object, "state", json_string(states[p->state].word));
		json_object_set_new(object, "exit", json_integer(p->state));
		json_object_set_new(object, "problems", all);
		if (*p->note)
			json_object_set_new(object, "note", json_text(p->note));
		json_object_set(object, "performance", p->figures);
		json_print(object);
		putchar('\n');
		return;
	}
	printf("PORTQUOTA %s - ", states[p->state].word);
	json_array_foreach(all, i, problem) {
		if (i >= PLUGIN_TOLD)
			break;
		fputs(i ? "; " : "", stdout);
		put_problem(problem);
	}
	put_rest("; ", json_array_size(all), PLUGIN_TOLD);
	if (!json_array_size(all))
		fputs(p->fine, stdout);
	if (*p->note)
		printf("%s%s", json_array_size(all) ? "; " : ", ", p->note);
	if (*p->perf)
		printf(" | %s", p->perf);
	putchar('\n');
	json_array_foreach(all, i, problem) {
		if (!p->verbose || i >= PLUGIN_LINES)
			break;
		put_problem(problem);
		putchar('\n');
	}
	if (p->verbose && json_array_size(all) > PLUGIN_LINES) {
		put_rest("", json_array_size(all), PLUGIN_LINES);
		putchar('\n');
	}
	json_decref(all);
}

/**
 * plugin_free - give everything back
 * @p: the result
 */
void plugin_free(struct plugin *p)
{
	for (size_t i = 0; i < PLUGIN_STATES; i++)
		json_decref(p->problems[i]);
	free(p->fine);
	free(p->note);
	free(p->perf);
	json_decref(p->figures);
}
