// SPDX-License-Identifier: GPL-2.0-only
/* Findings: see finding.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "why/finding.h"

const char advice_reuse[] =
	"Reuse connections: keep them open, in a pool or by keep-alive, rather than opening one per "
	"request.";

const char advice_fewer_sockets[] =
	"Use one socket for many peers, or close sockets that are no longer needed.";

const char advice_no_port[] =
	"If bind() is called before connect() to choose an address: set IP_BIND_ADDRESS_NO_PORT "
	"before it, so that ports are shared between destinations.";

const char advice_widen[] =
	"Widen the range of the namespace: sysctl net.ipv4.ip_local_port_range=\"START END\".";

/**
 * findings_add - one finding more
 * @findings: what has been found
 * @cause: the cause
 * @certain: whether it is so, or likely so
 * @weight: of two of one cause the one with more comes first
 *
 * Return: the finding, to be filled in; lives there until the next one is added.
 */
struct finding *findings_add(struct findings *findings, enum cause cause, bool certain,
			     uint64_t weight)
{
	struct finding *finding;

	findings->list = xgrow(findings->list, findings->count, &findings->room, sizeof(*finding));
	finding = &findings->list[findings->count++];
	*finding = (struct finding){ .cause = cause, .certain = certain, .weight = weight };
	return finding;
}

/**
 * finding_advise - add what to do
 * @finding: the finding; it takes FINDING_ADVICE of them, and no more
 * @fmt: printf format
 */
void finding_advise(struct finding *finding, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	size_t i = 0;

	while (finding->advice[i])
		i++;
	if (i == FINDING_ADVICE)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	finding->advice[i] = text;
}

/**
 * finding_add_program - add the program that it is about
 * @finding: the finding
 * @comm: the program; NULL if it is not known, then nothing is added
 * @pid: its pid, 0 if not known
 * @held: how many it holds
 */
void finding_add_program(struct finding *finding, const char *comm, uint64_t pid, uint64_t held)
{
	if (!comm)
		return;
	record_add_text(&finding->who, "comm", comm);
	if (pid)
		record_add_number(&finding->who, "pid", pid);
	record_add_number(&finding->who, "held", held);
}

/**
 * finding_add_largest - add the cgroup that holds most by itself, and its program
 * @f: the figures
 * @finding: the finding
 * @top: the account below which is looked, or the whole
 * @own: what is compared
 */
void finding_add_largest(const struct figures *f, struct finding *finding,
			 const struct figures_account *top, figures_own_fn own)
{
	const struct figures_account *account = figures_largest(f, top, own);

	if (!account)
		return;
	record_add_text(&finding->who, "cgroup", account->path);
	finding_add_program(finding, account->comm, account->pid, account->comm_held);
}

/**
 * finding_often - how often something was: "3 per second", or for what is rarer "1 in 5 seconds"
 * @f: the figures
 * @count: how often between the two looks
 *
 * Return: the text, for the caller to free().
 */
char *finding_often(const struct figures *f, uint64_t count)
{
	uint64_t rate = figures_per_second(f, count);

	if (rate)
		return xasprintf("%ju per second", (uintmax_t)rate);
	return xasprintf("%ju in %.0f seconds", (uintmax_t)count, f->seconds);
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
		[CAUSE_RULE] = "rule", [CAUSE_RANGE] = "range", [CAUSE_DESTINATION] = "destination",
		[CAUSE_OVERFLOW] = "overflow", [CAUSE_CHURN] = "churn", [CAUSE_LEAK] = "leak",
		[CAUSE_NONE] = "none",
	};

	return names[cause];
}
