// SPDX-License-Identifier: GPL-2.0-only
/* Causes: sockets that programs should have closed. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/account.h"
#include "model/rule.h"
#include "why/families.h"

#define LEAK_PART	20	/* a leak is at least a twentieth of the ports */
#define LEAK_MIN	16

static int by_path(const void *path, const void *account)
{
	return account_path_cmp(path, ((const struct figures_account *)account)->path);
}

static const struct figures_account *account_of(const struct figures *f, const char *path)
{
	const struct figures_account *account = NULL;

	if (f->account_count)
		account = bsearch(path, f->accounts, f->account_count, sizeof(*account), by_path);
	return account ?: &f->whole;
}

/* How many ports a cgroup may hold. */
static uint64_t room_of(const struct figures_account *account)
{
	const struct figures_use *use = &account->use[USE_TCP];

	return use->has_max && use->max < account->ports[PROTO_TCP].usable ?
	       use->max : account->ports[PROTO_TCP].usable;
}

static bool is_many(uint64_t count, uint64_t room)
{
	return count >= LEAK_MIN && LEAK_PART * count >= room;
}

static void find_leak(const struct figures *f, struct findings *findings,
		      const struct figures_leak *leak)
{
	struct finding *finding = findings_add(findings, CAUSE_LEAK, false, leak->count);
	char *grows = leak->growth ? finding_often(f, leak->growth) : NULL;
	bool closing = !strcmp(leak->state, "CLOSE-WAIT");
	char *path = rule_quote_path(leak->path);

	finding->what = xasprintf("%s holds %ju ports in %s%s%s: %s.", leak->path,
				  (uintmax_t)leak->count, leak->state, grows ? ", growing by " : "",
				  grows ? grows : "",
				  closing ? "the other side has closed, the program has not" :
				  "with neither a connection nor a listener");
	free(grows);
	record_add_text(&finding->who, "cgroup", leak->path);
	finding_add_program(finding, leak->comm, leak->pid, leak->count);
	record_add_text(&finding->who, "state", leak->state);
	record_add_number(&finding->figures, "count", leak->count);
	record_add_number(&finding->figures, "growth.rate", figures_per_second(f, leak->growth));
	record_add_number(&finding->figures, "old", leak->old);
	if (closing) {
		finding_advise(finding, "Have the program close() a connection when it reads its "
			       "end; until it is fixed, restart it.");
	} else {
		finding_advise(finding, "%s", advice_no_port);
		finding_advise(finding, "Have the program close() sockets that it bound and does "
			       "not use.");
	}
	finding_advise(finding, "List them: portquota reservations --state %s --account %s.",
		       closing ? "close-wait" : "bound", path);
	free(path);
}

/* Without CAP_NET_ADMIN: anybody can read how many are BOUND, but not their age and owners. */
static void find_bound(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account, *best = NULL;
	struct figures_leak leak;

	for (size_t i = 0; i < f->account_count; i++) {
		account = &f->accounts[i];
		if (!is_many(account->bound, room_of(account)) ||
		    (!account->bound_growth && 4 * account->bound < room_of(account)))
			continue;
		/* Prefer a child to its parent if it holds at least half of what the parent has. */
		if (!best || (account_is_below(account->path, best->path) &&
			      2 * account->bound >= best->bound))
			best = account;
	}
	if (!best)
		return;
	leak = (struct figures_leak){ .state = "BOUND", .path = best->path, .count = best->bound,
				      .growth = best->bound_growth };
	find_leak(f, findings, &leak);
}

/**
 * find_leaks - find many sockets in a state in which none should stay
 * @f: the figures
 * @findings: what is found is added
 */
void find_leaks(const struct figures *f, struct findings *findings)
{
	const struct figures_leak *leak;

	for (size_t i = 0; i < f->leak_count; i++) {
		leak = &f->leaks[i];
		if (is_many(leak->count, room_of(account_of(f, leak->path))) &&
		    (leak->growth || 2 * leak->old >= leak->count))
			find_leak(f, findings, leak);
	}
	if (!f->leaks_known)
		find_bound(f, findings);
}
