// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check at a stop: each socket and each TIME_WAIT that the kernel shows, with
 * what tracked.h knows of it, against the lines and the counters of the module.
 * invariants.h then looks at all that can be seen without knowing who did what.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "counters.h"
#include "diag.h"
#include "endpoint.h"
#include "invariants.h"
#include "model/compare.h"
#include "model/model.h"
#include "model/spent.h"
#include "netns.h"
#include "paths.h"
#include "say.h"

#define RUNNING_OUT_MS	60000
#define SHOWN 6			/* differences of one kind that are told */

void wrong(struct look *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (l->problems++ >= SHOWN)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n + 1 < sizeof(l->text) - l->len) {
		l->len += (size_t)n;
		l->text[l->len++] = '\n';
		l->text[l->len] = '\0';
	}
}

/* Does the account of a line fit? What was found at load is asked for less. */
static bool fits(const struct seen *s, const struct endpoint *line)
{
	const struct cgroup_made *made;

	if (line->remainder != s->ep.remainder)
		return false;
	if (!s->held || s->held->before || s->t->cgroup == CGROUP_UNKNOWN ||
	    (s->ep.remainder && s->held->left_unknown))
		return true;
	if (s->ep.proto == IPPROTO_TCP && line->r.exclusive != s->held->exclusive)
		return false;
	if (s->held->before_load && s->ep.remainder)
		return !strcmp(line->r.account, PORTQUOTA_BEFORE_LOAD);
	made = &model->cgroup[s->t->cgroup];
	return !strcmp(line->r.account, made->path) && line->r.deleted == made->removed;
}

/* Gives each of the seen with that verdict a line, among those from @first that are like it. */
static void pair_up(struct look *l, enum verdict verdict)
{
	size_t first = 0, i, k;

	for (i = 0; i < l->n; i++) {
		struct seen *s = &l->seen[i];

		if (s->verdict != verdict)
			continue;
		while (first < l->lines.n && endpoint_compare(&l->lines.ep[first], &s->ep) < 0)
			first++;
		for (k = first; !s->line && k < l->lines.n &&
		     !endpoint_compare(&l->lines.ep[k], &s->ep); k++) {
			if (!l->given[k] && fits(s, &l->lines.ep[k])) {
				s->line = &l->lines.ep[k];
				l->given[k] = true;
			}
		}
	}
}

static const char *story(const struct seen *s, char *text, size_t size)
{
	const struct held *h = s->held;
	const struct tracked *t = s->t;

	if (!t)
		return "that nobody has made";
	snprintf(text, size, "cookie %llx of %s%s, holding %d, TCP_INFO %d,%s%s%s%s%s",
		 (unsigned long long)t->cookie,
		 t->cgroup == CGROUP_UNKNOWN ? "?" : model->cgroup[t->cgroup].path,
		 t->cgroup != CGROUP_UNKNOWN && model->cgroup[t->cgroup].removed ?
		 " (deleted)" : "",
		 t->holding, t->state, !h ? " port held twice" : "",
		 h && h->accepted ? " accepted" : "", h && h->charged ? " charged" : "",
		 h && h->exclusive ? " exclusive" : "", h && h->before ? " found" : "");
	return text;
}

/* Invariant b, and whose each of them is. */
static void check_lines(struct look *l)
{
	char what[200], whose[200];
	size_t i;

	endpoints_sort(&l->lines);
	l->given = calloc(l->lines.n + 1, sizeof(*l->given));
	if (!l->given)
		die("no memory");
	pair_up(l, YES);
	pair_up(l, MAYBE);
	for (i = 0; i < l->n; i++) {
		const struct seen *s = &l->seen[i];

		if (s->verdict == YES && !s->line)
			wrong(l, "no line for: %s (%s)", endpoint_text(&s->ep, what, sizeof(what)),
			      story(s, whose, sizeof(whose)));
		if (s->verdict == NO && s->ep.proto == IPPROTO_UDP && !s->t)
			wrong(l, "the model does not know %s",
			      endpoint_text(&s->ep, what, sizeof(what)));
	}
	for (i = 0; i < l->lines.n; i++) {
		const struct endpoint *line = &l->lines.ep[i];
		struct seen key = { .ep = *line };
		const struct seen *s;

		if (l->given[i])
			continue;
		s = bsearch(&key, l->seen, l->n, sizeof(*l->seen), seen_compare);
		wrong(l, "a line that should not be: %s account=%s%s kind=%s%s, socket: %s",
		      endpoint_text(line, what, sizeof(what)), line->r.account,
		      line->r.deleted ? " deleted=1" : "",
		      line->r.exclusive ? "exclusive" : "shareable",
		      line->remainder ? " remainder" : "",
		      s ? story(s, whose, sizeof(whose)) : "none");
	}
}

static bool same_account(const struct account *a, const char *path, bool deleted)
{
	return a->deleted == deleted && !strcmp(a->path, path);
}

/* What each account says it has of its own, against the lines and the TIME_WAITs that are its. */
static void check_account(struct look *l, const struct account *a)
{
	long long tcp = 0, udp = 0, tw = 0, perhaps = 0;
	size_t i;

	for (i = 0; i < l->lines.n; i++) {
		const struct endpoint *line = &l->lines.ep[i];

		if (!same_account(a, line->r.account, line->r.deleted))
			continue;
		tcp += line->proto == IPPROTO_TCP;
		udp += line->proto == IPPROTO_UDP;
	}
	for (i = 0; i < l->n; i++) {
		const struct seen *s = &l->seen[i];

		if (!s->ep.remainder)
			continue;
		if (s->line)
			tw += same_account(a, s->line->r.account, s->line->r.deleted);
		else if (!s->held || s->held->before || s->held->account_unknown ||
			 s->held->left_unknown || s->t->cgroup == CGROUP_UNKNOWN)
			perhaps++;
		else
			tw += same_account(a, model->cgroup[s->t->cgroup].path,
					   model->cgroup[s->t->cgroup].removed);
	}
	if (a->c.tcp_local != tcp || a->c.udp_local != udp)
		wrong(l, "%s%s: tcp.local %lld, udp.local %lld, but %lld and %lld lines", a->path,
		      a->deleted ? " (deleted)" : "", a->c.tcp_local, a->c.udp_local, tcp, udp);
	if (a->c.tw_local < tw || a->c.tw_local > tw + perhaps)
		wrong(l, "%s%s: timewait.local %lld, but it has left %lld (or %lld more)", a->path,
		      a->deleted ? " (deleted)" : "", a->c.tw_local, tw, perhaps);
}

static void look_once(struct look *l)
{
	struct stat_file after;
	size_t i;

	l->problems = 0;
	l->len = 0;
	l->text[0] = '\0';
	l->ms = now_ms();
	stat_read(&l->stat);
	accounts_read(&l->accounts);
	if (reservations_read(&l->lines))
		die("cannot read reservations");
	seen_read(l);
	check_lines(l);
	/* A removed cgroup and a new one of its path: lines of the removed are taken together. */
	for (i = 0; i < l->accounts.n; i++)
		if (!l->accounts.line[i].deleted)
			check_account(l, &l->accounts.line[i]);
	check_numbers(l);
	stat_read(&after);
	l->running_out = after.c.tw_expired != l->stat.c.tw_expired;
}

static void look_free(struct look *l)
{
	accounts_free(&l->accounts);
	endpoints_free(&l->lines);
	endpoints_free(&l->kernels);
	free(l->seen);
	free(l->given);
	l->seen = NULL;
	l->given = NULL;
}

/* It waits to be accepted. */
static void track_unmade(struct look *l, struct seen *s)
{
	s->t = tracked_add(endpoint_cookie(&s->ep));
	s->t->cgroup = CGROUP_UNKNOWN;
	s->t->ns = (uint8_t)l->ns;
	s->t->proto = IPPROTO_TCP;
	s->t->domain = s->ep.family;
	s->t->keep = true;
	s->t->used = true;
	/* Asked now: the range may be another one the next time. */
	s->t->now = (struct held){ .port = s->ep.lport, .before = true };
	s->held = &s->t->now;
}

static void believe_one(struct seen *s, bool known)
{
	if (s->line) {
		s->held->accepted = false;
		s->held->charged = true;
		s->held->exclusive = s->line->r.exclusive;
		s->held->before_load = !strcmp(s->line->r.account, PORTQUOTA_BEFORE_LOAD);
		/* The socket itself may leave another one yet, which is its cgroup's. */
		if (s->held->before_load && s->t->shown)
			s->held->left_unknown = true;
	} else if (s->ep.remainder) {
		/* As well; and what that holds may have been told, or will be next. */
		s->held->left_unknown = true;
	} else {
		s->held->accepted = true;
		s->held->account_unknown = known;
	}
}

/* What could not be told when the module was loaded is from now on as the module said. */
static void believe(struct look *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct seen *s = &l->seen[i];
		bool known = s->t;

		if (!known && s->ep.proto == IPPROTO_TCP && s->ep.state != ENDPOINT_SYN_RECV &&
		    endpoint_cookie(&s->ep))
			track_unmade(l, s);
		if (s->held && s->held->before)
			believe_one(s, known);
	}
	for (i = 0; i < l->n; i++)
		if (l->seen[i].held)
			l->seen[i].held->before = false;
}

static unsigned int compare_one(unsigned int ns, const char *when, bool zero)
{
	unsigned long long begin = now_ms(), end = begin + model->run.patience_ms;
	static struct look l;
	unsigned int wrong;

	l.ns = ns;
	l.now = &namespaces[ns];
	netns_enter(model->ns[ns]);
	for (;;) {
		look_once(&l);
		/* It is no rest yet: TIME_WAITs expire between one file and the next. */
		if (l.running_out && now_ms() - begin < RUNNING_OUT_MS)
			end = now_ms() + model->run.patience_ms;
		if (!l.problems || now_ms() >= end)
			break;
		look_free(&l);
		sleep_ms(50);
	}
	wrong = l.problems;
	if (!wrong) {
		believe(&l);
		numbers_remember(&l);
	} else if (!model->run.quiet) {
		diag("namespace %u, %s: %u differences\n%s", ns, when, wrong, l.text);
	}
	look_free(&l);
	spent_on(SPENT_LINES);
	if (model->run.quiet && wrong)
		return wrong;
	wrong += zero ? invariants_at_zero(when) : invariants_at_rest(when);
	spent_on(SPENT_INVARIANTS);
	return wrong;
}

unsigned int compare_all(const char *when, bool zero)
{
	unsigned int ns, wrong = 0;
	struct tracked *t = NULL;

	while ((t = tracked_next(t)))
		t->keep = t->state;
	for (ns = 0; ns < NAMESPACES; ns++)
		wrong += compare_one(ns, when, zero);
	if (!wrong)
		tracked_sweep();
	return wrong;
}
