// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel shows of a namespace, and which of it the module has to count.
 */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "model/compare.h"
#include "say.h"

uint64_t endpoint_cookie(const struct endpoint *ep)
{
	return (uint64_t)ep->cookie[1] << 32 | ep->cookie[0];
}

/*
 * Ports that not only connect() has given away: the survey cannot tell who has them how.
 * This is a known limit, see pq_bucket_kind() in module/port/bindhash.c: bind() takes the mark
 * of connect() from a port's bucket, also from one that connections have had before.
 */
static void ports_mark(struct look *l)
{
	size_t i;

	memcpy(l->mixed, model->bound[l->ns], sizeof(l->mixed));
	for (i = 0; i < l->n; i++) {
		const struct seen *s = &l->seen[i];

		if (!s->held || s->held->accepted || s->held->exclusive ||
		    s->t->holding == HOLDS_EXPLICIT)
			l->mixed[s->ep.lport] = true;
	}
}

/*
 * What the module has found when it was loaded, by the rules of its survey.
 *
 * A bind() with SO_REUSEADDR leaves a port the mark of connect(). So what TIME_WAIT keeps of
 * its socket may be taken for one of connect()'s, though it named a port outside of the range.
 */
static enum verdict verdict_found(struct look *l, const struct seen *s)
{
	bool inside = in_range(l->ns, s->ep.lport);

	if (s->held->accepted)
		return inside ? MAYBE : NO;
	if (!s->held->charged && !inside)
		return s->ep.remainder && model->connected[l->ns][s->ep.lport] ? MAYBE : NO;
	if (s->ep.proto == IPPROTO_UDP)
		return s->t->holding == HOLDS_EXPLICIT && !inside ? NO : YES;
	if (s->t->holding == HOLDS_EXPLICIT && !s->ep.remainder &&
	    s->t->now.port == s->ep.lport)
		return inside ? YES : NO;
	return inside && !l->mixed[s->ep.lport] ? YES : MAYBE;
}

static enum verdict verdict(struct look *l, const struct seen *s)
{
	/* Nobody has made it: it waits to be accepted. */
	if (!s->t)
		return l->now->loaded_under_traffic && in_range(l->ns, s->ep.lport) ? MAYBE : NO;
	if (!s->held)
		return MAYBE;
	if (s->held->before)
		return verdict_found(l, s);
	if (s->ep.remainder && s->held->left_unknown)
		return MAYBE;
	return s->held->charged && !s->held->accepted ? YES : NO;
}

static void seen_add(struct look *l, const struct endpoint *ep, struct tracked *t)
{
	struct seen *s = &l->seen[l->n++];

	s->ep = *ep;
	s->t = t;
	s->held = t ? tracked_held(t, ep->lport, ep->remainder) : NULL;
	s->line = NULL;
	if (t) {
		t->keep = true;
		t->shown |= !ep->remainder;
	}
}

/*
 * Has somebody open who has a port and nothing else? What bind() has named stays when a
 * connection fails, which may be after its owner has told its state.
 */
static bool is_bound(const struct tracked *t)
{
	if (t->proto != IPPROTO_TCP || !t->state || t->shown)
		return false;
	return t->holding == HOLDS_EXPLICIT ||
	       (t->holding == HOLDS_AUTO && !t->used && t->state == ENDPOINT_UNCONN);
}

/* Up to 6.7 no dump has sockets that are bound and nothing else. */
static void bound_add(struct look *l)
{
	struct tracked *t = NULL;

	while (!diag_knows_bound() && (t = tracked_next(t))) {
		struct endpoint ep = {
			.proto = IPPROTO_TCP, .state = ENDPOINT_BOUND, .lport = t->now.port,
			.laddr = t->laddr, .family = t->domain,
			.rport = t->rport, .raddr = t->raddr,
		};

		endpoint_send_from(&ep);
		if (t->ns == l->ns && is_bound(t))
			seen_add(l, &ep, t);
	}
}

int seen_compare(const void *a, const void *b)
{
	return endpoint_compare(&((const struct seen *)a)->ep, &((const struct seen *)b)->ep);
}

void seen_read(struct look *l)
{
	struct tracked *t = NULL;
	size_t i;

	while ((t = tracked_next(t)))
		t->shown = false;
	diag_read(&l->kernels);
	l->n = 0;
	l->seen = calloc(l->kernels.n + tracked_count() + 1, sizeof(*l->seen));
	if (!l->seen)
		die("no memory");
	for (i = 0; i < l->kernels.n; i++)
		seen_add(l, &l->kernels.ep[i], tracked_find(endpoint_cookie(&l->kernels.ep[i])));
	bound_add(l);
	qsort(l->seen, l->n, sizeof(*l->seen), seen_compare);
	ports_mark(l);
	for (i = 0; i < l->n; i++)
		l->seen[i].verdict = verdict(l, &l->seen[i]);
}
