// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only who has made all refusals, and has ended some TIME_WAITs by force, can
 * say of the module's counters: invariants e and f, and why TIME_WAITs ended.
 */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "model/compare.h"
#include "netns.h"
#include "say.h"

struct namespace namespaces[NAMESPACES];

static bool caps_enforced = true;	/* the module's mode */

/* One of the sums that are known as well as what the calls were refused for. */
static void check_sum(struct look *l, const char *what, const char *keys, long long counted,
		      unsigned long long least, unsigned long long most)
{
	if (counted < (long long)least || counted > (long long)most)
		wrong(l, "%s: %s in all %lld, programs saw %llu to %llu", what, keys, counted,
		      least, most);
}

static void check_refused(struct look *l, const char *what, const unsigned long long now[],
			  const unsigned long long base[], long long no_port, long long taken)
{
	unsigned long long since[REFUSALS], sure, most;
	unsigned int i;

	for (i = 0; i < REFUSALS; i++)
		since[i] = now[i] - base[i];
	sure = since[REFUSED_ANY] + since[REFUSED_NAMED];
	most = sure + since[REFUSED_PERHAPS];
	check_sum(l, what, "denied and exhausted", no_port, since[REFUSED_ANY], most);
	check_sum(l, what, "taken", taken, 0, most - since[REFUSED_ANY]);
	check_sum(l, what, "denied, exhausted and taken", no_port + taken, sure, most);
}

/* Invariant f */
static void check_refusals(struct look *l)
{
	const struct refused *now = &model->refused[l->ns], *base = &l->now->base;
	const struct counters *c = &l->stat.c;

	if (l->now->base_unknown)
		return;
	check_refused(l, "tcp", now->tcp, base->tcp, c->tcp_denied + c->tcp_exhausted,
		      c->tcp_taken);
	check_refused(l, "udp", now->udp, base->udp, c->udp_denied + c->udp_exhausted,
		      c->udp_taken);
}

static const struct account *capped(const struct look *l)
{
	size_t i;

	for (i = 0; i < l->accounts.n; i++) {
		const struct account *a = &l->accounts.line[i];

		if (!a->deleted && !strcmp(a->path, model->cgroup[CGROUP_CAPPED].path))
			return a;
	}
	return NULL;
}

/*
 * TIME_WAITs whose sockets may have kept the port that bind() was given by number beside
 * them, which no limit can forbid. They have their sockets' cookies.
 */
static long long kept_beside(const struct look *l)
{
	long long kept = 0;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct seen *s = &l->seen[i];

		kept += s->t && s->ep.remainder && s->held && s->held->charged &&
			s->t->holding == HOLDS_EXPLICIT && s->t->cgroup == CGROUP_CAPPED;
	}
	return kept;
}

static void check_cap(struct look *l, const char *what, long long current, long long before,
		      long long cap)
{
	if (current > cap && current > before)
		wrong(l, "%s: %s.current is %lld, has been %lld, and the cap is %lld",
		      model->cgroup[CGROUP_CAPPED].path, what, current, before, cap);
}

/* Invariant e */
static void check_caps(struct look *l)
{
	const struct account *a = capped(l);

	if (!a || l->now->capped_unknown)
		return;
	check_cap(l, "tcp", a->c.tcp_current, l->now->capped_tcp, CAPPED_TCP + kept_beside(l));
	check_cap(l, "udp", a->c.udp_current, l->now->capped_udp, CAPPED_UDP);
}

/*
 * Who kills is the parent alone; and no more have expired than had little enough
 * left at the last check, unless what has come since then lives for less.
 */
static void check_reasons(struct look *l)
{
	const struct namespace *now = l->now;
	unsigned long long since = now_ms() - now->ms;
	const struct counters *c = &l->stat.c;
	long long due = 0;
	size_t i;

	if (c->tw_killed != now->killed)
		wrong(l, "timewait.killed is %lld, but %lld were destroyed", c->tw_killed,
		      now->killed);
	if (!now->checked || since >= now->fin_timeout * 1000ULL)
		return;
	for (i = 0; i < now->timewaits; i++)
		due += now->left_ms[i] <= since + 20;
	if (c->tw_expired - now->expired > due)
		wrong(l,
		      "timewait.expired rose by %lld in %llu ms, but %lld had so little left",
		      c->tw_expired - now->expired, since, due);
}

void check_numbers(struct look *l)
{
	check_refusals(l);
	check_caps(l);
	check_reasons(l);
}

static void timewaits_remember(const struct look *l)
{
	struct namespace *now = l->now;
	size_t i;

	if (now->checked && l->stat.c.tw_expired > now->expired)
		came_about(OUTCOME_EXPIRED);
	now->checked = true;
	now->ms = l->ms;
	now->expired = l->stat.c.tw_expired;
	now->timewaits = 0;
	free(now->left_ms);
	now->left_ms = calloc(l->kernels.n + 1, sizeof(*now->left_ms));
	if (!now->left_ms)
		die("no memory");
	for (i = 0; i < l->kernels.n; i++)
		if (l->kernels.ep[i].remainder)
			now->left_ms[now->timewaits++] = l->kernels.ep[i].left_ms;
}

void numbers_remember(struct look *l)
{
	const struct account *a = capped(l);
	struct namespace *now = l->now;
	const struct counters *c = &l->stat.c;

	if (now->base_unknown) {
		now->base = model->refused[l->ns];
		now->base.tcp[REFUSED_ANY] -= (unsigned long long)(c->tcp_denied +
								   c->tcp_exhausted);
		now->base.udp[REFUSED_ANY] -= (unsigned long long)(c->udp_denied +
								   c->udp_exhausted);
		now->base.tcp[REFUSED_NAMED] -= (unsigned long long)c->tcp_taken;
		now->base.udp[REFUSED_NAMED] -= (unsigned long long)c->udp_taken;
		now->base_unknown = false;
	}
	now->loaded_under_traffic = false;
	now->capped_unknown = !caps_enforced;
	now->capped_tcp = a ? a->c.tcp_current : 0;
	now->capped_udp = a ? a->c.udp_current : 0;
	timewaits_remember(l);
}

void compare_loaded(bool under_traffic)
{
	struct tracked *t = NULL;
	unsigned int ns, i;

	caps_enforced = true;
	for (ns = 0; ns < NAMESPACES; ns++) {
		struct namespace *now = &namespaces[ns];

		now->loaded_under_traffic = under_traffic;
		now->base_unknown = under_traffic;
		now->base = model->refused[ns];
		now->capped_unknown = true;
		now->killed = 0;
		now->checked = false;
	}
	while ((t = tracked_next(t))) {
		t->now.before = true;
		for (i = 0; i < PASTS; i++)
			t->past[i].before = true;
	}
}

void compare_mode_changed(bool enforced)
{
	unsigned int ns;

	caps_enforced = enforced;
	for (ns = 0; ns < NAMESPACES; ns++)
		namespaces[ns].capped_unknown = true;
}

void compare_fin_timeout(unsigned int ns, unsigned int seconds)
{
	namespaces[ns].fin_timeout = seconds;
}

void compare_destroyed(unsigned int ns, const struct counters *before, unsigned int n)
{
	struct stat_file after;
	long long killed, expired;

	stat_read(&after);
	killed = after.c.tw_killed - before->tw_killed;
	expired = after.c.tw_expired - before->tw_expired;
	if (killed > n || killed + expired < n)
		diag("namespace %u: %u TIME_WAITs destroyed, counted %lld killed, %lld expired", ns,
		     n, killed, expired);
	else
		namespaces[ns].killed += killed;
}

/*
 * Is there nothing on its way that could end a TIME_WAIT, or begin one? What was sent and
 * not acknowledged is sent again, perhaps to a TIME_WAIT.
 */
static bool still(void)
{
	struct endpoints eps;
	bool is = true;
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++) {
		switch (eps.ep[i].state) {
		case ENDPOINT_SYN_SENT:
		case ENDPOINT_SYN_RECV:
		case ENDPOINT_FIN_WAIT_1:
		case ENDPOINT_LAST_ACK:
		case ENDPOINT_CLOSING:
			is = false;
			break;
		default:
			is &= !eps.ep[i].unacked;
		}
	}
	endpoints_free(&eps);
	return is;
}

static unsigned int still_equal(unsigned int ns, const char *what, long long before,
				long long after)
{
	if (before == after)
		return 0;
	if (!model->run.quiet)
		diag("namespace %u: nobody did anything, but %s went from %lld to %lld", ns, what,
		     before, after);
	return 1;
}

static struct {
	struct stat_file stat;
	bool still;
} at_begin[NAMESPACES];

void still_begin(void)
{
	unsigned int ns;

	for (ns = 0; ns < NAMESPACES; ns++) {
		netns_enter(model->ns[ns]);
		/* In this order: what comes to its end before the counters are read is in them. */
		at_begin[ns].still = still();
		stat_read(&at_begin[ns].stat);
		if (at_begin[ns].still)
			came_about(OUTCOME_STILL);
	}
}

unsigned int still_end(void)
{
	unsigned int ns, wrong = 0;
	struct stat_file after;

	for (ns = 0; ns < NAMESPACES; ns++) {
		const struct counters *before = &at_begin[ns].stat.c;

		if (!at_begin[ns].still)
			continue;
		netns_enter(model->ns[ns]);
		stat_read(&after);
		wrong += still_equal(ns, "timewait.reused", before->tw_reused, after.c.tw_reused);
		wrong += still_equal(ns, "timewait.recycled", before->tw_recycled,
				     after.c.tw_recycled);
		wrong += still_equal(ns, "timewait.killed", before->tw_killed, after.c.tw_killed);
		wrong += still_equal(ns, "tcp.begun", before->tcp_begun, after.c.tcp_begun);
		wrong += still_equal(ns, "udp.begun", before->udp_begun, after.c.udp_begun);
	}
	return wrong;
}
