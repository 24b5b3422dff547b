// SPDX-License-Identifier: GPL-2.0-only
/* Findings: see finding.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "why/finding.h"

#define LONG	30	/* seconds */

/**
 * findings_add - one finding more
 * @findings: what has been found
 * @cause: the cause
 * @certain: whether it is so, or likely so
 * @level: how short it is
 * @weight: of two of one cause the one with more comes first
 *
 * Return: the finding, to be filled in; lives there until the next one is added.
 */
struct finding *findings_add(struct findings *findings, enum cause cause, bool certain,
			     enum resource_level level, uint64_t weight)
{
	struct finding *finding;

	findings->list = xgrow(findings->list, findings->count, &findings->room, sizeof(*finding));
	finding = &findings->list[findings->count++];
	*finding = (struct finding){
		.cause = cause, .certain = certain, .level = level, .weight = weight,
	};
	return finding;
}

/**
 * finding_advise - add what to do, unless that is said already
 * @finding: the finding; it takes FINDING_ADVICE of them, and no more
 * @fmt: printf format
 */
void finding_advise(struct finding *finding, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	size_t i = 0;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	while (text && finding->advice[i] && strcmp(finding->advice[i], text))
		i++;
	if (text && i < FINDING_ADVICE && !finding->advice[i])
		finding->advice[i] = text;
	else
		free(text);
}

/**
 * finding_add_program - add the program that holds most, where the cgroup is named already
 * @finding: the finding
 * @culprit: who that is
 */
void finding_add_program(struct finding *finding, const struct culprit *culprit)
{
	if (!culprit->comm)
		return;
	record_add_text(&finding->who, "comm", culprit->comm);
	if (culprit->pid)
		record_add_number(&finding->who, "pid", culprit->pid);
	if (culprit->pids > 1)
		record_add_number(&finding->who, "processes", culprit->pids);
	record_add_number(&finding->who, "held", culprit->comm_held);
	if (culprit->removed)
		record_add_number(&finding->who, "removed", culprit->removed);
}

/**
 * finding_add_culprit - add who holds most: the cgroup, and in it the program
 * @finding: the finding
 * @culprit: who that is
 */
void finding_add_culprit(struct finding *finding, const struct culprit *culprit)
{
	record_add_text(&finding->who, "cgroup", culprit->cgroup);
	record_add_flag(&finding->who, "deleted", culprit->deleted);
	record_add_number(&finding->who, "cgroup.held", culprit->held);
	if (culprit->state != STATE_OTHER)
		record_add_text(&finding->who, "held.state", users_state_name(culprit->state));
	if (culprit->cgroups > 1)
		record_add_number(&finding->who, "cgroups", culprit->cgroups);
	finding_add_program(finding, culprit);
	if (!strcmp(culprit->cgroup, "(outside)"))
		finding_advise(finding, "Who holds most is outside of this cgroup namespace: ask on "
			       "the host.");
}

/**
 * finding_add_users - add who of the users of a resource holds most
 * @finding: the finding
 * @users: the users
 */
void finding_add_users(struct finding *finding, const struct users *users)
{
	struct culprit culprit;

	if (users_culprit(users, &culprit))
		finding_add_culprit(finding, &culprit);
}

/**
 * finding_add_flow - add from where to where; "" and NULL are left out
 * @finding: the finding
 * @source: the local address
 * @destination: the other one, with its port
 */
void finding_add_flow(struct finding *finding, const char *source, const char *destination)
{
	if (source && *source)
		record_add_text(&finding->who, "source", source);
	if (destination && *destination)
		record_add_text(&finding->who, "destination", destination);
}

/**
 * finding_rate - a count between the two looks, per second and rounded
 * @seconds: the time between them
 * @count: how many
 */
uint64_t finding_rate(double seconds, uint64_t count)
{
	return seconds > 0 ? count / seconds + 0.5 : 0;
}

/**
 * finding_often - how often something was: "3 per second", or "1 in 5 seconds" for what is rarer, or
 *	for a time of which a second says little
 * @seconds: the time between the two looks
 * @count: how often
 *
 * Return: the text, for the caller to free().
 */
char *finding_often(double seconds, uint64_t count)
{
	uint64_t rate = finding_rate(seconds, count);

	if (rate && seconds < LONG)
		return xasprintf("%ju per second", (uintmax_t)rate);
	return xasprintf("%ju in %.0f seconds", (uintmax_t)count, seconds);
}

/**
 * finding_growth - how fast a resource fills: ", growing by 3 per second, full in 20 seconds"
 * @res: the resource
 *
 * Return: the text, for the caller to free(); "" if it does not grow.
 */
char *finding_growth(const struct resource *res)
{
	char *often, *text;
	uint64_t left;

	if (!res->growth)
		return xstrdup("");
	often = finding_often(res->seconds, res->growth);
	if (resource_left(res, &left) && left < 3600)
		text = xasprintf(", growing by %s, full in %ju second%s", often,
				 (uintmax_t)left, left == 1 ? "" : "s");
	else
		text = xasprintf(", growing by %s", often);
	free(often);
	return text;
}

/**
 * findings_free - give everything back
 * @findings: the findings
 */
void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->list[i].what);
		record_free(&findings->list[i].who);
		record_free(&findings->list[i].figures);
		for (size_t a = 0; a < FINDING_ADVICE; a++)
			free(findings->list[i].advice[a]);
	}
	free(findings->list);
	*findings = (struct findings){ 0 };
}

/**
 * cause_name - the word for a cause
 * @cause: the cause
 */
const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_RULE] = "rule", [CAUSE_PORT] = "port", [CAUSE_RANGE] = "range",
		[CAUSE_DESTINATION] = "destination", [CAUSE_OVERFLOW] = "overflow",
		[CAUSE_CHURN] = "churn", [CAUSE_LEAK] = "leak", [CAUSE_EARLIER] = "earlier",
		[CAUSE_ELSEWHERE] = "elsewhere", [CAUSE_NONE] = "none",
	};

	return names[cause];
}
