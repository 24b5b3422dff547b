// SPDX-License-Identifier: GPL-2.0-only
/* Findings as text and as JSON: see findings.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/findings.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "lib/term.h"
#include "model/process.h"

#define SHOWN		3	/* of one cause; JSON has all */
#define LABEL_CELLS	11
#define LEAST_CELLS	40	/* narrower than that nothing is wrapped */

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

/* @one: of one holder; of a record all is of then */
static const char *holds(const struct telling *telling, bool one)
{
	if (telling->recorded)
		return "held";
	return one ? "holds" : "hold";
}

static void put_cgroup(const struct telling *telling, const struct record *who)
{
	char *held, *more;

	if (!record_find(who, "cgroup"))
		return;
	more = record_find(who, "cgroups") ?
	       xasprintf(", the most of %s cgroups", record_text(who, "cgroups")) : xstrdup("");
	held = record_find(who, "cgroup.held") ?
	       xasprintf(", %s %s%s%s", holds(telling, true), record_text(who, "cgroup.held"),
			 record_find(who, "held.state") ? " in " : "",
			 record_find(who, "held.state") ? record_text(who, "held.state") : "") :
	       xstrdup("");
	put_text("cgroup", xasprintf("%s%s%s%s", record_text(who, "cgroup"),
				     record_flag(who, "deleted") ? " " PORTQUOTA_DELETED : "",
				     held, more));
	free(held);
	free(more);
}

/*
 * A command says little where everything is python or java: what it was called with says more. A
 * pid of then can be another process's now.
 */
static char *tell_process(const struct telling *telling, const struct record *who)
{
	int pid = record_count(who, "pid");
	char *line, *told;

	if (telling->recorded)
		return xasprintf("pid %d", pid);
	if (process_is_gone(pid))
		return xasprintf("pid %d (it has ended)", pid);
	line = process_command_line(pid);
	told = line ? xasprintf("pid %d (%.60s)", pid, line) : xasprintf("pid %d", pid);
	free(line);
	return told;
}

static void put_program(const struct telling *telling, const struct record *who)
{
	const char *held = record_text(who, "held"), *comm = record_text(who, "comm");
	char *process, *where;

	if (!record_find(who, "comm"))
		return;
	where = record_find(who, "removed") ?
		xasprintf(" in %s removed cgroups", record_text(who, "removed")) : xstrdup("");
	if (record_find(who, "pid")) {
		process = tell_process(telling, who);
		put_text("program", xasprintf("%s, %s, %s %s%s", comm, process,
					      holds(telling, true), held, where));
		free(process);
	} else if (record_find(who, "processes")) {
		put_text("program", xasprintf("%s, %s processes, %s %s%s", comm,
					      record_text(who, "processes"),
					      holds(telling, false), held, where));
	} else {
		put_text("program", xasprintf("%s, %s %s%s", comm, holds(telling, true), held,
					      where));
	}
	free(where);
}

/* What stands in a record was so when its row was made, which is not all of a minute. */
static const char *certainty(const struct telling *telling, const struct finding *finding)
{
	if (!finding->certain)
		return "likely";
	return telling->recorded ? "recorded" : "certain";
}

/* What is not of now is no cause of which it could be asked how certain it is. */
static bool has_certainty(const struct finding *finding)
{
	return finding->cause != CAUSE_EARLIER && finding->cause != CAUSE_ELSEWHERE;
}

static enum tone tone_of(const struct finding *finding)
{
	if (finding->cause == CAUSE_NONE)
		return TONE_GOOD;
	if (!has_certainty(finding))
		return TONE_PLAIN;
	return finding->certain ? TONE_BAD : TONE_WARN;
}

static void put_finding(const struct telling *telling, const struct finding *finding)
{
	enum tone tone = tone_of(finding);

	if (has_certainty(finding))
		printf("%s%s%s: ", term_on(tone), certainty(telling, finding), term_off(tone));
	printf("%s%s%s\n", term_on(TONE_HEAD), cause_name(finding->cause), term_off(TONE_HEAD));
	put_text("what", xstrdup(finding->what));
	if (finding->cause < CAUSE_EARLIER) {
		put_cgroup(telling, &finding->who);
		for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
			if (record_find(&finding->who, labels[i].key))
				put_text(labels[i].label,
					 xstrdup(record_text(&finding->who, labels[i].key)));
		put_program(telling, &finding->who);
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

/**
 * findings_put - print what has been found
 * @telling: how
 * @findings: that
 */
void findings_put(const struct telling *telling, const struct findings *findings)
{
	size_t hidden = 0;

	/* Of many namespaces those where nothing is short are a line each. */
	if (telling->title && findings->count == 1 && findings->list[0].cause == CAUSE_NONE) {
		printf("%s%s%s: nothing %s short%s%s\n", term_on(TONE_HEAD), telling->title,
		       term_off(TONE_HEAD), telling->recorded ? "was" : "is",
		       telling->missing ? "; " : "", telling->missing ?: "");
		return;
	}
	if (telling->title && !cli.no_header)
		printf("%s%s%s\n", term_on(TONE_HEAD), telling->title, term_off(TONE_HEAD));
	for (size_t i = 0; i < findings->count; i++) {
		if (rank_of(findings, i) >= SHOWN) {
			hidden++;
			continue;
		}
		if (i)
			putchar('\n');
		put_finding(telling, &findings->list[i]);
	}
	if (hidden)
		printf("\n%sand %zu more of these causes: %s%s\n", term_on(TONE_FAINT), hidden,
		       telling->recorded ? "the same with -j" : "portquota why -j",
		       term_off(TONE_FAINT));
	if (telling->unseen && !cli.no_header)
		put_text("unseen", xasprintf("Programs and CLOSE-WAIT cannot be seen: %s",
					     telling->unseen));
}

/**
 * findings_json - a finding as JSON
 * @telling: how
 * @finding: that
 *
 * Return: a new reference.
 */
json_t *findings_json(const struct telling *telling, const struct finding *finding)
{
	struct record rec = { 0 };
	json_t *object, *advice = json_array();

	if (telling->recorded)
		record_add_decimal(&rec, "time", telling->time);
	if (telling->netns)
		record_add_text(&rec, "netns", telling->netns);
	record_add_text(&rec, "cause", cause_name(finding->cause));
	record_add_text(&rec, "certainty", certainty(telling, finding));
	record_add_text(&rec, "what", finding->what);
	object = json_of_record(&rec);
	json_object_update_new(object, json_of_record(&finding->who));
	if (telling->unseen)
		json_object_set_new(object, "unseen", json_text(telling->unseen));
	json_object_set_new(object, "figures", json_of_record(&finding->figures));
	for (size_t i = 0; finding->advice[i]; i++)
		json_array_append_new(advice, json_text(finding->advice[i]));
	json_object_set_new(object, "advice", advice);
	record_free(&rec);
	return object;
}
