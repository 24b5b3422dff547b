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
#include "cmd/findings.h"
#include "lib/cli.h"
#include "lib/signals.h"
#include "lib/term.h"
#include "lib/when.h"
#include "model/archive.h"
#include "model/cgroup.h"
#include "model/kfile.h"
#include "model/neighbours.h"
#include "model/netns.h"
#include "model/row.h"
#include "model/totals.h"
#include "resource/holders.h"
#include "resource/moment.h"
#include "resource/resources.h"
#include "resource/widening.h"
#include "show/json.h"
#include "why/diagnosis.h"

#define MINUTE	60

/**
 * struct evidence - two looks at a namespace
 * @netns: its name if several namespaces are looked at, else NULL
 * @title: what people call it then
 * @surveys: the first look and the second
 * @resources: what is short by each of them
 * @missing: what a record does not have of then; NULL if nothing is
 */
struct evidence {
	char *netns;
	char *title;
	struct survey surveys[2];
	struct resources resources[2];
	char *missing;
};

/**
 * struct why - the evidence of all namespaces that are looked at
 * @over: seconds between the two looks
 * @to: why a connect() to there fails; with no text: why anything does
 * @cgroup: why connections of this one and of those below it fail; NULL: why any do
 * @list: the evidence, by namespace
 * @count: how many
 * @json: what was found, where JSON is asked for
 * @at: a time of which the record is asked; with no span: now
 * @dir: where that is; NULL for ARCHIVE_DIR
 */
struct why {
	double over;
	struct endpoint to;
	const char *cgroup;
	struct evidence **list;
	size_t count;
	json_t *json;
	struct when at;
	const char *dir;
};

static const struct args_option options[] = {
	ARGS_VALUE("over", 0, "SECONDS", args_take_seconds, struct why, over,
		   "Seconds between the two looks (default 1)"),
	ARGS_VALUE("at", 0, "TIME", args_take_when, struct why, at,
		   "Tell of then, from what record has kept: " WHEN_FORMS),
	ARGS_VALUE("dir", 0, "DIR", args_take_text, struct why, dir,
		   "Where that is (default " ARCHIVE_DIR "), or a day's file"),
	ARGS_VALUE("cgroup", 0, "CGROUP", args_take_cgroup, struct why, cgroup,
		   "The same as CGROUP alone"),
	{ 0 },
};

static void settle(void *input, struct argp_state *state)
{
	const struct why *why = input;

	if (why->to.text && why->cgroup)
		argp_error(state, "either a destination or a cgroup can be asked for");
	if (why->dir && !why->at.span)
		argp_error(state, "--dir says where the record is, which is asked with --at TIME");
	if (why->at.span > MINUTE)
		argp_error(state, "--at asks for a time of day, as in --at 'yesterday 03:12'");
}

static void take_operand(void *input, char *arg, struct argp_state *state)
{
	struct why *why = input;

	struct endpoint endpoint = { 0 };
	char *path;

	if (*arg == '/' || *arg == '(') {
		args_cgroup(&why->cgroup, arg, state);
		return;
	}
	path = endpoint_parse(&endpoint, arg) ? NULL : cgroup_guess(arg);
	if (path)
		argp_error(state, "'%s' is not a destination; did you mean the cgroup '%s'?", arg,
			   path);
	free(path);
	args_endpoint(&why->to, arg, state);
}

static const struct args takes = {
	.doc = "Explain whether this network namespace is short of ports, what causes it, who is "
	       "involved, and what to do about it; or with a DESTINATION (10.0.0.9, 10.0.0.9:5432, "
	       "[fd00::2]:80 or :5432) what keeps a connect() to there from working, with a CGROUP "
	       "what keeps its calls from it.",
	.operands_doc = "[DESTINATION]\n[CGROUP]",
	.options = options,
	.operand = take_operand,
	.settle = settle,
};

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
	struct telling telling = {
		.netns = ev->netns, .title = ev->title, .unseen = ev->resources[1].complaint,
		.recorded = why->at.span, .time = ev->surveys[1].wall, .missing = ev->missing,
	};
	struct view view = {
		.resources = &ev->resources[1], .now = &ev->surveys[1],
		.widening = &widening, .neighbours = &neighbours, .to = asked(why),
		.cgroup = why->cgroup,
		.entered = record_count(&ev->surveys[1].stat, "timewait.entered") -
			   record_count(&ev->surveys[0].stat, "timewait.entered"),
		.recorded = why->at.span, .missing = ev->missing,
	};

	if (!view.recorded && resources_are_short(&ev->resources[1], LEVEL_NOTED))
		widening_plan(&widening, &ev->surveys[1].sysctls);
	if (!view.recorded && !cli.all)
		neighbours_read(&neighbours);
	if (why->cgroup && !account_find(&ev->surveys[1].accounts, why->cgroup) && !view.recorded)
		cgroup_tell_missing(why->cgroup);
	diagnose(&view, &findings);
	if (cli.json)
		for (size_t i = 0; i < findings.count; i++)
			json_array_append_new(why->json,
					      findings_json(&telling, &findings.list[i]));
	else
		findings_put(&telling, &findings);
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
	free(ev->missing);
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

static bool is_asked(const json_t *space)
{
	return !cli.netns || row_space_is(space, cli.netns);
}

static char *title_of(const json_t *space)
{
	json_t *pid = json_object_get(space, "netns.pid");

	if (*json_text_of(space, "netns.name"))
		return xstrdup(json_text_of(space, "netns.name"));
	if (pid)
		return xasprintf("pid %lld (%s)", (long long)json_integer_value(pid),
				 json_text_of(space, "netns.command"));
	return xstrdup(json_text_of(space, "netns"));
}

/* A namespace as it was then, by the same way as one of now */
static void tell_space(struct why *why, const struct moment *moment, size_t at, bool titled)
{
	struct evidence *ev = xrealloc(NULL, 1, sizeof(*ev));
	json_t *shorts;
	bool paired;

	*ev = (struct evidence){
		.netns = title_of(moment_space(moment, at)),
		.title = titled ? title_of(moment_space(moment, at)) : NULL,
		.missing = moment_missing(moment, at),
	};
	paired = moment_surveys(moment, at, ev->surveys, &shorts);
	resources_fill(&ev->resources[1], &ev->surveys[1], paired ? &ev->surveys[0] : NULL);
	resources_judge(&ev->resources[1], &resource_thresholds);
	resources_look_at_accounts(&ev->resources[1]);
	holders_restore(&ev->resources[1], shorts);
	json_decref(shorts);
	tell(why, ev);
	evidence_free(ev);
}

static void put_rows(const struct moment *moment)
{
	char *last = when_format(row_time(moment->row), "%H:%M:%S"), *first;
	const char *events = moment->before ? "between them" : "before it";

	if (moment->before)
		first = when_format(row_time(moment->before), "%Y-%m-%d, by the rows of %H:%M:%S "
				    "and ");
	else
		first = when_format(row_time(moment->row), "%Y-%m-%d, by the row of ");
	if (!cli.json && !cli.no_header)
		printf("%s%s%s, and by the events %s%s\n\n", term_on(TONE_FAINT), first, last,
		       events, term_off(TONE_FAINT));
	free(first);
	free(last);
}

static int look_back(struct why *why)
{
	struct day_faults faults = { 0 };
	struct moment moment;
	size_t count = 0, told = 0;
	int err = moment_read(&moment, why->dir ?: ARCHIVE_DIR, &why->at, &faults);

	for (size_t i = 0; !err && i < moment_count(&moment); i++)
		count += is_asked(moment_space(&moment, i));
	if (!err && !count) {
		if (cli.netns)
			say_error("-n %s: the row has no such namespace", cli.netns);
		else
			say_error("the row has no network namespace");
		err = -1;
	}
	if (!err)
		put_rows(&moment);
	for (size_t i = 0; !err && i < moment_count(&moment); i++) {
		if (!is_asked(moment_space(&moment, i)))
			continue;
		if (told++ && !cli.json)
			putchar('\n');
		tell_space(why, &moment, i, count > 1);
	}
	moment_free(&moment);
	if (!err && cli.json)
		json_list_print(why->json);
	return err || faults.lines ? -1 : 0;
}

static int look_now(struct why *why)
{
	int err = netns_each(look_first, why);

	if (!why->count)
		return err;
	signals_wait(NULL, 0, why->over * 1000);
	cli.netns = NULL;	/* this process is in it already */
	if (netns_each(look_again, why))
		err = -1;
	if (cli.json)
		json_list_print(why->json);
	return err;
}

int cmd_why(int argc, char **argv)
{
	struct why why = { .over = 1 };
	int err;

	args_parse(&takes, argc, argv, &why);
	why.json = json_array();
	err = why.at.span ? look_back(&why) : look_now(&why);
	for (size_t i = 0; i < why.count; i++)
		evidence_free(why.list[i]);
	free(why.list);
	json_decref(why.json);
	return err ? CLI_FAILED : CLI_DONE;
}
