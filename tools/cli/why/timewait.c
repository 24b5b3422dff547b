// SPDX-License-Identifier: GPL-2.0-only
/* Causes: TIME_WAITs that hold most of the ports, or that could not be made. */
#include <stdlib.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "model/rule.h"
#include "why/families.h"

/**
 * struct scope - where ports are short
 * @name: what to call the place
 * @held: ports held there
 * @timewait: of these: in TIME_WAIT
 * @account: the account whose rate and delay hold there
 * @dest: the destination, if that is where they are short; else NULL
 */
struct scope {
	const char *name;
	uint64_t held;
	uint64_t timewait;
	const struct figures_account *account;
	const struct figures_destination *dest;
};

static bool is_churned(const struct scope *scope)
{
	return scope->held && 2 * scope->timewait >= scope->held;
}

static bool account_is_short(const struct figures_account *account)
{
	const struct figures_ports *ports = &account->ports[PROTO_TCP];

	return figures_is_full(&account->use[USE_TCP]) || account->use[USE_TCP].refused ||
	       figures_is_full(&account->use[USE_TIMEWAIT]) || (ports->own && ports->exhausted);
}

/* The narrowest place where ports are short and most are in TIME_WAIT. */
static bool churned_scope(const struct figures *f, struct scope *scope)
{
	const struct figures_account *whole = &f->whole, *account;
	const struct figures_ports *ports = &whole->ports[PROTO_TCP];
	const struct figures_destination *dest;

	for (size_t i = f->account_count; i-- > 0; ) {
		account = &f->accounts[i];
		*scope = (struct scope){ account->path, account->use[USE_TCP].current,
					 account->reserving, account, NULL };
		if (account_is_short(account) && is_churned(scope))
			return true;
	}
	for (size_t i = 0; i < f->destination_count; i++) {
		dest = &f->destinations[i];
		*scope = (struct scope){ dest->destination, dest->used, dest->timewait, whole,
					 dest };
		if (figures_is_past_half(dest) && is_churned(scope))
			return true;
	}
	*scope = (struct scope){ "the namespace", whole->use[USE_TCP].current, whole->reserving,
				 whole, NULL };
	return is_churned(scope) && (figures_is_part(ports->held, ports->usable, 50) ||
				     ports->exhausted);
}

/* Whether so many TIME_WAITs come from the rate at which connections are closed now. */
static char *explain(const struct figures_account *account, uint64_t rate, bool steady)
{
	uintmax_t delay = account->delay;

	if (!rate)
		return xasprintf("No connections are being closed now: these are left over from an "
				 "earlier burst and will all be gone within %ju seconds.", delay);
	if (!steady)
		return xasprintf("%ju connections are closed per second, which does not explain so "
				 "many: most are left over from an earlier burst and will be gone "
				 "within %ju seconds.", (uintmax_t)rate, delay);
	return xasprintf("%ju connections are closed per second, and each stays for %ju seconds: "
			 "that explains it.", (uintmax_t)rate, delay);
}

/**
 * find_churn - find out whether ports are short because most are in TIME_WAIT
 * @f: the figures
 * @findings: what is found is added
 */
void find_churn(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account;
	struct finding *finding;
	uint64_t rate, product;
	struct scope scope;
	char *path, *explained;
	bool steady;

	if (!churned_scope(f, &scope))
		return;
	account = scope.account;
	rate = figures_per_second(f, account->entered);
	product = rate * account->delay;
	steady = 2 * product >= account->use[USE_TIMEWAIT].current;
	finding = findings_add(findings, CAUSE_CHURN, false, scope.timewait);
	explained = explain(account, rate, steady);
	finding->what = xasprintf("Of %ju ports held %s %s, %ju are in TIME_WAIT. %s",
				  (uintmax_t)scope.held, scope.dest ? "towards" : "by",
				  scope.name, (uintmax_t)scope.timewait, explained);
	free(explained);
	if (scope.dest)
		record_add_text(&finding->who, "destination", scope.dest->destination);
	finding_add_largest(f, finding, account, figures_own_timewaits);
	record_add_number(&finding->figures, "held", scope.held);
	record_add_number(&finding->figures, "timewait", scope.timewait);
	record_add_number(&finding->figures, "entered.rate", rate);
	record_add_number(&finding->figures, "delay", scope.account->delay);
	record_add_number(&finding->figures, "rate.delay", product);
	finding_advise(finding, "%s", advice_reuse);
	finding_advise(finding, "Let the other side close first: TIME_WAIT stays with the one "
		       "that does.");
	finding_advise(finding, "Allow reuse where both sides have timestamps: sysctl "
		       "net.ipv4.tcp_tw_reuse=1.");
	path = rule_quote_path(scope.account->path);
	if (scope.account->delay > PQ_RULE_DELAY_MIN)
		finding_advise(finding, "Shorten it: portquota timewait set %u %s (portquota(8) "
			       "has the risks).", PQ_RULE_DELAY_MIN, path);
	free(path);
}

/**
 * find_overflow - find out whether TIME_WAITs could not be made
 * @f: the figures
 * @findings: what is found is added
 */
void find_overflow(const struct figures *f, struct findings *findings)
{
	const struct figures_account *whole = &f->whole;
	const struct figures_use *use = &whole->use[USE_TIMEWAIT];
	/* At tcp_max_tw_buckets there are as many as ever before, and no more are made. */
	bool at_peak = whole->overflow_ever && use->current &&
		       figures_is_part(use->current, whole->timewait_peak, 95);
	struct finding *finding;
	char *rate;

	if (!whole->overflow && !at_peak)
		return;
	finding = findings_add(findings, CAUSE_OVERFLOW, whole->overflow, whole->overflow);
	rate = finding_often(f, whole->overflow);
	if (whole->overflow)
		finding->what = xasprintf("TIME_WAITs could not be made: %s. There are %ju: the "
					  "limit (tcp_max_tw_buckets) is reached, or memory is "
					  "short.", rate, (uintmax_t)use->current);
	else
		finding->what = xasprintf("%ju TIME_WAITs could not be made so far, and with %ju "
					  "now there are about as many as there ever were.",
					  (uintmax_t)whole->overflow_ever,
					  (uintmax_t)use->current);
	free(rate);
	finding_add_largest(f, finding, whole, figures_own_timewaits);
	record_add_number(&finding->figures, "overflow", whole->overflow);
	record_add_number(&finding->figures, "overflow.ever", whole->overflow_ever);
	record_add_number(&finding->figures, "timewait", use->current);
	record_add_number(&finding->figures, "timewait.peak", whole->timewait_peak);
	finding_advise(finding, "Raise the limit: sysctl net.ipv4.tcp_max_tw_buckets.");
	finding_advise(finding, "%s", advice_reuse);
}
