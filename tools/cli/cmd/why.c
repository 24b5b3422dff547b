// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota why: do connections fail because of ports?
 *
 * The namespace is looked at twice, as only that shows what is growing; diagnosis.c finds the
 * causes. They are printed, the certain ones first. The exit code is 0 whatever the answer is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "lib/signals.h"
#include "lib/term.h"
#include "model/kfile.h"
#include "model/neighbours.h"
#include "model/netns.h"
#include "model/process.h"
#include "model/totals.h"
#include "resource/resources.h"
#include "resource/widening.h"
#include "show/json.h"
#include "why/diagnosis.h"

#define SHOWN		3	/* of one cause; JSON has all */
#define LABEL_CELLS	11
#define LEAST_CELLS	40	/* narrower than that nothing is wrapped */

/**
 * struct evidence - two looks at a namespace
 * @netns: its name if several namespaces are looked at, else NULL
 * @title: what people call it then
 * @surveys: the first look and the second
 * @resources: what is short by each of them
 */
struct evidence {
	char *netns;
	char *title;
	struct survey surveys[2];
	struct resources resources[2];
};

/**
 * struct why - the evidence of all namespaces that are looked at
 * @over: seconds between the two looks
 * @to: why a connect() to there fails; with no text: why anything does
 * @list: the evidence, by namespace
 * @count: how many
 * @json: what was found, where JSON is asked for
 */
struct why {
	double over;
	struct endpoint to;
	struct evidence **list;
	size_t count;
	json_t *json;
};

static const struct args_option options[] = {
	ARGS_VALUE("over", 0, "SECONDS", args_take_seconds, struct why, over,
		   "Seconds between the two looks (default 1)"),
	{ 0 },
};

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct why *why = input;

	args_endpoint(&why->to, arg, state);
}

static const struct args takes = {
	.doc = "Explain whether this network namespace is short of ports, what causes it, who is "
	       "involved, and what to do about it; or with a DESTINATION (10.0.0.9, 10.0.0.9:5432, "
	       "[fd00::2]:80 or :5432) what keeps a connect() to there from working.",
	.operands_doc = "[DESTINATION]",
	.options = options,
	.operand = take_operand,
};

/* A label, and a text behind it that is wrapped on a narrow terminal. Frees the text. */
static void put_text(const char *label, char *text)
{
	char *clean = term_clean(text), *rest = clean, *word;
	int width = term_width() >= LEAST_CELLS ? term_width() : 0;
	int at = LABEL_CELLS, cells;

	printf("  %s%-*s%s", term_on(TONE_FAINT), LABEL_CELLS - 2, label, term_off(TONE_FAINT));
	while ((word = strsep(&rest, " "))) {
		cells = term_cells(word);
		if (width && at > LABEL_CELLS && at + 1 + cells > width) {
			printf("\n%*s", LABEL_CELLS, "");
			at = LABEL_CELLS;
		}
		at += printf("%s", at > LABEL_CELLS ? " " : "") + cells;
		fputs(word, stdout);
	}
	putchar('\n');
	free(clean);
	free(text);
}

static const struct {
	const char *key;
	const char *label;
} labels[] = {
	{ "rule", "rule" }, { "port", "port" }, { "source", "source" },
	{ "destination", "towards" }, { "range", "range" }, { "state", "state" },
};

static void put_cgroup(const struct record *who)
{
	char *held, *more;

	if (!record_find(who, "cgroup"))
		return;
	more = record_find(who, "cgroups") ?
	       xasprintf(", the most of %s cgroups", record_text(who, "cgroups")) : xstrdup("");
	held = record_find(who, "cgroup.held") ?
	       xasprintf(", holds %s", record_text(who, "cgroup.held")) : xstrdup("");
	put_text("cgroup", xasprintf("%s%s%s%s", record_text(who, "cgroup"),
				     record_flag(who, "deleted") ? " " PORTQUOTA_DELETED : "",
				     held, more));
	free(held);
	free(more);
}

/* A command says little where everything is python or java: what it was called with says more. */
static char *tell_process(const struct record *who)
{
	int pid = record_count(who, "pid");
	char *line, *told;

	if (process_is_gone(pid))
		return xasprintf("pid %d (it has ended)", pid);
	line = process_command_line(pid);
	told = line ? xasprintf("pid %d (%.60s)", pid, line) : xasprintf("pid %d", pid);
	free(line);
	return told;
}

static void put_program(const struct record *who)
{
	const char *held = record_text(who, "held"), *comm = record_text(who, "comm");
	char *process, *where;

	if (!record_find(who, "comm"))
		return;
	where = record_find(who, "removed") ?
		xasprintf(" in %s removed cgroups", record_text(who, "removed")) : xstrdup("");
	if (record_find(who, "pid")) {
		process = tell_process(who);
		put_text("program", xasprintf("%s, %s, holds %s%s", comm, process, held, where));
		free(process);
	} else if (record_find(who, "processes")) {
		put_text("program", xasprintf("%s, %s processes, hold %s%s", comm,
					      record_text(who, "processes"), held, where));
	} else {
		put_text("program", xasprintf("%s, holds %s%s", comm, held, where));
	}
	free(where);
}

static const char *certainty(const struct finding *finding)
{
	if (finding->cause == CAUSE_EARLIER || finding->cause == CAUSE_ELSEWHERE)
		return NULL;
	return finding->certain ? "certain" : "likely";
}

static enum tone tone_of(const struct finding *finding)
{
	if (finding->cause == CAUSE_NONE)
		return TONE_GOOD;
	if (!certainty(finding))
		return TONE_PLAIN;
	return finding->certain ? TONE_BAD : TONE_WARN;
}

static void put_finding(const struct finding *finding)
{
	enum tone tone = tone_of(finding);
	const char *certain = certainty(finding);

	if (certain)
		printf("%s%s%s: ", term_on(tone), certain, term_off(tone));
	printf("%s%s%s\n", term_on(TONE_HEAD), cause_name(finding->cause), term_off(TONE_HEAD));
	put_text("what", xstrdup(finding->what));
	if (finding->cause < CAUSE_EARLIER) {
		put_cgroup(&finding->who);
		for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
			if (record_find(&finding->who, labels[i].key))
				put_text(labels[i].label,
					 xstrdup(record_text(&finding->who, labels[i].key)));
		put_program(&finding->who);
	}
	for (size_t i = 0; finding->advice[i]; i++)
		put_text(i ? "" : "do", xstrdup(finding->advice[i]));
}

/* How many findings of the same cause come before a finding. */
static size_t rank_of(const struct findings *findings, size_t i)
{
	size_t rank = 0;

	while (rank < i && findings->list[i - rank - 1].cause == findings->list[i].cause &&
	       findings->list[i - rank - 1].certain == findings->list[i].certain)
		rank++;
	return rank;
}

static void put_findings(const struct evidence *ev, const struct findings *findings)
{
	size_t hidden = 0;

	/* Of many namespaces those where nothing is short are a line each. */
	if (ev->title && findings->count == 1 && findings->list[0].cause == CAUSE_NONE) {
		printf("%s%s%s: nothing is short\n", term_on(TONE_HEAD), ev->title,
		       term_off(TONE_HEAD));
		return;
	}
	if (ev->title && !cli.no_header)
		printf("%s%s%s\n", term_on(TONE_HEAD), ev->title, term_off(TONE_HEAD));
	for (size_t i = 0; i < findings->count; i++) {
		if (rank_of(findings, i) >= SHOWN) {
			hidden++;
			continue;
		}
		if (i)
			putchar('\n');
		put_finding(&findings->list[i]);
	}
	if (hidden)
		printf("\n%sand %zu more of these causes: portquota why -j%s\n",
		       term_on(TONE_FAINT), hidden, term_off(TONE_FAINT));
	if (ev->resources[1].complaint && !cli.no_header)
		put_text("unseen", xasprintf("Programs and CLOSE-WAIT cannot be seen: %s",
					     ev->resources[1].complaint));
}

static json_t *json_of_finding(const struct evidence *ev, const struct finding *finding)
{
	struct record rec = { 0 };
	json_t *object, *advice = json_array();

	if (ev->netns)
		record_add_text(&rec, "netns", ev->netns);
	record_add_text(&rec, "cause", cause_name(finding->cause));
	record_add_text(&rec, "certainty", finding->certain ? "certain" : "likely");
	record_add_text(&rec, "what", finding->what);
	object = json_of_record(&rec);
	json_object_update_new(object, json_of_record(&finding->who));
	if (ev->resources[1].complaint)
		json_object_set_new(object, "unseen", json_text(ev->resources[1].complaint));
	json_object_set_new(object, "figures", json_of_record(&finding->figures));
	for (size_t i = 0; finding->advice[i]; i++)
		json_array_append_new(advice, json_text(finding->advice[i]));
	json_object_set_new(object, "advice", advice);
	record_free(&rec);
	return object;
}

static const struct endpoint *asked(const struct why *why)
{
	return why->to.text ? &why->to : NULL;
}

/* What would come into a larger range is looked for only where one is advised. */
static void tell(struct why *why, struct evidence *ev)
{
	struct neighbours neighbours = { 0 };
	struct widening widening = { 0 };
	struct findings findings;
	struct view view = {
		.resources = &ev->resources[1], .now = &ev->surveys[1],
		.widening = &widening, .neighbours = &neighbours, .to = asked(why),
		.entered = record_count(&ev->surveys[1].stat, "timewait.entered") -
			   record_count(&ev->surveys[0].stat, "timewait.entered"),
	};

	if (resources_are_short(&ev->resources[1], LEVEL_NOTED))
		widening_plan(&widening, &ev->surveys[1].sysctls);
	if (!cli.all)
		neighbours_read(&neighbours);
	diagnose(&view, &findings);
	if (cli.json)
		for (size_t i = 0; i < findings.count; i++)
			json_array_append_new(why->json, json_of_finding(ev, &findings.list[i]));
	else
		put_findings(ev, &findings);
	findings_free(&findings);
	neighbours_free(&neighbours);
	widening_free(&widening);
}

static void evidence_free(struct evidence *ev)
{
	for (size_t i = 0; i < ARRAY_SIZE(ev->surveys); i++) {
		resources_free(&ev->resources[i]);
		survey_free(&ev->surveys[i]);
	}
	free(ev->netns);
	free(ev->title);
	free(ev);
}

/* Judged before the closer look, which is for what is short, and after it, which knows better. */
static int look(const struct why *why, struct evidence *ev, size_t which)
{
	const struct resources *before = which ? &ev->resources[0] : NULL;
	struct survey *survey = &ev->surveys[which];
	int err;

	survey->to = asked(why);
	err = survey_take(survey, SURVEY_DESTINATIONS);
	if (!err && which)
		err = rules_read(&survey->rules, KFILE_RULES);
	if (err)
		return err;
	resources_fill(&ev->resources[which], survey, which ? &ev->surveys[0] : NULL);
	resources_judge(&ev->resources[which], &resource_thresholds);
	resources_look_closer(&ev->resources[which], before);
	resources_judge(&ev->resources[which], &resource_thresholds);
	return 0;
}

static int look_first(void *data)
{
	struct evidence *ev = xrealloc(NULL, 1, sizeof(*ev));
	struct why *why = data;
	int err;

	*ev = (struct evidence){ .netns = netns_called(), .title = netns_title() };
	err = look(why, ev, 0);
	if (!err && totals_are_dead(&ev->surveys[0].stat)) {
		say_error("the hooks are dead: nothing is counted any more, so no cause can be "
			  "found");
		err = -1;
	}
	if (err) {
		evidence_free(ev);
		return err;
	}
	why->list = xrealloc(why->list, why->count + 1, sizeof(*why->list));
	why->list[why->count++] = ev;
	return 0;
}

/* A namespace that was not read at the first look is left out. */
static int look_again(void *data)
{
	struct evidence *ev = NULL;
	struct why *why = data;
	char *name = netns_called();
	int err;

	for (size_t i = 0; !ev && i < why->count; i++)
		if (!name || !strcmp(why->list[i]->netns, name))
			ev = why->list[i];
	free(name);
	if (!ev)
		return 0;
	err = look(why, ev, 1);
	if (!err)
		tell(why, ev);
	return err;
}

int cmd_why(int argc, char **argv)
{
	struct why why = { .over = 1 };
	int err;

	args_parse(&takes, argc, argv, &why);
	why.json = json_array();
	err = netns_each(look_first, &why);
	if (why.count) {
		signals_wait(NULL, 0, why.over * 1000);
		cli.netns = NULL;	/* this process is in it already */
		if (netns_each(look_again, &why))
			err = -1;
		if (cli.json)
			json_list_print(why.json);
	}
	for (size_t i = 0; i < why.count; i++)
		evidence_free(why.list[i]);
	free(why.list);
	json_decref(why.json);
	return err ? CLI_FAILED : CLI_DONE;
}
