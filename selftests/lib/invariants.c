// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "conn.h"
#include "counters.h"
#include "diag.h"
#include "file.h"
#include "endpoint.h"
#include "invariants.h"
#include "lane.h"
#include "netns.h"
#include "refusal.h"
#include "say.h"

/* TCP_TIMEWAIT_LEN, include/net/tcp.h */
#define TIMEWAIT_MS 60000

static bool sockets_elsewhere;

/* Everything one check looks at, and what it found. */
struct look {
	struct stat_file stat;
	struct accounts accounts;
	struct endpoints ours, kernels;
	/* The ports of ip_local_reserved_ports, which the kernel does not hand out. */
	bool reserved[65536];
	long tw;
	bool want_zero;
	/* TIME_WAITs expired between the first file and the last. */
	bool running_out;

	unsigned int problems;
	char text[6000];
	size_t len;
};

static void problem(struct look *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void problem(struct look *l, const char *fmt, ...)
{
	size_t room = sizeof(l->text) - l->len;
	va_list ap;
	int n;

	l->problems++;
	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n + 1 < room) {
		l->len += (size_t)n;
		l->text[l->len++] = '\n';
	}
	l->text[l->len] = '\0';
}

static void equal(struct look *l, const char *what, long long a, const char *whose_a,
		  long long b, const char *whose_b)
{
	if (a != b)
		problem(l, "%s: %lld %s, %lld %s", what, a, whose_a, b, whose_b);
}

/* Invariant d, and that nothing wrapped. */
static void check_arithmetic(struct look *l, const char *who, struct counters *c)
{
	size_t i;

	for (i = 0; i < COUNTERS_KEYS; i++)
		if (*counters_at(c, i) < -1)
			problem(l, "%s: %s is negative (%lld)", who, counters_key[i],
				*counters_at(c, i));
	if (c->tcp_begun - c->tcp_ended != c->tcp_current)
		problem(l, "%s: tcp.begun %lld - tcp.ended %lld is not tcp.current %lld", who,
			c->tcp_begun, c->tcp_ended, c->tcp_current);
	if (c->udp_begun - c->udp_ended != c->udp_current)
		problem(l, "%s: udp.begun %lld - udp.ended %lld is not udp.current %lld", who,
			c->udp_begun, c->udp_ended, c->udp_current);
	if (c->tw_entered - c->tw_expired - c->tw_reused - c->tw_recycled - c->tw_killed !=
	    c->tw_current)
		problem(l,
			"%s: timewait.entered %lld - (%lld expired + %lld reused + %lld recycled + %lld killed) is not timewait.current %lld",
			who, c->tw_entered, c->tw_expired, c->tw_reused, c->tw_recycled,
			c->tw_killed, c->tw_current);
	if (c->tcp_exclusive + c->tcp_shareable != c->tcp_current)
		problem(l, "%s: tcp.exclusive %lld + tcp.shareable %lld is not tcp.current %lld",
			who, c->tcp_exclusive, c->tcp_shareable, c->tcp_current);
	if (c->tcp_current > c->tcp_peak || c->udp_current > c->udp_peak ||
	    c->tw_current > c->tw_peak)
		problem(l, "%s: a peak (%lld %lld %lld) is below its current (%lld %lld %lld)",
			who, c->tcp_peak, c->udp_peak, c->tw_peak, c->tcp_current,
			c->udp_current, c->tw_current);
	if (c->tcp_bound > c->tcp_current || c->tw_reserving > c->tw_current ||
	    c->tw_reserving > c->tcp_current || c->tw_fin_wait2 > c->tw_current)
		problem(l,
			"%s: a part is above its whole: tcp.bound %lld of %lld, timewait.reserving %lld and fin_wait2 %lld of %lld",
			who, c->tcp_bound, c->tcp_current, c->tw_reserving, c->tw_fin_wait2,
			c->tw_current);
}

/* Invariant d too: each TIME_WAIT that has ended is in the histogram of lifetimes, once. */
static void check_lifetimes(struct look *l)
{
	struct counters *c = &l->stat.c;

	equal(l, "timewait.lifetime.*",
	      c->lasted_1 + c->lasted_2 + c->lasted_4 + c->lasted_8 + c->lasted_16 + c->lasted_32 +
	      c->lasted_64 + c->lasted_128 + c->lasted_256 + c->lasted_512 + c->lasted_max,
	      "in all", c->tw_expired + c->tw_reused + c->tw_recycled + c->tw_killed, "ends");
}

/* Is @path @of or below it? Nothing is above "(before load)" but the root. */
static bool is_below(const struct account *a, const char *of)
{
	size_t n = strlen(of);

	if (!strcmp(of, "/"))
		return true;
	if (a->before_load)
		return false;
	return !strncmp(a->path, of, n) && (!a->path[n] || a->path[n] == '/');
}

/* Invariant c; a removed cgroup and a new one of the same path are taken together. */
static void check_family(struct look *l, const char *path)
{
	long long tcp = 0, udp = 0, tw = 0, tcp_sum = 0, udp_sum = 0, tw_sum = 0;
	long long reserving = 0, reserving_sum = 0;
	size_t i;

	for (i = 0; i < l->accounts.n; i++) {
		struct account *a = &l->accounts.line[i];

		if (!a->before_load && !strcmp(a->path, path)) {
			tcp += a->c.tcp_current;
			udp += a->c.udp_current;
			tw += a->c.tw_current;
			reserving += a->c.tw_reserving;
		}
		if (is_below(a, path)) {
			tcp_sum += a->c.tcp_local;
			udp_sum += a->c.udp_local;
			tw_sum += a->c.tw_local;
			reserving_sum += a->c.tw_reserving_local;
		}
	}
	equal(l, "timewait.reserving", reserving, path, reserving_sum, "of its own and all below");
	if (tcp != tcp_sum || udp != udp_sum || tw != tw_sum)
		problem(l,
			"%s: counts tcp %lld udp %lld timewait %lld, it and all below have %lld %lld %lld of their own",
			path, tcp, udp, tw, tcp_sum, udp_sum, tw_sum);
}

/* A cgroup's line stands behind that of its parent: so they are freed from the back. */
static void check_order(struct look *l, size_t child)
{
	const struct account *c = &l->accounts.line[child], *parent;
	size_t len, i;

	if (c->deleted || c->before_load || !strcmp(c->path, "/"))
		return;
	len = (size_t)(strrchr(c->path, '/') - c->path);
	for (i = child + 1; i < l->accounts.n; i++) {
		parent = &l->accounts.line[i];
		if (!parent->deleted && !parent->before_load &&
		    strlen(parent->path) == (len ?: 1) &&
		    !strncmp(parent->path, c->path, len ?: 1))
			problem(l, "accounts has %s behind %s", parent->path, c->path);
	}
}

static void check_accounts(struct look *l)
{
	struct counters root;
	bool found = false;
	size_t i, k;

	for (i = 0; i < l->accounts.n; i++) {
		struct account *a = &l->accounts.line[i];

		check_arithmetic(l, a->path, &a->c);
		check_order(l, i);
		if (!a->before_load)
			check_family(l, a->path);
		if (!strcmp(a->path, "/")) {
			root = a->c;
			found = true;
		}
	}
	if (!found) {
		problem(l, "accounts has no line for /");
		return;
	}
	for (k = 0; k < COUNTERS_KEYS; k++)
		if (*counters_at(&root, k) >= 0 && *counters_at(&l->stat.c, k) >= 0)
			equal(l, counters_key[k], *counters_at(&l->stat.c, k), "in stat",
			      *counters_at(&root, k), "in the line of /");
}

/* Once per look: a file that is read for each of many ports takes longer than all the rest. */
static void reserved_read(struct look *l)
{
	char line[65536], *rest = line, *word;

	memset(l->reserved, 0, sizeof(l->reserved));
	if (file_read_line("/proc/sys/net/ipv4/ip_local_reserved_ports", line, sizeof(line)))
		return;
	while ((word = strsep(&rest, ","))) {
		unsigned int low = 0, high = 0;

		if (sscanf(word, "%u-%u", &low, &high) == 1)
			high = low;
		for (; low && low <= high && low < 65536; low++)
			l->reserved[low] = true;
	}
}

/* Is @port one the kernel hands out? */
static bool in_range(struct look *l, uint16_t port)
{
	return port >= l->stat.range_low && port <= l->stat.range_high && !l->reserved[port];
}

/* May the kernel show @ep without it being a reservation? */
static bool needs_no_line(struct look *l, const struct endpoint *ep)
{
	if (!in_range(l, ep->lport))
		return true;
	return ep->proto == IPPROTO_TCP && ep->state != ENDPOINT_LISTEN &&
	       ep->state != ENDPOINT_BOUND && listened_on(ep->lport);
}

/* May we show @ep without the kernel's dump having it? */
static bool needs_no_socket(const struct endpoint *ep)
{
	return ep->proto == IPPROTO_TCP && ep->state == ENDPOINT_BOUND && !diag_knows_bound();
}

/* Invariant b: a merge of the two sorted lists. */
static void check_endpoints(struct look *l)
{
	unsigned int ours_only = 0, kernels_only = 0;
	size_t i = 0, j = 0;
	char line[200];

	endpoints_sort(&l->ours);
	endpoints_sort(&l->kernels);
	while (i < l->ours.n || j < l->kernels.n) {
		const struct endpoint *a = i < l->ours.n ? &l->ours.ep[i] : NULL;
		const struct endpoint *b = j < l->kernels.n ? &l->kernels.ep[j] : NULL;
		int order = !a ? 1 : !b ? -1 : endpoint_compare(a, b);

		if (!order) {
			if (a->remainder != b->remainder)
				problem(l, "%s: left= given %d, TIME_WAIT structure %d",
					endpoint_text(a, line, sizeof(line)), a->remainder,
					b->remainder);
			i++;
			j++;
		} else if (order < 0) {
			i++;
			if (!needs_no_socket(a) && ++ours_only <= 5)
				problem(l, "only in reservations: %s (account %s)",
					endpoint_text(a, line, sizeof(line)), a->r.account);
		} else {
			j++;
			if (!needs_no_line(l, b) && ++kernels_only <= 5)
				problem(l, "only in the socket dump: %s",
					endpoint_text(b, line, sizeof(line)));
		}
	}
	if (ours_only > 5 || kernels_only > 5)
		problem(l, "in all %u only in reservations, %u only in the socket dump",
			ours_only, kernels_only);
}

/* The lines of reservations against the counters of stat. */
static void check_lines(struct look *l)
{
	long long tcp = 0, udp = 0, bound = 0, exclusive = 0, reserving = 0;
	long long ports[2] = { 0 }, inside[2] = { 0 }, exclusive_ports = 0;
	static unsigned char seen[2][65536], seen_exclusive[65536];
	struct counters *c = &l->stat.c;
	size_t i;

	memset(seen, 0, sizeof(seen));
	memset(seen_exclusive, 0, sizeof(seen_exclusive));
	for (i = 0; i < l->ours.n; i++) {
		const struct endpoint *ep = &l->ours.ep[i];
		bool is_tcp = ep->proto == IPPROTO_TCP;

		tcp += is_tcp;
		udp += !is_tcp;
		bound += is_tcp && ep->state == ENDPOINT_BOUND;
		exclusive += is_tcp && ep->r.exclusive;
		reserving += ep->remainder;
		if (is_tcp && ep->r.exclusive && in_range(l, ep->lport)) {
			exclusive_ports += !seen_exclusive[ep->lport];
			seen_exclusive[ep->lport] = 1;
		}
		if (!in_range(l, ep->lport))
			continue;
		inside[is_tcp]++;
		ports[is_tcp] += !seen[is_tcp][ep->lport];
		seen[is_tcp][ep->lport] = 1;
	}
	equal(l, "tcp.current", c->tcp_current, "in stat", tcp, "lines");
	equal(l, "udp.current", c->udp_current, "in stat", udp, "lines");
	equal(l, "tcp.bound", c->tcp_bound, "in stat", bound, "lines");
	equal(l, "tcp.exclusive", c->tcp_exclusive, "in stat", exclusive, "lines");
	equal(l, "timewait.reserving", c->tw_reserving, "in stat", reserving, "lines");
	equal(l, "tcp.exclusive_ports", c->tcp_exclusive_ports, "in stat", exclusive_ports,
	      "of the lines");
	if (c->tcp_exclusive_ports + c->tcp_spoiled > c->range_usable)
		problem(l, "tcp.exclusive_ports %lld and tcp.spoiled %lld of %lld usable ports",
			c->tcp_exclusive_ports, c->tcp_spoiled, c->range_usable);
	equal(l, "tcp.ports", c->tcp_ports, "in stat", ports[1], "ports of the lines");
	equal(l, "udp.ports", c->udp_ports, "in stat", ports[0], "ports of the lines");
	equal(l, "tcp.in_range", c->tcp_in_range, "in stat", inside[1], "of the lines");
	equal(l, "udp.in_range", c->udp_in_range, "in stat", inside[0], "of the lines");
}

/* Invariant a */
static void check_timewait(struct look *l)
{
	long long remainders = 0, fin_wait2 = 0;
	size_t i;

	for (i = 0; i < l->kernels.n; i++) {
		remainders += l->kernels.ep[i].remainder;
		fin_wait2 += l->kernels.ep[i].remainder &&
			     l->kernels.ep[i].state == ENDPOINT_FIN_WAIT_2;
	}
	equal(l, "timewait.current", l->stat.c.tw_current, "in stat", l->tw, "in sockstat");
	equal(l, "timewait.current", l->stat.c.tw_current, "in stat", remainders,
	      "in the socket dump");
	equal(l, "timewait.fin_wait2", l->stat.c.tw_fin_wait2, "in stat", fin_wait2,
	      "in the socket dump");
}

static void check_host(struct look *l)
{
	struct counters host;
	char name[64];
	size_t k;

	netns_name(name, sizeof(name));
	if (!namespaces_get(name, &host)) {
		problem(l, "the host's namespaces has no line for %s", name);
		return;
	}
	for (k = 0; k < COUNTERS_KEYS; k++)
		if (*counters_at(&host, k) >= 0 && *counters_at(&l->stat.c, k) >= 0)
			equal(l, counters_key[k], *counters_at(&l->stat.c, k), "in stat",
			      *counters_at(&host, k), "in the host's namespaces");
}

static void check_zero(struct look *l)
{
	struct counters *c = &l->stat.c;

	if (c->tcp_current || c->udp_current || c->tw_current || c->tcp_bound ||
	    c->tcp_ports || c->udp_ports || c->before_load || c->tcp_spoiled)
		problem(l,
			"all is closed, but tcp %lld (bound %lld, ports %lld, spoiled %lld) udp %lld timewait %lld before_load %lld",
			c->tcp_current, c->tcp_bound, c->tcp_ports, c->tcp_spoiled,
			c->udp_current, c->tw_current, c->before_load);
}

static void check_cap(struct look *l, const struct cap *cap)
{
	size_t i;

	for (i = 0; i < l->accounts.n; i++) {
		struct account *a = &l->accounts.line[i];

		if (a->before_load || strcmp(a->path, cap->path))
			continue;
		if (cap->tcp >= 0 && a->c.tcp_peak > cap->tcp)
			problem(l, "%s: tcp.current %lld, tcp.peak %lld, with tcp.max %lld",
				cap->path, a->c.tcp_current, a->c.tcp_peak, cap->tcp);
		if (cap->udp >= 0 && a->c.udp_peak > cap->udp)
			problem(l, "%s: udp.current %lld, udp.peak %lld, with udp.max %lld",
				cap->path, a->c.udp_current, a->c.udp_peak, cap->udp);
	}
}

/* Invariants e and f */
static void check_refusals(struct look *l)
{
	const struct counters *c = &l->stat.c;
	const struct cap *cap = NULL;
	unsigned long long tcp, udp;

	while ((cap = cap_next(cap)))
		check_cap(l, cap);
	if (!refusals_counted(&tcp, &udp))
		return;
	equal(l, "tcp.denied and tcp.exhausted", c->tcp_denied + c->tcp_exhausted, "in stat",
	      (long long)tcp, "seen by programs");
	equal(l, "udp.denied and udp.exhausted", c->udp_denied + c->udp_exhausted, "in stat",
	      (long long)udp, "seen by programs");
}

static void look(struct look *l)
{
	struct stat_file after;
	int ret;

	l->problems = 0;
	l->len = 0;
	l->text[0] = '\0';
	stat_read(&l->stat);
	reserved_read(l);
	accounts_read(&l->accounts);
	ret = reservations_read(&l->ours);
	if (ret) {
		errno = -ret;
		die("cannot read reservations");
	}
	diag_read(&l->kernels);
	l->tw = sockstat_tw();

	check_arithmetic(l, "stat", &l->stat.c);
	check_lifetimes(l);
	check_accounts(l);
	if (!sockets_elsewhere)
		check_endpoints(l);
	check_lines(l);
	check_timewait(l);
	check_host(l);
	check_refusals(l);
	if (!l->stat.live)
		problem(l, "hooks are not live");
	if (l->stat.c.hooks_missed)
		problem(l, "hooks.missed is %lld", l->stat.c.hooks_missed);
	if (l->want_zero)
		check_zero(l);
	stat_read(&after);
	l->running_out = after.c.tw_expired != l->stat.c.tw_expired;

	accounts_free(&l->accounts);
	endpoints_free(&l->ours);
	endpoints_free(&l->kernels);
}

static unsigned int at_rest(const char *when, bool want_zero)
{
	unsigned long long begin = now_ms(), end = begin + lane_rest_ms();
	struct look *l = calloc(1, sizeof(*l));
	unsigned int problems;

	if (!l)
		die("no memory");
	l->want_zero = want_zero;
	for (;;) {
		look(l);
		/* Not at rest yet: the TIME_WAITs that the traffic left end within a minute. */
		if (l->running_out && now_ms() - begin < TIMEWAIT_MS)
			end = now_ms() + lane_rest_ms();
		if (!l->problems || now_ms() >= end)
			break;
		sleep_ms(50);
	}
	problems = l->problems;
	if (problems)
		diag("%u invariants do not hold %s:\n%s", problems, when, l->text);
	free(l);
	return problems;
}

void invariants_sockets_elsewhere(bool elsewhere)
{
	sockets_elsewhere = elsewhere;
}

unsigned int invariants_at_rest(const char *when)
{
	return at_rest(when, false);
}

unsigned int invariants_at_zero(const char *when)
{
	return at_rest(when, true);
}
