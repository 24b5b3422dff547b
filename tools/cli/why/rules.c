// SPDX-License-Identifier: GPL-2.0-only
/* Causes: rules that refuse. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/rule.h"
#include "why/families.h"

/* A write replaces the whole rule, so the advice has the whole rule. */
static void advise_raise(struct finding *finding, const struct figures_use *use, size_t u)
{
	char *key = xasprintf(" %s.max=", figures_use_names[u]), *rule, *quoted;
	const char *at = use->rule ? strstr(use->rule, key) : NULL, *rest;

	if (at) {
		at += strlen(key);
		rest = at + strcspn(at, " ");
		rule = xasprintf("%.*sNUMBER%s", (int)(at - use->rule), use->rule, rest);
		quoted = rule_quote(rule);
		finding_advise(finding, "Raise it, if it is meant to hold more: portquota rule set "
			       "%s.", quoted);
		free(quoted);
		free(rule);
	} else {
		finding_advise(finding, "Raise %s.max in the rule%s, if it is meant to hold more.",
			       figures_use_names[u], use->rule ? "" : " of the host");
	}
	free(key);
}

static void find_rule(const struct figures *f, struct findings *findings,
		      const struct figures_account *account, size_t u, uint64_t refused)
{
	const struct figures_use *use = &account->use[u];
	const struct figures_account *top = figures_largest(f, account, figures_own_reservations);
	struct finding *finding = findings_add(findings, CAUSE_RULE, true, refused);
	char *rate = finding_often(f, refused);

	finding->what = xasprintf("%s is at %ju of its %s.max of %ju: %s%s.", account->path,
				  (uintmax_t)use->current, figures_use_names[u],
				  (uintmax_t)use->max,
				  refused ? rate : "the next one will be",
				  refused ? " are refused" : " refused");
	free(rate);
	record_add_text(&finding->who, "cgroup", account->path);
	record_add_text(&finding->who, "rule", use->rule ? use->rule : "a rule of the host");
	if (top)
		finding_add_program(finding, top->comm, top->pid, top->comm_held);
	record_add_text(&finding->who, "resource", figures_use_names[u]);
	record_add_number(&finding->figures, "current", use->current);
	record_add_number(&finding->figures, "max", use->max);
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "refused.rate", figures_per_second(f, refused));
	if (u == USE_TIMEWAIT)
		finding_advise(finding, "Wait: a TIME_WAIT ends by itself after %ju seconds.",
			       (uintmax_t)account->delay);
	finding_advise(finding, "%s", u == USE_UDP ? advice_fewer_sockets : advice_reuse);
	advise_raise(finding, use, u);
}

/* A rule has refused something between the two looks, and does not exist any more. */
static void find_former_rule(const struct figures *f, struct findings *findings,
			     const struct figures_account *account, size_t u)
{
	uint64_t refused = account->use[u].refused;
	struct finding *finding = findings_add(findings, CAUSE_RULE, true, refused);
	char *rate = finding_often(f, refused);

	finding->what = xasprintf("%s was refused %s ports (%s) by a rule that no longer exists.",
				  account->path, figures_use_names[u], rate);
	free(rate);
	record_add_text(&finding->who, "cgroup", account->path);
	record_add_text(&finding->who, "resource", figures_use_names[u]);
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "refused.rate", figures_per_second(f, refused));
	finding_advise(finding, "Run portquota why again.");
}

/* Whether a full limit of this account, or of one above it, explains its refusals. */
static bool is_explained(const struct figures_account *account, size_t u)
{
	for (; account; account = account->above)
		if (figures_is_full(&account->use[u]))
			return true;
	return false;
}

/* The account at or above this one whose limit is nearest; the upper one if two are equal. */
static const struct figures_account *tightest(const struct figures_account *account, size_t u)
{
	const struct figures_account *best = NULL;
	const struct figures_use *use;

	for (; account; account = account->above) {
		use = &account->use[u];
		if (!use->has_max)
			continue;
		if (!best || use->current * (double)best->use[u].max >=
			     best->use[u].current * (double)use->max)
			best = account;
	}
	return best;
}

static bool is_lowest_refused(const struct figures *f, const struct figures_account *account,
			      size_t u)
{
	const struct figures_account *other;

	for (other = account + 1; figures_is_below(f, other, account); other++)
		if (other->use[u].refused)
			return false;
	return true;
}

/**
 * find_rules - find limits that are reached, and what rules have refused
 * @f: the figures
 * @findings: what is found is added
 *
 * A refusal counts at the account of the socket and at all above it, so the number of refusals is
 * that of the account with the limit. Usage may have fallen below the limit since.
 */
void find_rules(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account, *tight;

	if (!f->enforcing)
		return;
	for (size_t u = 0; u < USES; u++) {
		for (size_t i = 0; i < f->account_count; i++) {
			account = &f->accounts[i];
			if (figures_is_full(&account->use[u]))
				find_rule(f, findings, account, u, account->use[u].refused);
			if (!account->use[u].refused || is_explained(account, u) ||
			    !is_lowest_refused(f, account, u))
				continue;
			tight = tightest(account, u);
			if (tight)
				find_rule(f, findings, tight, u, account->use[u].refused);
			else
				find_former_rule(f, findings, account, u);
		}
	}
}
