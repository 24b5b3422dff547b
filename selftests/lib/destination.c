// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "child.h"
#include "conn.h"
#include "counters.h"
#include "destination.h"
#include "diag.h"
#include "file.h"
#include "endpoint.h"
#include "lane.h"
#include "say.h"

static void as_mapped(const struct addr *a, struct in6_addr *to)
{
	if (a->sa.sa_family == AF_INET6) {
		*to = a->in6.sin6_addr;
		return;
	}
	memset(to, 0, sizeof(*to));
	to->s6_addr32[2] = htonl(0xffff);
	to->s6_addr32[3] = a->in.sin_addr.s_addr;
}

static bool flow_parse(struct destination *d, const char *source, const char *to)
{
	struct addr from, dest;
	char text[80];

	snprintf(text, sizeof(text), "%s:0", source);
	if (!addr_parse(&from, text) || !addr_parse(&dest, to))
		return false;
	as_mapped(&from, &d->source);
	as_mapped(&dest, &d->address);
	d->port = addr_port(&dest);
	return true;
}

static void line_parse(struct destinations *ds, char *line)
{
	struct destination d = { .usable = -1, .free = -1, .reusable = -1, .outside = -1 };
	char source[64] = "", to[64] = "", *rest;
	int at = 0, n;

	errno = 0;
	if (sscanf(line, "other used=%lld timewait=%lld%n", &ds->other_used, &ds->other_timewait,
		   &at) == 2 && !line[at])
		return;
	n = sscanf(line, "%63s %63s used=%lld timewait=%lld usable=%lld free=%lld%n",
		   source, to, &d.used, &d.timewait, &d.usable, &d.free, &at);
	rest = line + at;
	at = 0;
	if (n == 6 && sscanf(rest, " range=%15s%n", d.range, &at) == 1)
		rest += at;
	at = 0;
	if (n < 6 || sscanf(rest, " reusable=%lld outside=%lld outside.timewait=%lld%n",
			    &d.reusable, &d.outside, &d.outside_timewait, &at) != 3 || rest[at] ||
	    !flow_parse(&d, source, to))
		die("destinations: '%s' is not as promised", line);
	if (ds->n && d.used > ds->d[ds->n - 1].used)
		die("destinations: '%s' is larger than the line before it", line);
	if (d.used <= 0 || d.timewait < 0 || d.timewait > d.used || d.free < 0 ||
	    d.reusable < 0 || d.reusable > d.timewait || d.outside < 0 || d.outside > d.used ||
	    d.outside_timewait < 0 || d.outside_timewait > d.outside ||
	    d.outside_timewait > d.timewait)
		die("destinations: '%s' cannot be", line);
	if (ds->other_used)
		die("destinations: '%s' after other, which is the last", line);
	ds->d[ds->n++] = d;
}

void destinations_read(struct destinations *ds)
{
	char *text = must_slurp(PQ_DESTINATIONS);
	char *line, *rest = text;

	memset(ds, 0, sizeof(*ds));
	ds->d = calloc(lines_with(text, " ") + 1, sizeof(*ds->d));
	if (!ds->d)
		die("no memory for the destinations");
	while ((line = strsep(&rest, "\n")) && *line)
		line_parse(ds, line);
	free(text);
}

void destinations_free(struct destinations *ds)
{
	free(ds->d);
	memset(ds, 0, sizeof(*ds));
}

long long destinations_used(const struct destinations *ds)
{
	long long sum = ds->other_used;
	size_t i;

	for (i = 0; i < ds->n; i++)
		sum += ds->d[i].used;
	return sum;
}

static int flow_compare(const void *left, const void *right)
{
	const struct destination *a = left, *b = right;

	return memcmp(&a->source, &b->source, sizeof(a->source)) ?:
	       memcmp(&a->address, &b->address, sizeof(a->address)) ?:
	       (int)a->port - (int)b->port;
}

bool destination_get(const char *source, const char *to, struct destination *d)
{
	return destination_get_ranged(source, to, "", d);
}

bool destination_get_ranged(const char *source, const char *to, const char *range,
			    struct destination *d)
{
	struct destination want = { 0 };
	struct destinations ds;
	bool found = false;
	size_t i;

	if (!flow_parse(&want, source, to))
		die("%s %s are no addresses", source, to);
	*d = want;
	destinations_read(&ds);
	for (i = 0; i < ds.n && !found; i++) {
		found = !flow_compare(&ds.d[i], &want) && !strcmp(ds.d[i].range, range);
		if (found)
			*d = ds.d[i];
	}
	destinations_free(&ds);
	return found;
}

long long destination_settled(const char *source, const char *to, long long want)
{
	unsigned long long end = now_ms() + lane_rest_ms();
	struct destination d;

	while (destination_get(source, to, &d), d.used != want && now_ms() < end)
		sleep_ms(20);
	return d.used;
}

/* Accepted sockets have no destination: their port is outside the range, or listened on. */
static bool is_outgoing(const struct endpoint *ep, const struct stat_file *st)
{
	return ep->proto == IPPROTO_TCP && ep->rport && ep->state != ENDPOINT_LISTEN &&
	       ep->state != ENDPOINT_BOUND && ep->lport >= st->range_low &&
	       ep->lport <= st->range_high && !listened_on(ep->lport);
}

static void count_sockets(struct destinations *ds)
{
	struct stat_file st;
	struct endpoints eps;
	size_t i, n = 0;

	memset(ds, 0, sizeof(*ds));
	stat_read(&st);
	diag_read(&eps);
	ds->d = calloc(eps.n + 1, sizeof(*ds->d));
	if (!ds->d)
		die("no memory for the sockets");
	for (i = 0; i < eps.n; i++)
		if (is_outgoing(&eps.ep[i], &st))
			ds->d[n++] = (struct destination){
				.source = eps.ep[i].laddr, .address = eps.ep[i].raddr,
				.port = eps.ep[i].rport, .used = 1, .timewait = eps.ep[i].remainder,
			};
	endpoints_free(&eps);
	qsort(ds->d, n, sizeof(*ds->d), flow_compare);
	for (i = 0; i < n; i++) {
		if (!ds->n || flow_compare(&ds->d[ds->n - 1], &ds->d[i])) {
			ds->d[ds->n++] = ds->d[i];
			continue;
		}
		ds->d[ds->n - 1].used++;
		ds->d[ds->n - 1].timewait += ds->d[i].timewait;
	}
}

static void differ(const struct destination *ours, const struct destination *kernels)
{
	const struct destination *d = ours ? ours : kernels;
	char source[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &d->source, source, sizeof(source));
	inet_ntop(AF_INET6, &d->address, to, sizeof(to));
	diag("%s to [%s]:%u: used %lld, timewait %lld in destinations; %lld, %lld sockets", source,
	     to, d->port, ours ? ours->used : 0, ours ? ours->timewait : 0,
	     kernels ? kernels->used : 0, kernels ? kernels->timewait : 0);
}

/* A merge of the two sorted lists. */
static unsigned int compare(bool say)
{
	struct destinations ours, kernels;
	unsigned int wrong = 0;
	size_t i = 0, j = 0;

	destinations_read(&ours);
	count_sockets(&kernels);
	qsort(ours.d, ours.n, sizeof(*ours.d), flow_compare);
	while (i < ours.n || j < kernels.n) {
		struct destination *a = i < ours.n ? &ours.d[i] : NULL;
		struct destination *b = j < kernels.n ? &kernels.d[j] : NULL;
		int order = !a ? 1 : !b ? -1 : flow_compare(a, b);

		if (order < 0)
			b = NULL;
		if (order > 0)
			a = NULL;
		if (order || a->used != b->used || a->timewait != b->timewait) {
			if (say && wrong < 5)
				differ(a, b);
			wrong++;
		}
		i += !!a;
		j += !!b;
	}
	destinations_free(&ours);
	destinations_free(&kernels);
	return wrong;
}

unsigned int destinations_at_rest(const char *when)
{
	unsigned long long end = now_ms() + lane_rest_ms();
	unsigned int wrong;

	while ((wrong = compare(false)) && now_ms() < end)
		sleep_ms(50);
	if (wrong) {
		wrong = compare(true);
		diag("%u lines of destinations are wrong %s", wrong, when);
	}
	return wrong;
}
